// Rules for what a pod and its containers may do on their machine.
import type { Json, JsonMap } from '../mutableJson';
import { isMap } from '../mutableJson';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, numberOf, text } from './fieldErrors';

const highestId = 2 ** 31 - 1;

function checkId(errors: FieldErrors, field: string, id: Json | undefined): void {
  const number = numberOf(id);
  if (number !== undefined && (number < 0 || number > highestId)) errors.invalid(field, number, `must be between 0 and ${highestId}, inclusive`);
}

function checkSeccomp(errors: FieldErrors, at: string, context: JsonMap): void {
  const profile = context['seccompProfile'];
  if (!isMap(profile)) return;
  const here = `${at}.seccompProfile`;
  const type = text(profile['type']);
  const file = text(profile['localhostProfile']);
  if (type === 'Localhost') {
    if (file === '') errors.required(`${here}.localhostProfile`, 'must be set when seccomp type is Localhost');
  } else if (profile['localhostProfile'] !== undefined) errors.invalid(`${here}.localhostProfile`, file, 'can only be set when seccomp type is Localhost');
  if (type === '') errors.required(`${here}.type`, 'type is required when seccompProfile is set');
  else if (!['Localhost', 'RuntimeDefault', 'Unconfined'].includes(type))
    errors.notSupported(`${here}.type`, type, ['Localhost', 'RuntimeDefault', 'Unconfined']);
}

export function checkPodSecurity(errors: FieldErrors, at: string, context: JsonMap): void {
  for (const key of ['fsGroup', 'runAsUser', 'runAsGroup']) checkId(errors, `${at}.${key}`, context[key]);
  for (const [index, group] of (Array.isArray(context['supplementalGroups']) ? context['supplementalGroups'] : []).entries())
    checkId(errors, `${at}.supplementalGroups[${index}]`, group);
  const names = new Set<string>();
  for (const [index, setting] of maps(context['sysctls']).entries()) {
    const name = text(setting['name']);
    if (name === '') errors.required(`${at}.sysctls[${index}].name`);
    else if (names.has(name)) errors.duplicate(`${at}.sysctls[${index}].name`, name);
    names.add(name);
  }
  const policy = context['fsGroupChangePolicy'];
  if (policy !== undefined && policy !== 'Always' && policy !== 'OnRootMismatch')
    errors.notSupported(`${at}.fsGroupChangePolicy`, policy, ['Always', 'OnRootMismatch']);
  checkSeccomp(errors, at, context);
}

export function checkContainerSecurity(errors: FieldErrors, at: string, context: JsonMap): void {
  for (const key of ['runAsUser', 'runAsGroup']) checkId(errors, `${at}.${key}`, context[key]);
  const { procMount } = context;
  if (procMount !== undefined && procMount !== 'Default' && procMount !== 'Unmasked')
    errors.notSupported(`${at}.procMount`, procMount, ['Default', 'Unmasked']);
  checkSeccomp(errors, at, context);
  if (context['allowPrivilegeEscalation'] !== false) return;
  if (context['privileged'] === true) errors.invalid(at, context, 'cannot set `allowPrivilegeEscalation` to false and `privileged` to true');
  const added = mapOf(context['capabilities'])['add'];
  if (Array.isArray(added) && added.includes('CAP_SYS_ADMIN'))
    errors.invalid(at, context, 'cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN');
}
