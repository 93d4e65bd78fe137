import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { proveAdoption } from '../../testing/adoptions';
import { composeCases } from '../../testing/composeOracle/cases.mjs';
import { importCase } from '../../testing/composeProject';
import { coreCatalog } from '../../testing/coreCatalog';
import { DeployRig } from '../../testing/deployRig';
import { selfContainedKubeconfig } from './administrator';

const execute = promisify(execFile);
const namespace = `imports-${String(process.pid)}`;
const cases = (await composeCases()).filter(({ name }) => !name.endsWith('-fails'));

async function kubectl(...args: readonly string[]): Promise<void> {
  const program = process.env['KUBECTL'];
  if (program === undefined) throw new Error('KUBECTL is not set: start this suite with npm run test:cluster');
  await execute(program, args);
}

let rig: DeployRig;
beforeAll(async () => {
  await kubectl('create', 'namespace', namespace);
  rig = await DeployRig.start({ kubeconfig: await selfContainedKubeconfig(), namespace });
});
afterAll(async () => {
  await rig.dispose();
  await kubectl('delete', 'namespace', namespace, '--wait=false');
});

test('what is imported from compose files passes the dry-run of a real API server', { timeout: 120_000 }, async () => {
  const { catalog } = await coreCatalog();
  for (const one of cases) {
    const made = await importCase(one, catalog);
    for (const { node, keys } of made.secrets) for (const key of keys) rig.secretValues.set(`${node}.${key}`, 'x');
    if (made.workflow.nodes.length === 0) continue;
    const { plan } = await rig.plan(made.text.replace('status: draft', 'status: published'));
    expect([one.name, plan.problems]).toEqual([one.name, []]);
    expect([one.name, plan.steps.filter((step) => step.action !== 'create')]).toEqual([one.name, []]);
  }
});

test('workflows of live namespaces change nothing on a real API server', { timeout: 120_000 }, async () => {
  for (const seed of [1, 2, 3]) await proveAdoption(rig, seed, `adopted-${String(process.pid)}`);
});
