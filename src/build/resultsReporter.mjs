// A vitest reporter that writes one part's result for the summary; the part's name comes from the environment.
import { writeResult } from './results.mjs';

export default class ResultsReporter {
  startedAtMs = performance.now();

  async onTestRunEnd(modules, unhandledErrors, reason) {
    const result = {
      part: process.env['KUBEORCH_TEST_PART'] ?? 'unit',
      passed: 0,
      failed: 0,
      skipped: [],
      durationMs: Math.round(performance.now() - this.startedAtMs),
    };
    for (const module of modules) {
      // A file or a describe block that breaks before its tests run would otherwise count as nothing at all.
      if (module.errors().length > 0) result.failed++;
      for (const suite of module.children.allSuites()) if (suite.errors().length > 0) result.failed++;
      for (const test of module.children.allTests()) {
        const outcome = test.result();
        if (outcome.state === 'passed') result.passed++;
        else if (outcome.state === 'skipped') result.skipped.push({ name: test.fullName, reason: outcome.note ?? 'no reason given' });
        else result.failed++;
      }
    }
    if (unhandledErrors.length > 0 || (reason !== 'passed' && result.failed === 0)) result.failed++;
    await writeResult(result);
  }
}
