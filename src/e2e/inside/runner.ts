// Runs a mocha suite inside the extension host and leaves what it came to in a file, because nothing else leaves that process.
import Mocha from 'mocha';
import { writeFileSync } from 'node:fs';

export interface InsideResult {
  readonly passed: readonly string[];
  readonly failed: readonly { readonly title: string; readonly error: string }[];
}

/** The environment variable with the path of the result's file. */
export const resultVariable = 'KUBEORCH_INSIDE_RESULT';

/** Makes the `run` function that VS Code calls. @param define declares the suite's tests with mocha's globals */
export function suiteRunner(define: () => void): () => Promise<void> {
  return async () => {
    const mocha = new Mocha({ ui: 'bdd', timeout: 120_000 });
    mocha.suite.emit('pre-require', globalThis, '', mocha);
    define();
    const passed: string[] = [];
    const failed: { title: string; error: string }[] = [];
    const failures = await new Promise<number>((resolve) => {
      mocha
        .run(resolve)
        .on('pass', (test) => passed.push(test.fullTitle()))
        .on('fail', (test, error: Error) => failed.push({ title: test.fullTitle(), error: error.stack ?? error.message }));
    });
    const file = process.env[resultVariable];
    if (file !== undefined) writeFileSync(file, JSON.stringify({ passed, failed } satisfies InsideResult));
    if (failures > 0) throw new Error(`${failures} tests failed inside the extension host.`);
  };
}
