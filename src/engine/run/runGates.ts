import { refKey } from '../../shared/kubeObject';
import { failure } from '../../shared/problem';
import type { GateAnswer, RunEventBody } from '../../shared/runEvent';
import { isClusterGone } from '../clusterProblem';
import { digestOf } from '../plan/planWorkflow';
import { ClusterError } from '../ports';
import type { Gate } from './gates';
import { gatesOf, readAnswer } from './gates';
import type { RunLog } from './runLog';
import type { RunRequest } from './runPlan';

/** The gates of one run, as far as they are answered. */
export class RunGates {
  readonly #request: RunRequest;
  readonly #runId: string;
  readonly #log: RunLog;
  readonly #signal: AbortSignal;
  #gates: readonly { readonly gate: Gate; readonly answer: GateAnswer | undefined }[] = [];

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
    for (const { id } of this.pending) {
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
    const left = prepared.steps.filter(({ step }) => !done.has(refKey(step.ref)));
    const digest = await digestOf(workflow.name, prepared.plan.target, left);
    return { type: 'run:paused', pendingGateCount: pending.length, gateIds: pending.map(({ id }) => id), digest };
  }

  #isAllowed({ approval }: Gate): boolean {
    const { allow, approvedDigest, resumed } = this.#request;
    return allow.includes(approval) || (approvedDigest !== undefined && resumed === undefined);
  }

  /** Who approved beforehand. A cluster that cannot tell who we are does not keep us from acting. */
  async #me(): Promise<string> {
    try {
      return (await this.#request.cluster.whoAmI(this.#signal)).user;
    } catch (error) {
      if (!(error instanceof ClusterError) || isClusterGone(error)) throw error;
      return 'unknown';
    }
  }
}
