/** Waits until a condition holds, looking every few milliseconds. The message says what did not come. */
export async function until(what: string, holds: () => boolean | Promise<boolean>, timeoutMs = 10_000): Promise<void> {
  const endsAtMs = Date.now() + timeoutMs;
  while (!(await holds())) {
    if (Date.now() > endsAtMs) throw new Error(`after ${timeoutMs} ms still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
