// Rules for what volumes come from.
import { quantityNanos } from '../format';
import type { Json, JsonMap } from '../mutableJson';
import { isMap } from '../mutableJson';
import { checkDescendingPath } from './container';
import { checkClaimSpec } from './data';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, text } from './fieldErrors';
import { dnsSubdomainErrors } from './syntax';

/** Fields without which a source means nothing. */
const needed: Readonly<Record<string, readonly string[]>> = {
  secret: ['secretName'],
  configMap: ['name'],
  persistentVolumeClaim: ['claimName'],
  hostPath: ['path'],
  nfs: ['server', 'path'],
  csi: ['driver'],
};

const hostPathTypes = ['', 'BlockDevice', 'CharDevice', 'Directory', 'DirectoryOrCreate', 'File', 'FileOrCreate', 'Socket'];

/** The source that a volume has been found to have. */
export function checkVolumeValue(errors: FieldErrors, at: string, source: string, value: JsonMap): void {
  for (const key of Object.hasOwn(needed, source) ? (needed[source] ?? []) : []) if (text(value[key]) === '') errors.required(`${at}.${key}`);
  switch (source) {
    case 'secret':
    case 'configMap':
      checkMode(errors, `${at}.defaultMode`, value['defaultMode']);
      return checkItems(errors, `${at}.items`, value['items']);
    case 'emptyDir': {
      const limit = value['sizeLimit'];
      if (limit !== undefined && (quantityNanos(text(limit)) ?? 0n) < 0n)
        errors.forbidden(`${at}.sizeLimit`, 'SizeLimit field must be a valid resource quantity');
      return;
    }
    case 'hostPath':
      if (!hostPathTypes.includes(text(value['type']))) errors.notSupported(`${at}.type`, value['type'], hostPathTypes);
      if (text(value['path']).split('/').includes('..')) errors.invalid(`${at}.path`, value['path'], "must not contain '..'");
      return;
    case 'nfs':
      if (text(value['path']) !== '' && !text(value['path']).startsWith('/')) errors.invalid(`${at}.path`, value['path'], 'must be an absolute path');
      return;
    case 'csi':
      if (text(value['driver']) !== '') errors.invalidEach(`${at}.driver`, value['driver'], dnsSubdomainErrors(text(value['driver']).toLowerCase()));
      return;
    case 'projected':
      return checkProjected(errors, at, value);
    case 'downwardAPI':
      checkMode(errors, `${at}.defaultMode`, value['defaultMode']);
      return;
    case 'ephemeral':
      if (!isMap(value['volumeClaimTemplate'])) errors.required(`${at}.volumeClaimTemplate`);
      else checkClaimSpec(errors, `${at}.volumeClaimTemplate.spec`, mapOf(value['volumeClaimTemplate']['spec']));
  }
}

function checkProjected(errors: FieldErrors, at: string, value: JsonMap): void {
  checkMode(errors, `${at}.defaultMode`, value['defaultMode']);
  for (const [index, source] of maps(value['sources']).entries()) {
    const here = `${at}.sources[${index}]`;
    const [first, ...others] = ['secret', 'configMap', 'downwardAPI', 'serviceAccountToken', 'clusterTrustBundle', 'podCertificate'].filter((key) =>
      isMap(source[key]),
    );
    for (const other of others) errors.forbidden(`${here}.${other}`, 'may not specify more than 1 volume type per source');
    if (first !== 'secret' && first !== 'configMap') continue;
    const projection = mapOf(source[first]);
    if (text(projection['name']) === '') errors.required(`${here}.${first}.name`);
    checkItems(errors, `${here}.${first}.items`, projection['items']);
  }
}

function checkItems(errors: FieldErrors, at: string, items: Json | undefined): void {
  for (const [index, item] of maps(items).entries()) {
    const here = `${at}[${index}]`;
    if (text(item['key']) === '') errors.required(`${here}.key`);
    if (text(item['path']) === '') errors.required(`${here}.path`);
    checkDescendingPath(errors, `${here}.path`, text(item['path']));
    checkMode(errors, `${here}.mode`, item['mode']);
  }
}

function checkMode(errors: FieldErrors, field: string, mode: Json | undefined): void {
  if (typeof mode === 'number' && (mode < 0 || mode > 0o777)) errors.invalid(field, mode, 'must be a number between 0 and 0777 (octal), both inclusive');
}
