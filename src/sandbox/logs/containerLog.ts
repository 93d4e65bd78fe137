// The log of one run of a container, computed when somebody reads it.
import type { Instance } from '../behaviours/containerRuntime';
import { voiceOf, type Speaker, type Voice } from './voices';

export interface LogLine {
  atMs: number;
  text: string;
}

/** Lines right after the start stand this far apart. */
const openingGapMs = 15;
const lineEveryMs = 1_000;

export class ContainerLog {
  readonly #voice: Voice;
  readonly #opening: readonly string[];
  readonly #instance: Instance;

  constructor(speaker: Speaker, instance: Instance) {
    this.#voice = voiceOf(speaker);
    this.#instance = instance;
    this.#opening = [`[sandbox] simulated log of ${speaker.image}; no container runs here`, ...this.#voice.opening];
  }

  /** How many lines have been printed up to `nowMs`. A run that has ended says no more. */
  count(nowMs: number): number {
    const { startedAtMs, finishedAtMs } = this.#instance;
    const untilMs = Math.min(nowMs, finishedAtMs ?? nowMs) - startedAtMs;
    if (untilMs < 0) return 0;
    const opening = Math.min(this.#opening.length, Math.floor(untilMs / openingGapMs) + 1);
    const ended = finishedAtMs !== undefined && nowMs >= finishedAtMs ? 1 : 0;
    return opening + Math.floor(untilMs / lineEveryMs) + ended;
  }

  /** The line with this number; the caller stays below `count`. */
  line(index: number, nowMs: number): LogLine {
    const { startedAtMs, finishedAtMs, exitCode } = this.#instance;
    const opening = this.#opening[index];
    if (opening !== undefined) return { atMs: startedAtMs + index * openingGapMs, text: opening };
    if (finishedAtMs !== undefined && index === this.count(nowMs) - 1)
      return { atMs: finishedAtMs, text: `[sandbox] the process ended with exit code ${String(exitCode ?? 0)}` };
    const number = index - this.#opening.length;
    const atMs = startedAtMs + (number + 1) * lineEveryMs;
    return { atMs, text: this.#voice.line(number, atMs) };
  }

  /** When the next line comes; undefined when none will. */
  nextAtMs(nowMs: number): number | undefined {
    const { startedAtMs, finishedAtMs } = this.#instance;
    if (finishedAtMs !== undefined) return undefined;
    const passedMs = nowMs - startedAtMs;
    const opening = Math.floor(passedMs / openingGapMs) + 1;
    const nextTick = (Math.floor(passedMs / lineEveryMs) + 1) * lineEveryMs;
    return startedAtMs + (opening < this.#opening.length ? Math.min(opening * openingGapMs, nextTick) : nextTick);
  }
}

/** RFC 3339 with nanoseconds, as the kubelet writes it before a line. */
export function logTimestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000000Z`;
}
