// As src/openapi/example.ts
// Engine, sandbox and forms share it.
export type { Workflow } from '../shared/workflow';
