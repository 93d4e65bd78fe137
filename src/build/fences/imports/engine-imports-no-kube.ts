// As src/engine/example.ts
// Clusters are behind a port.
export { openCluster } from '../kube/index';
