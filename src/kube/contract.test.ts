import { startServer } from '../sandbox/startServer';
import { clusterContract } from '../testing/clusterContract';

clusterContract('the sandbox', async () => {
  const server = await startServer();
  return { kubeconfig: server.kubeconfig, dispose: () => server.close() };
});
