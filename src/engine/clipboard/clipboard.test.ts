import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdit } from '../../shared/applyEdit';
import { fragmentOf, insertion } from '../../shared/fragment';
import { cardSize } from '../../shared/nodeCard';
import type { Workflow } from '../../shared/workflow';
import { edgeKey, emptyWorkflow, nodeById, objectName } from '../../shared/workflow';
import { coreCatalog, shippedOpenApi } from '../../testing/coreCatalog';
import { editText } from '../document/editText';
import { parseWorkflow } from '../document/parse';
import { workflowTexts } from '../document/tests/workflowTexts';
import { placeNodes } from '../placeOne';
import { copiedNodes } from './copyNodes';
import { pastedNodes } from './pastedNodes';

const loaded = await coreCatalog();
const { catalog } = loaded;
const here = { loaded, openApi: await shippedOpenApi(), name: 'other' };
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web: # keeps its comment
    type: deployment
    image: nginx:1.27
    port: 80
  web-svc: { type: service, port: 80 }
  db-secret: { type: secret, name: database, keys: [PASSWORD] }
  raw: { type: manifest, manifest: { apiVersion: v1, kind: Secret, metadata: { name: raw }, stringData: { TOKEN: s3cr3t-canary } } }
edges:
  - web-svc -> web
  - { from: db-secret, to: web, as: volume, mountPath: /run/db }
groups:
  front: { label: Front, nodes: [web, web-svc] }
layout:
  web: [400, 100]
  web-svc: [40, 100]
  db-secret: [40, 300]
`;
const { workflow } = parseWorkflow(text);

function copied(ids: readonly string[], from: Workflow = workflow): string {
  return copiedNodes(fragmentOf(from, ids, placeNodes(from, catalog)), from.name, catalog).text;
}

function pasted(from: string, into: Workflow): { readonly after: Workflow; readonly ids: readonly string[]; readonly leftOut: readonly string[] } {
  const read = pastedNodes(from, here);
  const made = read === undefined ? undefined : insertion(read.fragment, { workflow: into, catalog, positions: placeNodes(into, catalog) });
  if (read === undefined || made === undefined) throw new Error('There is nothing to paste.');
  const outcome = applyEdit(into, made.edit);
  if (!outcome.ok) throw new Error(outcome.detail);
  return { after: outcome.workflow, ids: made.ids, leftOut: read.leftOut };
}

/** How many edges of a workflow a gesture could have made. */
function drawable({ nodes, edges }: Workflow): number {
  const ids = new Set(nodes.map((node) => node.id));
  return new Set(edges.flatMap((edge) => (edge.from !== edge.to && ids.has(edge.from) && ids.has(edge.to) ? [edgeKey(edge)] : []))).size;
}

describe('copying and pasting nodes', () => {
  it('copies a workflow file of the nodes alone, with what is among them', () => {
    expect(copied(['web', 'web-svc'])).toBe(`apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: draft
nodes:
  web:
    type: deployment
    image: nginx:1.27
    port: 80
  web-svc:
    type: service
    port: 80
edges:
  - web-svc -> web
groups:
  front:
    label: Front
    nodes:
      - web
      - web-svc
layout:
  web: [400, 100]
  web-svc: [40, 100]
`);
  });

  it('numbers ids and names that are taken, and lets edges and groups follow', () => {
    const { after, ids } = pasted(copied(['web', 'web-svc', 'db-secret']), workflow);
    expect(ids).toEqual(['web-2', 'web-svc-2', 'db-secret-2']);
    expect(after.edges.slice(-2)).toEqual([
      { from: 'web-svc-2', to: 'web-2' },
      { from: 'db-secret-2', to: 'web-2', as: 'volume', mountPath: '/run/db' },
    ]);
    expect(nodeById(after, 'db-secret-2')?.data).toEqual({ name: 'database-2', keys: ['PASSWORD'] });
    expect(after.groups['front-2']).toEqual({ label: 'Front', nodes: ['web-2', 'web-svc-2'] });
  });

  it('never copies and never pastes a value of a Secret, and tells which were left out', () => {
    const { text: copy, leftOut } = copiedNodes(fragmentOf(workflow, ['raw'], {}), 'shop', catalog);
    expect([leftOut, copy.includes('s3cr3t-canary')]).toEqual([['raw.TOKEN'], false]);
    const fromFile = pasted(text, emptyWorkflow('other'));
    expect([fromFile.leftOut, JSON.stringify(fromFile.after).includes('s3cr3t-canary')]).toEqual([['raw.TOKEN'], false]);
    expect(nodeById(fromFile.after, 'raw')).toEqual({ id: 'raw', type: 'secret', data: { keys: ['TOKEN'] } });
  });

  it('makes nodes of objects from anywhere: several documents, a list, JSON, and what kubectl prints of live ones', () => {
    const yaml = `---
