import { defineConfig } from 'vitest/config';

// Suites in the real VS Code, one window after the other. `npm run test:e2e` prepares what they need.
export default defineConfig({
  test: {
    include: ['src/e2e/scenarios/**/*.e2e.ts', 'src/e2e/inside/**/*.e2e.ts'],
    testTimeout: 300_000,
    // What is polled for is a condition of the window; vitest alone would give it one second.
    expect: { poll: { timeout: 120_000, interval: 100 } },
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    sequence: { hooks: 'stack' },
  },
});
