import type { JsonObject } from '../../shared/json';
import { jsonObject } from '../../shared/json';

/**
 * The values of a Secret that a chart or base made, kept apart from the object: they join it only in the request that applies
 * it. No way of writing this out (JSON, a log, a message) shows more than that they are there.
 */
export class SealedData {
  readonly #data: ReadonlyMap<string, string>;

  /** @param data key to value in base64 */
  constructor(data: ReadonlyMap<string, string>) {
    this.#data = data;
  }

  get keys(): readonly string[] {
    return [...this.#data.keys()];
  }

  /** `data` as it is applied. It goes into one request and nowhere else. */
  open(): JsonObject {
    return jsonObject(this.#data);
  }

  toJSON(): string {
    return `${this.#data.size} hidden values`;
  }
}
