import { defineConfig } from 'vitest/config';

// Suites in the real VS Code, one window after the other. `npm run test:e2e` prepares what they need.
export default defineConfig({
  test: {
    include: ['src/e2e/scenarios/**/*.e2e.ts', 'src/e2e/inside/**/*.e2e.ts'],
    testTimeout: 180_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    sequence: { hooks: 'stack' },
  },
});
