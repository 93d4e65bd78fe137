import { defineConfig } from 'vitest/config';

// Long suites: full fault matrices, soaks and fuzzing by the million. Run one by its name: npm run test:long -- NAME
export default defineConfig({
  test: { include: ['src/**/*.long.ts', 'webview/**/*.long.ts'], testTimeout: 0, hookTimeout: 0, pool: 'forks', maxWorkers: 1, fileParallelism: false },
});
