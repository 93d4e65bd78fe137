import { startServer } from '../sandbox/startServer';
import { hasApiServer, startApiServer } from '../testing/apiServer';
import { watchFaults } from '../testing/watchFaults';
import { watchModel } from '../testing/watchModel';

// `npm run test:long -- watch`: every fault of a watch's life with many seeds, in real time, on the sandbox and on a real API
// server; then random operations by the hundred thousand. SEEDS and OPERATIONS make it shorter or longer, and FIRST_SEED lets it
// be run in parts, each of them short; `-t 'the sandbox'` or `-t 'a real API server'` takes one of the two servers.
const seeds = Number(process.env['SEEDS'] ?? 100);
const operations = Number(process.env['OPERATIONS'] ?? 100_000);
const first = Number(process.env['FIRST_SEED'] ?? 1_000);
const from = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => first + index);

const sandbox = async () => {
  const server = await startServer();
  return { kubeconfig: server.kubeconfig, dispose: () => server.close() };
};
const apiServer = async () => {
  const server = await startApiServer();
  return { kubeconfig: server.kubeconfig, dispose: () => server.close() };
};

watchFaults('the sandbox in real time', sandbox, from(seeds), 1, 6);
watchModel('the sandbox', sandbox, operations, [first]);
if (hasApiServer()) {
  watchFaults('a real API server in real time', apiServer, from(Math.ceil(seeds / 10)), 1, 6);
  watchModel('a real API server', apiServer, Math.ceil(operations / 10), [first]);
}
