import { execFile } from 'node:child_process';
import { afterAll, beforeAll, describe } from 'vitest';
import { adoptedFields } from '../../testing/adoptedFields';
import { DeployRig } from '../../testing/deployRig';
import { selfContainedKubeconfig } from './administrator';

// Who owns a field is the API server's word, and what kubectl leaves behind is kubectl's.
const namespace = `adopted-fields-${String(process.pid)}`;
const kubectlPath = process.env['KUBECTL'] ?? '';
let rig: DeployRig | undefined;

/** kubectl with this on its standard input. */
function kubectl(input: string, ...args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(kubectlPath, [...args], (error, _stdout, stderr) => (error === null ? resolve() : reject(new Error(stderr, { cause: error }))));
    child.stdin?.end(input);
  });
}

beforeAll(async () => {
  if (kubectlPath === '') throw new Error('KUBECTL is not set: start this suite with npm run test:cluster');
  await kubectl('', 'create', 'namespace', namespace);
  rig = await DeployRig.start({ kubeconfig: await selfContainedKubeconfig(), namespace });
});
afterAll(async () => {
  await rig?.dispose();
  await kubectl('', 'delete', 'namespace', namespace, '--wait=false');
});

describe('what kubectl applied, on a real API server', () => {
  adoptedFields(
    () => {
      if (rig === undefined) throw new Error('the cluster is not there');
      return rig;
    },
    (_rig, object) => kubectl(JSON.stringify(object), 'apply', '-f', '-'),
  );
});
