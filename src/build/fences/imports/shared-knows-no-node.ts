// As src/shared/example.ts
// The contract is plain data and functions.
export { readFile } from 'node:fs/promises';
