import { expect, test } from 'vitest';
import { DeployRig, isWrite } from './deployRig';

/** Two hundred objects of four kinds. */
const nodes = Array.from({ length: 50 }, (_, index) => [
  `  c${index}: { type: configmap, data: { K: v${index} } }`,
  `  d${index}: { type: deployment, image: nginx:1, replicas: 0, port: 80 }`,
  `  s${index}: { type: service, name: d${index}, port: 80 }`,
  `  a${index}: { type: serviceaccount }`,
]).flat();
const text = `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: many\nstatus: published\nnodes:\n${nodes.join('\n')}\n`;

/** The suite of a large workflow that is deployed again and again, as it is. */
export function redeploys(times: number): void {
  test(`200 objects deployed again ${times} times: no write, and no dry-run`, { timeout: 60_000 + times * 10_000 }, async () => {
    const rig = await DeployRig.start();
    try {
      expect((await rig.deploy(text, {}, { prune: { named: [] } })).at(-1)).toMatchObject({ type: 'run:completed', applied: 200 });
      const before = rig.proxy.requests.length;
      for (let time = 0; time < times; time += 1)
        expect((await rig.deploy(text, {}, { prune: { named: [] } })).at(-1)).toMatchObject({ type: 'run:completed', applied: 0, unchanged: 200 });
      const asked = rig.proxy.requests.slice(before);
      expect(asked.filter(isWrite).map(({ method, path }) => `${method} ${path}`)).toEqual([]);
      expect(asked.filter(({ query }) => query.get('dryRun') !== null).map(({ path }) => path)).toEqual([]);
      // One list for each kind, the namespace, the inventory.
      expect(asked.length / times).toBeLessThanOrEqual(8);
    } finally {
      await rig.dispose();
    }
  });
}
