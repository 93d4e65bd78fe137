import { refKey } from '../../shared/kubeObject';
import { failure } from '../../shared/problem';
import type { PlanGate } from '../../shared/plan';
import type { GateAnswer, RunEventBody } from '../../shared/runEvent';
import { isClusterGone } from '../clusterProblem';
import { digestOf } from '../plan/planWorkflow';
import { ClusterError } from '../ports';
import { isTransient, repeated } from '../retry';
import type { Gate } from './gates';
import { gatesOf, readAnswer, timeoutAnswer } from './gates';
import { gateIdOf, nodeGatesOf } from './nodeGates';
import type { RunLog } from './runLog';
import type { RunRequest } from './runPlan';

/** The gates of one run, as far as they are answered. */
export class RunGates {
  readonly #request: RunRequest;
  readonly #runId: string;
  readonly #log: RunLog;
  readonly #signal: AbortSignal;
  #gates: readonly { readonly gate: Gate; readonly answer: GateAnswer | undefined }[] = [];
  /** Answers to gate nodes, by node id. */
  readonly #answers = new Map<string, GateAnswer>();
  /** Gate nodes that the run came to and that have no answer. */
  readonly #reached = new Set<string>();

  constructor(request: RunRequest, runId: string, log: RunLog, signal: AbortSignal) {
    this.#request = request;
    this.#runId = runId;
    this.#log = log;
    this.#signal = signal;
  }

