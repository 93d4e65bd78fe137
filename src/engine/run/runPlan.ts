import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { hasChanges, isBlocked } from '../../shared/plan';
import type { ApprovalClass, Plan, PlanStep } from '../../shared/plan';
import type { Problem } from '../../shared/problem';
import { failure, ProblemError, problemText } from '../../shared/problem';
import type { RunEvent, RunEventBody, RunStatus } from '../../shared/runEvent';
import type { ObjectRef } from '../../shared/kubeObject';
import { refKey } from '../../shared/kubeObject';
import type { Workflow } from '../../shared/workflow';
import { nodeById } from '../../shared/workflow';
import { clusterProblem } from '../clusterProblem';
import type { LastRun } from '../inventory';
import { HeldInventory, lockRenewalMs } from '../inventory';
import { hideRunsFromGit, journalPath, newRunId, writeLease } from '../journal';
import { timeoutMsOf } from '../nodeOptions';
import type { PreparedPlan } from '../plan/planWorkflow';
import type { Clock, Cluster, Files, Logger, Secrets } from '../ports';
import type { RenderedObject } from '../render';
import { LiveWorkflow } from '../status/liveWorkflow';
import type { Version } from '../versions/versionFiles';
import { noteRun, snapshotVersion } from '../versions/versionFiles';
import type { PausedRun } from './pausedRun';
import { takePausedRun } from './pausedRun';
import type { AwaitedNode } from './readiness';
import { isAwaited, ReadinessCheck } from './readiness';
import { RunGates } from './runGates';
import { RunLog } from './runLog';
import { plansDeletions, runDeletions } from './runDeletions';
import { runSteps } from './runSteps';

export interface RunRequest {
  readonly cluster: Cluster;
  readonly clock: Clock;
  /** Rooted at the folder that holds `.kubeorch`. */
  readonly files: Files;
  readonly logger: Logger;
  readonly secrets: Secrets;
  readonly prepared: PreparedPlan;
  readonly workflow: Workflow;
  /** The exact text of the workflow file: what the version keeps. */
  readonly text: string;
  /** Who runs it, `user@machine`: in the lock, for those who wait. */
  readonly by?: string;
  readonly triggeredBy: Extract<RunEvent, { type: 'run:started' }>['triggeredBy'];
  /** Classes that need no answer of a person any more. */
  readonly allow: readonly ApprovalClass[];
  /** The plan that a person saw and approved; approves everything in it, and nothing else. */
  readonly approvedDigest?: string;
  /** The plan that a person saw and accepted as far as it destroys nothing. */
  readonly acceptedDigest?: string;
  /** Who has not answered a gate after so long has rejected, in milliseconds. */
  readonly gateTimeoutMs?: number;
  /** Go on with this run; `prepared` is a plan made again of its text. */
  readonly resumed?: PausedRun;
  /** Go on until workloads are healthy at the generation that was applied. */
  readonly wait: boolean;
  /** How long to wait for readiness, in milliseconds. */
  readonly timeoutMs: number;
  readonly runId?: string;
  /** A second journal; gets whole lines. */
  readonly alsoAppend?: (line: string) => Promise<void>;
  readonly signal?: AbortSignal;
}

/** After a cancel, writes that are on their way have this long to end, in milliseconds. */
const graceMs = 5000;

/**
 * Carries out a plan and tells it as events: numbered without gaps, in the journal before they are given out, the last one
 * the only terminal one, whatever happens. A run that is refused before it begins is that one event and leaves no journal.
 * Ending the iteration early cancels the run and waits for its end. A run that comes to gates without an answer does what is
 * before them and ends the iteration with `run:paused`; it is gone on with by a request that has it as `resumed`. Throws
 * `run.notPaused` when another process goes on with it.
 */
export async function* runPlan(request: RunRequest): AsyncGenerator<RunEvent> {
  const { resumed } = request;
  const runId = resumed?.runId ?? request.runId ?? newRunId(request.clock);
  const refusal = resumed === undefined ? refusalOf(request) : undefined;
  if (refusal !== undefined) {
    const log = new RunLog(request.clock, runId, undefined);
    await log.end({ type: 'run:failed', durationMs: 0, problem: refusal });
    yield* log.events();
    return;
  }
  const path = journalPath(request.workflow.name, runId);
  const place = { files: request.files, path, ...(request.alsoAppend === undefined ? {} : { alsoAppend: request.alsoAppend }) };
  if (resumed !== undefined) await takePausedRun(request.files, resumed);
  const log = new RunLog(request.clock, runId, place, resumed?.events.at(-1)?.sequenceNumber);
  const abandoned = new AbortController();
  const running = new Run(request, runId, log, abandoned.signal).execute();
  try {
    yield* log.events();
  } finally {
    abandoned.abort(new Error('nobody listens to the run any more'));
    await running;
  }
}

