import { usedBy } from '../admission/quotas';
import { isCore } from '../kinds';
import { sameValue, type KubeObject } from '../objects';
import type { Change } from '../storage';
import type { ResourceQuota } from '../workloadTypes';
import { manager } from './ownedPods';
import type { Behaviour, Key, World } from './world';

/** Tells in the status of a quota how much of it is used; the refusal of more is the registry's work. */
export class ResourceQuotas implements Behaviour {
  readonly plural = 'resourcequotas';
  readonly watchesCustom = true;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  concerned(change: Change): readonly KubeObject[] {
    const { namespace } = change.object.metadata;
    if (namespace === undefined || isCore(change.info, 'events')) return [];
    return this.#world.registry.storage.list(this.#world.registry.kinds.named('resourcequotas'), namespace);
  }

  reconcile(key: Key, object: KubeObject | undefined): void {
    if (object === undefined) return;
    const quota = object as ResourceQuota;
    const { registry } = this.#world;
    const status: ResourceQuota['status'] = { hard: quota.spec.hard ?? {}, used: usedBy(registry.kinds, registry.storage, quota) };
    if (!sameValue(status, quota.status)) registry.write(key.info, { ...quota, status }, manager, 'status');
  }
}
