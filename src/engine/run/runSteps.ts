import type { KubeObject } from '../../shared/kubeObject';
import type { Problem } from '../../shared/problem';
import { nodeById } from '../../shared/workflow';
import { clusterProblem } from '../clusterProblem';
import { requestLimit } from '../limited';
import type { PreparedPlan, PreparedStep } from '../plan/planWorkflow';
import type { ApplyContext } from './applyStep';
import { applyStep } from './applyStep';
import { runOptionsOf, timeoutMsOf } from '../nodeOptions';
import type { RetryRule } from '../retry';
import { isTransient, retryDelayMs, retryRuleOf } from '../retry';
import type { AwaitedNode } from './readiness';
import { gateIdOf, gateNodeType } from './nodeGates';
import type { RunLog } from './runLog';

export interface StepsRequest {
  readonly prepared: PreparedPlan;
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
  /** Tells that the run came to a gate node, and asks how it goes on from there. */
  readonly reachGate: (nodeId: string) => 'open' | 'closed' | 'waiting';
  /** What earlier parts of the run made is estimated to cost. */
  readonly costSoFar: number;
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
  /** Nodes that have objects, and can become ready. */
  readonly #made: ReadonlySet<string>;
  /** Gate nodes that hold a node, those behind unchanged nodes included. */
  readonly #gatesBefore: ReadonlyMap<string, readonly string[]>;
  #cost: number;
  #applied = 0;
  #unchanged = 0;
  #failed: { readonly nodeId: string; readonly problem: Problem } | undefined;

  constructor(request: StepsRequest) {
    this.#request = request;
    this.#cost = request.costSoFar;
    this.#made = new Set(request.prepared.steps.flatMap(({ step, rendered }) => (rendered === undefined ? [] : [step.nodeId])));
    const gatesBefore = new Map<string, string[]>();
    for (const { nodeId, holds } of request.prepared.plan.gates ?? []) for (const id of holds) gatesBefore.set(id, [...(gatesBefore.get(id) ?? []), nodeId]);
    this.#gatesBefore = gatesBefore;
  }

