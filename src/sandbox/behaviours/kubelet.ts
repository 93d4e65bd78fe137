// The scheduler and the kubelet of the one node: which pods are here, and their lives.
import type { KubeObject } from '../objects';
import { nodeName } from '../nodeFacts';
import type { Pod } from '../objectTypes';
import type { Change } from '../storage';
import { withCondition } from './conditions';
import type { ContainerRuntime } from './containerRuntime';
import { claimNamesOf, isFinished } from './podFacts';
import { PodRuntime } from './podRuntime';
import { pinnedNode, schedulingRefusal } from './scheduling';
import { nowText, type Behaviour, type Key, type World } from './world';

export class Kubelet implements Behaviour {
  readonly plural = 'pods';
  readonly #world: World;
  /** By uid. */
  readonly #pods = new Map<string, PodRuntime>();
  /** Pods that wait for their turn at the scheduler, by uid. */
  readonly #scheduling = new Map<string, () => void>();
  readonly #images = new Set<string>();
  readonly #addresses = new Set<string>();
  #nextAddress = 0;

  constructor(world: World) {
    this.#world = world;
  }

  /** Pods of a namespace look again when one of the things they may be waiting for has come. */
  concerned(change: Change): KubeObject[] {
    const { plural } = change.info;
    if (plural === 'pods' && change.type === 'DELETED') this.#forget(change.object.metadata.uid ?? '');
    if (plural === 'nodes' && change.type === 'MODIFIED') {
      const { registry } = this.#world;
      return registry.storage.list(registry.kinds.named('pods')).filter((pod) => (pod as Pod).spec.nodeName === undefined);
    }
    if (plural !== 'configmaps' && plural !== 'secrets' && plural !== 'persistentvolumeclaims') return [];
    if (change.type === 'DELETED') return [];
    for (const runtime of this.#pods.values()) if (runtime.pod().metadata.namespace === change.object.metadata.namespace) runtime.poke();
    if (plural !== 'persistentvolumeclaims') return [];
    // A pod is not scheduled before its claims are bound.
    const { registry } = this.#world;
    const pods = registry.storage.list(registry.kinds.named('pods'), change.object.metadata.namespace);
    return pods.filter((pod) => (pod as Pod).spec.nodeName === undefined && claimNamesOf(pod as Pod).includes(change.object.metadata.name));
  }

  reconcile(_key: Key, object: KubeObject | undefined): void {
    if (object === undefined) return;
    const pod = object as Pod;
    const uid = pod.metadata.uid ?? '';
    if (pod.metadata.deletionTimestamp !== undefined) this.#stop(pod);
    else if (isFinished(pod)) return;
    else if (pod.spec.nodeName === undefined || pod.spec.nodeName === '') this.#scheduleSoon(pod);
    else if (pod.spec.nodeName === nodeName && !this.#pods.has(uid)) this.#begin(pod);
    else this.#pods.get(uid)?.addDebugContainers(pod);
  }

  /** The container of a pod that runs or ran here; undefined when the pod has not come so far. */
  containerOf(pod: KubeObject, name: string): ContainerRuntime | undefined {
    return this.#pods.get(pod.metadata.uid ?? '')?.container(name);
  }

  close(): void {
    for (const cancel of this.#scheduling.values()) cancel();
    for (const runtime of this.#pods.values()) runtime.abandon();
    this.#pods.clear();
  }

  /** A pod that was removed, also one that was forced out, leaves no runtime behind. */
  #forget(uid: string): void {
    this.#scheduling.get(uid)?.();
    this.#scheduling.delete(uid);
    const runtime = this.#pods.get(uid);
    if (runtime === undefined) return;
    runtime.abandon();
    this.#addresses.delete(runtime.ip);
    this.#pods.delete(uid);
  }

  #scheduleSoon(pod: Pod): void {
    const uid = pod.metadata.uid ?? '';
    if (this.#scheduling.has(uid)) return;
    const cancel = this.#world.clock.after(this.#world.delays.schedulingMs, () => {
      this.#scheduling.delete(uid);
      this.#schedule(pod);
    });
    this.#scheduling.set(uid, cancel);
  }

  #schedule(seen: Pod): void {
    const { registry, events } = this.#world;
    const info = registry.kinds.named('pods');
    const pod = registry.storage.get(info, seen.metadata.namespace ?? '', seen.metadata.name) as Pod | undefined;
    if (pod === undefined || pod.metadata.uid !== seen.metadata.uid || pod.metadata.deletionTimestamp !== undefined) return;
    if (pod.spec.schedulerName !== undefined && pod.spec.schedulerName !== 'default-scheduler') return;
    const observedGeneration = pod.metadata.generation ?? 1;
    const target = pinnedNode(pod) ?? nodeName;
    const refusal = schedulingRefusal(registry, pod, target);
    if (refusal !== undefined) {
      const condition = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: refusal, observedGeneration, lastProbeTime: null } as const;
      const conditions = withCondition(pod.status.conditions, condition, nowText(this.#world));
      if (pod.status.conditions?.find((one) => one.type === 'PodScheduled')?.message !== refusal) {
        registry.write(info, { ...pod, status: { ...pod.status, conditions } }, 'kube-scheduler', 'status');
      }
      events.record(pod, 'default-scheduler', { type: 'Warning', reason: 'FailedScheduling', message: refusal });
      return;
    }
    const scheduled = { type: 'PodScheduled', status: 'True', observedGeneration, lastProbeTime: null } as const;
    // A binding sets the node beside the usual rules, under which the field never changes.
    registry.storage.put(info, {
      ...pod,
      spec: { ...pod.spec, nodeName: target },
      status: { ...pod.status, conditions: withCondition(pod.status.conditions, scheduled, nowText(this.#world)) },
    });
    const { namespace = '', name } = pod.metadata;
    events.record(pod, 'default-scheduler', { type: 'Normal', reason: 'Scheduled', message: `Successfully assigned ${namespace}/${name} to ${target}` });
  }

  #begin(pod: Pod): void {
    const runtime = new PodRuntime(this.#world, pod, pod.status.podIP ?? this.#freeAddress(), this.#images);
    this.#pods.set(pod.metadata.uid ?? '', runtime);
    runtime.start();
  }

  #freeAddress(): string {
    for (;;) {
      this.#nextAddress = (this.#nextAddress + 1) % 65_000;
      const address = `10.244.${String(Math.floor(this.#nextAddress / 250))}.${String((this.#nextAddress % 250) + 2)}`;
      if (this.#addresses.has(address)) continue;
      this.#addresses.add(address);
      return address;
    }
  }

  #stop(pod: Pod): void {
    const remove = (): void => {
      const { registry } = this.#world;
      const info = registry.kinds.named('pods');
      const { namespace = '', name, uid } = pod.metadata;
      if (registry.storage.get(info, namespace, name)?.metadata.uid !== uid) return;
      registry.remove(info, namespace, name, { gracePeriodSeconds: 0 });
    };
    const runtime = this.#pods.get(pod.metadata.uid ?? '');
    if (runtime === undefined) remove();
    else runtime.stop((pod.metadata.deletionGracePeriodSeconds ?? 30) * 1000, remove);
  }
}
