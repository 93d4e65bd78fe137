import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const execute = promisify(execFile);

function required(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set: start this suite with npm run test:cluster`);
  return value;
}

async function kubectl(...args: string[]): Promise<string> {
  const { stdout } = await execute(required('KUBECTL'), args);
  return stdout;
}

// Its own namespace keeps this suite apart from whatever else runs on the same cluster.
const namespace = `node-${process.pid}`;

beforeAll(() => kubectl('create', 'namespace', namespace));
afterAll(() => kubectl('delete', 'namespace', namespace, '--wait=false'));

test('a pod of the probe image runs, is reached through a service by its name, and logs', async () => {
  await kubectl('-n', namespace, 'create', 'deployment', 'web', '--image=docker.io/library/probe:1', '--port=8080');
  await kubectl('-n', namespace, 'expose', 'deployment', 'web', '--port=80', '--target-port=8080');
  await kubectl('-n', namespace, 'rollout', 'status', 'deployment/web', '--timeout=60s');
  // The rollout ends before the service's rules and its DNS name have reached the node.
  const answer = () =>
    kubectl('-n', namespace, 'exec', 'deployment/web', '--', '/bin/probe', 'get', `http://web.${namespace}.svc.cluster.local/`).catch(String);
  await expect.poll(answer, { timeout: 30_000 }).toMatch(/^200 hello from web-/);
  expect(await kubectl('-n', namespace, 'logs', 'deployment/web')).toContain('listening on :8080');
});
