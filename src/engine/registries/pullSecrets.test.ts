// Pull secrets through a whole deployment: the plan that a person sees, the journal, and what is on the cluster at the end.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Registry } from '../../shared/registry';
import { DeployRig } from '../../testing/deployRig';
import { parseWorkflow } from '../document/parse';
import { applyOrder } from '../order';
import type { PlanRequest, PreparedPlan } from '../plan/planWorkflow';
import { resolveWorkflow } from '../relations';
import { dockerConfigJson, imageHosts, registriesNeeded, withPullSecrets } from './pullSecrets';

const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: 'registry.example:5000/shop/web:1', replicas: 1 }
  work: { type: cronjob, schedule: '0 * * * *', image: 'registry.example:5000/shop/work:1' }
  own: { type: statefulset, image: 'registry.example:5000/shop/own:1', imagePullSecrets: [mine], replicas: 0 }
  free: { type: job, image: 'busybox', command: ['true'] }
`;
const registry: Registry = { name: 'Team Registry', type: 'custom', host: 'registry.example:5000', isDefault: true, user: 'ana' };
const login = { user: 'ana', password: 'battery-staple-7' };
const secretRef = { apiVersion: 'v1', kind: 'Secret', namespace: 'default', name: 'kubeorch-registry-team-registry' };

describe('a pull secret', () => {
  let rig: DeployRig;
  const plan = (opened: Parameters<typeof withPullSecrets>[1], more: Partial<PlanRequest> = {}): Promise<PreparedPlan> => {
    const order = applyOrder(resolveWorkflow(parseWorkflow(text).workflow, rig.loaded.catalog));
    return rig.plan(text, { rendered: withPullSecrets(rig.render(text), opened, order), ...more });
  };
  beforeAll(async () => {
    rig = await DeployRig.start();
  });
  afterAll(() => rig.dispose());

  it('is wanted for the hosts of images alone', () => {
    expect(imageHosts(rig.render(text))).toEqual(['registry.example:5000', 'docker.io']);
    const others: Registry = { ...registry, name: 'other', host: 'registry.example' };
    expect(registriesNeeded(rig.render(text), [registry, others])).toEqual([registry]);
  });

  it('is in the plan as what it is, made before the pods, and its password is in no word of it', async () => {
    const prepared = await plan([{ registry, login }]);
    const [first] = prepared.plan.steps;
    expect(first).toMatchObject({ action: 'create', ref: { kind: 'Secret', name: secretRef.name }, nodeId: 'web' });
    expect(prepared.plan.steps.filter((step) => step.ref.kind === 'Secret')).toHaveLength(1);
    // The one that it does not open, and the one that somebody named, are told as before.
    expect(prepared.plan.problems).toMatchObject([{ code: 'cluster.pullSecret', args: { secret: 'mine' } }]);

    const events = await rig.run(text, prepared);
    expect(events.at(-1)).toMatchObject({ type: 'run:completed' });
    const live = await rig.cluster.get(secretRef);
    expect(live).toMatchObject({ type: 'kubernetes.io/dockerconfigjson', metadata: { labels: { 'managed-by': 'kubeorch', 'registry-type': 'custom' } } });
    const deployment = await rig.cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' });
    expect(JSON.stringify(deployment?.spec)).toContain(`"imagePullSecrets":[{"name":"${secretRef.name}"}]`);
    const cronjob = await rig.cluster.get({ apiVersion: 'batch/v1', kind: 'CronJob', namespace: 'default', name: 'work' });
    expect(JSON.stringify(cronjob?.spec)).toContain(secretRef.name);
    const own = await rig.cluster.get({ apiVersion: 'apps/v1', kind: 'StatefulSet', namespace: 'default', name: 'own' });
    expect(JSON.stringify(own?.spec)).toContain('"imagePullSecrets":[{"name":"mine"}]');

    const told = JSON.stringify([prepared, events, ...rig.files.contents]);
    for (const hidden of [
      login.password,
      Buffer.from(`ana:${login.password}`).toString('base64'),
      Buffer.from(dockerConfigJson(registry.host, login)).toString('base64'),
    ])
      expect(told).not.toContain(hidden);
  });

  it('changes nothing when it is deployed again, and stays in the pods where nobody has the sign-in', async () => {
    expect((await plan([{ registry, login }])).plan.counts).toMatchObject({ create: 0, change: 0, unchanged: 5 });
    const without = await plan([]);
    expect(without.plan.counts).toMatchObject({ create: 0, change: 0, 'left-running': 1 });
    expect((await plan([{ registry, login: { ...login, password: 'another-one-8' } }])).plan.counts).toMatchObject({ change: 1 });
  });
});

describe('the file of a sign-in', () => {
  it("has the server's own name for Docker Hub", () => {
    expect(JSON.parse(dockerConfigJson('docker.io', { user: 'ü', password: 'p' }))).toEqual({
      auths: { 'https://index.docker.io/v1/': { username: 'ü', password: 'p', auth: Buffer.from('ü:p').toString('base64') } },
    });
  });
});
