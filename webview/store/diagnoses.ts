import type { DiagnosisPatch, DiagnosisSnapshot, EdgeDiagnosis, NodeDiagnosis } from '../../src/shared/diagnosis';

/** What is known of each edge and node. Listeners name the one they hear, as with statuses. */
export class Diagnoses {
  readonly edges = new Keyed<EdgeDiagnosis>();
  readonly nodes = new Keyed<NodeDiagnosis>();

  replace(snapshot: DiagnosisSnapshot): void {
    this.edges.replace(snapshot.edges);
    this.nodes.replace(snapshot.nodes);
  }

  update(patch: DiagnosisPatch): void {
    this.edges.update(Object.entries(patch.edges));
    this.nodes.update(Object.entries(patch.nodes));
  }
}

/** Values by key with a set of listeners for each key. */
class Keyed<T> {
  readonly #values = new Map<string, { readonly value: T; readonly text: string }>();
  readonly #listeners = new Map<string, Set<() => void>>();

  get(key: string): T | undefined {
    return this.#values.get(key)?.value;
  }

  /** Returns the way to stop. */
  subscribe(key: string, listener: () => void): () => void {
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(key);
    };
  }

  replace(values: Readonly<Record<string, T>>): void {
    const gone = [...this.#values.keys()].filter((key) => !Object.hasOwn(values, key));
    this.update([...Object.entries(values), ...gone.map((key) => [key, null] as const)]);
  }

  /** Null takes a value away. What says the same as before is no change. */
  update(changes: readonly (readonly [string, T | null])[]): void {
    const changed: string[] = [];
    for (const [key, value] of changes) {
      const text = value === null ? undefined : JSON.stringify(value);
      if (this.#values.get(key)?.text === text) continue;
      if (value === null || text === undefined) this.#values.delete(key);
      else this.#values.set(key, { value, text });
      changed.push(key);
    }
    for (const key of changed) for (const listener of [...(this.#listeners.get(key) ?? [])]) listener();
  }
}