function refusalOf(request: RunRequest): Problem | undefined {
  const { plan } = request.prepared;
  if (isBlocked(plan)) return firstError(plan) ?? { code: 'run.planChanged', args: {}, severity: 'error' };
  const seen = request.approvedDigest ?? request.acceptedDigest;
  return seen === undefined || seen === plan.digest ? undefined : { code: 'run.planChanged', args: {}, severity: 'error' };
}

/** The problem that blocks a plan, that of the whole plan before that of a step. */
export function firstError(plan: Plan): Problem | undefined {
  const ofSteps = plan.steps.flatMap((step) => step.problems.map((problem) => ({ ...problem, nodeId: problem.nodeId ?? step.nodeId })));
  return [...plan.problems, ...ofSteps].find((problem) => problem.severity === 'error');
}

/** Nodes of which a run has told the end. */
function endedNodes(events: readonly RunEvent[]): ReadonlySet<string> {
  return new Set(events.flatMap((event) => (event.type === 'node:completed' || event.type === 'node:skipped' ? [event.nodeId] : [])));
}

type Ending = {
  readonly status: Extract<RunStatus, 'completed' | 'failed' | 'cancelled' | 'paused'>;
  readonly body: RunEventBody | ((durationMs: number) => RunEventBody);
};

class Run {
  readonly #request: RunRequest;
  readonly #runId: string;
  readonly #log: RunLog;
  /** Cancelled by the caller, or left alone by it. */
  readonly #cancelled: AbortSignal;
  /** Ends waiting and pauses: on a cancel, a first failure, a lost lock. */
  readonly #stop = new AbortController();
  /** Ends requests; later than `#stop`, so that a write that is on its way may finish. */
  readonly #abort = new AbortController();
  readonly #owned = new DisposableList();
  readonly #deleted: ObjectRef[] = [];
  readonly #gates: RunGates;
  /** Objects that were applied, by `refKey`. */
  readonly #done = new Set<string>();
  #fault: Error | undefined;

  constructor(request: RunRequest, runId: string, log: RunLog, abandoned: AbortSignal) {
    this.#request = request;
    this.#runId = runId;
    this.#log = log;
    this.#gates = new RunGates(request, runId, log, this.#abort.signal);
    this.#cancelled = request.signal === undefined ? abandoned : AbortSignal.any([request.signal, abandoned]);
  }

  /** Never rejects: what goes wrong is the run's end. */
  async execute(): Promise<void> {
    const { clock, resumed } = this.#request;
    const startedAtMs = resumed === undefined ? clock.now() : Date.parse(resumed.started.timestamp);
    const onCancel = (): void => {
      this.#stop.abort(this.#cancelled.reason);
      this.#owned.add(clock.after(graceMs, () => this.#abort.abort(this.#cancelled.reason)));
    };
    this.#cancelled.addEventListener('abort', onCancel, { once: true });
    let version: Version | undefined;
    let ending: Ending;
    try {
      this.#cancelled.throwIfAborted();
      version = resumed === undefined ? await this.#begin() : await this.#goOn(resumed);
      this.#every(lockRenewalMs, () => this.#lease());
      ending = await this.#underLock(version);
    } catch (error) {
      ending = this.#endingOf(error);
    }
    this.#cancelled.removeEventListener('abort', onCancel);
    this.#owned.dispose();
    if (version !== undefined) await this.#noteRun(version, ending.status);
    await this.#log.end(typeof ending.body === 'function' ? ending.body(clock.now() - startedAtMs) : ending.body);
  }