  /** Looks for answers, given beforehand or in a file beside the journal, and tells each once. */
  async read(): Promise<void> {
    const { prepared, files, workflow, resumed, clock } = this.#request;
    const told = new Set(resumed?.events.flatMap((event) => (event.type === 'human_gate:resumed' ? [event.gateId] : [])));
    const found: { readonly gate: Gate; readonly answer: GateAnswer | undefined }[] = [];
    let decidedBy: string | undefined;
    for (const gate of gatesOf(prepared)) {
      let answer = await readAnswer(files, workflow.name, this.#runId, gate.id);
      if (answer === undefined && this.#isAllowed(gate)) {
        decidedBy ??= await this.#me();
        answer = { decision: 'approved', decidedBy, decidedAt: new Date(clock.now()).toISOString() };
      }
      found.push({ gate, answer });
      if (answer !== undefined && !told.has(gate.id)) await this.#log.tell({ type: 'human_gate:resumed', nodeId: gate.nodeId, gateId: gate.id, ...answer });
    }
    this.#gates = found;
    for (const { nodeId } of prepared.plan.gates ?? []) {
      const gateId = gateIdOf(nodeId);
      const asked = resumed?.gates.find((one) => one.gateId === gateId);
      const earlier = await readAnswer(files, workflow.name, this.#runId, gateId);
      const answer = earlier ?? (asked === undefined ? undefined : timeoutAnswer(asked, clock.now()));
      if (answer === undefined) continue;
      this.#answers.set(nodeId, answer);
      if (!told.has(gateId)) await this.#log.tell({ type: 'human_gate:resumed', nodeId, gateId, ...answer });
    }
  }

  /** How a gate node lets those behind it go on. One without an answer is asked about when the run pauses. */
  reach(nodeId: string): 'open' | 'closed' | 'waiting' {
    if (!this.#nodeGates.some((gate) => gate.nodeId === nodeId)) return 'open';
    const answer = this.#answers.get(nodeId);
    if (answer !== undefined) return answer.decision === 'rejected' ? 'closed' : 'open';
    this.#reached.add(nodeId);
    return 'waiting';
  }

  /** Whether something was reached or planned that nobody has answered. */
  get isWaiting(): boolean {
    return this.pending.length > 0 || this.#reached.size > 0;
  }

  get #nodeGates(): readonly PlanGate[] {
    return this.#request.prepared.plan.gates ?? [];
  }

  get pending(): readonly Gate[] {
    return this.#gates.flatMap(({ gate, answer }) => (answer === undefined ? [gate] : []));
  }

  /** The first wave that waits for an answer. */
  get heldFrom(): number {
    return Math.min(Number.POSITIVE_INFINITY, ...this.pending.map(({ wave }) => wave));
  }

  /** Nodes whose gate was answered with no, and the gate. */
  get rejectedNodes(): ReadonlyMap<string, string> {
    return new Map(this.#rejected.map(({ nodeId, id }) => [nodeId, id] as const));
  }

  /** Objects whose gate was answered with no, by `refKey`. */
  get rejectedRefs(): ReadonlySet<string> {
    return new Set(this.#rejected.flatMap(({ refs }) => refs.map(refKey)));
  }

  get #rejected(): readonly Gate[] {
    return this.#gates.flatMap(({ gate, answer }) => (answer?.decision === 'rejected' ? [gate] : []));
  }

  /** Throws `run.gateTimeout` when the time of a gate that nobody answered is over. */
  refuseLate(): void {
    const { resumed, clock } = this.#request;
    const open = this.#nodeGates.flatMap(({ nodeId }) => (this.#answers.has(nodeId) ? [] : [gateIdOf(nodeId)]));
    for (const id of [...this.pending.map((gate) => gate.id), ...open]) {
      const until = resumed?.gates.find((one) => one.gateId === id)?.expiresAt;
      if (until !== undefined && Date.parse(until) <= clock.now()) throw failure('run.gateTimeout', { gate: id, until });
    }
  }

  /** Tells the questions; answers the event that ends this part of the run. `done` are the objects that were applied, by `refKey`. */
  async pause(done: ReadonlySet<string>): Promise<RunEventBody> {
    const { prepared, workflow, clock, gateTimeoutMs, resumed } = this.#request;
    const asked = new Set(resumed?.gates.map(({ gateId }) => gateId));
    const { pending } = this;
    for (const { id, nodeId, approval, refs } of pending) {
      if (asked.has(id)) continue;
      const expiry = gateTimeoutMs === undefined ? {} : { expiresAt: new Date(clock.now() + gateTimeoutMs).toISOString() };
      await this.#log.tell({ type: 'human_gate:paused', nodeId, gateId: id, gateType: 'approval', approval, refs, ...expiry });
    }
    const reached = this.#nodeGates.filter(({ nodeId }) => this.#reached.has(nodeId));
    for (const { nodeId, gateType, message, assignee, inputs, refs, timeoutMs, timeoutAction } of reached) {
      const gateId = gateIdOf(nodeId);
      if (asked.has(gateId)) continue;
      const expiry = timeoutMs === undefined ? {} : { timeoutMs, timeoutAction, expiresAt: new Date(clock.now() + timeoutMs).toISOString() };
      const about = { gateType, message, refs, ...(assignee === undefined ? {} : { assignee }), ...(inputs.length === 0 ? {} : { inputs }) };
      await this.#log.tell({ type: 'human_gate:paused', nodeId, gateId, ...about, ...expiry });
    }
    const gateIds = [...pending.map(({ id }) => id), ...reached.map(({ nodeId }) => gateIdOf(nodeId))];
    const left = prepared.steps.filter(({ step }) => !done.has(refKey(step.ref)));
    const digest = await digestOf(workflow.name, prepared.plan.target, left, nodeGatesOf(prepared.workflow, prepared.order, left));
    return { type: 'run:paused', pendingGateCount: gateIds.length, gateIds, digest };
  }

  #isAllowed({ approval }: Gate): boolean {
    const { allow, approvedDigest, resumed } = this.#request;
    return allow.includes(approval) || (approvedDigest !== undefined && resumed === undefined);
  }

  /** Who approved beforehand. A cluster that cannot tell who we are does not keep us from acting. */
  async #me(): Promise<string> {
    try {
      const { cluster, clock } = this.#request;
      return (await repeated(() => cluster.whoAmI(this.#signal), isTransient, clock, this.#signal)).user;
    } catch (error) {
      if (!(error instanceof ClusterError) || isClusterGone(error)) throw error;
      return 'unknown';
    }
  }
}
