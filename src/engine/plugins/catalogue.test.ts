import { resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nodeFiles } from '../../node/nodeFiles';
import { MemoryFiles } from '../../testing/memoryFiles';
import { emptyWorkflow } from '../../shared/workflow';
import { coreTemplates, loadCatalog, workspaceTemplates } from '../catalog';
import { renderWorkflow } from '../render';
import type { CataloguePlugin } from './catalogue';
import { enablePlugin, filesToDisable, pluginsOfOtherVersion, pluginsOnCluster, pluginState, readCatalogue } from './catalogue';
import { readPlugin } from './definition';

const templates = nodeFiles(resolve(import.meta.dirname, '../../../templates'));
let catalogue: readonly CataloguePlugin[] = [];
beforeAll(async () => {
  catalogue = await readCatalogue(templates);
});

const named = (name: string): CataloguePlugin => {
  const found = catalogue.find((plugin) => plugin.name === name);
  if (found === undefined) throw new Error(`no plugin ${name}`);
  return found;
};

describe('the plugins that come along', () => {
  it('are 57 with 73 kinds, by category and sorted by how they are called', () => {
    expect(catalogue.length).toBe(57);
    expect(catalogue.flatMap((plugin) => plugin.types).length).toBe(73);
    const counts: Record<string, number> = {};
    for (const { category } of catalogue) counts[category] = (counts[category] ?? 0) + 1;
    expect(counts).toEqual({
      ...{ virtualization: 1, networking: 8, storage: 4, monitoring: 7, security: 8, workflow: 2, database: 10, messaging: 3 },
      ...{ backup: 1, 'ci-cd': 3, ml: 4, policy: 2, scaling: 4 },
    });
    const names = catalogue.map((plugin) => plugin.displayName.toLowerCase());
    expect(names).toEqual([...names].sort());
  });

  it('are without a finding, and every file belongs to one', async () => {
    const files = (await templates.list('plugins')).map((entry) => entry.name).filter((name) => name !== 'catalogue.yaml');
    expect(files).toEqual(catalogue.flatMap((plugin) => plugin.types.map(({ type }) => `${type}.yaml`)).sort());
    for (const file of files) {
      const { plugin, problems } = readPlugin(`plugins/${file}`, (await templates.read(`plugins/${file}`)) ?? '');
      expect({ file, problems }).toEqual({ file, problems: [] });
      expect(`${plugin?.kind.type ?? ''}.yaml`).toBe(file);
      expect(plugin?.kind.crd?.docs).toMatch(/^https:/);
    }
  });

  it('make an object of their kind out of their required settings alone', async () => {
    const workspace = new MemoryFiles();
    for (const plugin of catalogue) await enablePlugin(workspace, plugin);
    const loaded = await loadCatalog([coreTemplates(templates), workspaceTemplates(workspace)]);
    expect(loaded.problems).toEqual([]);
    const types = catalogue.flatMap((plugin) => plugin.types);
    const nodes = types.map(({ type }) => {
      const fields = loaded.catalog.kinds.find((one) => one.type === type)?.fields.find((field) => field.name === 'fields')?.fields ?? [];
      const needed = fields.filter((field) => field.required && field.default === undefined);
      return { id: type, type, data: { fields: Object.fromEntries(needed.map((field) => [field.name, field.type === 'number' ? 3 : 'given'])) } };
    });
    const { objects, problems } = renderWorkflow({ workflow: { ...emptyWorkflow('w'), nodes }, loaded, namespace: 'shop' });
    expect(problems).toEqual([]);
    expect(objects.map(({ nodeId, object }) => `${nodeId}: ${object.apiVersion} ${object.kind}`)).toEqual(
      types.map(({ type, group, version, kind }) => `${type}: ${group}/${version} ${kind}`),
    );
    // Nothing that was left empty stands in an object, and no expression is left over.
    for (const { nodeId, object } of objects) expect({ nodeId, rest: /\$\{|"":|null/.exec(JSON.stringify(object))?.[0] }).toEqual({ nodeId, rest: undefined });
  });
});

describe('a workspace', () => {
  it('gets the files of a plugin, keeps what is there, and gives up only what is as it came', async () => {
    const workspace = new MemoryFiles();
    const istio = named('istio');
    expect(await pluginState(workspace, istio)).toBe('disabled');
    await workspace.createExclusive('.kubeorch/plugins/virtualservice.yaml', 'name: virtualservice # mine\n');
    expect(await pluginState(workspace, istio)).toBe('partly');
    expect(await enablePlugin(workspace, istio)).toEqual(['.kubeorch/plugins/istio-gateway.yaml']);
    expect(await pluginState(workspace, istio)).toBe('enabled');
    expect(await workspace.read('.kubeorch/plugins/virtualservice.yaml')).toContain('mine');
    await expect(filesToDisable(workspace, istio)).rejects.toThrow('.kubeorch/plugins/virtualservice.yaml');
    await enablePlugin(workspace, named('velero'));
    expect(await filesToDisable(workspace, named('velero'))).toEqual(['.kubeorch/plugins/velero-backup.yaml', '.kubeorch/plugins/velero-schedule.yaml']);
  });

  it('is offered the plugins whose kinds its cluster serves, and told of those that it serves in another version', () => {
    const info = (apiVersion: string, kind: string) => ({ apiVersion, kind, resource: `${kind.toLowerCase()}s`, namespaced: true, verbs: ['create'] });
    const resources = [
      info('cert-manager.io/v1', 'Certificate'),
      info('apps/v1', 'Deployment'),
      info('kafka.strimzi.io/v9', 'Kafka'),
      info('example.com/v1', 'Backup'),
    ];
    expect(pluginsOnCluster(catalogue, resources).map((plugin) => plugin.name)).toEqual(['certmanager']);
    expect(pluginsOfOtherVersion(catalogue, resources).map((plugin) => plugin.name)).toEqual(['kafka']);
  });
});
