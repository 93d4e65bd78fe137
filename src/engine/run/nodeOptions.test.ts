import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { problemText } from '../../shared/problem';
import type { RunEvent } from '../../shared/runEvent';
import { coreCatalog } from '../../testing/coreCatalog';
import { DeployRig } from '../../testing/deployRig';
import { checkWorkflow } from '../check';
import { parseWorkflow } from '../document/parse';

const file = (options: string, more = ''): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  settings: { type: configmap, data: { A: b }, options: ${options} }
${more}`;

describe('a run', () => {
  let rig: DeployRig;
  beforeEach(async () => {
    rig = await DeployRig.start();
  });
  afterEach(() => rig.dispose());

  const busy = (): void => {
    rig.proxy.fault = (one) =>
      one.method === 'PATCH' && one.path.endsWith('/configmaps/settings') && one.query.get('dryRun') === null
        ? {
            fault: 'answer',
            status: 503,
            body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 503, reason: 'ServiceUnavailable', message: 'busy' },
          }
        : undefined;
  };
  const retries = (events: readonly RunEvent[]) => events.flatMap((event) => (event.type === 'node:retrying' ? [event.delayMs] : []));

  test('tries a node again as often and as patiently as the node says, and fails with what was wrong', async () => {
    busy();
    const events = await rig.deploy(file('{ retry: { max: 4, backoff: linear, ms: 5 } }'));
    expect(retries(events)).toEqual([5, 10, 15]);
    expect(events.find((event) => event.type === 'node:started')).toMatchObject({ retry: { max: 4, backoff: 'linear', ms: 5 } });
    expect(events.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'cluster.error', nodeId: 'settings' } });
    expect(events.filter((event) => event.type === 'node:failed')).toMatchObject([{ nodeId: 'settings', attemptNumber: 4, retryable: true }]);
  });

  test('tells which attempt went well, and what no attempt would mend', async () => {
    let refused = 0;
    rig.proxy.fault = (one) => {
      if (one.method !== 'PATCH' || !one.path.endsWith('/configmaps/settings') || one.query.get('dryRun') !== null || refused > 0) return undefined;
      refused += 1;
      return { fault: 'answer', status: 503, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 503, message: 'busy' } };
    };
    const went = await rig.deploy(file('{ retry: { max: 2, backoff: linear, ms: 5 } }'));
    expect(went.find((event) => event.type === 'node:completed')).toMatchObject({ nodeId: 'settings', attemptNumber: 2 });
    rig.proxy.fault = (one) =>
      one.method === 'PATCH' && one.query.get('dryRun') === null && one.path.endsWith('/configmaps/settings')
        ? { fault: 'answer', status: 403, body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 403, reason: 'Forbidden', message: 'no' } }
        : undefined;
    const failed = await rig.deploy(file('{ retry: { max: 2, backoff: linear, ms: 5 } }').replace('A: b', 'A: c'));
    expect(failed.find((event) => event.type === 'node:failed')).toMatchObject({ nodeId: 'settings', attemptNumber: 1, retryable: false });
  });

  test('begins no pause that ends behind the time of the node', async () => {
    busy();
    const events = await rig.deploy(file('{ timeoutMs: 1000, retry: { max: 9, backoff: linear, ms: 400 } }'));
    expect(retries(events)).toEqual([400]);
  });

  test('gives a write up that gets no answer within the time of the node', async () => {
    rig.proxy.fault = (one) =>
      one.method === 'PATCH' && one.path.endsWith('/configmaps/settings') && one.query.get('dryRun') === null ? { fault: 'hold' } : undefined;
    const events = await rig.deploy(file('{ timeoutMs: 1000 }'));
    expect(events.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'run.nodeTimeout', args: { node: 'settings', seconds: '1' } } });
  });

  test('waits for a node to become ready as long as the node says, not as long as the run may wait', async () => {
    const more = `  db: { type: deployment, image: 'postgres:does-not-exist', options: { timeoutMs: 1000 } }
  web: { type: deployment, image: nginx:1 }
edges: [web -> db]
`;
    const events = await rig.deploy(file('{}', more), { timeoutMs: 600_000 });
    expect(events.at(-1)).toMatchObject({
      type: 'run:failed',
      problem: { code: 'run.notReady', args: { seconds: '1', what: expect.stringContaining('db') as string } },
    });
  });
});

test.each([
  ['{ timeoutMs: 60000, retry: { max: 3, backoff: linear, ms: 0 } }', []],
  ['{ timeout: 5 }', ['warning nodes.settings.options.timeout']],
  ['{ timeoutMs: 5m }', ['error nodes.settings.options.timeoutMs']],
  ['{ timeoutMs: 1 }', ['error nodes.settings.options.timeoutMs']],
  ['{ retry: { max: 0 } }', ['error nodes.settings.options.retry.max']],
  ['{ retry: { backoff: slow } }', ['error nodes.settings.options.retry.backoff']],
  ['{ retry: 3 }', ['error nodes.settings.options.retry']],
])('options %s: %j', async (options, wanted) => {
  const problems = checkWorkflow({ parsed: parseWorkflow(file(options)), loaded: await coreCatalog() });
  const found = problems.map((problem) => `${problem.severity} nodes.settings.${problem.path?.join('.') ?? problemText(problem)}`);
  expect(found).toEqual(wanted);
});
