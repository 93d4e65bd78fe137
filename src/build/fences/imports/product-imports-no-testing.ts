// As src/engine/example.ts
// Fakes are for tests.
export { memoryFiles } from '../testing/memoryFiles';
