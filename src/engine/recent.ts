/**
 * What was made of texts lately, so that the same text is not read again: a catalog is loaded anew whenever one of its files
 * changes, and all the others say what they said. What is handed out is shared, so it must not be changed.
 */
export class Recent<V extends object> {
  readonly #limit: number;
  readonly #values = new Map<string, V>();

  /** @param limit how many are remembered; what was not asked for the longest is forgotten first */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get(key: string): V | undefined {
    const value = this.#values.get(key);
    if (value !== undefined) {
      this.#values.delete(key);
      this.#values.set(key, value);
    }
    return value;
  }

  set(key: string, value: V): V {
    this.#values.set(key, value);
    const [oldest] = this.#values.keys();
    if (this.#values.size > this.#limit && oldest !== undefined) this.#values.delete(oldest);
    return value;
  }
}
