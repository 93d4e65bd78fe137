// As src/sandbox/example.ts
// It knows the wire of Kubernetes and not us.
export type { Workflow } from '../shared/workflow';
