import type { LogStreamEvent, ParsedLogLine } from '../../src/shared/stream';
import type { Frames } from '../bridge/frames';

/**
 * The newest log line of each node in view. What arrives is collected in a buffer of each node's own and shown once per
 * frame, so that nodes which stream at the same time never mix and a fast one costs no more than a slow one. Lines are
 * nowhere else: neither in the document nor in a node's data.
 */
export class NodeTails {
  readonly #frames: Frames;
  readonly #tellWanted: (nodeIds: readonly string[]) => void;
  /** What has arrived since the last frame, and what is shown; both by node. */
  readonly #raw = new Map<string, ParsedLogLine>();
  readonly #shown = new Map<string, ParsedLogLine>();
  readonly #listeners = new Map<string, Set<() => void>>();
  #flushing = false;
  #telling = false;

  constructor(options: { readonly frames: Frames; readonly tellWanted: (nodeIds: readonly string[]) => void }) {
    this.#frames = options.frames;
    this.#tellWanted = options.tellWanted;
  }

  get(nodeId: string): ParsedLogLine | undefined {
    return this.#shown.get(nodeId);
  }

  /** While subscribed, the node's lines are asked for. Returns the way to stop. */
  subscribe(nodeId: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(nodeId) ?? new Set();
    this.#listeners.set(nodeId, listeners);
    listeners.add(listener);
    this.tell();
    return () => {
      listeners.delete(listener);
      if (listeners.size > 0) return;
      this.#listeners.delete(nodeId);
      this.#raw.delete(nodeId);
      this.#shown.delete(nodeId);
      this.tell();
    };
  }

  receive(nodeId: string, event: LogStreamEvent): void {
    const line = event.event_type === 'log' ? event.data.lines.at(-1) : undefined;
    // A line that was on its way when its card left is nobody's.
    if (line === undefined || !this.#listeners.has(nodeId)) return;
    this.#raw.set(nodeId, line);
    if (this.#flushing) return;
    this.#flushing = true;
    this.#frames.next(() => this.#flush());
  }

  /** Tells the host which nodes are wanted; cards that come and go together are told together. */
  tell(): void {
    if (this.#telling) return;
    this.#telling = true;
    this.#frames.after(0, () => {
      this.#telling = false;
      this.#tellWanted([...this.#listeners.keys()]);
    });
  }

  #flush(): void {
    this.#flushing = false;
    const arrived = [...this.#raw];
    this.#raw.clear();
    for (const [nodeId, line] of arrived) this.#shown.set(nodeId, line);
    for (const [nodeId] of arrived) for (const listener of [...(this.#listeners.get(nodeId) ?? [])]) listener();
  }
}
