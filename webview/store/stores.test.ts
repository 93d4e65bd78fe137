import { describe, expect, it } from 'vitest';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { Plan, PlanStep } from '../../src/shared/plan';
import type { DocumentSnapshot } from '../../src/shared/protocol';
import type { RunEvent, RunEventBody } from '../../src/shared/runEvent';
import type { Workflow } from '../../src/shared/workflow';
import { emptyWorkflow } from '../../src/shared/workflow';
import { createDocumentStore } from './documentStore';
import { NodeStatuses } from './nodeStatuses';
import { nodePlans } from './planStore';
import { isActive, runAfter } from './runStore';
import { createUiStore, persistedUi } from './uiStore';

const workflow: Workflow = { ...emptyWorkflow('shop'), nodes: [{ id: 'web', type: 'app', data: { replicas: 1 } }] };

function snapshot(revision: number, shown: Workflow, more: Partial<DocumentSnapshot> = {}): DocumentSnapshot {
  return { revision, workflow: shown, problems: [], readOnly: false, positions: {}, relations: {}, derived: {}, derivedFrom: [], ...more };
}

const replicas = (count: number): Workflow => ({ ...workflow, nodes: [{ id: 'web', type: 'app', data: { replicas: count } }] });
const setReplicas = (count: number) => ({ type: 'setField', id: 'web', path: ['replicas'], value: count }) as const;
const shownReplicas = (store: ReturnType<typeof createDocumentStore>) => store.getState().workflow.nodes.find((node) => node.id === 'web')?.data['replicas'];

describe('edits that are shown before the host has made them', () => {
  it('shows an edit at once and drops it when the snapshot that contains it arrives', () => {
    const store = createDocumentStore(snapshot(1, workflow), { kinds: [] });
    expect(store.getState().begin('e1', setReplicas(3))).toEqual({ ok: true });
    expect(shownReplicas(store)).toBe(3);
    store.getState().settle('e1', 2);
    expect(store.getState().pending).toHaveLength(1);
    store.getState().confirm(snapshot(2, replicas(3)));
    expect(store.getState().pending).toHaveLength(0);
    expect(shownReplicas(store)).toBe(3);
  });

  it('drops it as well when the snapshot comes before the answer', () => {
    const store = createDocumentStore(snapshot(1, workflow), { kinds: [] });
    store.getState().begin('e1', setReplicas(3));
    store.getState().confirm(snapshot(2, replicas(3)));
    expect(store.getState().pending).toHaveLength(1);
    store.getState().settle('e1', 2);
    expect(store.getState().pending).toHaveLength(0);
    expect(shownReplicas(store)).toBe(3);
  });

  it('keeps later edits on top of a snapshot that has only the earlier ones', () => {
    const store = createDocumentStore(snapshot(1, workflow), { kinds: [] });
    store.getState().begin('e1', setReplicas(2));
    store.getState().begin('e2', { type: 'addNode', node: { id: 'db', type: 'app', data: {} } });
    store.getState().settle('e1', 2);
    store.getState().confirm(snapshot(2, replicas(2)));
    expect(
      store
        .getState()
        .workflow.nodes.map((node) => node.id)
        .toSorted(),
    ).toEqual(['db', 'web']);
  });

  it('takes a refused edit back', () => {
    const store = createDocumentStore(snapshot(1, workflow), { kinds: [] });
    store.getState().begin('e1', setReplicas(3));
    store.getState().begin('e2', { type: 'addNode', node: { id: 'db', type: 'app', data: {} } });
    store.getState().rollBack('e1');
    expect(shownReplicas(store)).toBe(1);
    expect(store.getState().workflow.nodes).toHaveLength(2);
  });

  it('lets go of an edit whose node someone else removed', () => {
    const store = createDocumentStore(snapshot(1, workflow), { kinds: [] });
    store.getState().begin('e1', setReplicas(3));
    store.getState().confirm(snapshot(2, { ...workflow, nodes: [] }));
    expect(store.getState().workflow.nodes).toEqual([]);
  });

  it('refuses edits that cannot be, and all of them while the text is broken', () => {
    const store = createDocumentStore(snapshot(1, workflow), { kinds: [] });
    expect(store.getState().begin('e1', { type: 'removeNodes', ids: ['gone'] })).toMatchObject({ ok: false, reason: 'node-missing' });
    store.getState().confirm(snapshot(2, workflow, { readOnly: true, readOnlyReason: 'broken' }));
    expect(store.getState().begin('e2', setReplicas(2))).toEqual({ ok: false, reason: 'read-only', detail: 'broken' });
    expect(store.getState().pending).toEqual([]);
  });

  it('passes over a snapshot that is older than what is shown', () => {
    const store = createDocumentStore(snapshot(5, replicas(5)), { kinds: [] });
    store.getState().confirm(snapshot(4, replicas(4)));
    expect(shownReplicas(store)).toBe(5);
  });
});

const status = (state: NodeStatus['state'], ready = 0): NodeStatus => ({ state, message: '', ready, desired: 1 });

