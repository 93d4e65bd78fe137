// As src/kube/example.ts
// The sandbox is a cluster like any other.
export { startSandbox } from '../sandbox/index';
