import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readInventory } from '../engine/inventory';
import type { PreparedPlan } from '../engine/plan/planWorkflow';
import { LiveWorkflow } from '../engine/status/liveWorkflow';
import type { JsonObject } from '../shared/json';
import type { KubeObject, ObjectRef } from '../shared/kubeObject';
import { problemText } from '../shared/problem';
import type { RunEvent } from '../shared/runEvent';
import type { DeployRig } from './deployRig';
import { loadedWith } from './pluginCatalog';
import { until } from './until';

/** A group of its own for each run, so that runs on one cluster do not meet. */
const group = `run${String(process.pid)}.plugins.example.com`;
const definitionRef: ObjectRef = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', namespace: '', name: `caches.${group}` };

const definition = {
  apiVersion: definitionRef.apiVersion,
  kind: definitionRef.kind,
  metadata: { name: definitionRef.name },
  spec: {
    group,
    scope: 'Namespaced',
    names: { kind: 'Cache', plural: 'caches', singular: 'cache', listKind: 'CacheList' },
    versions: [
      {
        name: 'v1beta1',
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                required: ['engine'],
                properties: {
                  engine: { type: 'string' },
                  size: { type: 'integer', minimum: 1 },
                  ratio: { type: 'number' },
                  backups: { type: 'boolean' },
                  mode: { type: 'string', enum: ['fast', 'safe'] },
                  config: { type: 'string' },
                  password: { type: 'object', properties: { name: { type: 'string' }, key: { type: 'string' } } },
                },
              },
              status: { type: 'object', properties: { ready: { type: 'integer' }, problem: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
} as unknown as KubeObject;

const pluginFile = `name: cache
category: database
docs: https://example.com/install-cache
crd: { group: ${group}, version: v1beta1, kind: Cache, plural: caches, scope: Namespaced }
fields:
  - { name: engine, type: string, required: true }
  - { name: size, type: number, integer: true, default: 2 }
  - { name: ratio, type: number, default: 0.5 }
  - { name: backups, type: boolean, default: false }
  - { name: mode, type: select, options: [fast, safe], default: safe }
  - { name: config, type: textarea }
  - { name: password, type: secret }
health:
  - { when: 'has(status.problem)', state: error, message: '\${ status.problem }' }
  - { when: 'status.ready >= spec.size', state: healthy, message: '\${ status.ready } of \${ spec.size } ready' }
  - { when: 'true', state: pending, message: Starting }
`;

const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: caches
status: published
nodes:
  store:
    type: cache
    fields:
      engine: "0644"
      config: "yes\\n{{ x }}\\n\${ y }"
      password: { key: PASSWORD }
  web: { type: configmap, data: { A: b } }
edges:
  - store -> web
`;

/** The same without the plugin's node. */
const without = workflow.replace(/ {2}store:[^]*?(?= {2}web:)/, '').replace(/edges:[^]*/, '');
const prune = { prune: { named: [] } };

const deletionsOf = ({ plan }: PreparedPlan): readonly string[] =>
  plan.steps.filter(({ action }) => action === 'delete').map(({ ref }) => `${ref.kind}/${ref.name}`);

const refOfCache = (rig: DeployRig): ObjectRef => ({ apiVersion: `${group}/v1beta1`, kind: 'Cache', namespace: rig.target.namespace, name: 'store' });

/** What holds of plugins on every API server: a definition is looked for before a run, and objects live like any other kind's. */
export function pluginContract(rigOf: () => DeployRig): void {
  describe('a plugin on a cluster', () => {
    beforeAll(async () => {
      const rig = rigOf();
      rig.loaded = await loadedWith({ 'plugins/cache.yaml': pluginFile });
      rig.secretValues.set('store.PASSWORD', 'x');
    });
    afterAll(() => rigOf().cluster.delete(definitionRef));

    const notThere = `This cluster does not have Cache of ${group}, which "cache" needs. Install its operator first: https://example.com/install-cache.`;
    const blockedBy = async (text: string): Promise<readonly string[]> => {
      const { plan } = await rigOf().plan(text);
      return plan.steps.flatMap((step) => step.problems.map((problem) => `${step.nodeId} ${step.action} ${problemText(problem)}`));
    };

    test('that is not installed there is told before a run, with the way to install it', async () => {
      expect(await blockedBy(workflow)).toEqual([`store blocked ${notThere}`]);
    });

    test('whose definition is missing says so on its node while it is followed', async () => {
      const rig = rigOf();
      const live = new LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: 'caches', objects: rig.render(workflow) });
      try {
        await live.settled();
        const told = live.objectStatusesOf('store').find((one) => one.ref.kind === 'Cache');
        expect(told?.status).toMatchObject({ state: 'unknown', message: notThere });
      } finally {
        live.dispose();
      }
    });

    test('is deployed when its definition is there, with the values of the file to the letter, and lives by its own rules', async () => {
      const rig = rigOf();
      await rig.cluster.create(definition);
      await until('the definition is served', async () => (await rig.cluster.resourceOf({ apiVersion: `${group}/v1beta1`, kind: 'Cache' })) !== undefined);
      const events = await rig.deploy(workflow);
      expect(events.at(-1)).toMatchObject({ type: 'run:completed' });

      const objects = rig.render(workflow);
      const place = objects.find((one) => one.object.kind === 'Cache')?.object.metadata;
      const ref: ObjectRef = { apiVersion: `${group}/v1beta1`, kind: 'Cache', namespace: place?.namespace ?? '', name: 'store' };
      expect(await rig.cluster.get(ref)).toMatchObject({
        spec: {
          engine: '0644',
          size: 2,
          ratio: 0.5,
          backups: false,
          mode: 'safe',
          config: 'yes\n{{ x }}\n${ y }',
          password: { name: 'store-secrets', key: 'PASSWORD' },
        },
      });
      expect(await rig.cluster.get({ apiVersion: 'v1', kind: 'Secret', namespace: ref.namespace, name: 'store-secrets' })).toMatchObject({
        data: { PASSWORD: expect.stringMatching(/^hidden:/) as string },
      });

      const live = new LiveWorkflow({ cluster: rig.cluster, clock: rig.clock, logger: rig.logger, workflow: 'caches', objects });
      const becomes = (state: string, message: string): Promise<void> =>
        live.until(() =>
          live.objectStatusesOf('store').some((one) => one.ref.kind === 'Cache' && one.status.state === state && one.status.message === message),
        );
      try {
        await live.settled();
        await becomes('pending', 'Starting');
        await rig.cluster.mergePatch(ref, { status: { ready: 2 } });
        await becomes('healthy', '2 of 2 ready');
        await rig.cluster.mergePatch(ref, { status: { ready: 0, problem: 'no disk' } });
        await becomes('error', 'no disk');
        expect(live.statusOf('store')).toMatchObject({ state: 'error' });
      } finally {
        live.dispose();
      }
    });

    test('is waited for by its own rules', async () => {
      const rig = rigOf();
      const waited = (timeoutMs: number): Promise<readonly RunEvent[]> => rig.deploy(workflow, { wait: true, timeoutMs });
      const inVain = await waited(300);
      expect(inVain.at(-1)).toMatchObject({ type: 'run:completed', ready: false });
      expect(JSON.stringify(inVain)).toContain('store (no disk)');
      const namespace = rig.render(workflow).find((one) => one.object.kind === 'Cache')?.object.metadata.namespace ?? '';
      await rig.cluster.mergePatch({ apiVersion: `${group}/v1beta1`, kind: 'Cache', namespace, name: 'store' }, { status: { ready: 2, problem: null } });
      expect((await waited(20_000)).at(-1)).toMatchObject({ type: 'run:completed', ready: true });
    });

    test('is unchanged when it is deployed again', async () => {
      const { plan } = await rigOf().plan(workflow);
      expect(plan.steps.map((step) => `${step.ref.kind} ${step.action}`).sort()).toEqual(['Cache unchanged', 'ConfigMap unchanged', 'Secret unchanged']);
    });

    test('whose file has another scope or plural is told that the cluster counts', async () => {
      const rig = rigOf();
      const words = async (file: string): Promise<readonly string[]> => {
        rig.loaded = await loadedWith({ 'plugins/cache.yaml': file });
        const { plan } = await rig.plan(workflow);
        expect(plan.steps.map((step) => step.action)).toEqual(['unchanged', 'unchanged', 'unchanged']);
        return plan.problems.map((problem) => `${problem.severity} ${problemText(problem)}`);
      };
      expect(await words(pluginFile.replace('scope: Namespaced', 'scope: Cluster'))).toEqual([
        'warning The plugin "cache" says "crd.scope: Cluster", but this cluster says Namespaced, and that counts.',
      ]);
      expect(await words(pluginFile.replace('plural: caches', 'plural: cachees'))).toEqual([
        'warning The plugin "cache" says "crd.plural: cachees", but this cluster says caches, and that counts.',
      ]);
    });

    test('whose version the cluster does not serve is told which ones it serves', async () => {
      const rig = rigOf();
      rig.loaded = await loadedWith({ 'plugins/cache.yaml': pluginFile.replace('version: v1beta1', 'version: v1') });
      expect(await blockedBy(workflow)).toContain(
        `store blocked This cluster serves Cache of ${group} as v1beta1, and the plugin "cache" says v1. Correct "crd.version" in its file.`,
      );
    });

    test('whose node is gone is deleted by a prune, and what holds its secret value is kept', async () => {
      const rig = rigOf();
      rig.loaded = await loadedWith({ 'plugins/cache.yaml': pluginFile });
      const prepared = await rig.plan(without, prune);
      expect(deletionsOf(prepared)).toEqual(['Cache/store']);
      expect(prepared.plan.steps.find((step) => step.ref.kind === 'Secret')).toMatchObject({ action: 'left-running', problems: [{ code: 'run.kept' }] });
      const ref = refOfCache(rig);
      expect((await rig.run(without, prepared, { allow: ['prune'] })).at(-1)).toMatchObject({ type: 'run:completed' });
      await until('the object is gone', async () => (await rig.cluster.get(ref)) === undefined);
    });

    test('that was made in a version that is no longer served is found in the one that is, and deleted', async () => {
      const rig = rigOf();
      expect((await rig.deploy(workflow)).at(-1)).toMatchObject({ type: 'run:completed' });
      const [before] = (definition.spec as unknown as { readonly versions: readonly JsonObject[] }).versions;
      const versions = [
        { ...before, name: 'v1', served: true, storage: true },
        { ...before, served: false, storage: false },
      ] as readonly JsonObject[];
      await rig.cluster.mergePatch(definitionRef, { spec: { versions } });
      await until('only the new version is served', async () => {
        const served = async (version: string): Promise<boolean> =>
          (await rig.cluster.resourceOf({ apiVersion: `${group}/${version}`, kind: 'Cache' })) !== undefined;
        return (await served('v1')) && !(await served('v1beta1'));
      });
      const prepared = await rig.plan(without, prune);
      expect(deletionsOf(prepared)).toEqual(['Cache/store']);
      expect(prepared.plan.problems).toEqual([]);
      expect((await rig.run(without, prepared, { allow: ['prune'] })).at(-1)).toMatchObject({ type: 'run:completed' });
      const ref = { ...refOfCache(rig), apiVersion: `${group}/v1` };
      await until('the object is gone', async () => (await rig.cluster.get(ref)) === undefined);
    });

    test('whose definition is gone is skipped and told, and leaves the list', async () => {
      const rig = rigOf();
      rig.loaded = await loadedWith({ 'plugins/cache.yaml': pluginFile.replace('version: v1beta1', 'version: v1') });
      expect((await rig.deploy(workflow)).at(-1)).toMatchObject({ type: 'run:completed' });
      await rig.cluster.delete(definitionRef);
      await until('the definition is gone', async () => (await rig.cluster.get(definitionRef)) === undefined);
      // Nobody has told this client: its plan finds out.
      let prepared = await rig.plan(without, prune);
      await until('the kind is no longer served', async () => {
        prepared = await rig.plan(without, prune);
        return prepared.plan.problems.length > 0;
      });
      expect(deletionsOf(prepared)).toEqual([]);
      expect(prepared.plan.problems.map((problem) => `${problem.severity} ${problemText(problem)}`)).toEqual([
        `info Cache "store" is skipped and no longer listed: the cluster does not serve ${group}/v1 Cache any more, so it went with its definition.`,
      ]);
      expect((await rig.run(without, prepared, { allow: ['prune'] })).at(-1)).toMatchObject({ type: 'run:completed' });
      const { members } = await readInventory(rig.cluster, 'caches', rig.target.namespace);
      expect(members.map(({ kind }) => kind).sort()).toEqual(['ConfigMap', 'Secret']);
    });
  });
}
