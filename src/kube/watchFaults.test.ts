import { startServer } from '../sandbox/startServer';
import { watchFaults } from '../testing/watchFaults';

watchFaults(
  'the sandbox',
  async () => {
    const server = await startServer();
    return { kubeconfig: server.kubeconfig, dispose: () => server.close() };
  },
  [1, 2],
);
