import { startApiServer } from '../../testing/apiServer';
import { managerApplies } from './managers';

// `npm run test:long -- managers`: generated applies by two or three managers against a real API server of its own. CASES and SEED.
managerApplies(Number(process.env['CASES'] ?? 500), Number(process.env['SEED'] ?? 1), async () => {
  const server = await startApiServer();
  return { text: server.kubeconfig, dispose: () => server.close() };
});
