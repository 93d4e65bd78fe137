import type { LogSource } from './logSource';

/** A pod that comes and one that goes within this time belong together. */
const togetherMs = 120_000;

interface Seen {
  readonly name: string;
  readonly atMs: number;
  /** In which look; of one instant there may be several. */
  readonly look: number;
}

/** Notices which pod took the place of which, from what exists each time it looks. */
export class Replacements {
  #known: Map<string, { readonly name: string; leaving: boolean }> | undefined;
  #looks = 0;
  #arrived: Seen[] = [];
  #departed: Seen[] = [];

  /** Pairs that became clear just now. Pods of the first look are nobody's successors. */
  look(sources: readonly LogSource[], nowMs: number): readonly { readonly before: string; readonly after: string }[] {
    const present = new Map(sources.map((source) => [`${source.pod}/${source.podUid}`, { name: source.pod, leaving: source.terminating }]));
    const look = ++this.#looks;
    const known = this.#known;
    this.#known = present;
    if (known === undefined) return [];
    for (const [key, { name, leaving }] of known) {
      const now = present.get(key);
      if (!leaving && (now === undefined || now.leaving)) this.#departed.push({ name, atMs: nowMs, look });
    }
    for (const [key, { name, leaving }] of present) if (!known.has(key) && !leaving) this.#arrived.push({ name, atMs: nowMs, look });
    const isRecent = (seen: Seen): boolean => nowMs - seen.atMs <= togetherMs;
    this.#arrived = this.#arrived.filter(isRecent);
    this.#departed = this.#departed.filter(isRecent);
    const pairs: { before: string; after: string }[] = [];
    for (const departed of [...this.#departed]) {
      // Of one template, a pod that was there before another one left is more than a successor: the set has grown.
      const successor = this.#arrived.find((arrived) => departed.look <= arrived.look || stemOf(arrived.name) !== stemOf(departed.name));
      if (successor === undefined) continue;
      pairs.push({ before: departed.name, after: successor.name });
      this.#arrived.splice(this.#arrived.indexOf(successor), 1);
      this.#departed.splice(this.#departed.indexOf(departed), 1);
    }
    return pairs;
  }
}

/** The name without its last part, which tells pods of one template apart. */
function stemOf(pod: string): string {
  return pod.slice(0, Math.max(0, pod.lastIndexOf('-')));
}
