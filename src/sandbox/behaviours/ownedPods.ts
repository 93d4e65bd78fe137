// What every controller of pods does: finds its own, adopts and lets go of others, makes and removes them, and tells so.
import { ApiError } from '../apiStatus';
import type { JsonMap, KubeObject, OwnerReference } from '../objects';
import type { Pod, PodTemplate } from '../objectTypes';
import { systemWrite } from '../registry';
import { selectorMatches, type LabelSelector } from '../selectors';
import type { Change } from '../storage';
import { isActive, podsAmong } from './podFacts';
import { controllerOf, type World } from './world';

export const manager = 'kube-controller-manager';

interface Selecting extends KubeObject {
  spec: { selector: LabelSelector };
}

export function ownerReferenceOf(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '', controller: true, blockOwnerDeletion: true };
}

/** The objects of a kind that a change of a pod concerns: its controller, or those who may adopt it. */
export function ownersOfPod(world: World, plural: string, kind: string, change: Change): KubeObject[] {
  if (change.info.plural !== 'pods') return [];
  const { registry } = world;
  const info = registry.kinds.named(plural);
  const namespace = change.object.metadata.namespace ?? '';
  const owner = controllerOf(change.object);
  if (owner?.kind === kind) {
    const found = registry.storage.get(info, namespace, owner.name);
    return found === undefined ? [] : [found];
  }
  if (owner !== undefined || change.type === 'DELETED') return [];
  return registry.storage.list(info, namespace).filter((one) => selectorMatches((one as Selecting).spec.selector, change.object.metadata.labels));
}

/**
 * The pods of an owner: those it controls and still selects, and those without a controller that it selects, which become
 * its own (`adopts` decides which). A pod whose labels no longer match is let go; it lives on without an owner.
 */
export function claimPods(world: World, owner: KubeObject, selector: LabelSelector, adopts: (pod: Pod) => boolean = isActive): Pod[] {
  const { registry } = world;
  const info = registry.kinds.named('pods');
  const own: Pod[] = [];
  for (const pod of podsAmong(registry.storage.ownedBy(owner.metadata.uid ?? ''))) {
    if (controllerOf(pod)?.uid !== owner.metadata.uid) continue;
    if (selectorMatches(selector, pod.metadata.labels)) {
      own.push(pod);
      continue;
    }
    const ownerReferences = (pod.metadata.ownerReferences ?? []).filter((one) => one.uid !== owner.metadata.uid);
    registry.write(info, { ...pod, metadata: { ...pod.metadata, ownerReferences } }, manager);
  }
  if (owner.metadata.deletionTimestamp !== undefined) return own;
  for (const pod of podsAmong([...registry.storage.each(info, owner.metadata.namespace ?? '')])) {
    if (controllerOf(pod) !== undefined || !adopts(pod) || !selectorMatches(selector, pod.metadata.labels)) continue;
    const ownerReferences = [...(pod.metadata.ownerReferences ?? []), ownerReferenceOf(owner)];
    const adopted = registry.write(info, { ...pod, metadata: { ...pod.metadata, ownerReferences } }, manager);
    if (adopted !== undefined) own.push(adopted as Pod);
  }
  return own;
}

export interface PodIdentity {
  name?: string;
  generateName?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  finalizers?: string[];
}

/** The body of a pod made from a template. Labels and annotations of the identity lie over those of the template. */
export function podBody(owner: KubeObject, template: PodTemplate, identity: PodIdentity, spec: object = {}): JsonMap {
  const { labels, annotations, ...names } = identity;
  const allLabels = { ...template.metadata?.labels, ...labels };
  const allAnnotations = { ...template.metadata?.annotations, ...annotations };
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      ...names,
      namespace: owner.metadata.namespace ?? '',
      ...(Object.keys(allLabels).length > 0 ? { labels: allLabels } : {}),
      ...(Object.keys(allAnnotations).length > 0 ? { annotations: allAnnotations } : {}),
      ownerReferences: [ownerReferenceOf(owner)],
    },
    spec: { ...template.spec, ...spec },
  } as unknown as JsonMap;
}

export type Creation = { readonly pod: Pod; readonly refusal?: undefined } | { readonly pod?: undefined; readonly refusal: ApiError };

/** Makes a pod beside its owner; what the API server refuses (a quota, a bad template) comes back as `refusal`. */
export function tryCreatePod(world: World, owner: KubeObject, body: JsonMap): Creation {
  const { registry } = world;
  try {
    return { pod: registry.create(registry.kinds.named('pods'), owner.metadata.namespace ?? '', body, systemWrite(manager)).object as Pod };
  } catch (error) {
    if (error instanceof ApiError) return { refusal: error };
    throw error;
  }
}

/** Makes a pod and tells of it on the owner, as most controllers do. The refusal's message, or '' when it was made. */
export function createPod(world: World, owner: KubeObject, component: string, body: JsonMap): string {
  const { pod, refusal } = tryCreatePod(world, owner, body);
  if (pod !== undefined) {
    world.events.record(owner, component, { type: 'Normal', reason: 'SuccessfulCreate', message: `Created pod: ${pod.metadata.name}` });
    return '';
  }
  world.events.record(owner, component, { type: 'Warning', reason: 'FailedCreate', message: `Error creating: ${refusal.message}` });
  return refusal.message;
}

export function removePod(world: World, owner: KubeObject, component: string, pod: Pod): void {
  const { registry, events } = world;
  registry.remove(registry.kinds.named('pods'), pod.metadata.namespace ?? '', pod.metadata.name, { propagationPolicy: 'Background' });
  events.record(owner, component, { type: 'Normal', reason: 'SuccessfulDelete', message: `Deleted pod: ${pod.metadata.name}` });
}
