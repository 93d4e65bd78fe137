// As src/host/example.ts
// A room with a face is entered by it.
export { planFromWorkflow } from '../engine/plan/plan';
