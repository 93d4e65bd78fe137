import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeployRig } from '../../testing/deployRig';
import { goldenWorkflows, plannableGolden } from '../../testing/goldenWorkflows';
import { selfContainedKubeconfig } from './administrator';

const execute = promisify(execFile);
const namespace = `kinds-${String(process.pid)}`;

async function kubectl(...args: readonly string[]): Promise<void> {
  const program = process.env['KUBECTL'];
  if (program === undefined) throw new Error('KUBECTL is not set: start this suite with npm run test:cluster');
  await execute(program, args);
}

const goldens = await goldenWorkflows(['persistentvolumeclaim', 'statefulset', 'daemonset', 'job', 'cronjob', 'deployment', 'service', 'ingress', 'configmap']);

let rig: DeployRig;
beforeAll(async () => {
  await kubectl('create', 'namespace', namespace);
  rig = await DeployRig.start({ kubeconfig: await selfContainedKubeconfig(), namespace });
});
afterAll(async () => {
  await rig.dispose();
  await kubectl('delete', 'namespace', namespace, '--wait=false');
});

describe('what every kind renders', () => {
  test.each(goldens)('%s passes the dry-run of a real API server', async (file) => {
    const text = await plannableGolden(file);
    for (const { nodeId, secretKeys } of rig.render(text)) for (const key of secretKeys) rig.secretValues.set(`${nodeId}.${key}`, 'x');
    const { plan } = await rig.plan(text);
    // The examples name pull secrets that nobody made here, which a plan warns of.
    expect(plan.problems.filter((problem) => problem.code !== 'cluster.pullSecret')).toEqual([]);
    expect(plan.steps.filter((step) => step.action !== 'create')).toEqual([]);
    expect(plan.steps.length).toBeGreaterThan(0);
  });
});
