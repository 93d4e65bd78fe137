import type { KubeObject } from '../objects';
import { sameValue } from '../objects';
import type { Condition, Pod, PodTemplate } from '../objectTypes';
import type { Change } from '../storage';
import type { Job, JobStatus } from '../workloadTypes';
import { conditionOf, withCondition } from './conditions';
import { failurePolicyOf, indexOf, indexesText, parsedIndexes, restartsPastLimit } from './jobPods';
import { claimPods, createPod, manager, ownersOfPod, podBody, removePod } from './ownedPods';
import { isActive, isFinished, isReady, podsAmong } from './podFacts';
import { controllerOf, nowText, type Behaviour, type Key, type Reconciler, type World } from './world';

const component = 'job-controller';
/** Keeps a pod until the job has counted it. */
const tracking = 'batch.kubernetes.io/job-tracking';
const indexKey = 'batch.kubernetes.io/job-completion-index';
const maxBackOffMs = 600_000;
const refusedRetryMs = 5_000;

const limitReached: Ending = { type: 'Failed', reason: 'BackoffLimitExceeded', message: 'Job has reached the specified backoff limit' };
const lateEnding: Ending = { type: 'Failed', reason: 'DeadlineExceeded', message: 'Job was active longer than specified deadline' };
const completed: Ending = { type: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };

interface Ending {
  type: 'Complete' | 'Failed';
  reason: string;
  message: string;
}

/** When pods of a job failed since its last success: what the pause before the next pod follows from. */
interface Failures {
  count: number;
  lastMs: number;
}

/** Runs the pods of a job to completion, counts them once each, and ends the job for good. */
export class Jobs implements Behaviour {
  readonly plural = 'jobs';
  readonly #world: World;
  readonly #loop: Reconciler;
  /** By the job's uid; a fresh start forgets no more than a pause. */
  readonly #failures = new Map<string, Failures>();

  constructor(world: World, loop: Reconciler) {
    this.#world = world;
    this.#loop = loop;
  }

