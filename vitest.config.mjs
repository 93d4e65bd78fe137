import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

// Unit, property and contract suites. The real editor and the real cluster have runners of their own (src/e2e, src/e2e/cluster).
const files = globSync(['src/**/*.test.ts', 'webview/**/*.test.{ts,tsx}'], { exclude: (path) => /(^|[\\/])node_modules$|^src[\\/]e2e$/.test(path) });

/**
 * Loading the rooms anew for each file takes as long as most files' tests, so files share a process. Those that do something to it
 * have one of their own: that put another module in a module's place, hear or change what is the process's, or weigh its memory.
 */
const touchesProcess = /vi\.mock\(|vi\.spyOn\(|vi\.stub|useFakeTimers|process\.on\(|process\.env\[[^\]]+\] = |process\.chdir|memoryUsage|heapUsed|runHere/;
const [apart, together] = [[], []];
for (const file of files) (touchesProcess.test(readFileSync(file, 'utf8')) ? apart : together).push(file.replaceAll('\\', '/'));

export default defineConfig({
  test: {
    setupFiles: ['src/testing/fixedSeed.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'together', include: together, isolate: false } },
      { extends: true, test: { name: 'apart', include: apart } },
    ],
  },
});
