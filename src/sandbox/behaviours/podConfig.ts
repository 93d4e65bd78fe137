// What a container sees of the cluster: its environment and the files of its volumes. Missing parts are told as the kubelet does.
import type { KubeObject } from '../objects';
import type { Container, EnvVar, KeyToPath, Pod, Service, Volume } from '../objectTypes';
import type { Registry } from '../registry';

/** Something that a container needs and the cluster lacks; the message is the kubelet's. */
export class MissingPart extends Error {}

interface Source {
  name: string;
  optional?: boolean;
}

/** The decoded entries of a ConfigMap or Secret; undefined when it is optional and absent. */
function entriesOf(registry: Registry, plural: 'configmaps' | 'secrets', namespace: string, source: Source): Map<string, string> | undefined {
  const found = registry.storage.get(registry.kinds.named(plural), namespace, source.name);
  if (found === undefined) {
    if (source.optional === true) return undefined;
    throw new MissingPart(`${plural === 'secrets' ? 'secret' : 'configmap'} "${source.name}" not found`);
  }
  return decodedEntries(found);
}

function decodedEntries(object: KubeObject): Map<string, string> {
  const decode = (text: string): string => Buffer.from(text, 'base64').toString('utf8');
  const plain = Object.entries((object.data ?? {}) as Record<string, string>);
  const binary = Object.entries((object['binaryData'] ?? {}) as Record<string, string>);
  return new Map([
    ...plain.map(([key, value]): [string, string] => [key, object.kind === 'Secret' ? decode(value) : value]),
    ...binary.map(([key, value]): [string, string] => [key, decode(value)]),
  ]);
}

function fieldValue(pod: Pod, path: string): string {
  const keyed = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path);
  if (keyed) return (keyed[1] === 'labels' ? pod.metadata.labels : pod.metadata.annotations)?.[keyed[2] ?? ''] ?? '';
  const list = (values: Record<string, string> | undefined): string =>
    Object.entries(values ?? {})
      .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
      .join('\n');
  switch (path) {
    case 'metadata.name':
      return pod.metadata.name;
    case 'metadata.namespace':
      return pod.metadata.namespace ?? '';
    case 'metadata.uid':
      return pod.metadata.uid ?? '';
    case 'metadata.labels':
      return list(pod.metadata.labels);
    case 'metadata.annotations':
      return list(pod.metadata.annotations);
    case 'spec.nodeName':
      return pod.spec.nodeName ?? '';
    case 'spec.serviceAccountName':
      return pod.spec.serviceAccountName ?? '';
    case 'status.hostIP':
      return pod.status.hostIP ?? '';
    case 'status.podIP':
    case 'status.podIPs':
      return pod.status.podIP ?? '';
    default:
      return '';
  }
}

function keyedValue(registry: Registry, pod: Pod, variable: EnvVar): string | undefined {
  const from = variable.valueFrom;
  const namespace = pod.metadata.namespace ?? '';
  if (from?.fieldRef) return fieldValue(pod, from.fieldRef.fieldPath);
  if (from?.resourceFieldRef) return '0';
  for (const [plural, reference, title] of [
    ['configmaps', from?.configMapKeyRef, 'ConfigMap'],
    ['secrets', from?.secretKeyRef, 'Secret'],
  ] as const) {
    if (reference === undefined) continue;
    const value = entriesOf(registry, plural, namespace, reference)?.get(reference.key);
    if (value === undefined && reference.optional !== true)
      throw new MissingPart(`couldn't find key ${reference.key} in ${title} ${namespace}/${reference.name}`);
    return value;
  }
  return undefined;
}

function expanded(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/\$(\$|\(([^)]+)\))/g, (whole, escaped: string, name: string | undefined) => {
    if (escaped === '$') return '$';
    return known.get(name ?? '') ?? whole;
  });
}

/** The whole environment of a container. Throws MissingPart. */
export function environmentOf(registry: Registry, pod: Pod, container: Container): Map<string, string> {
  const namespace = pod.metadata.namespace ?? '';
  const made = new Map<string, string>([
    ['PATH', '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'],
    ['HOSTNAME', pod.spec.hostname ?? pod.metadata.name],
    ['HOME', '/root'],
  ]);
  for (const [name, value] of serviceVariables(registry, namespace)) made.set(name, value);
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const entries = configMapRef
      ? entriesOf(registry, 'configmaps', namespace, configMapRef)
      : secretRef
        ? entriesOf(registry, 'secrets', namespace, secretRef)
        : undefined;
    for (const [key, value] of entries ?? []) made.set(`${prefix}${key}`, value);
  }
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom === undefined ? expanded(variable.value ?? '', made) : keyedValue(registry, pod, variable);
    if (value !== undefined) made.set(variable.name, value);
  }
  return made;
}

