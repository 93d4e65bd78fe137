import { sameValue, type KubeObject } from '../objects';
import type { Node, Pod, PodSpec, Toleration } from '../objectTypes';
import type { Change } from '../storage';
import type { ControllerRevision, DaemonSet } from '../workloadTypes';
import { claimPods, createPod, manager, ownersOfPod, podBody, removePod } from './ownedPods';
import { availableInMs, isFinished, isReady } from './podFacts';
import { forgetRevisions, revisionHashLabel, syncRevisions } from './revisions';
import { resolved } from './rollout';
import { affinityMatches, pinnedNode, untoleratedTaint } from './scheduling';
import type { Behaviour, Key, Reconciler, World } from './world';

const component = 'daemonset-controller';
const generationKey = 'deprecated.daemonset.template.generation';
const retryMs = 5_000;

/** The pods of one node, by whether they are of the newest template. */
interface NodePods {
  node: Node;
  fresh: Pod | undefined;
  old: Pod | undefined;
}

/** Runs one pod of a daemon set on each node that takes it, and replaces old ones within the bounds of the strategy. */
export class DaemonSets implements Behaviour {
  readonly plural = 'daemonsets';
  readonly #world: World;
  readonly #loop: Reconciler;

  constructor(world: World, loop: Reconciler) {
    this.#world = world;
    this.#loop = loop;
  }

