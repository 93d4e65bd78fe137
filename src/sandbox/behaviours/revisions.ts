// The history of a pod template as ControllerRevisions, which StatefulSets and DaemonSets keep and `kubectl rollout` reads.
import { hashOf } from '../hash';
import { sameValue, type JsonMap, type KubeObject } from '../objects';
import type { PodTemplate } from '../objectTypes';
import { systemWrite } from '../registry';
import type { ControllerRevision } from '../workloadTypes';
import { manager, ownerReferenceOf } from './ownedPods';
import { controllerOf, type World } from './world';

/** On revisions: the hash of the template alone. On pods: the name of a StatefulSet's revision, the hash of a DaemonSet's. */
export const revisionHashLabel = 'controller-revision-hash';

interface Templated extends KubeObject {
  spec: { template: PodTemplate; revisionHistoryLimit?: number };
}

/** The revision of the owner's template as it is now, made or moved to the end of the history when needed; all of them, oldest first. */
export function syncRevisions(world: World, owner: Templated): { current: ControllerRevision; all: readonly ControllerRevision[] } {
  const { registry } = world;
  const info = registry.kinds.named('controllerrevisions');
  const all = revisionsOf(world, owner);
  const data = { spec: { template: { ...owner.spec.template, $patch: 'replace' } } };
  const newest = all.at(-1);
  const same = all.find((one) => sameValue(one.data, data));
  if (same !== undefined && same === newest) return { current: same, all };
  const number = (newest?.revision ?? 0) + 1;
  if (same !== undefined) {
    // Going back to an earlier template makes its revision the latest.
    const moved = registry.write(info, { ...same, revision: number }, manager) as ControllerRevision | undefined;
    const current = moved ?? same;
    return { current, all: [...all.filter((one) => one !== same), current] };
  }
  const hash = hashOf(owner.spec.template);
  const body = {
    apiVersion: 'apps/v1',
    kind: 'ControllerRevision',
    metadata: {
      name: `${owner.metadata.name}-${hash}`,
      namespace: owner.metadata.namespace,
      labels: { ...owner.spec.template.metadata?.labels, [revisionHashLabel]: hash },
      ownerReferences: [ownerReferenceOf(owner)],
    },
    data,
    revision: number,
  };
  const current = registry.create(info, owner.metadata.namespace ?? '', body as unknown as JsonMap, systemWrite(manager)).object as ControllerRevision;
  return { current, all: [...all, current] };
}

export function revisionsOf(world: World, owner: KubeObject): ControllerRevision[] {
  const own = world.registry.storage.ownedBy(owner.metadata.uid ?? '');
  return (own.filter((one) => one.kind === 'ControllerRevision' && controllerOf(one)?.uid === owner.metadata.uid) as ControllerRevision[]).sort(
    (a, b) => a.revision - b.revision,
  );
}

/** Revisions beyond the history limit go, oldest first; those that are in use stay and do not count. */
export function forgetRevisions(world: World, owner: Templated, inUse: (revision: ControllerRevision) => boolean): void {
  const info = world.registry.kinds.named('controllerrevisions');
  const idle = revisionsOf(world, owner).filter((one) => !inUse(one));
  const surplus = idle.length - (owner.spec.revisionHistoryLimit ?? 10);
  for (const revision of idle.slice(0, Math.max(0, surplus))) world.registry.remove(info, owner.metadata.namespace ?? '', revision.metadata.name);
}
