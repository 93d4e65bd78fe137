// As src/cli/example.ts
// Two entries, side by side.
export { activate } from '../host/extension';
