import { expect } from 'vitest';
import type { AdoptedNamespace } from '../engine/imports/adopt/adoptNamespace';
import { adoptNamespace } from '../engine/imports/adopt/adoptNamespace';
import { parseWorkflow } from '../engine/document/parse';
import { Ledger } from '../engine/imports/ledger';
import { importObjects } from '../engine/imports/manifests/importManifests';
import { renderWorkflow } from '../engine/render';
import type { JsonObject } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';
import { refOf } from '../shared/kubeObject';
import type { DeployRig } from './deployRig';
import { generatedNamespace } from './generatedNamespace';

/** What an object says, with the order of its lists, but for labels and what a server writes beside it. `generation` moves with any other spec. */
function saidBy({ metadata, status: _status, ...rest }: KubeObject & { readonly status?: unknown }): unknown {
  const { annotations = {}, generation, name } = metadata;
  return { ...rest, metadata: { name, generation, annotations: Object.entries(annotations).sort(([a], [b]) => (a < b ? -1 : 1)) } };
}

/**
 * Puts a generated namespace on a cluster, adopts it, and proves object by object that an apply of the workflow changes nothing. What is
 * rendered of it is imported and rendered once more, which gives the same.
 */
export async function proveAdoption(rig: DeployRig, seed: number, prefix: string): Promise<AdoptedNamespace> {
  const namespace = `${prefix}-${String(seed)}`;
  const { cluster, clock, loaded, openApi } = rig;
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
  try {
    for (const object of generatedNamespace(seed))
      await cluster.create({ ...object, metadata: { ...object.metadata, namespace } }, { fieldManager: 'kubectl-create' });
    const adopted = await adoptNamespace({ cluster, clock, target: { ...rig.target, namespace }, loaded, openApi });
    expect([seed, adopted.unproven]).toEqual([seed, []]);
    expect(adopted.text).not.toContain('canary');
    expect(adopted.text).not.toContain('czNjcjN0');
    const { workflow, problems } = parseWorkflow(adopted.text);
    expect([seed, problems.filter(({ severity }) => severity === 'error')]).toEqual([seed, []]);
    const rendered = renderWorkflow({ workflow, loaded, namespace });
    expect([seed, rendered.problems]).toEqual([seed, []]);
    for (const { object } of rendered.objects) {
      const live = await cluster.get(refOf(object));
      const after = await cluster.apply(object, { dryRun: true, force: true, fieldManager: 'kubeorch' });
      expect([seed, saidBy(after)]).toEqual([seed, live === undefined ? undefined : saidBy(live)]);
    }
    const plain = renderWorkflow({ workflow, loaded, namespace: undefined }).objects.map(({ object }) => object as unknown as JsonObject);
    const again = importObjects(
      plain.map((object) => ({ object, at: () => ({ file: '', line: 1, column: 1 }) })),
      new Ledger((file) => file),
      { loaded, openApi, name: workflow.name, namespace, description: '', tags: [], isExact: true },
    );
    const twice = renderWorkflow({ workflow: again.workflow, loaded, namespace: undefined }).objects.map(({ object }) => object);
    expect([seed, twice]).toEqual([seed, plain]);
    return adopted;
  } finally {
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
  }
}
