import { ApiError } from '../apiStatus';
import { timestampOf } from '../clock';
import { sameValue, type JsonMap, type KubeObject } from '../objects';
import { systemWrite } from '../registry';
import { isTimeZone, nextTime, parseCronSchedule, type CronSchedule } from '../../openapi/index';
import type { Change } from '../storage';
import type { CronJob, Job, ObjectReference } from '../workloadTypes';
import { manager, ownerReferenceOf } from './ownedPods';
import { controllerOf, type Behaviour, type Key, type World } from './world';

const component = 'cronjob-controller';
const scheduledKey = 'batch.kubernetes.io/cronjob-scheduled-timestamp';
/** Missed times are not searched further back than this many. */
const maxMissed = 100;

/** Starts jobs when their time has come, on the sandbox's clock, and keeps the history within its limits. */
export class CronJobs implements Behaviour {
  readonly plural = 'cronjobs';
  readonly #world: World;
  readonly #loop: { enqueue(behaviour: Behaviour, object: KubeObject): void };
  /** One alarm per cron job, by uid: a schedule that changes leaves no old one behind. */
  readonly #alarms = new Map<string, () => void>();

  constructor(world: World, loop: { enqueue(behaviour: Behaviour, object: KubeObject): void }) {
    this.#world = world;
    this.#loop = loop;
  }

  concerned(change: Change): KubeObject[] {
    const owner = change.info.plural === 'jobs' ? controllerOf(change.object) : undefined;
    if (owner?.kind !== 'CronJob') return [];
    const { registry } = this.#world;
    const found = registry.storage.get(registry.kinds.named('cronjobs'), change.object.metadata.namespace ?? '', owner.name);
    return found === undefined ? [] : [found];
  }

