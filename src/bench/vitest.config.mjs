import { defineConfig } from 'vitest/config';

// Measurements that need the real editor: run by the benches in this folder, one window at a time.
export default defineConfig({
  test: { include: ['src/bench/**/*.bench.ts'], testTimeout: 600_000, hookTimeout: 120_000, pool: 'forks', maxWorkers: 1, fileParallelism: false },
});
