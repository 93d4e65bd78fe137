import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeployRig } from '../../testing/deployRig';
import { goldenWorkflows, plannableGolden } from '../../testing/goldenWorkflows';
import { LiveWorkflow } from '../status/liveWorkflow';

const goldens = await goldenWorkflows(['persistentvolumeclaim', 'statefulset', 'daemonset', 'job', 'cronjob', 'deployment']);

let rig: DeployRig;
beforeAll(async () => {
  rig = await DeployRig.start();
});
afterAll(() => rig.dispose());

/** What every test of this file deploys: one of each kind, with what it needs. */
const everyKind = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: every
status: published
nodes:
  settings: { type: configmap, data: { MODE: fast } }
  files: { type: persistentvolumeclaim, storage: 1Gi }
  db: { type: statefulset, image: db:1, replicas: 2, volumeClaimTemplates: [{ name: data, storage: 1Gi }] }
  db-pods: { type: service, headless: true, port: 5432 }
  agent: { type: daemonset, image: agent:1, volumeMounts: [{ type: emptyDir, name: work, mountPath: /work }] }
  migrate: { type: job, image: migrate:1 }
  report: { type: cronjob, image: report:1, schedule: 0 3 * * *, timeZone: Europe/Berlin }
  web: { type: deployment, image: web:1, port: 80, volumeMounts: [{ type: configMap, nodeId: settings, mountPath: /cfg, mode: '0444' }] }
edges:
  - db-pods -> db
  - { from: settings, to: report, as: env }
  - settings -> migrate
  - files -> web
  - migrate -> db
  - web -> migrate
`;

describe('the goldens of every workload', () => {
  test.each(goldens)('%s is accepted by the sandbox', async (file) => {
    const text = await plannableGolden(file);
    for (const { nodeId, secretKeys } of rig.render(text)) for (const key of secretKeys) rig.secretValues.set(`${nodeId}.${key}`, 'x');
    const { plan } = await rig.plan(text);
    // Nobody has put the pull secrets that some of them name on this cluster, which the plan rightly says.
    expect(plan.problems.filter(({ code, severity }) => code !== 'cluster.pullSecret' || severity !== 'warning')).toEqual([]);
    expect(plan.steps.filter((step) => step.action !== 'create')).toEqual([]);
  });
});

describe('every kind of workload, deployed', () => {
  test('runs in the order of its relations until all is ready, and the job before what depends on it', async () => {
    const events = await rig.deploy(everyKind, { wait: true });
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', ready: true });
    const started = events.flatMap((event) => (event.type === 'node:started' ? [event.nodeId] : []));
    const before = (first: string, second: string): void => expect(started.indexOf(first)).toBeLessThan(started.indexOf(second));
    before('settings', 'migrate');
    before('settings', 'report');
    before('settings', 'web');
    before('files', 'web');
    before('db', 'migrate');
    before('migrate', 'web');
  });

  test('is judged well by the health of its kind', async () => {
    const live = new LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: 'every', objects: rig.render(everyKind) });
    try {
      await live.settled();
      for (const id of ['db', 'agent', 'migrate', 'report', 'files', 'web']) await live.until(() => live.statusOf(id)?.state === 'healthy');
      expect(
        live
          .podsOf('db')
          .map((pod) => pod.name)
          .sort(),
      ).toEqual(['db-0', 'db-1']);
      expect(live.podsOf('migrate')).toHaveLength(1);
    } finally {
      live.dispose();
    }
  });

  test('is unchanged when it is deployed again', async () => {
    const { plan } = await rig.plan(everyKind);
    expect(plan.steps.filter((step) => step.action !== 'unchanged').map(({ nodeId, action, changes }) => ({ nodeId, action, changes }))).toEqual([]);
  });

  test('tells that a change of what cannot change makes the object anew', async () => {
    const changed = everyKind
      .replace('image: migrate:1', 'image: migrate:2')
      .replace('storage: 1Gi }] }', 'storage: 2Gi }] }')
      .replace('type: persistentvolumeclaim, storage: 1Gi', 'type: persistentvolumeclaim, storage: 1Gi, storageClassName: other');
    const { plan } = await rig.plan(changed);
    const actions = Object.fromEntries(plan.steps.map((step) => [step.nodeId, step.action]));
    expect(actions).toMatchObject({ migrate: 'replace', db: 'replace', files: 'replace', web: 'unchanged', agent: 'unchanged' });
    for (const step of plan.steps.filter((one) => one.action === 'replace'))
      expect(step.problems.map((problem) => problem.code)).toContain('cluster.immutable');
  });
});
