// As src/host/example.ts
// Only kube knows the client package.
export type { V1Pod } from '@kubernetes/client-node';