apiVersion: v1
kind: ServiceAccount
metadata: { name: build.bot, uid: 1-2, resourceVersion: '7', creationTimestamp: 2026-01-01T00:00:00Z, annotations: { kubectl.kubernetes.io/last-applied-configuration: 's3cr3t-canary' } }
status: { phase: old }
---
apiVersion: v1
kind: List
items:
  - { apiVersion: v1, kind: Secret, metadata: { name: db }, type: kubernetes.io/basic-auth, data: { username: czNjcjN0, password: czNjcjN0 } }
  - { apiVersion: example.com/v1, kind: Widget, metadata: { name: db }, spec: { size: 3 } }
`;
    const { after, ids, leftOut } = pasted(yaml, emptyWorkflow('other'));
    expect(ids).toEqual(['build-bot', 'db', 'db-widget']);
    expect(leftOut).toEqual(['db.username', 'db.password']);
    expect(after.nodes.map(({ type, data }) => [type, data])).toEqual([
      ['serviceaccount', { name: 'build.bot' }],
      ['secret', { keys: ['username', 'password'], secretType: 'kubernetes.io/basic-auth' }],
      ['manifest', { manifest: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'db' }, spec: { size: 3 } } }],
    ]);
    expect(JSON.stringify(after)).not.toMatch(/s3cr3t-canary|czNjcjN0/);
    expect(pasted('{"apiVersion":"v1","kind":"Pod","metadata":{"name":"x"},"spec":{}}', emptyWorkflow('other')).ids).toEqual(['x']);
  });

  it('makes nodes of their kinds with edges, and leaves the workflow its own namespace', () => {
    const yaml = `apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
spec:
  selector: { matchLabels: { app: web } }
  template: { metadata: { labels: { app: web } }, spec: { containers: [{ name: web, image: 'nginx:1.29', ports: [{ containerPort: 80 }] }] } }
---
{ apiVersion: v1, kind: Service, metadata: { name: web, namespace: shop }, spec: { selector: { app: web }, ports: [{ port: 80 }] } }
`;
    const own = pastedNodes(yaml, { ...here, namespace: 'shop' });
    expect(own?.fragment.nodes.map(({ id, type, data }) => [id, type, data])).toEqual([
      ['web', 'deployment', { image: 'nginx:1.29', port: 80, version: null }],
      ['web-service', 'service', { name: 'web', port: 80 }],
    ]);
    expect(own?.fragment.edges).toEqual([{ from: 'web-service', to: 'web' }]);
    expect(pastedNodes(yaml, here)?.fragment.nodes.map(({ data }) => data['namespace'])).toEqual(['shop', 'shop']);
  });

  it('takes other texts for nothing, and says what is wrong with objects that are broken', () => {
    for (const other of ['', '  \n', 'hello', 'a: 1', 'nodes: {}', '- 1\n- 2', '"nodes"']) expect(pastedNodes(other, here)).toBeUndefined();
    expect(() => pastedNodes('kind: Pod\napiVersion: v1', here)).toThrow(/metadata.name/);
    expect(() => pastedNodes('kind: Pod\n\tapiVersion: v1\n', here)).toThrow();
  });

  it('covers no card, wherever the nodes are pasted', () => {
    const { after } = pasted(copied(['web', 'web-svc', 'db-secret']), workflow);
    const positions = placeNodes(after, catalog);
    const boxes = after.nodes.map((node) => ({ at: positions[node.id] ?? [0, 0], ...cardSize(node, catalog) }));
    for (const a of boxes)
      for (const b of boxes)
        if (a !== b)
          expect(a.at[0] + a.width <= b.at[0] || b.at[0] + b.width <= a.at[0] || a.at[1] + a.height <= b.at[1] || b.at[1] + b.height <= a.at[1]).toBe(true);
  });

  it('gives the same nodes and edges under other ids, for any workflow, and in the text as on the canvas', () => {
    fc.assert(
      fc.property(workflowTexts(), (any) => {
        const { workflow: from, broken } = parseWorkflow(any);
        const ids = from.nodes.map((node) => node.id);
        if (broken || ids.length === 0) return;
        const copy = copied(ids, from);
        const read = pastedNodes(copy, here);
        const made = read === undefined ? undefined : insertion(read.fragment, { workflow: from, catalog, positions: placeNodes(from, catalog) });
        const outcome = made === undefined ? undefined : applyEdit(from, made.edit);
        const edited = made === undefined ? undefined : editText(any, made.edit);
        if (made === undefined || outcome?.ok !== true || edited === undefined) throw new Error(JSON.stringify({ copy, outcome }));
        expect(outcome.workflow.nodes).toHaveLength(ids.length * 2);
        expect(outcome.workflow.edges).toHaveLength(from.edges.length + drawable(from));
        expect(new Set(outcome.workflow.nodes.map((node) => node.id)).size).toBe(ids.length * 2);
        const types = made.ids.map((id) => nodeById(outcome.workflow, id)?.type);
        expect(types).toEqual(pastedNodes(copy, here)?.fragment.nodes.map((node) => node.type));
        for (const node of outcome.workflow.nodes) expect(objectName(node)).not.toBe('');
        expect(edited.ok).toBe(true);
      }),
      // Shrinking such large cases takes gigabytes.
      { numRuns: 100, endOnFailure: true },
    );
  });
});
