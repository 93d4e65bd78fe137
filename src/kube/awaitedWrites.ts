import type { Clock } from '../engine/ports';
import type { KubeObject } from '../shared/kubeObject';

/** A write whose answer was lost has reached a watch by then, or never did, in milliseconds. */
const lostAnswerMs = 10_000;

/** Older, equal or newer; undefined when one of the two is not a number, as a server is free to have it. */
export function compareVersions(a: string, b: string): number | undefined {
  if (a === b) return 0;
  if (!/^[1-9]\d*$/.test(a) || !/^[1-9]\d*$/.test(b)) return undefined;
  // Digits without leading zeros, of any length: the longer number is the larger one.
  if (a.length !== b.length) return a.length < b.length ? -1 : 1;
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * What this client wrote and a watch has not told of yet. Until it has, its copy is older than what the writer knows, and whoever
 * reads the copy would take back what was just done.
 */
export class AwaitedWrites {
  readonly #clock: Clock;
  /** By the copy's keys: the version that the server answered; a time for an answer that was lost; `deleted`. */
  readonly #awaited = new Map<string, string | number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isEmpty(): boolean {
    const nowMs = this.#clock.now();
    for (const [key, awaited] of this.#awaited) if (typeof awaited === 'number' && awaited <= nowMs) this.#awaited.delete(key);
    return this.#awaited.size === 0;
  }

  /** `copy` is what the watch has told last of the object that was written. */
  wrote(key: string, version: string, copy: KubeObject | undefined): void {
    const order = compareVersions(copy?.metadata.resourceVersion ?? '', version);
    if (order === undefined || order < 0) this.#awaited.set(key, version);
  }

  mayHaveWritten(key: string): void {
    this.#awaited.set(key, this.#clock.now() + lostAnswerMs);
  }

  deleted(key: string, copy: KubeObject | undefined): void {
    if (copy !== undefined && copy.metadata.deletionTimestamp === undefined) this.#awaited.set(key, 'deleted');
  }

  /** The watch told of the object. */
  told(key: string, { metadata }: KubeObject): void {
    const awaited = this.#awaited.get(key);
    if (awaited === undefined) return;
    if (awaited === 'deleted') {
      if (metadata.deletionTimestamp === undefined) return;
    } else if (typeof awaited === 'string') {
      const order = compareVersions(metadata.resourceVersion ?? '', awaited);
      if (order !== undefined && order < 0) return;
    }
    this.#awaited.delete(key);
  }

  /** The watch told that the object is gone; `last` is what it was then. */
  gone(key: string, last: KubeObject): void {
    if (this.#awaited.get(key) === 'deleted') this.#awaited.delete(key);
    else this.told(key, last);
  }

  /** A list begins now. What it answers is at the end: all that was written before it is told then, and what is written meanwhile is not. */
  listed(): () => void {
    const before = new Map(this.#awaited);
    return () => {
      for (const [key, awaited] of before) if (this.#awaited.get(key) === awaited) this.#awaited.delete(key);
    };
  }
}
