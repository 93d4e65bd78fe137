/** Stands for a VS Code memento: values are copied on the way in, as storing them on disk would. */
export function memento(values: Readonly<Record<string, unknown>> = {}) {
  const kept = new Map<string, unknown>(Object.entries(structuredClone(values)));
  return {
    get: <T>(key: string, fallback?: T): T => (kept.has(key) ? structuredClone(kept.get(key)) : fallback) as T,
    update(key: string, value: unknown): Promise<void> {
      if (value === undefined) kept.delete(key);
      else kept.set(key, structuredClone(value));
      return Promise.resolve();
    },
    keys: (): readonly string[] => [...kept.keys()],
    all: (): Record<string, unknown> => Object.fromEntries(kept),
  };
}

/** Stands for VS Code's SecretStorage. */
export function secretStorage() {
  const kept = new Map<string, string>();
  return {
    get: (key: string): Promise<string | undefined> => Promise.resolve(kept.get(key)),
    store(key: string, value: string): Promise<void> {
      kept.set(key, value);
      return Promise.resolve();
    },
    delete(key: string): Promise<void> {
      kept.delete(key);
      return Promise.resolve();
    },
    keys: (): Promise<string[]> => Promise.resolve([...kept.keys()]),
    all: (): Record<string, string> => Object.fromEntries(kept),
  };
}
