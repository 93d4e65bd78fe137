import { expect, test } from 'vitest';
import type { KubeObject } from '../shared/kubeObject';
import type { DeployRig } from './deployRig';

/** What `kubectl apply` made, with an item of two lists and a field that the workflow will not have for ever. */
function theirs(namespace: string): KubeObject {
  const labels = { app: 'web' };
  const container = {
    name: 'web',
    image: 'docker.io/library/probe:1',
    ports: [
      { name: 'http', containerPort: 8080, protocol: 'TCP' },
      { name: 'metrics', containerPort: 9090, protocol: 'TCP' },
    ],
    env: [
      { name: 'MODE', value: 'fast' },
      { name: 'TRACE', value: 'on' },
    ],
  };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace, annotations: { note: 'theirs' } },
    spec: { replicas: 1, minReadySeconds: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  };
}

const workflow = (namespace: string, patch: string): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
namespace: ${namespace}
status: published
nodes:
  web:
    type: manifest
    manifest:
      apiVersion: apps/v1
      kind: Deployment
      metadata: { name: web }
      spec:
        replicas: 1
        selector: { matchLabels: { app: web } }
        template:
          metadata: { labels: { app: web } }
          spec: { containers: [{ name: web, image: "docker.io/library/probe:1", ${patch} }] }
`;

/**
 * Adopts what a client-side apply made, on the sandbox and on a real cluster alike: taken over once, a field that the file loses goes
 * from the cluster, and nothing goes that no plan has shown.
 */
export function adoptedFields(
  rigOf: () => DeployRig,
  make = (rig: DeployRig, object: KubeObject): Promise<unknown> => rig.cluster.create(object, { fieldManager: 'kubectl-client-side-apply' }),
): void {
  test('an adopted object loses what the file loses, although a client-side apply had set it', async () => {
    const rig = rigOf();
    const { namespace } = rig.target;
    await make(rig, theirs(namespace));
    const both =
      'ports: [{ name: http, containerPort: 8080 }, { name: metrics, containerPort: 9090 }], env: [{ name: MODE, value: fast }, { name: TRACE, value: "on" }]';
    const asked = { choices: { adopt: ['Deployment/web'], take: [] } };
    const prepared = await rig.plan(workflow(namespace, both), asked);
    expect(prepared.plan.steps).toMatchObject([
      { action: 'adopt', problems: [{ code: 'run.fieldsTaken', severity: 'info', args: { manager: 'kubectl-client-side-apply' } }] },
    ]);
    expect((await rig.run(workflow(namespace, both), prepared)).at(-1)).toMatchObject({ type: 'run:completed', applied: 1 });

    const found = async (): Promise<KubeObject | undefined> => rig.cluster.get({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'web' });
    const adopted = await found();
    expect(adopted?.metadata.managedFields?.filter(({ manager }) => manager === 'kubectl-client-side-apply')).toEqual([]);
    // Nothing went that the plan did not say: what the file never had is still there, and the next plan shows that it goes.
    expect(adopted).toMatchObject({ metadata: { annotations: { note: 'theirs' } }, spec: { minReadySeconds: 1 } });
    const next = await rig.plan(workflow(namespace, both));
    expect(next.plan.steps[0]?.changes.map(({ path }) => path).sort()).toEqual(['metadata.annotations.note', 'spec.minReadySeconds']);

    const less = workflow(namespace, 'ports: [{ name: http, containerPort: 8080 }], env: [{ name: MODE, value: fast }]');
    expect((await rig.deploy(less)).at(-1)).toMatchObject({ type: 'run:completed', applied: 1 });
    const after = await found();
    expect(after?.metadata.annotations?.['note']).toBeUndefined();
    expect(after).toMatchObject({
      spec: {
        template: { spec: { containers: [{ ports: [{ name: 'http', containerPort: 8080, protocol: 'TCP' }], env: [{ name: 'MODE', value: 'fast' }] }] } },
      },
    });
    expect((await rig.plan(less)).plan.steps).toMatchObject([{ action: 'unchanged' }]);
  });

  test('adopting exactly what is there settles at once: the next plan has nothing to do', async () => {
    const rig = rigOf();
    const { namespace } = rig.target;
    await make(rig, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace }, data: { MODE: 'fast' } });
    const text = `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: exact\nnamespace: ${namespace}\nstatus: published\nnodes:\n  settings: { type: configmap, data: { MODE: fast } }\n`;
    const events = await rig.deploy(text, {}, { choices: { adopt: ['ConfigMap/settings'], take: [] } });
    expect(events.at(-1)).toMatchObject({ type: 'run:completed', applied: 1 });
    expect((await rig.plan(text)).plan.steps).toMatchObject([{ action: 'unchanged' }]);
  });
}
