import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import * as engine from '../../engine/index';
import { DeployRig } from '../../testing/deployRig';
import type { Connection } from '../clusters/targets';
import type { DocumentState, WorkflowDocument } from '../documents';
import { adoption, endOfConflict } from './fileEdits';

const editor = vi.hoisted(() => ({ told: [] as string[] }));
vi.mock('vscode', () => ({
  l10n: { t: (text: string, ...args: readonly unknown[]) => text.replaceAll(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])) },
  window: { showWarningMessage: (text: string) => Promise.resolve(void editor.told.push(text)) },
}));

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
  web: { type: deployment, image: nginx:1, replicas: 2 } # the frontend
`;
/** What the file wants next, while someone else has the replicas. */
const next = shop.replace('replicas: 2', 'replicas: 3');
const web = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'default', name: 'web' };

let rig: DeployRig;
let connection: Connection;
beforeEach(async () => {
  editor.told.length = 0;
  rig = await DeployRig.start();
  await rig.deploy(shop);
  await rig.cluster.mergePatch(web, { spec: { replicas: 7 } }, { fieldManager: 'someone' });
  connection = { cluster: rig.cluster, target: (await rig.plan(shop)).plan.target, ended: new AbortController().signal, dispose: () => undefined };
});
afterEach(() => rig.dispose());

function opened(text: string): WorkflowDocument {
  const { workflow } = engine.parseWorkflow(text);
  return { state: { workflow, loaded: rig.loaded, sources: new Map() } as unknown as DocumentState } as WorkflowDocument;
}
function textAfter(text: string, edit: Parameters<typeof engine.editText>[1]): string {
  const outcome = engine.editText(text, edit);
  if (!outcome.ok) throw new Error(outcome.detail);
  return outcome.text;
}
const stepOf = async (text: string) => (await rig.plan(text)).plan.steps.find((step) => step.nodeId === 'web');

describe('a conflict ends by an edit of the file', () => {
  async function ended(way: 'drop' | 'share') {
    const step = await stepOf(next);
    expect(step).toMatchObject({ action: 'conflict', conflicts: [{ owner: 'someone' }] });
    const about = { nodeId: 'web', kind: 'Deployment', name: 'web', namespace: 'default', path: step?.conflicts[0]?.path ?? '', way };
    return textAfter(next, (await endOfConflict(engine, opened(next), connection, about, [web])).edit);
  }

  test('that says the same as the other owner', async () => {
    const text = await ended('share');
    expect(text).toBe(shop.replace('replicas: 2', 'replicas: 7'));
    expect((await stepOf(text))?.conflicts).toEqual([]);
    await rig.deploy(text);
    expect((await rig.cluster.get(web))?.spec).toMatchObject({ replicas: 7 });
  });

  test('that leaves the field to them', async () => {
    const text = await ended('drop');
    expect(text).toContain('# the frontend');
    expect((await stepOf(text))?.conflicts).toEqual([]);
    await rig.deploy(text.replace('nginx:1', 'nginx:2'));
    expect((await rig.cluster.get(web))?.spec).toMatchObject({ replicas: 7 });
  });

  test('unless the plan no longer has the object', async () => {
    const about = { nodeId: 'web', kind: 'Deployment', name: 'web', namespace: 'default', path: 'spec.replicas', way: 'share' } as const;
    await expect(endOfConflict(engine, opened(next), connection, about, [])).rejects.toThrow('This is no longer so.');
    await expect(endOfConflict(engine, opened(next), connection, { ...about, path: 'spec.paused' }, [web])).rejects.toThrow(/no longer on the cluster/);
  });
});

describe('what differs is adopted', () => {
  const drifted = (fields: readonly { readonly path: string; readonly live?: string | number; readonly hidden?: true }[], missing = false) => ({
    nodes: new Map([['web', [{ nodeId: 'web', ref: web, missing, fields: fields.map((field) => ({ ...field, owner: 'someone' })) }]]]),
  });
  const adopted = (drift: ReturnType<typeof drifted>, paths?: readonly string[]) => adoption(engine, opened(shop), drift, connection.target, 'web', paths);

  test('all of it or some of it, and what has no place in the file is told', () => {
    const replicas = { path: 'spec.replicas', live: 7 };
    const image = { path: 'spec.template.spec.containers[name=web].image', live: 'nginx:9' };
    const elsewhere = { path: 'spec.template.spec.containers[name=other].image', live: 'x' };
    const both = adopted(drifted([replicas, image, elsewhere]));
    expect(textAfter(shop, both.edit)).toBe(shop.replace('replicas: 2', 'replicas: 7').replace('nginx:1', '"nginx:9"'));
    expect(editor.told).toEqual([`The diff leaves out what nothing in the node makes: ${elsewhere.path}`]);
    expect(textAfter(shop, adopted(drifted([replicas, image]), ['spec.replicas']).edit)).toBe(shop.replace('replicas: 2', 'replicas: 7'));
    expect(() => adopted(drifted([elsewhere]))).toThrow(/Nothing that the node says makes/);
  });

  test('but for what is gone, what is secret, and what is as it was', () => {
    expect(() => adopted(drifted([], true))).toThrow(/no value to write/);
    expect(() => adopted(drifted([{ path: 'data.TOKEN', hidden: true }]))).toThrow(/no value to write/);
    expect(() => adoption(engine, opened(shop), { nodes: new Map() }, connection.target, 'web', undefined)).toThrow('"web" is as it was applied.');
  });
});
