import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { groupOf, refKey } from '../../shared/kubeObject';
import { isMadeByUs } from '../creation';
import type { InventoryMember } from '../inventory';
import { inventoryRef } from '../inventory';
import { workflowLabel, workflowOf } from '../labels';
import type { Cluster, KindRef, ResourceInfo } from '../ports';
import { ClusterError } from '../ports';
import { limited } from '../limited';

export interface LiveObjects {
  /** Objects that this workflow made, by `refKey`. */
  readonly ours: ReadonlyMap<string, KubeObject>;
  /** Kinds, as `apiVersion kind`, that the cluster does not serve. */
  readonly unknownKinds: ReadonlySet<string>;
  /** Those of them that it serves in no other version either. */
  readonly goneKinds: ReadonlySet<string>;
}

/** How the cluster is read. A copy does not say who else has a hand in an object, so what that decides is not read from one. */
export interface Reading {
  readonly signal: AbortSignal | undefined;
  readonly watched?: true;
}

export function kindKey(kind: KindRef): string {
  return `${kind.apiVersion} ${kind.kind}`;
}

/**
 * Everything of one workflow that is on the cluster, by one list for each kind and namespace that it makes now or made
 * before. A kind that may not be listed is asked for name by name.
 */
export async function liveObjectsOf(
  cluster: Pick<Cluster, 'list' | 'get' | 'resourceOf' | 'resources'>,
  workflow: string,
  namespace: string,
  wanted: readonly ObjectRef[],
  members: readonly InventoryMember[],
  reading: Reading,
): Promise<LiveObjects> {
  const { signal } = reading;
  const refs = [...wanted, ...members];
  const kinds = new Map(refs.map((ref) => [kindKey(ref), { apiVersion: ref.apiVersion, kind: ref.kind }]));
  const unknownKinds = new Set<string>();
  const goneKinds = new Set<string>();
  const ours = new Map<string, KubeObject>();
  const parentKey = refKey(inventoryRef(workflow, namespace));
  const unproven = new Set(members.flatMap((member) => (member.unproven === true ? [refKey(member)] : [])));
  const take = (object: KubeObject): void => {
    const key = refKey({ apiVersion: object.apiVersion, kind: object.kind, namespace: object.metadata.namespace ?? '', name: object.metadata.name });
    // An object that a controller made carries the labels of its owner; it is its owner's, not ours.
    const controlled = object.metadata.ownerReferences?.some((owner) => owner.controller === true) === true;
    // A run that died may have labelled what somebody else had made a moment before.
    const isStrange = unproven.has(key) && !isMadeByUs(object);
    if (key !== parentKey && !controlled && !isStrange && workflowOf(object) === workflow) ours.set(key, object);
  };

  // What was made in one version lives on in the others.
  const servedAs = async ({ apiVersion, kind }: KindRef): Promise<ResourceInfo | undefined> =>
    (await cluster.resources(signal)).find((one) => one.kind === kind && groupOf(one.apiVersion) === groupOf(apiVersion));
  const tasks: (() => Promise<void>)[] = [];
  await limited(
    [...kinds].map(([key, kind]) => async () => {
      const asked = await cluster.resourceOf(kind, signal);
      if (asked === undefined) unknownKinds.add(key);
      const info = asked ?? (await servedAs(kind));
      if (info === undefined) return void goneKinds.add(key);
      const own = refs.filter((ref) => kindKey(ref) === key);
      for (const place of placesOf(info, own)) {
        const how = place.refs.some((ref) => unproven.has(refKey(ref))) ? { signal } : reading;
        tasks.push(async () => {
          try {
            await listPlace(cluster, info, place, workflow, take, how);
          } catch (error) {
            // What is served was asked a while ago; meanwhile the definition went.
            if (!(error instanceof ClusterError) || error.failure.kind !== 'not-found') throw error;
            unknownKinds.add(key);
            const other = await servedAs(kind);
            if (other === undefined) goneKinds.add(key);
            else await listPlace(cluster, other, place, workflow, take, how);
          }
        });
      }
    }),
  );
  await limited(tasks);
  return { ours, unknownKinds, goneKinds };
}

interface Place {
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string;
  readonly refs: readonly ObjectRef[];
}

function placesOf(info: ResourceInfo, refs: readonly ObjectRef[]): readonly Place[] {
  const places = new Map<string, ObjectRef[]>();
  for (const ref of refs) {
    const namespace = info.namespaced ? ref.namespace : '';
    const there = places.get(namespace);
    if (there === undefined) places.set(namespace, [ref]);
    else there.push(ref);
  }
  return [...places].map(([namespace, there]) => ({ namespace, refs: there }));
}

async function listPlace(
  cluster: Pick<Cluster, 'list' | 'get' | 'resourceOf'>,
  info: ResourceInfo,
  place: Place,
  workflow: string,
  take: (object: KubeObject) => void,
  { signal, watched }: Reading,
): Promise<void> {
  const how = { ...(signal === undefined ? {} : { signal }), ...(watched === true ? { watched } : {}) };
  try {
    // To the letter as the live view watches it: its copy may then be read in place of the cluster.
    const query = { namespace: place.namespace, labelSelector: `${workflowLabel}=${workflow}`, ...how };
    // Items of a list do not repeat what kind they are.
    for (const object of await cluster.list(info, query)) take({ ...object, apiVersion: info.apiVersion, kind: info.kind });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.failure.kind !== 'forbidden') throw error;
    for (const ref of place.refs) {
      const object = await cluster.get({ ...ref, namespace: place.namespace }, signal);
      if (object !== undefined) take(object);
    }
  }
}