  async #begin(): Promise<Version> {
    const { clock, files, workflow, prepared, text, triggeredBy } = this.#request;
    const version = await snapshotVersion(files, clock, workflow.name, text, undefined, this.#request.by);
    await hideRunsFromGit(files);
    await this.#noteRun(version, 'running');
    const { target, counts } = prepared.plan;
    await this.#log.tell({
      type: 'run:started',
      workflow: workflow.name,
      version: version.version,
      digest: version.digest,
      target,
      triggeredBy,
      counts,
      asked: prepared.asked,
    });
    await this.#tellLinks();
    await this.#gates.read();
    return version;
  }

  /** A plan made again is gone on with only when it is the rest of the one that was answered. */
  async #goOn(resumed: PausedRun): Promise<Version> {
    await this.#lease();
    await this.#noteRun(resumed.version, 'running');
    await this.#gates.read();
    const blocking = isBlocked(this.#request.prepared.plan) ? firstError(this.#request.prepared.plan) : undefined;
    if (blocking !== undefined) throw new ProblemError(blocking);
    if (this.#request.prepared.plan.digest !== resumed.digest) throw failure('run.planChanged');
    this.#gates.refuseLate();
    return resumed.version;
  }

  #lease(): Promise<void> {
    return writeLease(this.#request.files, this.#request.clock, this.#request.workflow.name, this.#runId);
  }

  /** A run that would write nothing takes no lock either: an unchanged redeploy leaves the cluster untouched. */
  async #underLock(version: Version): Promise<Ending> {
    const { cluster, clock, workflow, prepared } = this.#request;
    // What a run that died left as not yet made was looked at by this plan: it is listed anew.
    const known = new Set(prepared.inventory.members.flatMap((member) => (member.unproven === true ? [] : [refKey(member)])));
    const isListed = prepared.vanished.length === 0 && prepared.members.every((member) => known.has(refKey(member)));
    if (!hasChanges(prepared.plan) && isListed) return this.#carriedOut();
    const held = await HeldInventory.take({
      cluster,
      clock,
      workflow: workflow.name,
      namespace: prepared.plan.target.namespace,
      runId: this.#runId,
      ...(this.#request.by === undefined ? {} : { by: this.#request.by }),
      members: prepared.members,
      origin: prepared.origin,
      known: prepared.inventory,
      signal: this.#abort.signal,
    });
    const renewals = this.#every(lockRenewalMs, async () => {
      try {
        await held.renew();
      } catch (error) {
        const { server } = cluster;
        this.#fail(failure('run.lockLost', { detail: problemText(clusterProblem(error, { server, verb: 'update' })) }, { cause: error }));
      }
    });
    let ending: Ending;
    try {
      ending = await this.#carriedOut();
    } catch (error) {
      ending = this.#endingOf(error);
    }
    renewals.dispose();
    try {
      const { version: number, digest } = version;
      const endedAt = new Date(clock.now()).toISOString();
      const lastRun = { runId: this.#runId, version: number, digest, endedAt, status: ending.status, ...this.#appliedSources() };
      await held.release(lastRun, [...prepared.vanished, ...this.#deleted], this.#done);
    } catch (error) {
      // The lock runs out by itself; what was applied is applied.
      await this.#warn(clusterProblem(error, { server: cluster.server, verb: 'update' }));
    }
    return ending;
  }

  async #carriedOut(): Promise<Ending> {
    const { cluster, clock, logger, workflow, prepared, wait, timeoutMs, secrets, resumed } = this.#request;
    const objects = prepared.steps.flatMap(({ rendered }) => rendered ?? []);
    const waiting = [...objects.map((one) => one.nodeId), ...(prepared.plan.gates ?? []).map((gate) => gate.nodeId)];
    const needsLive = wait || waiting.some((nodeId) => prepared.order.afterReady(nodeId).length > 0);
    const live = needsLive ? this.#owned.add(new LiveWorkflow({ cluster, clock, logger, workflow: workflow.name, objects })) : undefined;
    if (live !== undefined) this.#owned.add(live.onPatch((patch) => this.#tellStatuses(patch.nodes)));
    const readiness = live === undefined ? undefined : new ReadinessCheck(live);
    const untilReady = async (nodes: readonly AwaitedNode[]): Promise<Problem | undefined> =>
      live === undefined || readiness === undefined ? undefined : this.#untilReady(live, readiness, nodes, timeoutMs);

    const result = await runSteps({
      prepared,
      log: this.#log,
      stop: this.#stop,
      cancelled: this.#cancelled,
      context: { cluster, clock, secrets, target: prepared.plan.target, workflow: workflow.name, plannedAtMs: prepared.madeAtMs, signal: this.#abort.signal },
      untilReady,
      noteApplied: ({ step }, object) => {
        this.#done.add(refKey(step.ref));
        readiness?.noteApplied(step.nodeId, object);
      },
      heldFrom: this.#gates.heldFrom,
      rejected: this.#gates.rejectedNodes,
      reachGate: (nodeId) => this.#gates.reach(nodeId),
      costSoFar: resumed?.events.findLast((event) => event.type === 'cost:updated')?.cumulativeCostMicrocents ?? 0,
      told: endedNodes(resumed?.events ?? []),
    });
    if (this.#fault !== undefined) throw this.#fault;
    this.#cancelled.throwIfAborted();
    if (result.problem !== undefined) throw new ProblemError(result.problem);

    if (this.#gates.isWaiting) return { status: 'paused', body: await this.#gates.pause(this.#done) };
    let ready = false;
    let notReady: string | undefined;
    let applied = result.applied + (resumed?.events.filter((event) => event.type === 'node:completed').length ?? 0);
    const unchanged = result.unchanged + (resumed?.events.filter((event) => event.type === 'node:skipped' && event.reason === 'unchanged').length ?? 0);
    if (wait && live !== undefined) {
      const needed = new Set(objects.flatMap((one) => prepared.order.after(one.nodeId)));
      const awaited = [
        ...new Set(objects.filter((one) => one.health !== undefined || isAwaited(one.object.kind, needed.has(one.nodeId))).map((one) => one.nodeId)),
      ];
      const problem = await untilReady(awaited.map((nodeId) => ({ nodeId })));
      if (problem?.code === 'run.unhealthy') throw new ProblemError(problem);
      if (problem !== undefined) await this.#warn({ ...problem, severity: 'warning' });
      ready = problem === undefined;
      notReady = problem?.args['what'];
      if (ready) await this.#warnOfAddresses(live, objects);
    }
    // What takes over is ready, where that is waited for, before what it takes over from goes.
    if (!wait || ready) applied += await this.#deletions();
    else if (plansDeletions(prepared.plan)) await this.#warn({ code: 'run.notDeleted', args: {}, severity: 'warning' });
    const leftOut = this.#leftOut();
    const rest = { applied, unchanged, ready, ...(notReady === undefined ? {} : { notReady }), ...(leftOut === 0 ? {} : { leftOut }) };
    return { status: 'completed', body: (durationMs) => ({ type: 'run:completed', durationMs, ...rest }) };
  }

  /** Charts and bases whose objects are all as they were rendered; of others what an earlier run applied. */
  #appliedSources(): Pick<LastRun, 'sources'> {
    const { steps, sourceDigests, inventory } = this.#request.prepared;
    const open = new Set(steps.flatMap(({ step }) => (step.action === 'unchanged' || this.#done.has(refKey(step.ref)) ? [] : [step.nodeId])));
    const planned = new Set(steps.map(({ step }) => step.nodeId));
    const known = inventory.lastRun?.sources ?? {};
    const sources = Object.entries(sourceDigests).flatMap(([nodeId, digest]) => {
      const applied = planned.has(nodeId) && !open.has(nodeId) ? digest : known[nodeId];
      return applied === undefined ? [] : [[nodeId, applied] as const];
    });
    return sources.length === 0 ? {} : { sources: Object.fromEntries(sources) };
  }

  /** How many objects with changes an answer kept from being made. */
  #leftOut(): number {
    const { plan } = this.#request.prepared;
    const deletions = this.#gates.rejectedRefs;
    const done = (step: PlanStep): boolean => (step.action === 'delete' ? !deletions.has(refKey(step.ref)) : this.#done.has(refKey(step.ref)));
    return plan.steps.filter((step) => step.action !== 'unchanged' && step.action !== 'left-running' && !done(step)).length;
  }

  /** Answers how many objects were deleted. */
  async #deletions(): Promise<number> {
    const { cluster, clock, prepared, workflow } = this.#request;
    const context = { cluster, clock, workflow: workflow.name, signal: this.#abort.signal };
    const rejected = this.#gates.rejectedRefs;
    const steps = prepared.steps.filter(({ step }) => !rejected.has(refKey(step.ref)));
    const problem = await runDeletions({ steps, log: this.#log, stop: this.#stop, context, noteDeleted: (ref) => this.#deleted.push(ref) });
    if (this.#fault !== undefined) throw this.#fault;
    this.#cancelled.throwIfAborted();
    if (problem !== undefined) throw new ProblemError(problem);
    return this.#deleted.length;
  }

  /** Undefined when all are ready; `run.unhealthy` when one never will be, `run.notReady` when the time is over. */
  async #untilReady(live: LiveWorkflow, readiness: ReadinessCheck, nodes: readonly AwaitedNode[], timeoutMs: number): Promise<Problem | undefined> {
    const time = new AbortController();
    const { workflow } = this.#request.prepared;
    const timeOf = new Map(nodes.map((one) => [one, timeoutMsOf(nodeById(workflow, one.nodeId)) ?? timeoutMs]));
    const late = (ms: number): readonly AwaitedNode[] => nodes.filter((one) => (timeOf.get(one) ?? timeoutMs) <= ms && !readiness.isReady(one));
    let overMs = timeoutMs;
    const timers = new DisposableList();
    for (const ms of new Set(timeOf.values())) {
      const over = (): void => {
        if (time.signal.aborted || late(ms).length === 0) return;
        overMs = ms;
        time.abort(new Error('time is over'));
      };
      timers.add(this.#request.clock.after(ms, over));
    }
    let final: Problem | undefined;
    try {
      await live.until(
        () => {
          final = nodes.map(({ nodeId }) => readiness.finalProblem(nodeId)).find((problem) => problem !== undefined);
          return final !== undefined || nodes.every((one) => readiness.isReady(one));
        },
        AbortSignal.any([this.#stop.signal, time.signal]),
      );
      return final;
    } catch (error) {
      if (!time.signal.aborted) throw error;
      return { code: 'run.notReady', args: { seconds: String(Math.round(overMs / 1000)), what: readiness.describe(late(overMs)) }, severity: 'error' };
    } finally {
      timers.dispose();
    }
  }

  /** What edges gave the nodes that this run writes, so that nobody has to guess where a value comes from. */
  async #tellLinks(): Promise<void> {
    const { links, plan } = this.#request.prepared;
    const written = new Set(plan.steps.flatMap((step) => (step.action === 'unchanged' ? [] : [step.nodeId])));
    const told = links.filter((link) => written.has(link.nodeId));
    if (told.length > 0) await this.#log.tell({ type: 'run:linked', links: told });
  }

  async #warnOfAddresses(live: LiveWorkflow, objects: readonly RenderedObject[]): Promise<void> {
    for (const { nodeId, object } of objects) {
      const status = live.statusOf(nodeId);
      if ((object.kind !== 'Ingress' && object.kind !== 'Service') || status === undefined || status.state === 'healthy') continue;
      await this.#warn({ code: 'run.noAddress', args: { node: nodeId, detail: status.message }, severity: 'warning', nodeId });
    }
  }

  #tellStatuses(nodes: Readonly<Record<string, Extract<RunEventBody, { type: 'node:status' }>['status']>>): void {
    for (const [nodeId, status] of Object.entries(nodes)) {
      this.#log.tell({ type: 'node:status', nodeId, status }).catch((error: unknown) => this.#fail(error));
    }
  }

  async #warn(problem: Problem): Promise<void> {
    try {
      await this.#log.tell({ type: 'run:warning', problem });
    } catch (error) {
      this.#request.logger.warn(`a warning of run ${this.#runId} could not be written: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** Stops the run for a reason that no step knows of. */
  #fail(error: unknown): void {
    this.#fault ??= error instanceof Error ? error : new Error(String(error));
    this.#stop.abort(this.#fault);
  }

  #endingOf(error: unknown): Ending {
    // Once it is asked for, a cancel is how the run ends, whatever fails on the way.
    if (this.#cancelled.aborted) return { status: 'cancelled', body: (durationMs) => ({ type: 'run:cancelled', durationMs }) };
    const problem = clusterProblem(this.#fault ?? error, { server: this.#request.cluster.server, verb: 'patch' });
    if (problem.code === 'internal') this.#request.logger.error(`run ${this.#runId} failed`, error);
    return { status: 'failed', body: (durationMs) => ({ type: 'run:failed', durationMs, problem }) };
  }

  #every(delayMs: number, task: () => Promise<void>): Disposable {
    const list = this.#owned.add(new DisposableList());
    const again = (): void => {
      if (list.disposed) return;
      list.add(
        this.#request.clock.after(delayMs, () => {
          task().then(again, (error: unknown) => {
            this.#request.logger.warn(`a regular task of run ${this.#runId} failed: ${error instanceof Error ? error.message : String(error)}`);
            again();
          });
        }),
      );
    };
    again();
    return list;
  }

  async #noteRun(version: Version, status: RunStatus): Promise<void> {
    try {
      await noteRun(this.#request.files, version.path, { runId: this.#runId, status, target: this.#request.prepared.plan.target.label });
    } catch (error) {
      this.#request.logger.warn(
        `version ${String(version.version)} could not take note of run ${this.#runId}: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
}
