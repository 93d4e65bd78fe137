import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll } from 'vitest';
import { DeployRig } from '../../testing/deployRig';
import { pluginContract } from '../../testing/pluginContract';
import { selfContainedKubeconfig } from './administrator';

const execute = promisify(execFile);
const namespace = `plugins-${String(process.pid)}`;

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
  await kubectl('delete', 'namespace', namespace, '--wait=false', '--ignore-not-found');
});

pluginContract(() => rig);
