// As src/kube/example.ts
// Of the engine only the ports are known.
export { planFromWorkflow } from '../engine/plan/plan';
