// As src/shared/example.ts
// Everything points to the contract, and it points nowhere.
export type { Cluster } from '../engine/ports';
