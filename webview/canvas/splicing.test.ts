import { beforeAll, describe, expect, it } from 'vitest';
import { coreTemplates, loadCatalog, parseWorkflow } from '../../src/engine/index';
import { nodeFiles } from '../../src/node/nodeFiles';
import { applyEdit } from '../../src/shared/applyEdit';
import type { Catalog } from '../../src/shared/catalog';
import type { Workflow } from '../../src/shared/workflow';
import { edgeKey } from '../../src/shared/workflow';
import { addLinkedEdit } from './fromFlow';
import { bridgingEdges, insertOnEdgeEdit, moveOntoEdgeEdit } from './splicing';

const { workflow } = parseWorkflow(`apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web-svc: { type: service, port: 80 }
  web: { type: deployment, image: nginx }
  worker: { type: deployment, image: worker }
  cache: { type: deployment, image: redis }
  db: { type: statefulset, image: postgres }
  loose: { type: deployment, image: spare }
  settings: { type: configmap }
edges:
  - web-svc -> web
  - web -> worker
  - worker -> cache
  - { from: cache, to: db, ready: Available }
`);
const pairs = (edges: Workflow['edges']): readonly string[] => edges.map(({ from, to }) => `${from} -> ${to}`);

describe('nodes in the middle of edges', () => {
  let catalog: Catalog;
  beforeAll(async () => {
    ({ catalog } = await loadCatalog([coreTemplates(nodeFiles('templates'))]));
  });
  const after = (edit: Parameters<typeof applyEdit>[1] | undefined): Workflow => {
    if (edit === undefined) throw new Error('There is no edit.');
    const outcome = applyEdit(workflow, edit);
    if (!outcome.ok) throw new Error(outcome.detail);
    return outcome.workflow;
  };
  const kind = (type: string) => {
    const found = catalog.kinds.find((one) => one.type === type);
    if (found === undefined) throw new Error(type);
    return found;
  };

  it('puts a card without connections into an edge, which keeps what it says of its end', () => {
    const key = edgeKey({ from: 'cache', to: 'db' });
    const made = after(moveOntoEdgeEdit('loose', [10, 20], workflow, catalog, key));
    expect(made.layout['loose']).toEqual([10, 20]);
    expect(pairs(made.edges)).toEqual(['web-svc -> web', 'web -> worker', 'worker -> cache', 'cache -> loose', 'loose -> db']);
    expect(made.edges.at(-1)).toMatchObject({ ready: 'Available' });
    expect(made.edges.at(-2)).not.toHaveProperty('ready');
    // A card that has its place is only moved, and so is one that cannot stand there.
    expect(moveOntoEdgeEdit('web', [0, 0], workflow, catalog, key)).toBeUndefined();
    expect(moveOntoEdgeEdit('settings', [0, 0], workflow, catalog, key)).toBeUndefined();
    expect(insertOnEdgeEdit(kind('configmap'), workflow, catalog, { x: 0, y: 0 }, key)).toBeUndefined();
    expect(after(insertOnEdgeEdit(kind('job'), workflow, catalog, { x: 0, y: 0 }, key)).edges.at(-1)).toEqual({ from: 'my-job', to: 'db', ready: 'Available' });
  });

  it('closes the gap that nodes leave, along one relation only', () => {
    expect(pairs(bridgingEdges(['worker'], workflow, catalog))).toEqual(['web -> cache']);
    expect(pairs(bridgingEdges(['worker', 'cache'], workflow, catalog))).toEqual(['web -> db']);
    // A Service does not lead to what its workload depends on.
    expect(bridgingEdges(['web'], workflow, catalog)).toEqual([]);
    expect(bridgingEdges(['db', 'settings'], workflow, catalog)).toEqual([]);
    const joined = { ...workflow, edges: [...workflow.edges, { from: 'web', to: 'cache' }] };
    expect(bridgingEdges(['worker'], joined, catalog)).toEqual([]);
  });

  it('moves the end of an edge to a new node', () => {
    const loose = { nodeId: 'cache', handle: undefined, from: 'source', moves: edgeKey({ from: 'cache', to: 'db' }) } as const;
    const made = after(addLinkedEdit(kind('job'), workflow, catalog, { x: 0, y: 0 }, loose));
    expect(made.edges.filter(({ from }) => from === 'cache')).toEqual([{ from: 'cache', to: 'my-job', ready: 'Available' }]);
  });
});