  concerned(change: Change): readonly KubeObject[] {
    const { registry } = this.#world;
    if (change.info.plural === 'nodes') return registry.storage.list(registry.kinds.named('daemonsets'));
    return ownersOfPod(this.#world, 'daemonsets', 'DaemonSet', change);
  }

  reconcile(_key: Key, object: KubeObject | undefined): void {
    if (object === undefined) return;
    const set = object as DaemonSet;
    const pods = (): Pod[] => claimPods(this.#world, set, set.spec.selector).filter((pod) => pod.metadata.deletionTimestamp === undefined);
    if (set.metadata.deletionTimestamp !== undefined) return;
    const { current } = syncRevisions(this.#world, set);
    const hash = current.metadata.labels?.[revisionHashLabel] ?? '';
    const before = pods();
    if (this.#settle(set, before, hash) && set.spec.updateStrategy?.type !== 'OnDelete') this.#roll(set, before, hash);
    this.#report(set, pods(), hash);
    const used = new Set(pods().map((pod) => pod.metadata.labels?.[revisionHashLabel]));
    const isUsed = (one: ControllerRevision): boolean => one === current || used.has(one.metadata.labels?.[revisionHashLabel]);
    forgetRevisions(this.#world, set, isUsed);
  }

  /** One pod where one is wanted, none elsewhere. True when nothing had to be done. */
  #settle(set: DaemonSet, pods: readonly Pod[], hash: string): boolean {
    let settled = true;
    const surging = this.#bounds(set).surge > 0;
    for (const node of this.#nodes()) {
      const here = pods.filter((pod) => nodeOf(pod) === node.metadata.name);
      const wanted = shouldRun(set, node);
      const stays = shouldStay(set, node);
      const failed = here.filter(isFinished);
      for (const pod of failed) {
        const { namespace = '', name } = pod.metadata;
        this.#tell(set, 'Warning', 'FailedDaemonPod', `Found failed daemon pod ${namespace}/${name} on node ${node.metadata.name}, will try to kill it`);
        removePod(this.#world, set, component, pod);
      }
      const alive = here.filter((pod) => !isFinished(pod)).sort(oldestFirst);
      // While surging an old and a new pod may stand beside each other.
      const keep = !stays ? [] : surging ? [...firstOf(alive, hash, true), ...firstOf(alive, hash, false)] : alive.slice(0, 1);
      for (const pod of alive) if (!keep.includes(pod)) removePod(this.#world, set, component, pod);
      if (wanted && alive.length === 0) {
        // A failed pod is replaced after a pause, as one that fails at once would else be made again without end.
        if (failed.length > 0) this.#loop.enqueueAfter(this, set, retryMs);
        else this.#create(set, node, hash);
      }
      if (failed.length > 0 || alive.length !== keep.length || (wanted && alive.length === 0)) settled = false;
    }
    for (const pod of pods) {
      if (nodeOf(pod) !== undefined && this.#nodes().some((node) => node.metadata.name === nodeOf(pod))) continue;
      removePod(this.#world, set, component, pod);
      settled = false;
    }
    return settled;
  }

  #roll(set: DaemonSet, pods: readonly Pod[], hash: string): void {
    const { surge, unavailable } = this.#bounds(set);
    const all: NodePods[] = this.#nodes()
      .filter((node) => shouldRun(set, node))
      .map((node) => {
        const here = pods.filter((pod) => nodeOf(pod) === node.metadata.name);
        return { node, fresh: firstOf(here, hash, true)[0], old: firstOf(here, hash, false)[0] };
      });
    const works = (pod: Pod | undefined): boolean => pod !== undefined && this.#availableIn(set, pod) === 0;
    if (surge === 0) {
      const broken = all.filter(({ old, fresh }) => old !== undefined && fresh === undefined && !works(old));
      const missing = all.filter(({ old, fresh }) => (old === undefined && !works(fresh)) || (old !== undefined && fresh !== undefined)).length;
      const candidates = all.filter(({ old, fresh }) => old !== undefined && fresh === undefined && works(old));
      const room = Math.max(0, unavailable - missing - broken.length);
      for (const { old } of [...broken, ...candidates.slice(0, room)]) if (old !== undefined) removePod(this.#world, set, component, old);
      return;
    }
    let surging = all.filter(({ old, fresh }) => old !== undefined && fresh !== undefined && !works(fresh)).length;
    for (const { node, old, fresh } of all) {
      if (old === undefined) continue;
      if (fresh !== undefined) {
        if (works(fresh)) removePod(this.#world, set, component, old);
      } else if (!works(old) || surging < surge) {
        surging++;
        this.#create(set, node, hash);
      }
    }
  }

  #create(set: DaemonSet, node: Node, hash: string): void {
    const { template } = set.spec;
    const generation = set.metadata.annotations?.[generationKey] ?? '1';
    const identity = {
      generateName: `${set.metadata.name.slice(0, 57)}-`,
      labels: { [revisionHashLabel]: hash, 'pod-template-generation': generation },
    };
    const failure = createPod(this.#world, set, component, podBody(set, template, identity, placement(template.spec, node.metadata.name)));
    if (failure !== '') this.#loop.enqueueAfter(this, set, retryMs);
  }

  #nodes(): readonly Node[] {
    const { registry } = this.#world;
    return registry.storage.list(registry.kinds.named('nodes')) as readonly Node[];
  }

  #bounds(set: DaemonSet): { surge: number; unavailable: number } {
    const desired = this.#nodes().filter((node) => shouldRun(set, node)).length;
    const { maxSurge, maxUnavailable } = set.spec.updateStrategy?.rollingUpdate ?? {};
    const surge = resolved(maxSurge, desired, true);
    const unavailable = resolved(maxUnavailable, desired, true);
    return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
  }

  /** Milliseconds until a pod counts as available; it is looked at again by then. Undefined while it is not ready. */
  #availableIn(set: DaemonSet, pod: Pod): number | undefined {
    const waitMs = availableInMs(pod, set.spec.minReadySeconds ?? 0, this.#world.clock.now());
    if (waitMs !== undefined && waitMs > 0) this.#loop.enqueueAfter(this, set, waitMs);
    return waitMs;
  }

  #tell(set: DaemonSet, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#world.events.record(set, component, { type, reason, message });
  }

  #report(before: DaemonSet, pods: readonly Pod[], hash: string): void {
    const { registry } = this.#world;
    const info = registry.kinds.named('daemonsets');
    const set = registry.storage.get(info, before.metadata.namespace ?? '', before.metadata.name) as DaemonSet | undefined;
    if (set === undefined || set.metadata.uid !== before.metadata.uid) return;
    const status: DaemonSet['status'] = {
      ...set.status,
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
      observedGeneration: before.metadata.generation ?? 1,
      updatedNumberScheduled: 0,
      numberAvailable: 0,
    };
    const count = (key: 'currentNumberScheduled' | 'numberMisscheduled' | 'desiredNumberScheduled' | 'numberReady'): void => {
      status[key] = (status[key] ?? 0) + 1;
    };
    for (const node of this.#nodes()) {
      const here = pods.filter((pod) => nodeOf(pod) === node.metadata.name).sort(oldestFirst);
      if (!shouldRun(set, node)) {
        if (here.length > 0) count('numberMisscheduled');
        continue;
      }
      count('desiredNumberScheduled');
      if (here.length === 0) continue;
      count('currentNumberScheduled');
      if (here.some(isReady)) count('numberReady');
      if (here.some((pod) => this.#availableIn(set, pod) === 0)) status.numberAvailable = (status.numberAvailable ?? 0) + 1;
      if (firstOf(here, hash, true).length > 0) status.updatedNumberScheduled = (status.updatedNumberScheduled ?? 0) + 1;
    }
    status.numberUnavailable = (status.desiredNumberScheduled ?? 0) - (status.numberAvailable ?? 0);
    if (!sameValue(status, set.status)) registry.write(info, { ...set, status }, manager, 'status');
  }
}

function nodeOf(pod: Pod): string | undefined {
  return pod.spec.nodeName || pinnedNode(pod);
}

function oldestFirst(a: Pod, b: Pod): number {
  return Date.parse(a.metadata.creationTimestamp ?? '') - Date.parse(b.metadata.creationTimestamp ?? '');
}

function firstOf(pods: readonly Pod[], hash: string, fresh: boolean): Pod[] {
  return pods.filter((pod) => !isFinished(pod) && (pod.metadata.labels?.[revisionHashLabel] === hash) === fresh).slice(0, 1);
}

/** Daemons are to run also where a node is not well or takes nothing else. */
function daemonTolerations(hostNetwork: boolean): Toleration[] {
  const always = (name: string, effect: string): Toleration => ({ key: `node.kubernetes.io/${name}`, operator: 'Exists', effect });
  return [
    always('not-ready', 'NoExecute'),
    always('unreachable', 'NoExecute'),
    always('disk-pressure', 'NoSchedule'),
    always('memory-pressure', 'NoSchedule'),
    always('pid-pressure', 'NoSchedule'),
    always('unschedulable', 'NoSchedule'),
    ...(hostNetwork ? [always('network-unavailable', 'NoSchedule')] : []),
  ];
}

function withTolerations(spec: PodSpec): Toleration[] {
  const own = spec.tolerations ?? [];
  const added = daemonTolerations(spec.hostNetwork === true).filter(
    (one) => !own.some((other) => other.key === one.key && other.operator === one.operator && other.effect === one.effect),
  );
  return [...own, ...added];
}

/** The pod is made for its node, and the scheduler puts it there. */
function placement(spec: PodSpec, node: string): Pick<PodSpec, 'affinity' | 'tolerations'> {
  const required = { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] };
  return {
    affinity: { ...spec.affinity, nodeAffinity: { ...spec.affinity?.nodeAffinity, requiredDuringSchedulingIgnoredDuringExecution: required } },
    tolerations: withTolerations(spec),
  };
}

function shouldRun(set: DaemonSet, node: Node): boolean {
  const spec = { ...set.spec.template.spec, tolerations: withTolerations(set.spec.template.spec) };
  return affinityMatches(spec, node) && untoleratedTaint(spec, node, ['NoSchedule', 'NoExecute']) === undefined;
}

/** A pod that already runs goes only when its selector no longer fits or the node drives it out. */
function shouldStay(set: DaemonSet, node: Node): boolean {
  const spec = { ...set.spec.template.spec, tolerations: withTolerations(set.spec.template.spec) };
  return affinityMatches(spec, node) && untoleratedTaint(spec, node, ['NoExecute']) === undefined;
}
