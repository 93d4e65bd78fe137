// As src/engine/ring.ts
// Modules in a ring cannot be read apart.
export { example } from './ring';
