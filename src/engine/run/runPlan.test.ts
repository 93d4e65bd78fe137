import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shared/kubeObject';
import type { RunEvent } from '../../shared/runEvent';
import { isTerminal } from '../../shared/runEvent';
import { DeployRig, isWrite } from '../../testing/deployRig';
import { journalFromText, journalPath, listRuns } from '../journal';
import { inventoryRef, readInventory } from '../inventory';

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: nginx:1, replicas: 2, port: 80 }
  web-svc: { type: service, name: web, port: 80 }
  settings: { type: configmap, data: { MODE: fast } }
  db-secret: { type: secret, keys: [PASSWORD] }
  db: { type: deployment, image: postgres:15, port: 5432 }
edges:
  - web-svc -> web
  - { from: settings, to: web, as: env }
  - { from: db-secret, to: db, as: env }
  - web -> db
`;

const canary = 'c4n4ry-s3cret-value';
const deployment = (name: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name });
const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', namespace: 'default', name });

let rig: DeployRig;
beforeEach(async () => {
  rig = await DeployRig.start();
  rig.secretValues.set('db-secret.PASSWORD', canary);
});
afterEach(() => rig.dispose());

function expectWhole(events: readonly RunEvent[], last: RunEvent['type']): void {
  expect(events.map((event) => event.sequenceNumber)).toEqual(events.map((_, index) => index + 1));
  expect(events.filter(isTerminal)).toHaveLength(1);
  expect(events.at(-1)?.type).toBe(last);
}

const nodesOf = (events: readonly RunEvent[], type: RunEvent['type']): readonly string[] =>
  events.flatMap((event) => (event.type === type && 'nodeId' in event ? [event.nodeId] : []));

/** What changes on the cluster, counted by the proxy. */
const writes = (): readonly string[] => rig.proxy.requests.filter((one) => isWrite(one)).map((one) => `${one.method} ${one.path}`);

async function versionsOf(refs: readonly Parameters<DeployRig['cluster']['get']>[0][]): Promise<readonly (string | undefined)[]> {
  return Promise.all(refs.map(async (ref) => (await rig.cluster.get(ref))?.metadata.resourceVersion));
}

describe('a first deployment', () => {
  test('applies in the derived order, waits until all is healthy, and tells it as one gapless sequence', async () => {
    const events = await rig.deploy(shop, { wait: true });
    expectWhole(events, 'run:completed');
    expect(events[0]).toMatchObject({ type: 'run:started', version: 1, triggeredBy: 'cli', counts: { create: 5 } });
    expect(events.at(-1)).toMatchObject({ applied: 5, unchanged: 0, ready: true });
    const begun = nodesOf(events, 'node:started');
    expect(begun.indexOf('settings')).toBeLessThan(begun.indexOf('web'));
    expect(begun.indexOf('db-secret')).toBeLessThan(begun.indexOf('db'));
    // web depends on db: it begins only after db has been seen healthy.
    const dbHealthy = events.findIndex((event) => event.type === 'node:status' && event.nodeId === 'db' && event.status.state === 'healthy');
    expect(dbHealthy).toBeGreaterThan(0);
    expect(events.findIndex((event) => event.type === 'node:started' && event.nodeId === 'web')).toBeGreaterThan(dbHealthy);
  });

  test('owns its fields under its own name and stands in the inventory with its set label', async () => {
    await rig.deploy(shop);
    const web = await rig.cluster.get(deployment('web'));
    expect(web?.metadata.managedFields?.some((entry) => entry.manager === 'kubeorch' && entry.operation === 'Apply')).toBe(true);
    const inventory = await readInventory(rig.cluster, 'shop', 'default');
    expect(inventory.members.map((member) => `${member.kind}/${member.name}`).sort()).toEqual([
      'ConfigMap/settings',
      'Deployment/db',
      'Deployment/web',
      'Secret/db-secret',
      'Service/web',
    ]);
    expect(inventory.lock).toBeUndefined();
    expect(inventory.lastRun).toMatchObject({ version: 1, status: 'completed' });
    const parent = inventory.parent?.metadata;
    expect(parent?.annotations).toMatchObject({
      'applyset.kubernetes.io/tooling': 'kubeorch/v1',
      'applyset.kubernetes.io/contains-group-kinds': 'ConfigMap,Deployment.apps,Secret,Service',
      'applyset.kubernetes.io/additional-namespaces': '',
    });
    expect(web?.metadata.labels?.['applyset.kubernetes.io/part-of']).toBe(parent?.labels?.['applyset.kubernetes.io/id']);
    expect(parent?.labels?.['applyset.kubernetes.io/id']).toMatch(/^applyset-[A-Za-z0-9_-]{43}-v1$/);
  });

  test('is journaled before it is told, and leaves a version with the exact text', async () => {
    const seen: RunEvent[] = [];
    for await (const event of rig.events(shop, await rig.plan(shop))) {
      seen.push(event);
      const journal = rig.files.contents.get(journalPath('shop', event.runId)) ?? '';
      expect(journal).toContain(JSON.stringify(event));
    }
    const runId = seen[0]?.runId ?? '';
    expect(journalFromText('shop', runId, rig.files.contents.get(journalPath('shop', runId)) ?? '').events).toEqual(seen);
    expect((await listRuns(rig.files, 'shop'))[0]).toMatchObject({ runId, status: 'completed', version: 1 });
    const version = [...rig.files.contents].find(([path]) => /versions\/shop\/0001-[0-9a-f]{8}\.yaml$/.test(path));
    expect(version?.[1]).toBe(shop);
  });

  test('puts a secret value into the Secret and nowhere else', async () => {
    const events = await rig.deploy(shop, { wait: true });
    const forms = [canary, Buffer.from(canary).toString('base64'), Buffer.from(canary).toString('hex')];
    const everything = [JSON.stringify(events), JSON.stringify(await rig.plan(shop)), ...rig.files.contents.values(), ...rig.logger.lines].join('\n');
    for (const form of forms) expect(everything).not.toContain(form);
    const again = await rig.plan(shop);
    expect(again.plan.steps.find((step) => step.nodeId === 'db-secret')?.action).toBe('unchanged');
  });
});

describe('a second deployment', () => {
  test('writes nothing at all, not even the inventory', async () => {
    await rig.deploy(shop, { wait: true });
    const refs = [deployment('web'), deployment('db'), configMap('settings'), inventoryRef('shop', 'default')];
    const before = await versionsOf(refs);
    const count = writes().length;
    const events = await rig.deploy(shop, { wait: true });
    expectWhole(events, 'run:completed');
    expect(events.at(-1)).toMatchObject({ applied: 0, unchanged: 5, ready: true });
    expect(await versionsOf(refs)).toEqual(before);
    expect(writes().length).toBe(count);
  });

  test('asks one list for each kind and no dry-run for what is as wanted, values of Secrets included', async () => {
    await rig.deploy(shop, { wait: true });
    const before = rig.proxy.requests.length;
    await rig.plan(shop);
    const asked = rig.proxy.requests.slice(before);
    expect(asked.filter((one) => one.query.get('dryRun') !== null)).toEqual([]);
    expect(asked.length).toBeLessThanOrEqual(6);
    rig.secretValues.set('db-secret.PASSWORD', 'another');
    expect((await rig.plan(shop)).plan.steps.find((step) => step.nodeId === 'db-secret')).toMatchObject({ action: 'change' });
  });

  test('keeps a Secret whose values are not given again, and refuses a new one without values', async () => {
    await rig.deploy(shop);
    rig.secretValues.clear();
    expect((await rig.plan(shop)).plan.counts).toMatchObject({ unchanged: 5 });
    const more = shop.replace('[PASSWORD]', '[PASSWORD, TOKEN]');
    const { plan } = await rig.plan(more);
    expect(plan.steps.find((step) => step.nodeId === 'db-secret')).toMatchObject({
      action: 'blocked',
      problems: [{ code: 'run.secretMissing', args: { id: 'db-secret', keys: 'PASSWORD, TOKEN' } }],
    });
  });

  test('changes only what changed, shows it field by field and reuses no version', async () => {
    await rig.deploy(shop, { wait: true });
    const changed = shop.replace('replicas: 2', 'replicas: 3').replace('nginx:1', 'nginx:2').replace('MODE: fast', 'MODE: slow');
    const { plan } = await rig.plan(changed);
    expect(plan.counts).toMatchObject({ change: 2, unchanged: 3 });
    expect(plan.steps.find((step) => step.nodeId === 'web')?.changes).toEqual([
      { path: 'spec.replicas', before: 2, after: 3 },
      { path: 'spec.template.spec.containers[name=web].image', before: 'nginx:1', after: 'nginx:2' },
    ]);
    expect(plan.steps.find((step) => step.nodeId === 'settings')?.changes).toEqual([{ path: 'data.MODE', before: 'fast', after: 'slow' }]);
    const events = await rig.deploy(changed, { wait: true });
    expect(events[0]).toMatchObject({ version: 2 });
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', applied: 2, ready: true });
  });

  test('tells of a new secret value without the value', async () => {
    await rig.deploy(shop);
    rig.secretValues.set('db-secret.PASSWORD', `${canary}-2`);
    const { plan } = await rig.plan(shop);
    expect(plan.steps.find((step) => step.nodeId === 'db-secret')).toMatchObject({ action: 'change', changes: [{ path: 'data.PASSWORD' }] });
    expect(JSON.stringify(plan)).not.toContain(canary);
  });

  test('leaves what has no node any more running, and says so', async () => {
    await rig.deploy(shop);
    const less = shop.replace(/ {2}settings:.*\n/, '').replace(/ {2}- \{ from: settings.*\n/, '');
    const { plan } = await rig.plan(less);
    expect(plan.steps.find((step) => step.action === 'left-running')).toMatchObject({ nodeId: '', ref: { kind: 'ConfigMap', name: 'settings' } });
    await rig.deploy(less);
    expect(await rig.cluster.get(configMap('settings'))).toBeDefined();
    expect((await readInventory(rig.cluster, 'shop', 'default')).members.some((member) => member.name === 'settings')).toBe(true);
    const renamed = shop.replace('settings: { type: configmap,', 'settings: { type: configmap, name: settings-2,');
    expect((await rig.plan(renamed)).plan.counts).toMatchObject({ create: 1, 'left-running': 1 });
  });
});

describe('what belongs to others', () => {
  test('an object without our labels is refused and stays as it is', async () => {
    const stranger: KubeObject = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' }, data: { MODE: 'theirs' } };
    await rig.cluster.create(stranger, { fieldManager: 'someone' });
    const before = await versionsOf([configMap('settings')]);
    const { plan } = await rig.plan(shop);
    expect(plan.steps.find((step) => step.nodeId === 'settings')).toMatchObject({ action: 'blocked', problems: [{ code: 'cluster.notOurs' }] });
    const events = await rig.deploy(shop);
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'run:failed', sequenceNumber: 1, problem: { code: 'cluster.notOurs' } });
    expect(await versionsOf([configMap('settings')])).toEqual(before);
    expect(await rig.cluster.get(deployment('web'))).toBeUndefined();
  });

  test('also when it says the same, and when it belongs to another workflow', async () => {
    await rig.deploy(shop);
    const other = shop.replace('name: shop', 'name: other');
    const { plan } = await rig.plan(other);
    expect(plan.steps.map((step) => step.action)).toEqual(['blocked', 'blocked', 'blocked', 'blocked', 'blocked']);
    expect(plan.steps[0]?.problems[0]).toMatchObject({ code: 'cluster.otherWorkflow', args: { workflow: 'shop' } });
  });

  test('a stranger that comes between plan and run is not taken over', async () => {
    const prepared = await rig.plan(shop);
    await rig.cluster.create(
      { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' }, data: { OTHER: 'theirs' } },
      { fieldManager: 'someone' },
    );
    const events: RunEvent[] = [];
    for await (const event of rig.events(shop, { ...prepared, madeAtMs: 0 })) events.push(event);
    expectWhole(events, 'run:failed');
    expect(events.find((event) => event.type === 'node:failed')).toMatchObject({ nodeId: 'settings', problem: { code: 'cluster.notOurs' } });
    expect((await rig.cluster.get(configMap('settings')))?.metadata.labels).toBeUndefined();
  });

  test('an object that was deleted and made again under the same name is noticed by its uid', async () => {
    await rig.deploy(shop);
    const changed = shop.replace('MODE: fast', 'MODE: slow');
    const prepared = await rig.plan(changed);
    await rig.cluster.delete(configMap('settings'));
    await rig.cluster.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace: 'default' } }, { fieldManager: 'someone' });
    const events: RunEvent[] = [];
    for await (const event of rig.events(changed, prepared)) events.push(event);
    expect(events.find((event) => event.type === 'node:failed')).toMatchObject({ problem: { code: 'cluster.changed' } });
  });

  test('a field that another manager owns is a conflict with its owner, and never forced', async () => {
    await rig.deploy(shop);
    const web = await rig.cluster.get(deployment('web'));
    await rig.cluster.apply(
      { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' }, spec: { replicas: 7 } },
      { fieldManager: 'scaler', force: true },
    );
    expect(web).toBeDefined();
    const { plan } = await rig.plan(shop);
    expect(plan.steps.find((step) => step.nodeId === 'web')).toMatchObject({ action: 'conflict', conflicts: [{ path: 'spec.replicas', owner: 'scaler' }] });
    const events = await rig.deploy(shop);
    expect(events.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'cluster.conflict', args: { owner: 'scaler' } } });
    expect((await rig.cluster.get(deployment('web')))?.spec?.['replicas']).toBe(7);
  });
});

describe('a change that cannot be made in place', () => {
  const changed = shop.replace(
    'web: { type: deployment,',
    'web: { type: deployment, patch: { spec: { selector: { matchLabels: { app: web, tier: front } }, template: { metadata: { labels: { tier: front } } } } },',
  );

  test('is shown as a replacement and paused before without an approval, then made with one', async () => {
    await rig.deploy(shop, { wait: true });
    const before = await rig.cluster.get(deployment('web'));
    const { plan } = await rig.plan(changed);
    expect(plan.steps.find((step) => step.nodeId === 'web')).toMatchObject({
      action: 'replace',
      problems: [{ code: 'cluster.immutable', severity: 'warning' }],
    });
    const paused = await rig.deploy(changed);
    expect(paused.at(-1)).toMatchObject({ type: 'run:paused', gateIds: ['replace-web'] });
    expect((await rig.cluster.get(deployment('web')))?.metadata.uid).toBe(before?.metadata.uid);
    const wrong = await rig.deploy(changed, { approvedDigest: 'other' });
    expect(wrong.at(-1)).toMatchObject({ problem: { code: 'run.planChanged' } });
    const events = await rig.deploy(changed, { approvedDigest: plan.digest, wait: true });
    expectWhole(events, 'run:completed');
    expect((await rig.cluster.get(deployment('web')))?.metadata.uid).not.toBe(before?.metadata.uid);
  });
});

describe('a run that may not begin', () => {
  test.each([
    ['draft', 'run.draft'],
    ['archived', 'run.archived'],
  ])('because the workflow is %s leaves no trace', async (status, code) => {
    const text = shop.replace('status: published', `status: ${status}`);
    const events = await rig.deploy(text);
    expect(events).toMatchObject([{ type: 'run:failed', sequenceNumber: 1, problem: { code } }]);
    expect(rig.files.contents.size).toBe(0);
    expect(writes()).toEqual([]);
  });

  test('because its nodes wait for one another is refused with the circle', async () => {
    const text = shop.replace('  - web -> db\n', '  - web -> db\n  - db -> web\n');
    const { plan } = await rig.plan(text);
    expect(plan.problems).toMatchObject([{ code: 'edge.cycle', args: { path: 'web -> db -> web' } }]);
    expect(await rig.deploy(text)).toMatchObject([{ type: 'run:failed', problem: { code: 'edge.cycle' } }]);
    expect(writes()).toEqual([]);
  });

  test('because the snapshot cannot be written applies nothing', async () => {
    rig.files.fail = (path) => (path.includes('/versions/') ? new Error('disk full') : undefined);
    const events = await rig.deploy(shop);
    expect(events).toMatchObject([{ type: 'run:failed', problem: { code: 'run.snapshotFailed' } }]);
    expect(writes()).toEqual([]);
  });

  test('because another run holds the lock is refused, and may begin when that one has ended', async () => {
    const [prepared, other] = [await rig.plan(shop), await rig.plan(shop)];
    const first = rig.events(shop, prepared, { runId: 'run-1' });
    await first.next();
    // The lock is taken before the first node begins.
    await first.next();
    const second: RunEvent[] = [];
    for await (const event of rig.events(shop, other, { runId: 'run-2' })) second.push(event);
    expect(second.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'run.locked', args: { run: 'run-1' } } });
    for await (const _ of first);
    const third = await rig.deploy(shop, { runId: 'run-3' });
    expectWhole(third, 'run:completed');
  });

  test('in a namespace that is missing says so once and plans nothing else', async () => {
    const text = shop.replace('web: { type: deployment,', 'web: { type: deployment, namespace: nowhere,');
    const { plan } = await rig.plan(text);
    expect(plan.problems).toMatchObject([{ code: 'cluster.namespaceMissing', args: { namespace: 'nowhere' } }]);
    expect(plan.steps.find((step) => step.nodeId === 'web')).toMatchObject({ action: 'blocked' });
  });
});

describe('a run that is cut short', () => {
  test('by a cancel ends cancelled, with the rest skipped and the lock given back', async () => {
    const cancel = new AbortController();
    const events: RunEvent[] = [];
    for await (const event of rig.events(shop, await rig.plan(shop), { signal: cancel.signal, wait: true })) {
      events.push(event);
      if (event.type === 'node:completed') cancel.abort(new Error('asked'));
    }
    expectWhole(events, 'run:cancelled');
    expect(events.filter((event) => event.type === 'node:skipped' && event.reason === 'cancelled').length).toBeGreaterThan(0);
    const inventory = await readInventory(rig.cluster, 'shop', 'default');
    expect(inventory.lock).toBeUndefined();
    expect(inventory.lastRun?.status).toBe('cancelled');
    expect((await listRuns(rig.files, 'shop'))[0]?.status).toBe('cancelled');
    expectWhole(await rig.deploy(shop, { wait: true }), 'run:completed');
  });

  test('by a listener that goes away ends, too', async () => {
    const events = rig.events(shop, await rig.plan(shop), { runId: 'left' });
    await events.next();
    await events.return(undefined);
    const journal = journalFromText('shop', 'left', rig.files.contents.get(journalPath('shop', 'left')) ?? '');
    expectWhole(journal.events, 'run:cancelled');
  });

  test('by a refused object fails fast: nothing behind it is tried, and each node says why', async () => {
    rig.proxy.fault = (one) =>
      one.path.endsWith('/secrets/db-secret') && one.method === 'PATCH' && one.query.get('dryRun') === null
        ? {
            fault: 'answer',
            status: 422,
            body: {
              kind: 'Status',
              apiVersion: 'v1',
              status: 'Failure',
              code: 422,
              reason: 'Invalid',
              message: `Secret is invalid: data: ${canary}`,
              details: { causes: [{ reason: 'FieldValueInvalid', field: 'data', message: canary }] },
            },
          }
        : undefined;
    const events = await rig.deploy(shop);
    expectWhole(events, 'run:failed');
    expect(events.find((event) => event.type === 'node:failed')).toMatchObject({ nodeId: 'db-secret', problem: { code: 'cluster.rejected' } });
    expect(events.find((event) => event.type === 'node:skipped' && event.nodeId === 'db')).toMatchObject({
      reason: 'upstream_unreachable',
      because: 'db-secret',
    });
    expect(events.find((event) => event.type === 'node:skipped' && event.nodeId === 'web')).toMatchObject({ reason: 'upstream_unreachable' });
    expect(JSON.stringify(events)).not.toContain(canary);
  });

  test('by a full disk stops, and still ends for those who watch', async () => {
    let left = 4;
    rig.files.fail = (path) => (path.endsWith('.ndjson') && left-- <= 0 ? new Error('disk full') : undefined);
    const events = await rig.deploy(shop);
    expectWhole(events, 'run:failed');
    expect(events.at(-1)).toMatchObject({ problem: { code: 'run.journalFailed' } });
  });
});

describe('faults on the way', () => {
  test('that pass are tried again and told, and an answer that was lost makes nothing twice', async () => {
    let lost = false;
    rig.proxy.fault = (one) => {
      if (one.method !== 'PATCH' || one.query.get('dryRun') !== null) return undefined;
      if (one.path.endsWith('/configmaps/settings') && one.nth === 0)
        return {
          fault: 'answer',
          status: 429,
          headers: { 'retry-after': '1' },
          body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 429, reason: 'TooManyRequests', message: 'slow down' },
        };
      if (one.path.endsWith('/services/web') && !lost) {
        lost = true;
        return { fault: 'cutAfter' };
      }
      return undefined;
    };
    const events = await rig.deploy(shop);
    expectWhole(events, 'run:completed');
    // What shared the cut connection is tried again, too.
    expect(nodesOf(events, 'node:retrying')).toEqual(expect.arrayContaining(['settings', 'web-svc']));
    expect(events.find((event) => event.type === 'node:retrying')).toMatchObject({ attemptNumber: 2, delayMs: 1000 });
    expect((await rig.plan(shop)).plan.counts).toMatchObject({ unchanged: 5 });
  });

  test('that do not pass fail with one clear problem', async () => {
    rig.proxy.fault = (one) =>
      one.method === 'PATCH' && one.path.endsWith('/configmaps/settings') && one.query.get('dryRun') === null
        ? {
            fault: 'answer',
            status: 403,
            body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', code: 403, reason: 'Forbidden', message: 'configmaps "settings" is forbidden' },
          }
        : undefined;
    const events = await rig.deploy(shop);
    expect(events.at(-1)).toMatchObject({ type: 'run:failed', problem: { code: 'cluster.forbidden', args: { resource: 'ConfigMap' } } });
  });

  test('of a dead cluster end the plan with the server in the sentence', async () => {
    await rig.proxy.stop();
    await expect(rig.plan(shop)).rejects.toMatchObject({ problem: { code: 'cluster.unreachable' } });
    await rig.proxy.start();
  });
});