describe('live statuses', () => {
  it('tells only the listeners of nodes that really changed', () => {
    const statuses = new NodeStatuses();
    const heard: string[] = [];
    for (const id of ['a', 'b', 'c']) statuses.subscribe(id, () => heard.push(id));
    statuses.subscribeAll(() => heard.push('all'));
    expect(
      statuses.update([
        ['a', status('pending')],
        ['b', status('healthy', 1)],
      ]),
    ).toEqual(['a', 'b']);
    expect(statuses.update([['a', status('pending')]])).toEqual([]);
    expect(heard).toEqual(['a', 'b', 'all']);
  });

  it('forgets nodes that a full snapshot does not name', () => {
    const statuses = new NodeStatuses();
    statuses.update([
      ['a', status('healthy')],
      ['b', status('error')],
    ]);
    expect(statuses.replace({ a: status('healthy') })).toEqual(['b']);
    expect(statuses.get('b')).toBeUndefined();
    expect(statuses.counts(['a', 'b'])).toMatchObject({ healthy: 1, error: 0 });
  });

  it('stops telling who has left', () => {
    const statuses = new NodeStatuses();
    let calls = 0;
    const stop = statuses.subscribe('a', () => (calls += 1));
    stop();
    statuses.update([['a', status('healthy')]]);
    expect(calls).toBe(0);
  });
});

const ref = { apiVersion: 'v1', kind: 'Service', namespace: 'x', name: 'y' };
let sequenceNumber = 0;
const event = (runId: string, body: RunEventBody): RunEvent => ({ runId, timestamp: '2026-11-21T10:00:00.000Z', sequenceNumber: ++sequenceNumber, ...body });

describe('a run told by its events', () => {
  it('follows each node from applying over applied to ready, and ends once', () => {
    sequenceNumber = 0;
    const started = event('r1', { type: 'node:started', nodeId: 'web', ref, action: 'create' });
    const completed = event('r1', { type: 'node:completed', nodeId: 'web', ref, action: 'create', durationMs: 5, resourceVersion: '1' });
    const ready = event('r1', { type: 'node:status', nodeId: 'web', status: status('healthy', 1) });
    const done = event('r1', { type: 'run:completed', durationMs: 9, applied: 1, unchanged: 0, ready: true });
    const begun = runAfter(null, [started]);
    expect(begun?.nodes['web']).toEqual({ phase: 'applying' });
    expect(isActive(begun)).toBe(true);
    const ended = runAfter(runAfter(begun, [completed]), [ready, done]);
    expect(ended?.nodes['web']).toEqual({ phase: 'ready' });
    expect(ended?.status).toBe('completed');
    expect(isActive(ended)).toBe(false);
    // A snapshot may repeat what is known.
    expect(runAfter(ended, [started, done])?.events).toHaveLength(4);
  });

  it('begins anew with the first event of another run', () => {
    sequenceNumber = 0;
    const first = runAfter(null, [event('r1', { type: 'node:started', nodeId: 'web', ref, action: 'create' })]);
    sequenceNumber = 0;
    const second = runAfter(first, [event('r2', { type: 'node:started', nodeId: 'db', ref, action: 'create' })]);
    expect(second).toMatchObject({ runId: 'r2', nodes: { db: { phase: 'applying' } } });
    expect(Object.keys(second?.nodes ?? {})).toEqual(['db']);
  });
});

describe('what a plan says of a node', () => {
  const step = (action: PlanStep['action'], changes = 0): PlanStep => ({
    nodeId: 'web',
    ref,
    action,
    changes: Array.from({ length: changes }, (_, index) => ({ path: `.spec.f${index}` })),
    conflicts: [],
    problems: [],
    wave: 0,
    after: [],
    afterReady: [],
  });

  it('is the most urgent of its steps, with all their changes', () => {
    const steps: Plan['steps'] = [step('unchanged'), step('change', 2), step('conflict', 1), { ...step('delete'), nodeId: '' }];
    expect(nodePlans(steps)).toEqual({ web: { action: 'conflict', effect: 'conflict', changes: 3 } });
  });
});

describe('what the view remembers', () => {
  it('takes from a former page only what fits', () => {
    expect(persistedUi(undefined)).toEqual({
      viewport: undefined,
      selection: [],
      paletteOpen: true,
      sideOpen: true,
      sideWidth: 320,
      liveTail: false,
      overview: true,
    });
    expect(persistedUi({ viewport: { x: 1, y: 'a', zoom: 1 }, selection: ['a', 3], paletteOpen: false, sideWidth: 9999 })).toEqual({
      viewport: undefined,
      selection: ['a'],
      paletteOpen: false,
      sideOpen: true,
      sideWidth: 620,
      liveTail: false,
      overview: true,
    });
  });

  it('is forgotten by a reset, in the page and in what it keeps', () => {
    const ui = createUiStore(persistedUi({ viewport: { x: 1, y: 2, zoom: 3 }, selection: ['web'], paletteOpen: false, sideOpen: false, sideWidth: 500 }));
    ui.getState().notify('hello', 'info');
    ui.getState().reset();
    expect(ui.getState()).toMatchObject(persistedUi(undefined));
    expect(ui.getState().notices).toEqual([]);
  });

  it('keeps three notices at most and says each aloud', () => {
    const ui = createUiStore(persistedUi(undefined));
    for (const line of ['a', 'b', 'c', 'd']) ui.getState().notify(line, 'error');
    expect(ui.getState().notices.map((notice) => notice.text)).toEqual(['b', 'c', 'd']);
    expect(ui.getState().announcement).toBe('d');
  });
});
