import { textOfBase64 } from '../base64';
import { quantityNanos } from '../format';
import type { JsonMap } from '../mutableJson';
import { copyOf, isMap, sameValue } from '../mutableJson';
import type { FieldErrors } from './fieldErrors';
import { mapOf, text } from './fieldErrors';
import { checkImmutable, checkSelector } from './metadata';
import { byteLength, configKeyErrors, dnsSubdomainErrors } from './syntax';

/** 1 MiB of data in one ConfigMap or Secret. */
const dataLimit = 1024 * 1024;
const accessModes = ['ReadOnlyMany', 'ReadWriteMany', 'ReadWriteOnce', 'ReadWriteOncePod'];

export function checkConfigMap(errors: FieldErrors, object: JsonMap): void {
  const data = mapOf(object['data']);
  const binary = mapOf(object['binaryData']);
  for (const key of Object.keys(data)) {
    errors.invalidEach(`data[${key}]`, key, configKeyErrors(key));
    if (Object.hasOwn(binary, key)) errors.invalid(`data[${key}]`, key, 'duplicate of key present in binaryData');
  }
  for (const key of Object.keys(binary)) errors.invalidEach(`binaryData[${key}]`, key, configKeyErrors(key));
  if (size(data) + decodedSize(binary) > dataLimit) errors.tooLong('', dataLimit);
}

function size(data: JsonMap): number {
  return Object.values(data).reduce<number>((sum, value) => sum + byteLength(text(value)), 0);
}

function decodedSize(data: JsonMap): number {
  return Object.values(data).reduce<number>((sum, value) => sum + Math.floor((text(value).length * 3) / 4), 0);
}

export function checkSecret(errors: FieldErrors, object: JsonMap): void {
  const data = mapOf(object['data']);
  for (const key of Object.keys(data)) errors.invalidEach(`data[${key}]`, key, configKeyErrors(key));
  if (decodedSize(data) > dataLimit) errors.tooLong('data', dataLimit);
  const missing = (keys: readonly string[]): void => {
    for (const key of keys) if (!Object.hasOwn(data, key)) errors.required(`data[${key}]`);
  };
  switch (text(object['type'])) {
    case 'kubernetes.io/service-account-token':
      if (text(mapOf(mapOf(object['metadata'])['annotations'])['kubernetes.io/service-account.name']) === '')
        errors.required('metadata.annotations[kubernetes.io/service-account.name]');
      return;
    case 'kubernetes.io/dockercfg':
      return checkJsonKey(errors, data, '.dockercfg');
    case 'kubernetes.io/dockerconfigjson':
      return checkJsonKey(errors, data, '.dockerconfigjson');
    case 'kubernetes.io/basic-auth':
      if (!Object.hasOwn(data, 'username') && !Object.hasOwn(data, 'password')) missing(['username', 'password']);
      return;
    case 'kubernetes.io/ssh-auth':
      if (text(data['ssh-privatekey']) === '') errors.required('data[ssh-privatekey]');
      return;
    case 'kubernetes.io/tls':
      missing(['tls.crt', 'tls.key']);
  }
}

function checkJsonKey(errors: FieldErrors, data: JsonMap, key: string): void {
  if (!Object.hasOwn(data, key)) return errors.required(`data[${key}]`);
  try {
    if (isMap(JSON.parse(textOfBase64(text(data[key]))))) return;
    errors.invalidHidden(`data[${key}]`, 'json: cannot unmarshal into Go value of type map[string]interface {}');
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    errors.invalidHidden(`data[${key}]`, 'invalid character looking for beginning of value');
  }
}

/** ConfigMaps and Secrets that are marked immutable stay as they are, for good. */
export function checkImmutableData(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  if (live['immutable'] !== true) return;
  const detail = 'field is immutable when `immutable` is set';
  if (next['immutable'] !== true) errors.forbidden('immutable', detail);
  for (const key of ['data', 'binaryData']) if (!sameValue(next[key], live[key])) errors.forbidden(key, detail);
}

export function checkSecretUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  checkImmutable(errors, 'type', next['type'], live['type']);
  checkImmutableData(errors, next, live);
}

export function checkClaim(errors: FieldErrors, object: JsonMap): void {
  checkClaimSpec(errors, 'spec', mapOf(object['spec']));
}

/** What a claim asks for; pods may carry it for volumes that live as long as they do. */
export function checkClaimSpec(errors: FieldErrors, at: string, spec: JsonMap): void {
  const modes = Array.isArray(spec['accessModes']) ? spec['accessModes'] : [];
  if (modes.length === 0) errors.required(`${at}.accessModes`, 'at least 1 access mode is required');
  for (const mode of modes) if (!accessModes.includes(text(mode))) errors.notSupported(`${at}.accessModes`, mode, accessModes);
  if (modes.includes('ReadWriteOncePod') && modes.length > 1) errors.forbidden(`${at}.accessModes`, 'may not use ReadWriteOncePod with other access modes');
  const storage = mapOf(mapOf(spec['resources'])['requests'])['storage'];
  if (storage === undefined) errors.required(`${at}.resources[storage]`);
  else if ((quantityNanos(text(storage)) ?? 0n) <= 0n) errors.invalid(`${at}.resources[storage]`, storage, 'must be greater than zero');
  const className = text(spec['storageClassName']);
  if (className !== '') errors.invalidEach(`${at}.storageClassName`, className, dnsSubdomainErrors(className));
  if (spec['volumeMode'] !== undefined && !['Block', 'Filesystem'].includes(text(spec['volumeMode'])))
    errors.notSupported(`${at}.volumeMode`, spec['volumeMode'], ['Block', 'Filesystem']);
  if (isMap(spec['selector'])) checkSelector(errors, `${at}.selector`, spec['selector']);
}

export function checkClaimUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  const now = copyOf(mapOf(next['spec']));
  const before = copyOf(mapOf(live['spec']));
  const bound = mapOf(live['status'])['phase'] === 'Bound';
  const storage = (spec: JsonMap): bigint => quantityNanos(text(mapOf(mapOf(spec['resources'])['requests'])['storage'])) ?? 0n;
  const shrunk = storage(now) < storage(before);
  if (before['volumeName'] === undefined) delete now['volumeName'];
  if (bound) {
    for (const spec of [now, before]) {
      delete mapOf(mapOf(spec['resources'])['requests'])['storage'];
      delete spec['volumeAttributesClassName'];
    }
  }
  if (!sameValue(now, before))
    errors.forbidden('spec', 'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims');
  const capacity = quantityNanos(text(mapOf(mapOf(live['status'])['capacity'])['storage'])) ?? 0n;
  if (shrunk && storage(mapOf(next['spec'])) <= capacity) errors.forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity');
  checkImmutable(errors, 'volumeMode', now['volumeMode'], before['volumeMode']);
}
