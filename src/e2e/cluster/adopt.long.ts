import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { proveAdoption } from '../../testing/adoptions';
import { DeployRig } from '../../testing/deployRig';
import { selfContainedKubeconfig } from './administrator';

// `src/e2e/cluster/cluster.sh up`, then `cluster.sh run npm run test:long -- adopt`: so many generated namespaces (200) on the real API
// server, each adopted, proved by dry-runs that change nothing, and rendered, imported and rendered again.
const count = Number(process.env['COUNT'] ?? 200);
const first = Number(process.env['KUBEORCH_SEED'] ?? 1);
const execute = promisify(execFile);

let rig: DeployRig;
beforeAll(async () => {
  rig = await DeployRig.start({ kubeconfig: await selfContainedKubeconfig(), namespace: 'default' });
});
afterAll(() => rig.dispose());

test(`${String(count)} namespaces come back as workflows that change nothing`, async () => {
  const began = performance.now();
  let [objects, nodes, manifests, edges] = [0, 0, 0, 0];
  for (let seed = first; seed < first + count; seed += 1) {
    const { workflow, objects: made } = await proveAdoption(rig, seed, `adopt-${String(process.pid)}`);
    objects += made.length;
    nodes += workflow.nodes.length;
    manifests += workflow.nodes.filter(({ type }) => type === 'manifest').length;
    edges += workflow.edges.length;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const { stdout } = await execute('git', ['rev-parse', '--short', 'HEAD']);
  console.log(
    `adopt: ${count} namespaces from seed ${first} on ${await rig.cluster.version()}: ${objects} objects, ${nodes} nodes (${manifests} manifests), ${edges} edges, no dry-run changed anything, ${seconds} s, ${stdout.trim()}`,
  );
  expect(objects).toBeGreaterThan(count);
});
