import { defineConfig } from 'vitest/config';

// Suites for the real cluster. `npm run test:cluster` starts it and runs them inside its network namespace with KUBECONFIG
// (an administrator's) and KUBECTL (the binary of the cluster's own version) set. Each suite makes namespaces of its own.
export default defineConfig({
  test: {
    include: ['src/e2e/cluster/**/*.cluster.test.ts'],
    testTimeout: 120_000,
    expect: { poll: { timeout: 120_000, interval: 100 } },
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
  },
});
