import { startServer } from '../sandbox/startServer';
import { watchModel } from '../testing/watchModel';

watchModel(
  'the sandbox',
  async () => {
    const server = await startServer();
    return { kubeconfig: server.kubeconfig, dispose: () => server.close() };
  },
  2_000,
  [1],
);
