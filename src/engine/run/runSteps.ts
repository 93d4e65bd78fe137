import type { KubeObject } from '../../shared/kubeObject';
import type { Problem } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import { nodeById } from '../../shared/workflow';
import { clusterProblem } from '../clusterProblem';
import { requestLimit } from '../limited';
import type { PreparedPlan, PreparedStep } from '../plan/planWorkflow';
import type { ApplyContext } from './applyStep';
import { applyStep } from './applyStep';
import { isTransient, retryDelayMs, retryRuleOf } from '../retry';
import type { AwaitedNode } from './readiness';
import type { RunLog } from './runLog';

export interface StepsRequest {
  readonly prepared: PreparedPlan;
  readonly workflow: Workflow;
  readonly log: RunLog;
  /** Aborted by the first failure, so that nothing new begins. */
  readonly stop: AbortController;
  readonly cancelled: AbortSignal;
  readonly context: ApplyContext;
  /** A problem when one of the nodes does not become ready. */
  readonly untilReady: (nodes: readonly AwaitedNode[]) => Promise<Problem | undefined>;
  readonly noteApplied: (step: PreparedStep, object: KubeObject) => void;
  /** Nothing of this wave and those behind it is begun. */
  readonly heldFrom: number;
  /** Nodes whose gate was answered with no, and the gate. */
  readonly rejected: ReadonlyMap<string, string>;
  /** Nodes that an earlier part of the run has told of already. */
  readonly told: ReadonlySet<string>;
}

export interface StepsResult {
  readonly applied: number;
  readonly unchanged: number;
  /** Why the first node failed; every node behind it, and every one not yet begun, was skipped. */
  readonly problem?: Problem;
}

/**
 * Applies the steps in the derived order: a node begins when those before it are applied (or ready, where that is asked),
 * independent nodes side by side. The first failure lets what is on its way finish and skips the rest, each with its reason.
 */
export async function runSteps(request: StepsRequest): Promise<StepsResult> {
  return new Steps(request).run();
}

/** Where a node ended: only `done` lets the nodes behind it begin. One that is held waits for an answer, and so do those behind it. */
type Outcome = 'done' | 'not-done' | 'held';

class Steps {
  readonly #request: StepsRequest;
  readonly #slots = new Slots(requestLimit);
  #applied = 0;
  #unchanged = 0;
  #failed: { readonly nodeId: string; readonly problem: Problem } | undefined;

  constructor(request: StepsRequest) {
    this.#request = request;
  }

