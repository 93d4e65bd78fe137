import { ApiError } from '../apiStatus';
import { isCore } from '../kinds';
import type { JsonMap, KubeObject } from '../objects';
import { systemWrite } from '../registry';
import type { Change } from '../storage';
import type { Behaviour, Key, World } from './world';

const manager = 'kube-controller-manager';

/** Furnishes a new namespace, and empties one that is going before it lets it go. */
export class Namespaces implements Behaviour {
  readonly plural = 'namespaces';
  readonly watchesCustom = true;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Each thing that goes may have been the last one that a namespace was waiting for. */
  concerned(change: Change): KubeObject[] {
    const { registry } = this.#world;
    const namespace = change.object.metadata.namespace;
    if (namespace === undefined || change.type === 'ADDED') return [];
    const furniture = change.info.custom === undefined && (change.info.plural === 'serviceaccounts' || change.info.plural === 'configmaps');
    if (change.type === 'MODIFIED' && !furniture) return [];
    const found = registry.storage.get(registry.kinds.named('namespaces'), '', namespace);
    return found === undefined || (!furniture && found.metadata.deletionTimestamp === undefined) ? [] : [found];
  }

  reconcile(key: Key, object: KubeObject | undefined): void {
    if (object === undefined) return;
    if (object.metadata.deletionTimestamp === undefined) this.#furnish(key.name);
    else this.#empty(key.name);
  }

  #furnish(namespace: string): void {
    const { registry, caPem } = this.#world;
    const wanted: [string, JsonMap][] = [
      ['serviceaccounts', { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace } }],
      [
        'configmaps',
        {
          apiVersion: 'v1',
          kind: 'ConfigMap',
          metadata: {
            name: 'kube-root-ca.crt',
            namespace,
            annotations: {
              'kubernetes.io/description':
                'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.',
            },
          },
          data: { 'ca.crt': caPem },
        },
      ],
    ];
    for (const [plural, body] of wanted) {
      const info = registry.kinds.named(plural);
      if (registry.storage.get(info, namespace, (body['metadata'] as { name: string }).name) !== undefined) continue;
      try {
        registry.create(info, namespace, body, systemWrite(manager));
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    }
  }

  #empty(namespace: string): void {
    const { registry } = this.#world;
    let left = false;
    for (const info of registry.kinds.all) {
      if (!info.namespaced || isCore(info, 'events') || info.face !== undefined) continue;
      for (const object of [...registry.storage.list(info, namespace)]) {
        if (object.metadata.deletionTimestamp === undefined) registry.remove(info, namespace, object.metadata.name, { propagationPolicy: 'Background' });
      }
      if (registry.storage.hasAny(info, namespace)) left = true;
    }
    if (left) return;
    const events = registry.kinds.named('events');
    for (const event of [...registry.storage.list(events, namespace)]) registry.remove(events, namespace, event.metadata.name);
    registry.finalizeNamespace(namespace, undefined);
  }
}