/** NAME_SERVICE_HOST and NAME_SERVICE_PORT for the services of the namespace and for the API server. */
function serviceVariables(registry: Registry, namespace: string): [string, string][] {
  const info = registry.kinds.named('services');
  const api = registry.storage.get(info, 'default', 'kubernetes');
  const services = registry.storage.list(info, namespace).filter((one) => one !== api);
  return [...(api ? [api] : []), ...services].flatMap((object): [string, string][] => {
    const { spec, metadata } = object as Service;
    if (!spec.clusterIP || spec.clusterIP === 'None' || !spec.ports?.[0]) return [];
    const name = metadata.name.toUpperCase().replaceAll('-', '_');
    return [
      [`${name}_SERVICE_HOST`, spec.clusterIP],
      [`${name}_SERVICE_PORT`, String(spec.ports[0].port)],
    ];
  });
}

function picked(entries: ReadonlyMap<string, string>, items: readonly KeyToPath[] | undefined, optional: boolean, what: string): Map<string, string> {
  if (items === undefined) return new Map(entries);
  const made = new Map<string, string>();
  for (const { key, path } of items) {
    const value = entries.get(key);
    if (value === undefined && !optional) throw new MissingPart(`references non-existent ${what} key: ${key}`);
    if (value !== undefined) made.set(path, value);
  }
  return made;
}

function filesOf(registry: Registry, pod: Pod, volume: Volume): Map<string, string> {
  const namespace = pod.metadata.namespace ?? '';
  const take = (plural: 'configmaps' | 'secrets', source: Source & { items?: KeyToPath[] }): Map<string, string> => {
    const entries = entriesOf(registry, plural, namespace, source);
    return entries === undefined ? new Map() : picked(entries, source.items, source.optional === true, plural === 'secrets' ? 'secret' : 'config');
  };
  if (volume.configMap) return take('configmaps', volume.configMap);
  if (volume.secret) return take('secrets', { ...volume.secret, name: volume.secret.secretName });
  const made = new Map<string, string>();
  for (const source of volume.projected?.sources ?? []) {
    if (source.configMap) for (const [path, value] of take('configmaps', source.configMap)) made.set(path, value);
    if (source.secret) for (const [path, value] of take('secrets', source.secret)) made.set(path, value);
    // There is no token to give: pods of the sandbox have no way to call its API server.
    if (source.serviceAccountToken) made.set(source.serviceAccountToken.path, 'the-sandbox-gives-pods-no-token');
    for (const { path, fieldRef } of source.downwardAPI?.items ?? []) made.set(path, fieldValue(pod, fieldRef?.fieldPath ?? ''));
  }
  return made;
}

/** The files that volumes bring into a container, by absolute path. Throws MissingPart. */
export function mountedFiles(registry: Registry, pod: Pod, container: Container): Map<string, string> {
  const made = new Map<string, string>();
  for (const { name, mountPath, subPath } of container.volumeMounts ?? []) {
    const volume = pod.spec.volumes?.find((one) => one.name === name);
    if (volume === undefined) continue;
    const base = mountPath.replace(/\/+$/, '');
    for (const [path, content] of filesOf(registry, pod, volume)) {
      if (subPath === undefined || subPath === '') made.set(`${base}/${path}`, content);
      else if (path === subPath) made.set(base, content);
    }
  }
  return made;
}

/** What keeps the volumes of a pod from being mounted, as the FailedMount event says it; undefined when nothing does. */
export function mountProblem(registry: Registry, pod: Pod): string | undefined {
  for (const volume of pod.spec.volumes ?? []) {
    try {
      filesOf(registry, pod, volume);
    } catch (error) {
      if (error instanceof MissingPart) return `MountVolume.SetUp failed for volume "${volume.name}" : ${error.message}`;
      throw error;
    }
  }
  return undefined;
}
