// As src/host/views/example.ts
// Modules are imported where they are.
export * from './tree';