  reconcile(_key: Key, object: KubeObject | undefined): void {
    if (object === undefined) return;
    const cron = object as CronJob;
    const { uid = '' } = cron.metadata;
    this.#alarms.get(uid)?.();
    this.#alarms.delete(uid);
    const jobs = this.#jobsOf(cron);
    const status = { ...cron.status };
    let active = this.#follow(cron, status, jobs);
    if (cron.metadata.deletionTimestamp === undefined) {
      const schedule = this.#scheduleOf(cron);
      if (schedule !== undefined) {
        active = this.#start(cron, status, active, schedule);
        const next = nextTime(schedule, this.#world.clock.now(), cron.spec.timeZone);
        if (next !== undefined) this.#wake(cron, next - this.#world.clock.now());
      }
      this.#forget(cron, jobs);
    }
    status.active = active;
    if (active.length === 0) delete status.active;
    const info = this.#world.registry.kinds.named('cronjobs');
    if (!sameValue(status, cron.status)) this.#world.registry.write(info, { ...cron, status }, manager, 'status');
  }

  close(): void {
    for (const cancel of this.#alarms.values()) cancel();
    this.#alarms.clear();
  }

  #wake(cron: CronJob, delayMs: number): void {
    const { uid = '' } = cron.metadata;
    // Longer pauses are slept in parts: a timer of the machine holds no more than 24 days.
    const partMs = Math.min(Math.max(1, delayMs), 24 * 60 * 60_000);
    const cancel = this.#world.clock.after(partMs, () => {
      this.#alarms.delete(uid);
      this.#loop.enqueue(this, cron);
    });
    this.#alarms.set(uid, cancel);
  }

  #jobsOf(cron: CronJob): Job[] {
    const own = this.#world.registry.storage.ownedBy(cron.metadata.uid ?? '');
    return own.filter((one) => one.kind === 'Job' && controllerOf(one)?.uid === cron.metadata.uid) as Job[];
  }

  /** What has become of the jobs that were started; those that are still active. */
  #follow(cron: CronJob, status: CronJob['status'], jobs: readonly Job[]): ObjectReference[] {
    let active = [...(status.active ?? [])];
    for (const job of jobs) {
      const known = active.some((one) => one.uid === job.metadata.uid);
      const ending = endOf(job);
      if (ending === undefined) {
        if (!known) this.#tell(cron, 'Warning', 'UnexpectedJob', `Saw a job that the controller did not create or forgot: ${job.metadata.name}`);
        continue;
      }
      if (known) {
        active = active.filter((one) => one.uid !== job.metadata.uid);
        this.#tell(cron, 'Normal', 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${ending}`);
      }
      const { completionTime } = job.status;
      if (ending !== 'Complete' || completionTime === undefined) continue;
      if (status.lastSuccessfulTime === undefined || completionTime > status.lastSuccessfulTime) status.lastSuccessfulTime = completionTime;
    }
    for (const one of active) {
      if (!jobs.some((job) => job.metadata.uid === one.uid)) this.#tell(cron, 'Normal', 'MissingJob', `Active job went missing: ${one.name}`);
    }
    return active.filter((one) => jobs.some((job) => job.metadata.uid === one.uid));
  }

  #scheduleOf(cron: CronJob): CronSchedule | undefined {
    const { schedule, timeZone, suspend } = cron.spec;
    if (timeZone !== undefined && !isTimeZone(timeZone)) {
      this.#tell(cron, 'Warning', 'UnknownTimeZone', `invalid timeZone: "${timeZone}": unknown time zone ${timeZone}`);
      return undefined;
    }
    if (suspend === true) return undefined;
    try {
      return parseCronSchedule(schedule);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#tell(cron, 'Warning', 'UnparseableSchedule', `unparseable schedule: "${schedule}" : ${why}`);
      return undefined;
    }
  }

  #start(cron: CronJob, status: CronJob['status'], active: ObjectReference[], schedule: CronSchedule): ObjectReference[] {
    const { spec } = cron;
    const nowMs = this.#world.clock.now();
    const due = this.#dueTime(cron, status, schedule, nowMs);
    if (due === undefined) return active;
    if (spec.startingDeadlineSeconds !== undefined && due + spec.startingDeadlineSeconds * 1000 < nowMs) {
      this.#tell(cron, 'Warning', 'MissSchedule', `Missed scheduled time to start a job: ${new Date(due).toUTCString().replace('GMT', 'UTC')}`);
      return active;
    }
    const name = `${cron.metadata.name}-${String(Math.floor(due / 60_000))}`;
    if (active.some((one) => one.name === name) || status.lastScheduleTime === timestampOf(due)) return active;
    if (spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
      this.#tell(cron, 'Normal', 'JobAlreadyActive', 'Not starting job because prior execution is running and concurrency policy is Forbid');
      return active;
    }
    if (spec.concurrencyPolicy === 'Replace') {
      for (const one of active) this.#remove(cron, one.name);
      active = [];
    }
    const made = this.#create(cron, name, due);
    if (made === undefined) return active;
    status.lastScheduleTime = timestampOf(due);
    return [...active, made];
  }

  /** The latest time that has come since the last start and was not met. */
  #dueTime(cron: CronJob, status: CronJob['status'], schedule: CronSchedule, nowMs: number): number | undefined {
    const deadline = cron.spec.startingDeadlineSeconds;
    let earliest = Date.parse(status.lastScheduleTime ?? cron.metadata.creationTimestamp ?? '');
    if (deadline !== undefined) earliest = Math.max(earliest, nowMs - deadline * 1000 - 1);
    let due: number | undefined;
    let missed = 0;
    for (let at = nextTime(schedule, earliest, cron.spec.timeZone); at !== undefined && at <= nowMs; at = nextTime(schedule, at, cron.spec.timeZone)) {
      due = at;
      if (++missed > maxMissed) {
        const hint = 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew';
        this.#tell(cron, 'Warning', 'TooManyMissedTimes', hint);
        // A schedule is minutes long at least, so that the last hour holds the latest of them unless it is a rare one.
        return nextTime(schedule, nowMs - 60 * 60_000, cron.spec.timeZone) ?? due;
      }
    }
    return due;
  }

  #create(cron: CronJob, name: string, due: number): ObjectReference | undefined {
    const { registry } = this.#world;
    const { metadata = {}, spec } = cron.spec.jobTemplate;
    const { namespace = '' } = cron.metadata;
    const body = {
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name,
        namespace,
        ...(metadata.labels ? { labels: metadata.labels } : {}),
        annotations: { ...metadata.annotations, [scheduledKey]: timestampOf(due) },
        ownerReferences: [ownerReferenceOf(cron)],
      },
      spec,
    };
    try {
      const { object } = registry.create(registry.kinds.named('jobs'), namespace, body as unknown as JsonMap, systemWrite(manager));
      this.#tell(cron, 'Normal', 'SuccessfulCreate', `Created job ${name}`);
      const { uid = '', resourceVersion = '' } = object.metadata;
      return { apiVersion: 'batch/v1', kind: 'Job', namespace, name, uid, resourceVersion };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#tell(cron, 'Warning', 'FailedCreate', `Error creating job: ${error.message}`);
      return undefined;
    }
  }

  /** Finished jobs beyond the limits go, those that began first. */
  #forget(cron: CronJob, jobs: readonly Job[]): void {
    const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cron.spec;
    for (const [ending, limit] of [
      ['Complete', successfulJobsHistoryLimit],
      ['Failed', failedJobsHistoryLimit],
    ] as const) {
      if (limit === undefined) continue;
      const finished = jobs
        .filter((job) => endOf(job) === ending && job.metadata.deletionTimestamp === undefined)
        .sort((a, b) => compare(a.status.startTime ?? '', b.status.startTime ?? '') || compare(a.metadata.name, b.metadata.name));
      for (const job of finished.slice(0, Math.max(0, finished.length - limit))) this.#remove(cron, job.metadata.name);
    }
  }

  #remove(cron: CronJob, name: string): void {
    const { registry } = this.#world;
    const info = registry.kinds.named('jobs');
    if (registry.storage.get(info, cron.metadata.namespace ?? '', name) === undefined) return;
    registry.remove(info, cron.metadata.namespace ?? '', name, { propagationPolicy: 'Background' });
    this.#tell(cron, 'Normal', 'SuccessfulDelete', `Deleted job ${name}`);
  }

  #tell(cron: CronJob, type: 'Normal' | 'Warning', reason: string, message: string): void {
    this.#world.events.record(cron, component, { type, reason, message });
  }
}

function endOf(job: Job): 'Complete' | 'Failed' | undefined {
  const found = job.status.conditions?.find((one) => (one.type === 'Complete' || one.type === 'Failed') && one.status === 'True');
  return found?.type as 'Complete' | 'Failed' | undefined;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