  async run(): Promise<StepsResult> {
    const { prepared } = this.#request;
    const stepsOf = new Map<string, PreparedStep[]>();
    for (const step of prepared.steps) if (step.rendered !== undefined) stepsOf.set(step.step.nodeId, [...(stepsOf.get(step.step.nodeId) ?? []), step]);
    const outcomes = new Map<string, Promise<Outcome>>();
    // In applied order, so that whatever a node waits for is already in the map.
    for (const nodeId of prepared.order.order) {
      const steps = stepsOf.get(nodeId);
      if (steps !== undefined) outcomes.set(nodeId, this.#node(nodeId, steps, outcomes));
      else if (prepared.workflow.nodes.some((node) => node.id === nodeId && node.type === gateNodeType)) outcomes.set(nodeId, this.#gate(nodeId, outcomes));
    }
    // All of them, also after one has thrown: no task may go on behind the end of the run.
    const settled = await Promise.allSettled(outcomes.values());
    const broken = settled.find((one) => one.status === 'rejected');
    if (broken !== undefined) throw broken.reason;
    const problem = this.#failed?.problem;
    return { applied: this.#applied, unchanged: this.#unchanged, ...(problem === undefined ? {} : { problem }) };
  }

  async #node(nodeId: string, steps: readonly PreparedStep[], outcomes: ReadonlyMap<string, Promise<Outcome>>): Promise<Outcome> {
    const { log, stop, heldFrom, rejected, told } = this.#request;
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
    const before = await this.#before(nodeId, outcomes);
    if (before !== 'done') return before;
    for (const batch of batchesOf(steps.filter((step) => step.step.action !== 'unchanged'))) {
      if (stop.signal.aborted) return this.#skip(nodeId, undefined);
      // All of them, also after one has thrown: no task may go on behind the end of the run.
      const settled = await Promise.allSettled(batch.map((step) => this.#applyInTurn(step)));
      for (const one of settled) if (one.status === 'rejected') throw one.reason;
      const ends = settled.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'));
      if (ends.includes('failed')) return 'not-done';
      if (ends.includes('stopped')) return this.#skip(nodeId, undefined);
    }
    await this.#tellCost(nodeId);
    return 'done';
  }

  async #tellCost(nodeId: string): Promise<void> {
    const { prepared, log } = this.#request;
    const { nodes, currency } = prepared.plan.cost ?? { nodes: [] };
    const cost = nodes.find((one) => one.nodeId === nodeId);
    if (cost === undefined || currency === undefined) return;
    this.#cost += cost.costMicrocents;
    await log.tell({ type: 'cost:updated', ...cost, cumulativeCostMicrocents: this.#cost, currency });
  }

  /** Waits for the nodes before this one. A node that cannot begin is skipped here. */
  async #before(nodeId: string, outcomes: ReadonlyMap<string, Promise<Outcome>>): Promise<Outcome> {
    const { prepared, untilReady, stop } = this.#request;
    const { order } = prepared;
    for (const before of [...order.after(nodeId), ...(this.#gatesBefore.get(nodeId) ?? [])]) {
      const outcome = await outcomes.get(before);
      if (outcome === 'held') return outcome;
      if (outcome === 'not-done') return this.#skip(nodeId, before);
    }
    if (stop.signal.aborted) return this.#skip(nodeId, undefined);
    const needed = order
      .afterReady(nodeId)
      .flatMap((id): readonly AwaitedNode[] => (this.#made.has(id) ? [{ nodeId: id, condition: order.readyWhen(nodeId, id) }] : []));
    if (needed.length === 0) return 'done';
    let problem: Problem | undefined;
    try {
      problem = await untilReady(needed);
    } catch (error) {
      if (!stop.signal.aborted) throw error;
      return this.#skip(nodeId, undefined);
    }
    if (problem === undefined) return 'done';
    const culprit = problem.nodeId ?? needed[0]?.nodeId;
    this.#fail(culprit ?? nodeId, problem);
    return this.#skip(nodeId, culprit);
  }

  /** A gate makes nothing; when all before it is done it lets those behind it go on, or not, or waits for an answer. */
  async #gate(nodeId: string, outcomes: ReadonlyMap<string, Promise<Outcome>>): Promise<Outcome> {
    const { prepared, log, heldFrom, told } = this.#request;
    const gate = prepared.plan.gates?.find((one) => one.nodeId === nodeId);
    // Nothing is behind it that would wait.
    if (gate === undefined) return 'done';
    if (gate.wave >= heldFrom) return 'held';
    const before = await this.#before(nodeId, outcomes);
    if (before !== 'done') return before;
    const way = this.#request.reachGate(nodeId);
    if (way === 'waiting') return 'held';
    if (way === 'open') return 'done';
    if (!told.has(nodeId)) await log.tell({ type: 'node:skipped', nodeId, reason: 'gate_rejected', because: gateIdOf(nodeId) });
    return 'not-done';
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
    const { log, context } = this.#request;
    const { nodeId, ref, action } = prepared.step;
    const startedAtMs = context.clock.now();
    const node = nodeById(this.#request.prepared.workflow, nodeId);
    await log.tell({ type: 'node:started', nodeId, ref, action, ...runOptionsOf(node) });
    const rule = retryRuleOf(node);
    const timeoutMs = timeoutMsOf(node);
    const time = new AbortController();
    const timer = timeoutMs === undefined ? undefined : context.clock.after(timeoutMs, () => time.abort(new Error('the time of the node is over')));
    try {
      return await this.#attempts(prepared, rule, timeoutMs === undefined ? undefined : { signal: time.signal, ms: timeoutMs }, startedAtMs);
    } finally {
      timer?.dispose();
    }
  }

  /** Tries until the object is written, or no attempt is left, or the time of the node is over. */
  async #attempts(
    prepared: PreparedStep,
    rule: RetryRule,
    time: { readonly signal: AbortSignal; readonly ms: number } | undefined,
    startedAtMs: number,
  ): Promise<boolean> {
    const { log, stop } = this.#request;
    const { nodeId, ref, action } = prepared.step;
    const ofRun = this.#request.context;
    const context = time === undefined ? ofRun : { ...ofRun, signal: AbortSignal.any([ofRun.signal, time.signal]) };
    for (let attempt = 1; ; attempt += 1) {
      let object: KubeObject;
      try {
        object = await applyStep(prepared, context, attempt);
      } catch (error) {
        const isLate = time?.signal.aborted === true && !ofRun.signal.aborted;
        const problem: Problem = isLate
          ? { code: 'run.nodeTimeout', args: { node: nodeId, seconds: String(time.ms / 1000) }, severity: 'error', nodeId }
          : { ...clusterProblem(error, { server: context.cluster.server, verb: 'patch', ref }), nodeId };
        if (!isLate && isTransient(error) && attempt < rule.max && !stop.signal.aborted) {
          const delayMs = retryDelayMs(rule, attempt, error.failure);
          // A pause that ends behind the node's time would only hide why it failed.
          if (time === undefined || context.clock.now() + delayMs < startedAtMs + time.ms) {
            await log.tell({ type: 'node:retrying', nodeId, attemptNumber: attempt + 1, delayMs, problem });
            if (await this.#paused(delayMs)) continue;
          }
        }
        this.#fail(nodeId, problem);
        await log.tell({ type: 'node:failed', nodeId, ref, problem, attemptNumber: attempt, retryable: isLate || isTransient(error) });
        return false;
      }
      this.#applied += 1;
      this.#request.noteApplied(prepared, object);
      const durationMs = context.clock.now() - startedAtMs;
      await log.tell({
        type: 'node:completed',
        nodeId,
        ref,
        action,
        durationMs,
        resourceVersion: object.metadata.resourceVersion ?? '',
        attemptNumber: attempt,
      });
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
    if (last !== undefined && step.rendered?.batch !== undefined && last[0]?.rendered?.batch === step.rendered.batch) last.push(step);
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
