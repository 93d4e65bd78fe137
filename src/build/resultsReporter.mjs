// A vitest reporter that writes one part's result for the summary; the part's name comes from the environment.
import { failureOf, writeResult } from './results.mjs';

export default class ResultsReporter {
  startedAtMs = performance.now();

  async onTestRunEnd(modules, unhandledErrors, reason) {
    const result = {
      part: process.env['KUBEORCH_TEST_PART'] ?? 'unit',
      passed: 0,
      failed: 0,
      failures: [],
      skipped: [],
      durationMs: Math.round(performance.now() - this.startedAtMs),
    };
    const fail = (name, errors) => {
      result.failed++;
      result.failures.push(failureOf(name, errors.map(messageOf).join('\n')));
    };
    for (const module of modules) {
      const file = module.relativeModuleId;
      // A file or a describe block that breaks before its tests run would otherwise count as nothing at all.
      if (module.errors().length > 0) fail(file, module.errors());
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) fail(`${file} > ${suite.fullName}`, suite.errors());
      for (const test of module.children.allTests()) {
        const outcome = test.result();
        if (outcome.state === 'passed') result.passed++;
        else if (outcome.state === 'skipped') result.skipped.push({ name: test.fullName, reason: outcome.note ?? 'no reason given' });
        // A test without a verdict was still running, or had not begun, when the run ended.
        else fail(`${file} > ${test.fullName}`, outcome.state === 'failed' ? outcome.errors : [{ message: 'it has not ended' }]);
      }
    }
    if (unhandledErrors.length > 0) fail('an error that no test caught', unhandledErrors);
    else if (reason !== 'passed' && result.failed === 0) fail('the run', [{ message: `it ended as "${reason}"` }]);
    await writeResult(result);
  }
}

/** @param {{name?: string, message?: string, stack?: string, diff?: string}} error what was expected stands in its difference */
function messageOf({ name, message = '', diff }) {
  const sentence = name === undefined || name === 'Error' || name === 'AssertionError' ? message : `${name}: ${message}`;
  return diff === undefined ? sentence : `${sentence}\n${diff}`;
}
