// As src/shared/example.ts
// The contract is plain data and functions.
export { parse } from 'yaml';
