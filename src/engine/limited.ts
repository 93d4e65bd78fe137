/** How many requests one plan or run has on their way at once. */
export const requestLimit = 16;

/**
 * Runs all tasks, at most `limit` at a time, in order of the list. The first failure is thrown after those already begun
 * have ended; no new one begins.
 */
export async function limited<T>(tasks: readonly (() => Promise<T>)[], limit = requestLimit): Promise<readonly T[]> {
  const results: T[] = [];
  const errors: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < tasks.length && errors.length === 0) {
      const index = next++;
      const task = tasks[index];
      if (task === undefined) return;
      try {
        results[index] = await task();
      } catch (error) {
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, tasks.length) }, worker));
  if (errors.length > 0) throw errors[0];
  return results;
}
