import { defineConfig } from 'vitest/config';

// Unit, property and contract suites. The real editor and the real cluster have runners of their own (src/e2e, src/e2e/cluster).
export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'webview/**/*.test.{ts,tsx}'],
    exclude: ['**/node_modules/**', 'src/e2e/**'],
    setupFiles: ['src/testing/fixedSeed.ts'],
    testTimeout: 20_000,
    hookTimeout: 30_000,
    pool: 'forks',
    maxWorkers: 2,
  },
});
