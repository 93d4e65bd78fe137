import type { JsonMap } from '../mutableJson';
import { sameValue } from '../mutableJson';
import { checkContainer } from './container';
import type { FieldErrors } from './fieldErrors';
import { maps, text } from './fieldErrors';

/** What a container that is added to a running pod may not have. */
const notForDebugging = ['ports', 'livenessProbe', 'readinessProbe', 'startupProbe', 'lifecycle', 'resources', 'resizePolicy'] as const;

/** Debug containers are only ever added: each has a name of its own, and those that are there stay as they are. */
export function checkDebugContainers(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  const at = 'spec.ephemeralContainers';
  const volumes = new Set(maps(next['volumes']).map((volume) => text(volume['name'])));
  const regular = [...maps(next['containers']), ...maps(next['initContainers'])].map((one) => text(one['name']));
  const names = new Set(regular);
  const containers = maps(next['ephemeralContainers']);
  for (const [index, container] of containers.entries()) {
    const here = `${at}[${index}]`;
    checkContainer(errors, here, container, volumes);
    const name = text(container['name']);
    if (name !== '' && names.has(name)) errors.duplicate(`${here}.name`, name);
    names.add(name);
    const target = text(container['targetContainerName']);
    if (target !== '' && !regular.includes(target)) errors.notFound(`${here}.targetContainerName`, target);
    for (const key of notForDebugging) if (isGiven(container[key])) errors.forbidden(`${here}.${key}`, 'cannot be set for an Ephemeral Container');
  }
  for (const old of maps(live['ephemeralContainers'])) {
    const name = text(old['name']);
    const kept = containers.find((one) => one['name'] === name);
    if (kept === undefined) errors.forbidden(at, `existing ephemeral containers "${name}" may not be removed\n`);
    else if (!sameValue(kept, old)) errors.forbidden(at, `existing ephemeral containers "${name}" may not be changed\n`);
  }
}

/** The server's own defaults leave empty lists and maps behind. */
function isGiven(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length > 0;
}