  concerned(change: Change): KubeObject[] {
    return ownersOfPod(this.#world, 'jobs', 'Job', change);
  }

  reconcile(key: Key, object: KubeObject | undefined): void {
    if (object === undefined) {
      this.#letGo(key.namespace);
      return;
    }
    const job = object as Job;
    const ending = endingOf(job);
    const pods = claimPods(this.#world, job, job.spec.selector);
    if (job.metadata.deletionTimestamp !== undefined || ending?.done === true) {
      for (const pod of pods) if (isFinished(pod) || pod.metadata.deletionTimestamp !== undefined) this.#release(pod);
      this.#failures.delete(job.metadata.uid ?? '');
      if (job.metadata.deletionTimestamp === undefined) this.#expire(job);
      return;
    }
    this.#sync(job, pods, ending?.ending);
  }

  #sync(job: Job, pods: readonly Pod[], pending: Ending | undefined): void {
    const { spec } = job;
    const now = this.#world.clock.now();
    const suspended = spec.suspend === true;
    const status: JobStatus = { ...job.status, uncountedTerminatedPods: {} };
    if (status.startTime === undefined && !suspended) status.startTime = nowText(this.#world);
    const counted = this.#count(job, status, pods);
    let ending = pending ?? this.#failure(job, status, pods);
    let active = pods.filter(isActive);
    if (ending === undefined) {
      active = this.#manage(job, status, active, pods);
      if (isComplete(job, status, active.length)) ending = completed;
      else this.#tellSuspension(job, status, suspended);
      const deadline = deadlineMs(job, status);
      if (deadline !== undefined && ending === undefined && !suspended) this.#loop.enqueueAfter(this, job, Math.max(1, deadline - now));
    } else {
      for (const pod of active) removePod(this.#world, job, component, pod);
      active = [];
    }
    const present = podsAmong(this.#world.registry.storage.ownedBy(job.metadata.uid ?? ''));
    const terminating = present.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isFinished(pod)).length;
    status.active = active.length;
    status.ready = active.filter(isReady).length;
    status.terminating = terminating;
    const event = ending === undefined ? undefined : this.#end(status, ending, terminating);
    if (this.#write(job, status) === undefined) return;
    if (event !== undefined) this.#world.events.record(job, component, event);
    // Only once the count is stored may the counted pods go.
    for (const pod of counted) this.#release(pod);
  }

  /** Adds to the status what has finished since it was last counted, and gives back those pods. */
  #count(job: Job, status: JobStatus, pods: readonly Pod[]): Pod[] {
    const done: Pod[] = [];
    const indexed = job.spec.completionMode === 'Indexed';
    const indexes = parsedIndexes(status.completedIndexes);
    const ordered = [...pods].sort((a, b) => finishedAtMs(a) - finishedAtMs(b));
    for (const pod of ordered) {
      if (pod.metadata.finalizers?.includes(tracking) !== true) continue;
      if (pod.status.phase === 'Succeeded') {
        done.push(pod);
        this.#failures.delete(job.metadata.uid ?? '');
        const index = indexOf(pod, indexKey);
        if (!indexed) status.succeeded = (status.succeeded ?? 0) + 1;
        else if (index !== undefined) indexes.add(index);
      } else if (isLost(job, pod)) {
        done.push(pod);
        if (failurePolicyOf(job.spec.podFailurePolicy?.rules, pod).action === 'Ignore') continue;
        status.failed = (status.failed ?? 0) + 1;
        const before = this.#failures.get(job.metadata.uid ?? '')?.count ?? 0;
        this.#failures.set(job.metadata.uid ?? '', { count: before + 1, lastMs: finishedAtMs(pod) || this.#world.clock.now() });
      }
    }
    if (indexed) {
      status.succeeded = indexes.size;
      if (indexes.size > 0) status.completedIndexes = indexesText(indexes);
    }
    return done;
  }

  #failure(job: Job, status: JobStatus, pods: readonly Pod[]): Ending | undefined {
    const { spec } = job;
    for (const pod of pods) {
      if (pod.status.phase !== 'Failed') continue;
      const { action, message } = failurePolicyOf(spec.podFailurePolicy?.rules, pod);
      if (action === 'FailJob') return { type: 'Failed', reason: 'PodFailurePolicy', message };
    }
    const limit = spec.backoffLimit ?? 6;
    if ((status.failed ?? 0) > limit || restartsPastLimit(spec.template.spec.restartPolicy, limit, pods)) return limitReached;
    const deadline = deadlineMs(job, status);
    return deadline !== undefined && spec.suspend !== true && this.#world.clock.now() >= deadline ? lateEnding : undefined;
  }

  /** As many pods as are wanted now; the active ones afterwards. */
  #manage(job: Job, status: JobStatus, active: readonly Pod[], pods: readonly Pod[]): Pod[] {
    const { spec } = job;
    const parallelism = spec.parallelism ?? 1;
    const succeeded = status.succeeded ?? 0;
    const left = spec.completions === undefined ? (succeeded > 0 ? active.length : parallelism) : Math.max(0, spec.completions - succeeded);
    const wanted = spec.suspend === true ? 0 : spec.completions === undefined ? left : Math.min(parallelism, left);
    if (active.length > wanted) {
      // Those that have not come far are the smaller loss.
      const order = [...active].sort((a, b) => Number(isReady(a)) - Number(isReady(b)));
      for (const pod of order.slice(0, active.length - wanted)) removePod(this.#world, job, component, pod);
      return order.slice(active.length - wanted);
    }
    const terminating =
      spec.podReplacementPolicy === 'Failed' ? pods.filter((pod) => pod.metadata.deletionTimestamp !== undefined && !isFinished(pod)).length : 0;
    const missing = wanted - active.length - terminating;
    if (missing <= 0) return [...active];
    const pauseMs = this.#pauseMs(job);
    if (pauseMs > 0) {
      this.#loop.enqueueAfter(this, job, pauseMs);
      return [...active];
    }
    const free = spec.completionMode === 'Indexed' ? freeIndexes(job, status, active) : undefined;
    for (let made = 0; made < missing; made++) {
      const index = free?.[made];
      if (free !== undefined && index === undefined) break;
      if (!this.#create(job, index)) break;
    }
    return podsAmong(this.#world.registry.storage.ownedBy(job.metadata.uid ?? '')).filter(isActive);
  }

  /** Milliseconds until the next pod may be made after failures: ten seconds, twice as long after each further one. */
  #pauseMs(job: Job): number {
    const failures = this.#failures.get(job.metadata.uid ?? '');
    if (failures === undefined) return 0;
    const backOffMs = Math.min(maxBackOffMs, this.#world.delays.backOffMs * 2 ** (failures.count - 1));
    return Math.max(0, failures.lastMs + backOffMs - this.#world.clock.now());
  }

  #create(job: Job, index: number | undefined): boolean {
    const name = job.metadata.name;
    const identity = {
      generateName: index === undefined ? `${name.slice(0, 57)}-` : `${name.slice(0, 55)}-${String(index)}-`,
      finalizers: [tracking],
      ...(index === undefined ? {} : { labels: { [indexKey]: String(index) }, annotations: { [indexKey]: String(index) } }),
    };
    const template = index === undefined ? job.spec.template : withIndexVariable(job.spec.template);
    const spec = index === undefined ? {} : { hostname: `${name}-${String(index)}` };
    const failure = createPod(this.#world, job, component, podBody(job, template, identity, spec));
    if (failure !== '') this.#loop.enqueueAfter(this, job, refusedRetryMs);
    return failure === '';
  }

  #tellSuspension(job: Job, status: JobStatus, suspended: boolean): void {
    const before = conditionOf(status.conditions, 'Suspended');
    if ((before?.status === 'True') === suspended) return;
    const text = suspended ? { reason: 'JobSuspended', message: 'Job suspended' } : { reason: 'JobResumed', message: 'Job resumed' };
    status.conditions = this.#with(status, { type: 'Suspended', status: suspended ? 'True' : 'False', ...text });
    if (suspended) delete status.startTime;
    else status.startTime = nowText(this.#world);
    this.#world.events.record(job, component, { type: 'Normal', reason: suspended ? 'Suspended' : 'Resumed', message: text.message });
  }

  /** First it is settled how the job ends, and only when its last pod has gone that it has ended; the event of the latter. */
  #end(status: JobStatus, ending: Ending, terminating: number): { type: 'Normal' | 'Warning'; reason: string; message: string } | undefined {
    const { type, reason, message } = ending;
    const interim = type === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget';
    status.conditions = this.#with(status, { type: interim, status: 'True', reason, message });
    if (terminating > 0) return undefined;
    status.conditions = this.#with(status, { type, status: 'True', reason, message });
    if (type === 'Failed') return { type: 'Warning', reason, message };
    status.completionTime = nowText(this.#world);
    return { type: 'Normal', reason: 'Completed', message: 'Job completed' };
  }

  #with(status: JobStatus, condition: Condition): Condition[] {
    const probed = conditionOf(status.conditions, condition.type)?.lastProbeTime ?? nowText(this.#world);
    return withCondition(status.conditions, { ...condition, lastProbeTime: probed }, nowText(this.#world));
  }

  #write(job: Job, status: JobStatus): KubeObject | undefined {
    if (sameValue(status, job.status)) return job;
    const { registry } = this.#world;
    const info = registry.kinds.named('jobs');
    const live = registry.storage.get(info, job.metadata.namespace ?? '', job.metadata.name);
    return live === undefined ? undefined : registry.write(info, { ...live, status }, manager, 'status');
  }

  /** Removes a finished job once its time to live is over. */
  #expire(job: Job): void {
    const ttl = job.spec.ttlSecondsAfterFinished;
    const ended = job.status.conditions?.find((one) => (one.type === 'Complete' || one.type === 'Failed') && one.status === 'True');
    if (ttl === undefined || ended === undefined) return;
    const leftMs = Date.parse(ended.lastTransitionTime ?? '') + ttl * 1000 - this.#world.clock.now();
    if (leftMs > 0) {
      this.#loop.enqueueAfter(this, job, leftMs);
      return;
    }
    const { registry } = this.#world;
    registry.remove(registry.kinds.named('jobs'), job.metadata.namespace ?? '', job.metadata.name, { propagationPolicy: 'Foreground' });
  }

  #release(pod: Pod): void {
    const { registry } = this.#world;
    const info = registry.kinds.named('pods');
    const live = registry.storage.get(info, pod.metadata.namespace ?? '', pod.metadata.name);
    if (live?.metadata.uid !== pod.metadata.uid || live?.metadata.finalizers?.includes(tracking) !== true) return;
    const finalizers = live.metadata.finalizers.filter((one) => one !== tracking);
    registry.write(info, { ...live, metadata: { ...live.metadata, finalizers } }, manager);
  }

  /** Pods whose job has gone are counted by nobody; nothing is to hold them. */
  #letGo(namespace: string): void {
    const { registry } = this.#world;
    const jobs = registry.kinds.named('jobs');
    for (const pod of [...registry.storage.each(registry.kinds.named('pods'), namespace)] as Pod[]) {
      if (pod.metadata.finalizers?.includes(tracking) !== true) continue;
      const owner = controllerOf(pod);
      if (owner === undefined || registry.storage.get(jobs, namespace, owner.name)?.metadata.uid !== owner.uid) this.#release(pod);
    }
  }
}

/** How the job is to end as its status says, and whether it has. */
function endingOf({ status }: Job): { ending: Ending; done: boolean } | undefined {
  const holds = (type: string): Condition | undefined => status.conditions?.find((one) => one.type === type && one.status === 'True');
  for (const [type, interim] of [
    ['Complete', 'SuccessCriteriaMet'],
    ['Failed', 'FailureTarget'],
  ] as const) {
    const found = holds(type) ?? holds(interim);
    if (found !== undefined) return { ending: { type, reason: found.reason ?? '', message: found.message ?? '' }, done: holds(type) !== undefined };
  }
  return undefined;
}

function isComplete(job: Job, status: JobStatus, active: number): boolean {
  const succeeded = status.succeeded ?? 0;
  if (job.spec.suspend === true || active > 0) return false;
  return job.spec.completions === undefined ? succeeded > 0 : succeeded >= job.spec.completions;
}

/** A pod that was deleted before it ended counts as failed, unless only failed ones are replaced. */
function isLost(job: Job, pod: Pod): boolean {
  if (pod.status.phase === 'Failed') return true;
  return job.spec.podReplacementPolicy !== 'Failed' && pod.metadata.deletionTimestamp !== undefined;
}

function deadlineMs(job: Job, status: JobStatus): number | undefined {
  const seconds = job.spec.activeDeadlineSeconds;
  return seconds === undefined || status.startTime === undefined ? undefined : Date.parse(status.startTime) + seconds * 1000;
}

function finishedAtMs(pod: Pod): number {
  const times = (pod.status.containerStatuses ?? []).flatMap((one) => (one.state.terminated ? [Date.parse(one.state.terminated.finishedAt)] : []));
  return Math.max(0, ...times);
}

/** The completion indexes that no pod works on and none has completed, lowest first. */
function freeIndexes(job: Job, status: JobStatus, active: readonly Pod[]): number[] {
  const taken = parsedIndexes(status.completedIndexes);
  for (const pod of active) taken.add(indexOf(pod, indexKey) ?? -1);
  return Array.from({ length: job.spec.completions ?? 0 }, (_, index) => index).filter((index) => !taken.has(index));
}

function withIndexVariable(template: PodTemplate): PodTemplate {
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { fieldPath: `metadata.labels['${indexKey}']` } } };
  const containers = template.spec.containers.map((one) => ({ ...one, env: [...(one.env ?? []), variable] }));
  return { ...template, spec: { ...template.spec, containers } };
}
