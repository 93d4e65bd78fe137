// As src/engine/run/example.ts
// The outside world reaches the engine only through its ports.
export { setTimeout } from 'node:timers/promises';
