import { imageReference } from '../../shared/imageReference';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { Registry, RegistryLogin } from '../../shared/registry';
import { credentialServer, pullSecretName, pullSecretPrefix, registryFor } from '../../shared/registry';
import type { ApplyOrder } from '../order';
import { base64 } from '../digest';
import { nodeLabel } from '../labels';
import type { RenderedObject } from '../render';
import { SealedData } from '../sources/sealedData';

/** A file of docker's credentials for one registry. It is secret. */
export function dockerConfigJson(host: string, { user, password }: RegistryLogin): string {
  const auth = base64(new TextEncoder().encode(`${user}:${password}`));
  return JSON.stringify({ auths: { [credentialServer(host)]: { username: user, password, auth } } });
}

/** Where a kind keeps the spec of its pods. */
const podSpecs: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
};
const usualPodSpec: readonly string[] = ['spec', 'template', 'spec'];
const workloadKinds: ReadonlySet<string> = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Job', 'CronJob', 'Pod']);

function podSpecOf(object: JsonObject): { readonly path: readonly string[]; readonly spec: JsonObject } | undefined {
  const kind = typeof object['kind'] === 'string' ? object['kind'] : '';
  if (!workloadKinds.has(kind)) return undefined;
  const path = podSpecs[kind] ?? usualPodSpec;
  const spec = valueAt(object, path);
  return isJsonObject(spec) ? { path, spec } : undefined;
}

function imagesOf(spec: JsonObject): readonly string[] {
  return ['containers', 'initContainers'].flatMap((key) => {
    const list = spec[key];
    return Array.isArray(list)
      ? (list as readonly JsonValue[]).flatMap((item) => (isJsonObject(item) && typeof item['image'] === 'string' ? [item['image']] : []))
      : [];
  });
}

/** The registries whose credentials open an image that these objects run. */
export function registriesNeeded(rendered: readonly RenderedObject[], registries: readonly Registry[]): readonly Registry[] {
  const hosts = new Set(
    rendered.flatMap(({ object }) => imagesOf(podSpecOf(object as unknown as JsonObject)?.spec ?? {})).flatMap((image) => imageReference(image)?.host ?? []),
  );
  return [...new Set([...hosts].flatMap((host) => registryFor(registries, { host }) ?? []))];
}

/** The registries' hosts that these objects pull from. */
export function imageHosts(rendered: readonly RenderedObject[]): readonly string[] {
  return [
    ...new Set(
      rendered.flatMap(({ object }) => imagesOf(podSpecOf(object as unknown as JsonObject)?.spec ?? {})).flatMap((image) => imageReference(image)?.host ?? []),
    ),
  ];
}

/**
 * The objects with a pull secret for each registry whose images they run, in each namespace, and with its name in their pods. It is made
 * of credentials that a run has, so it stands in no file; what signs in joins it only in the request that applies it. Objects that
 * name pull secrets of their own keep these alone.
 */
export function withPullSecrets(
  rendered: readonly RenderedObject[],
  opened: readonly { readonly registry: Registry; readonly login: RegistryLogin }[],
  order: ApplyOrder,
): readonly RenderedObject[] {
  if (opened.length === 0) return rendered;
  const registries = opened.map((one) => one.registry);
  const waveOf = new Map(order.waves.flatMap((ids, wave) => ids.map((id) => [id, wave] as const)));
  /** Who is made first brings the secret, so that it is there before every pod that wants it. */
  const bringers = new Map<string, { readonly one: RenderedObject; readonly registry: Registry }>();
  const named = rendered.map((one): RenderedObject => {
    const object = one.object as unknown as JsonObject;
    const found = podSpecOf(object);
    if (found === undefined || pullSecretsIn(found.spec).length > 0) return one;
    const wanted = [...new Set(imagesOf(found.spec).flatMap((image) => registryFor(registries, imageReference(image) ?? { host: '' }) ?? []))];
    if (wanted.length === 0) return one;
    for (const registry of wanted) {
      const key = `${one.object.metadata.namespace ?? ''}/${pullSecretName(registry)}`;
      const before = bringers.get(key);
      if (before === undefined || (waveOf.get(one.nodeId) ?? 0) < (waveOf.get(before.one.nodeId) ?? 0)) bringers.set(key, { one, registry });
    }
    return withImagePullSecrets(one, wanted.map(pullSecretName));
  });
  const made = [...bringers.values()].map(({ one, registry }): RenderedObject => {
    const login = opened.find((each) => each.registry === registry)?.login ?? { user: '', password: '' };
    const { namespace, labels } = one.object.metadata;
    const config = base64(new TextEncoder().encode(dockerConfigJson(registry.host, login)));
    const { app: _app, 'app.kubernetes.io/name': _name, ...own } = labels ?? {};
    return {
      nodeId: one.nodeId,
      namespaced: true,
      secretKeys: [],
      sealed: new SealedData(new Map([['.dockerconfigjson', config]])),
      object: {
        apiVersion: 'v1',
        kind: 'Secret',
        type: 'kubernetes.io/dockerconfigjson',
        metadata: {
          name: pullSecretName(registry),
          ...(namespace === undefined ? {} : { namespace }),
          labels: { ...own, [nodeLabel]: one.nodeId, 'managed-by': 'kubeorch', 'registry-type': registry.type },
        },
      },
    };
  });
  return [...made, ...named];
}

function pullSecretsIn(spec: JsonObject): readonly string[] {
  const list = spec['imagePullSecrets'];
  return Array.isArray(list)
    ? (list as readonly JsonValue[]).flatMap((item) => (isJsonObject(item) && typeof item['name'] === 'string' ? [item['name']] : []))
    : [];
}

/** The pull secrets of runs that the pods of an object name. */
export function madePullSecrets(object: RenderedObject['object']): readonly string[] {
  const found = podSpecOf(object as unknown as JsonObject);
  return found === undefined ? [] : pullSecretsIn(found.spec).filter((name) => name.startsWith(pullSecretPrefix));
}

/** The object with the names of pull secrets in its pods, unless it has some already. */
export function withImagePullSecrets(one: RenderedObject, names: readonly string[]): RenderedObject {
  const object = one.object as unknown as JsonObject;
  const found = podSpecOf(object);
  if (found === undefined || pullSecretsIn(found.spec).length > 0) return one;
  const made = withValue(
    object,
    [...found.path, 'imagePullSecrets'],
    names.map((name) => ({ name })),
  );
  return { ...one, object: made as unknown as RenderedObject['object'] };
}

function withValue(object: JsonObject, path: readonly string[], value: JsonValue): JsonObject {
  const [key = '', ...rest] = path;
  const inner = object[key];
  return { ...object, [key]: rest.length === 0 ? value : withValue(isJsonObject(inner) ? inner : {}, rest, value) };
}