  async run(): Promise<StepsResult> {
    const { prepared } = this.#request;
    const stepsOf = new Map<string, PreparedStep[]>();
    for (const step of prepared.steps) if (step.intent !== undefined) stepsOf.set(step.step.nodeId, [...(stepsOf.get(step.step.nodeId) ?? []), step]);
    const outcomes = new Map<string, Promise<Outcome>>();
    // In applied order, so that whatever a node waits for is already in the map.
    for (const nodeId of prepared.order.order) {
      const steps = stepsOf.get(nodeId);
      if (steps !== undefined) outcomes.set(nodeId, this.#node(nodeId, steps, outcomes));
    }
    // All of them, also after one has thrown: no task may go on behind the end of the run.
    const settled = await Promise.allSettled(outcomes.values());
    const broken = settled.find((one) => one.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    const problem = this.#failed?.problem;
    return { applied: this.#applied, unchanged: this.#unchanged, ...(problem === undefined ? {} : { problem }) };
  }

  async #node(nodeId: string, steps: readonly PreparedStep[], outcomes: ReadonlyMap<string, Promise<Outcome>>): Promise<Outcome> {
    const { prepared, log, untilReady, stop, heldFrom, rejected, told } = this.#request;
    // Nothing to do is done, whatever becomes of the nodes before it; only those behind it may have to wait.
    if (steps.every((step) => step.step.action === 'unchanged')) {
      if (told.has(nodeId)) return 'done';
      this.#unchanged += 1;
      await log.tell({ type: 'node:skipped', nodeId, reason: 'unchanged' });
      return 'done';
    }
    if (steps.some((step) => step.step.wave >= heldFrom)) return 'held';
    const gateId = rejected.get(nodeId);
    if (gateId !== undefined) {
      if (!told.has(nodeId)) await log.tell({ type: 'node:skipped', nodeId, reason: 'gate_rejected', because: gateId });
      return 'not-done';
    }
    for (const before of prepared.order.after(nodeId)) {
      const outcome = await outcomes.get(before);
      if (outcome === 'held') return outcome;
      if (outcome === 'not-done') return this.#skip(nodeId, before);
    }
    if (stop.signal.aborted) return this.#skip(nodeId, undefined);
    const { order } = prepared;
    const needed = order
      .afterReady(nodeId)
      .flatMap((id): readonly AwaitedNode[] => (outcomes.has(id) ? [{ nodeId: id, condition: order.readyWhen(nodeId, id) }] : []));
    if (needed.length > 0) {
      let problem: Problem | undefined;
      try {
        problem = await untilReady(needed);
      } catch (error) {
        if (!stop.signal.aborted) throw error;
        return this.#skip(nodeId, undefined);
      }
      if (problem !== undefined) {
        this.#fail(problem.nodeId ?? needed[0]?.nodeId ?? nodeId, problem);
        return this.#skip(nodeId, problem.nodeId ?? needed[0]?.nodeId);
      }
    }
    for (const batch of batchesOf(steps.filter((step) => step.step.action !== 'unchanged'))) {
      if (stop.signal.aborted) return this.#skip(nodeId, undefined);
      // All of them, also after one has thrown: no task may go on behind the end of the run.
      const settled = await Promise.allSettled(batch.map((step) => this.#applyInTurn(step)));
      for (const one of settled) if (one.status === 'rejected') throw one.reason;
      const ends = settled.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'));
      if (ends.includes('failed')) return 'not-done';
      if (ends.includes('stopped')) return this.#skip(nodeId, undefined);
    }
    return 'done';
  }

  /** `stopped` when the run was stopped before it began. */
  async #applyInTurn(step: PreparedStep): Promise<'done' | 'failed' | 'stopped'> {
    const { stop } = this.#request;
    const leave = await this.#slots.enter();
    try {
      if (stop.signal.aborted) return 'stopped';
      return (await this.#apply(step)) ? 'done' : 'failed';
    } catch (error) {
      // The journal is gone: without it nothing more may be done.
      stop.abort(error);
      throw error;
    } finally {
      leave();
    }
  }

  async #skip(nodeId: string, because: string | undefined): Promise<Outcome> {
    const { log, cancelled, told } = this.#request;
    if (told.has(nodeId)) return 'not-done';
    if (cancelled.aborted) await log.tell({ type: 'node:skipped', nodeId, reason: 'cancelled' });
    else {
      const culprit = because ?? this.#failed?.nodeId;
      await log.tell({ type: 'node:skipped', nodeId, reason: 'upstream_unreachable', ...(culprit === undefined ? {} : { because: culprit }) });
    }
    return 'not-done';
  }

  async #apply(prepared: PreparedStep): Promise<boolean> {
    const { log, context, workflow, stop } = this.#request;
    const { nodeId, ref, action } = prepared.step;
    const startedAtMs = context.clock.now();
    await log.tell({ type: 'node:started', nodeId, ref, action });
    const rule = retryRuleOf(nodeById(workflow, nodeId));
    for (let attempt = 1; ; attempt += 1) {
      let object: KubeObject;
      try {
        object = await applyStep(prepared, context, attempt);
      } catch (error) {
        const problem: Problem = { ...clusterProblem(error, { server: context.cluster.server, verb: 'patch', ref }), nodeId };
        if (isTransient(error) && attempt < rule.max && !stop.signal.aborted) {
          const delayMs = retryDelayMs(rule, attempt, error.failure);
          await log.tell({ type: 'node:retrying', nodeId, attemptNumber: attempt + 1, delayMs, problem });
          if (await this.#paused(delayMs)) continue;
        }
        this.#fail(nodeId, problem);
        await log.tell({ type: 'node:failed', nodeId, ref, problem });
        return false;
      }
      this.#applied += 1;
      this.#request.noteApplied(prepared, object);
      const durationMs = context.clock.now() - startedAtMs;
      await log.tell({ type: 'node:completed', nodeId, ref, action, durationMs, resourceVersion: object.metadata.resourceVersion ?? '' });
      return true;
    }
  }

  /** False when the run was stopped meanwhile: a cancel wins over a pending attempt. */
  async #paused(delayMs: number): Promise<boolean> {
    try {
      await this.#request.context.clock.sleep(delayMs, this.#request.stop.signal);
      return true;
    } catch {
      return false;
    }
  }

  #fail(nodeId: string, problem: Problem): void {
    this.#failed ??= { nodeId, problem };
    this.#request.stop.abort(new Error(`node ${nodeId} failed`));
  }
}

/** The steps of a node that may be made side by side, one group after the other. Without a batch each is a group of its own. */
function batchesOf(steps: readonly PreparedStep[]): readonly (readonly PreparedStep[])[] {
  const batches: PreparedStep[][] = [];
  for (const step of steps) {
    const last = batches.at(-1);
    if (last !== undefined && step.batch !== undefined && last[0]?.batch === step.batch) last.push(step);
    else batches.push([step]);
  }
  return batches;
}

/** Lets so many in at a time; the others wait in line. */
class Slots {
  #free: number;
  readonly #line: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Resolves with what gives the place back. */
  async enter(): Promise<() => void> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#line.push(resolve));
    return () => {
      const next = this.#line.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}
