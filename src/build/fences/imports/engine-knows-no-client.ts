// As src/engine/example.ts
// Clusters are behind a port.
export { KubeConfig } from '@kubernetes/client-node';
