/** Something with an end. Disposing twice is harmless. */
export interface Disposable {
  dispose(): void;
}

export function disposable(end: () => void): Disposable {
  let open = true;
  return {
    dispose() {
      if (!open) return;
      open = false;
      end();
    },
  };
}

/**
 * The list of what one lifetime owns; disposed in reverse order of adding. A thing added after the end is disposed at once,
 * so that an `await` which outlives its owner leaks nothing. Every item is disposed even when one throws; the first error
 * is thrown at the end.
 */
export class DisposableList implements Disposable {
  #items: Disposable[] | undefined = [];

  get disposed(): boolean {
    return this.#items === undefined;
  }

  add<T extends Disposable>(item: T): T {
    if (this.#items === undefined) item.dispose();
    else this.#items.push(item);
    return item;
  }

  dispose(): void {
    const items = this.#items;
    if (items === undefined) return;
    this.#items = undefined;
    const errors: unknown[] = [];
    for (const item of items.reverse()) {
      try {
        item.dispose();
      } catch (error) {
        errors.push(error);
      }
    }
    if (errors.length > 0) throw errors[0];
  }
}
