import { startServer } from '../sandbox/startServer';
import { watchFaults } from '../testing/watchFaults';

// `SEEDS=100 npm run test:long -- watchFaults`: the whole matrix in real time; some minutes for each ten seeds.
const seeds = Array.from({ length: Number(process.env['SEEDS'] ?? 10) }, (_, index) => 1_000 + index);

watchFaults(
  'the sandbox in real time',
  async () => {
    const server = await startServer();
    return { kubeconfig: server.kubeconfig, dispose: () => server.close() };
  },
  seeds,
  1,
);
