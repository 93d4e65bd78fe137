import type { DiagnosisPatch, DiagnosisSnapshot } from '../../src/shared/diagnosis';
import { isJsonObject } from '../../src/shared/json';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { CanvasSnapshot } from '../../src/shared/protocol';
import type { Target } from '../../src/shared/plan';
import type { RunEvent } from '../../src/shared/runEvent';
import type { RunSnapshot, StreamHealth, WorkflowStreamEvent } from '../../src/shared/stream';
import { resubscribeDelayMs } from '../../src/shared/stream';
import type { Frames } from './frames';

/** Where a stream's news go, at most once per frame. */
export interface WorkflowSink {
  /** The full truth: everything known before is replaced. */
  replace(
    nodes: Readonly<Record<string, NodeStatus>>,
    health: StreamHealth,
    run: RunSnapshot | null | undefined,
    target: Target | undefined,
    diagnosis?: DiagnosisSnapshot,
  ): void;
  update(statuses: ReadonlyMap<string, NodeStatus>, runEvents: readonly RunEvent[], health: StreamHealth | undefined, diagnosis?: DiagnosisPatch): void;
}

/** Events kept while a snapshot is on its way; more than this and the snapshot is asked for again instead. */
const maxHeld = 2000;

/**
 * Follows `workflow:<id>` outside React. Events are taken in order of their sequence number; a gap asks the host for the
 * snapshot, and what arrives meanwhile waits for it. Statuses are collected per node and flushed once per frame, so the
 * canvas works as often as it can be seen and no oftener.
 */
export class WorkflowStream {
  readonly #sink: WorkflowSink;
  readonly #frames: Frames;
  readonly #sync: () => Promise<CanvasSnapshot>;
  readonly #onSnapshot: (snapshot: CanvasSnapshot) => void;
  #expected: number;
  #syncing = false;
  #held: WorkflowStreamEvent[] = [];
  #framed = false;
  readonly #statuses = new Map<string, NodeStatus>();
  #runEvents: RunEvent[] = [];
  #health: StreamHealth | undefined;
  #diagnosis: DiagnosisPatch | undefined;

  /** `sequenceNumber` is that of the snapshot the page began with; `onSnapshot` hears every later one. */
  constructor(options: {
    readonly sink: WorkflowSink;
    readonly frames: Frames;
    readonly sequenceNumber: number;
    readonly sync: () => Promise<CanvasSnapshot>;
    readonly onSnapshot: (snapshot: CanvasSnapshot) => void;
  }) {
    this.#sink = options.sink;
    this.#frames = options.frames;
    this.#sync = options.sync;
    this.#onSnapshot = options.onSnapshot;
    this.#expected = options.sequenceNumber + 1;
  }

  receive(event: WorkflowStreamEvent): void {
    // A new subscription counts from 1 again and begins with everything there is to know; so does a sync.
    const full = event.event_type === 'workflow_sync' || (event.event_type === 'metadata' && event.sequenceNumber === 1);
    if (full) {
      this.#expected = event.sequenceNumber + 1;
      this.#take(event);
      return;
    }
    if (this.#syncing) {
      if (this.#held.length < maxHeld) this.#held.push(event);
      return;
    }
    if (event.sequenceNumber < this.#expected) return;
    if (event.sequenceNumber > this.#expected) {
      this.#held.push(event);
      this.synchronize();
      return;
    }
    this.#expected += 1;
    this.#take(event);
  }

  /** Asks for the snapshot: after a gap, and when the page can be seen again. */
  synchronize(): void {
    if (this.#syncing) return;
    this.#syncing = true;
    this.#sync().then(
      (snapshot) => this.#resume(snapshot),
      () => {
        this.#frames.after(resubscribeDelayMs, () => {
          this.#syncing = false;
          this.synchronize();
        });
      },
    );
  }

  #resume(snapshot: CanvasSnapshot): void {
    this.#syncing = false;
    this.#forgetPending();
    this.#expected = snapshot.live.sequenceNumber + 1;
    this.#onSnapshot(snapshot);
    this.#sink.replace(snapshot.live.nodes, snapshot.live.health, snapshot.run, snapshot.target ?? undefined, snapshot.live.diagnosis);
    const held = this.#held;
    this.#held = [];
    for (const event of held) this.receive(event);
  }

  #forgetPending(): void {
    this.#statuses.clear();
    this.#runEvents = [];
    this.#health = undefined;
    this.#diagnosis = undefined;
  }

  #take(event: WorkflowStreamEvent): void {
    switch (event.event_type) {
      case 'metadata':
        this.#forgetPending();
        this.#sink.replace(event.data.nodes, event.data.health, undefined, event.data.target, event.data.diagnosis);
        return;
      case 'workflow_sync':
        this.#forgetPending();
        this.#sink.replace(event.data.nodes, event.data.health, event.data.run, event.data.target ?? undefined, event.data.diagnosis);
        return;
      case 'node_update':
        for (const update of event.data.updates) this.#statuses.set(update.node_id, update.status);
        break;
      case 'diagnosis_update':
        this.#diagnosis = {
          edges: { ...this.#diagnosis?.edges, ...event.data.edges },
          nodes: { ...this.#diagnosis?.nodes, ...event.data.nodes },
        };
        break;
      case 'run':
        // It is read at the next frame, where nobody would hear of its fault.
        if (!isJsonObject(event.data)) throw new TypeError('A run event is no object.');
        this.#runEvents.push(event.data);
        break;
      case 'error':
        this.#health = event.data.health;
        break;
      case 'complete':
        // The run's own terminal event has said it already.
        return;
      default:
        // Contracts grow by addition: what this page does not know it lets pass.
        return;
    }
    this.#schedule();
  }

  #schedule(): void {
    if (this.#framed) return;
    this.#framed = true;
    this.#frames.next(() => {
      this.#framed = false;
      if (this.#statuses.size === 0 && this.#runEvents.length === 0 && this.#health === undefined && this.#diagnosis === undefined) return;
      const statuses = new Map(this.#statuses);
      const runEvents = this.#runEvents;
      const health = this.#health;
      const diagnosis = this.#diagnosis;
      this.#forgetPending();
      this.#sink.update(statuses, runEvents, health, ...(diagnosis === undefined ? [] : [diagnosis]));
    });
  }
}
