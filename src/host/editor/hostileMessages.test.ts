import { afterEach, describe, expect, it } from 'vitest';
import { editText, parseWorkflow } from '../../engine/index';
import type { ChannelMessage, Check, Transport } from '../../shared/channel';
import { Channel } from '../../shared/channel';
import { applyEdit } from '../../shared/applyEdit';
import { logLevels } from '../../shared/logLevel';
import { overviewActions } from '../../shared/overview';
import { resourceActions } from '../../shared/resource';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { mutatedMessages } from '../../testing/mutatedMessages';
import { overviewChecks } from '../overview/checks';
import { resourceChecks } from '../resources/checks';
import { compareChecks } from '../versions/checks';
import { canvasChecks, logChecks } from './checks';

const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web: { type: deployment, image: 'nginx:1.27', port: 80 }
  web-svc: { type: service, port: 80 }
edges:
  - web-svc -> web
`;

const edits: readonly WorkflowEdit[] = [
  { type: 'addNode', node: { id: 'db', type: 'deployment', data: { image: 'postgres:17', env: { A: '1' } } }, position: [10, 20] },
  { type: 'removeNodes', ids: ['web'] },
  { type: 'setField', id: 'web', path: ['env', 'A'], value: 'b' },
  { type: 'setProperty', path: ['description'], value: 'A shop' },
  { type: 'connect', edge: { from: 'web-svc', to: 'web', handle: 'a', mountPath: '/x', as: 'volume', readOnly: true } },
  { type: 'disconnect', edge: { from: 'web-svc', to: 'web' } },
  { type: 'rename', id: 'web', newId: 'www' },
  { type: 'move', positions: { web: [1, 2], 'web-svc': [3, 4] } },
  { type: 'group', id: 'g', group: { label: 'G', nodes: ['web'], collapsed: true } },
  { type: 'composite', edits: [{ type: 'rename', id: 'web', newId: 'www' }] },
];

type Kind =
  | 'short'
  | 'address'
  | 'wish'
  | 'text'
  | 'flag'
  | 'count'
  | 'shorts'
  | 'edit'
  | 'direction'
  | 'action'
  | 'ref'
  | 'levels'
  | 'point'
  | 'decision'
  | 'field'
  | 'fields'
  | 'wishes'
  | 'way'
  | 'side'
  | 'picks';
/** What each request and event may carry, told once more and by hand: a second opinion on the checks. `?` marks what may be absent. */
type Contract = Readonly<Record<string, Readonly<Record<string, Kind | `${Kind}?`>>>>;

const pages: readonly { readonly page: string; readonly checks: Readonly<Record<string, Check>>; readonly requests: Contract; readonly events: Contract }[] = [
  {
    page: 'canvas',
    checks: canvasChecks,
    requests: {
      ...Object.fromEntries(
        ['ready', 'undo', 'redo', 'save', 'workflowSync', 'reconnect', 'closePlan', 'selectTarget', 'autoLayout'].map((name) => [name, {}]),
      ),
      applyEdit: { editId: 'short', edit: 'edit' },
      startRun: { digest: 'short' },
      createNamespace: { namespace: 'short' },
      cancelRun: { runId: 'short' },
      plan: { prune: 'flag?', also: 'wishes?' },
      endConflict: { nodeId: 'short', kind: 'short', name: 'short', namespace: 'short', path: 'field', way: 'way' },
      adoptDrift: { nodeId: 'short', paths: 'fields?' },
      reassertDrift: { nodeId: 'short' },
      answerGate: { runId: 'short', gateId: 'short', decision: 'decision' },
      openLogs: { nodeId: 'short' },
      openTerminal: { nodeId: 'short' },
      revealNode: { nodeId: 'short' },
      enterSecret: { nodeId: 'short', key: 'short' },
      previewManifest: { nodeId: 'short' },
      renderSources: {},
      nodeObjects: { nodeId: 'short' },
      nodeLive: { nodeId: 'short' },
      imageTags: { image: 'field' },
      copyText: { text: 'text' },
      copyNodes: { nodeIds: 'shorts' },
      pasteNodes: { text: 'text?', at: 'point?' },
    },
    events: { selectionChanged: { nodeIds: 'shorts' }, tailsWanted: { nodeIds: 'shorts' }, fault: { message: 'text' } },
  },
  {
    page: 'log page',
    checks: logChecks,
    requests: {
      ...Object.fromEntries(['ready', 'reconnect', 'clearLogs', 'openInEditor', 'saveToFile', 'chooseOrigin', 'newest'].map((name) => [name, {}])),
      setFollow: { follow: 'flag' },
      select: { text: 'text', regex: 'flag', levels: 'levels', sources: 'shorts' },
      readLines: { id: 'count', direction: 'direction', count: 'count' },
      search: { text: 'text', regex: 'flag', from: 'count?', direction: 'direction' },
      copyText: { text: 'text' },
    },
    events: { fault: { message: 'text' }, taken: { sequenceNumber: 'count' } },
  },
  {
    page: 'page of a resource',
    checks: resourceChecks,
    requests: { ready: {}, reconnect: {}, openYaml: {}, act: { action: 'action' }, openResource: { ref: 'ref' } },
    events: { fault: { message: 'text' } },
  },
  {
    page: 'overview',
    checks: overviewChecks,
    requests: {
      ready: {},
      openWorkflow: { id: 'address', nodeId: 'short?' },
      openRun: { id: 'address', runId: 'short' },
      showCluster: { id: 'address' },
      act: { action: 'wish' },
    },
    events: { fault: { message: 'text' } },
  },
  {
    page: 'page of a comparison',
    checks: compareChecks,
    requests: { ready: {}, openText: {}, restore: {}, retryFrom: { nodeId: 'short' }, resolve: { picks: 'picks' }, takeSide: { side: 'side' } },
    events: { fault: { message: 'text' } },
  },
];

const isText = (value: unknown, limit: number): boolean => typeof value === 'string' && value.length <= limit;
const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && [null, Object.prototype].includes(Object.getPrototypeOf(value) as null);
const isRef = (value: unknown): boolean =>
  isPlain(value) && Object.keys(value).toSorted().join(' ') === 'apiVersion kind name namespace' && Object.values(value).every((part) => isText(part, 300));

const isFields = (value: unknown): boolean => Array.isArray(value) && value.length <= 10_000 && value.every((one) => isText(one, 2000));

const isSide = (value: unknown): boolean => value === 'ours' || value === 'theirs';

const isOf: Readonly<Record<Kind, (value: unknown) => boolean>> = {
  short: (value) => isText(value, 300),
  address: (value) => isText(value, 4096),
  wish: (value) => (overviewActions as readonly unknown[]).includes(value),
  text: (value) => isText(value, 4 * 1024 * 1024),
  flag: (value) => typeof value === 'boolean',
  count: (value) => Number.isSafeInteger(value) && Number(value) >= 0,
  shorts: (value) => Array.isArray(value) && value.length <= 10_000 && value.every((one) => isText(one, 400)),
  levels: (value) => Array.isArray(value) && value.every((one) => (logLevels as readonly unknown[]).includes(one)),
  direction: (value) => value === 'older' || value === 'newer',
  action: (value) => (resourceActions as readonly unknown[]).includes(value),
  decision: (value) => value === 'approved' || value === 'rejected',
  field: (value) => isText(value, 2000),
  fields: isFields,
  wishes: (value) => isPlain(value) && Object.entries(value).every(([key, named]) => ['adopt', 'take', 'named'].includes(key) && isFields(named)),
  way: (value) => value === 'drop' || value === 'share',
  side: isSide,
  picks: (value) => isPlain(value) && Object.entries(value).every(([key, side]) => isText(key, 2000) && isSide(side)),
  ref: isRef,
  point: (value) => Array.isArray(value) && value.length === 2 && value.every((part) => Number.isFinite(part)),
  edit: (value) => isPlain(value) && isPlainJson(value, 40),
};

/** JSON without anything that could act by being looked at. */
function isPlainJson(value: unknown, depth: number): boolean {
  if (depth === 0) return false;
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every((item) => isPlainJson(item, depth - 1));
  return isPlain(value) && Object.values(value).every((item) => isPlainJson(item, depth - 1));
}

function keeps(params: unknown, contract: Contract[string]): boolean {
  if (!isPlain(params)) return false;
  return (
    Object.keys(params).every((key) => Object.hasOwn(contract, key)) &&
    Object.entries(contract).every(([key, kind]) => {
      if (!Object.hasOwn(params, key)) return kind.endsWith('?');
      return isOf[kind.replace('?', '') as Kind](params[key]);
    })
  );
}

const example: Readonly<Record<Kind, unknown>> = {
  short: 'web',
  address: 'file:///work/.kubeorch/shop.workflow.yaml',
  wish: 'search',
  text: 'some text',
  flag: true,
  decision: 'approved',
  field: 'spec.replicas',
  fields: ['spec.replicas'],
  wishes: { adopt: ['Deployment/db'], take: ['Deployment/web:spec.replicas'], named: ['Secret/old'] },
  way: 'drop',
  side: 'ours',
  picks: { 'node:web': 'theirs', 'property:status': 'ours' },
  count: 7,
  shorts: ['web', 'db'],
  levels: [logLevels[0]],
  direction: 'older',
  action: 'delete',
  ref: { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-1' },
  point: [10, 20],
  edit: undefined,
};

/** One honest message of each name; of each kind of edit for the one that makes them. */
function honest(requests: Contract, events: Contract): readonly object[] {
  const params = (contract: Contract[string]): Record<string, unknown> =>
    Object.fromEntries(Object.entries(contract).map(([key, kind]) => [key, example[kind.replace('?', '') as Kind]]));
  let id = 0;
  return [
    ...Object.entries(requests).flatMap(([name, contract]) =>
      'edit' in contract
        ? edits.map((edit) => ({ kind: 'request', id: ++id, name, params: { editId: 'e', edit } }))
        : [{ kind: 'request', id: ++id, name, params: params(contract) }],
    ),
    ...Object.entries(events).map(([name, contract]) => ({ kind: 'event', name, data: params(contract) })),
    { kind: 'cancel', id: 1 },
    { kind: 'response', id: 1, result: { tab: 'overview' } },
    { kind: 'failure', id: 1, error: { code: 'failed', message: 'no' } },
  ];
}

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
process.on('unhandledRejection', note);
afterEach(() => {
  expect(unhandled.splice(0)).toEqual([]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

/** The host's end of a page: the real channel with the real checks, and handlers that note what reaches them. */
function rig(page: (typeof pages)[number]) {
  const heard: { readonly name: string; readonly params: unknown }[] = [];
  const answers: ChannelMessage[] = [];
  const faults: string[] = [];
  let hear: (message: unknown) => void = () => undefined;
  const transport: Transport = {
    post: (message) => void answers.push(message),
    listen: (listener) => {
      hear = listener;
      return { dispose: () => undefined };
    },
  };
  const noted =
    (name: string) =>
    (params: unknown): null => {
      heard.push({ name, params });
      return null;
    };
  const all = (names: Contract): never => Object.fromEntries(Object.keys(names).map((name) => [name, noted(name)])) as never;
  const channel = new Channel<object, object, object, object>({
    transport,
    serve: all(page.requests),
    hear: all(page.events),
    checks: page.checks,
    strict: true,
    onFault: (message) => void faults.push(message),
  });
  return { channel, send: (message: unknown) => hear(message), heard, answers, faults };
}

describe.each(pages)('ten thousand broken messages of the $page', (page) => {
  it('an honest one of each kind is taken', async () => {
    const { send, heard, faults } = rig(page);
    const messages = honest(page.requests, page.events);
    for (const message of messages) send(message);
    await Promise.resolve();
    expect(faults).toEqual([]);
    expect(new Set(heard.map(({ name }) => name))).toEqual(new Set([...Object.keys(page.requests), ...Object.keys(page.events)]));
    for (const { name, params } of heard) expect(keeps(params, page.requests[name] ?? page.events[name] ?? {}), name).toBe(true);
  });

  it('do nothing but what an honest one could do, and each request is answered once', { timeout: 60_000 }, async () => {
    const { send, heard, answers, faults } = rig(page);
    const { workflow } = parseWorkflow(text);
    const messages = mutatedMessages(honest(page.requests, page.events), 10_000);
    let asked = 0;
    for (const message of messages) {
      if (isPlain(message) && message['kind'] === 'request' && typeof message['name'] === 'string' && Number.isSafeInteger(message['id'])) asked++;
      send(message);
      await Promise.resolve();
    }
    await new Promise((done) => setImmediate(done));
    expect(answers.length).toBe(asked);
    // Broken as they are, some are honest all the same (another text, another name), and most are not.
    expect(heard.length).toBeGreaterThan(500);
    expect(faults.length).toBeGreaterThan(2_000);
    for (const { name, params } of heard) {
      expect(Object.hasOwn(page.requests, name) || Object.hasOwn(page.events, name)).toBe(true);
      if (!keeps(params, page.requests[name] ?? page.events[name] ?? {})) expect.fail(`${name} was given ${inspect(params)}`);
    }
    // What an edit does stays within the file, whatever it says.
    let made = 0;
    for (const { name, params } of heard) {
      if (name !== 'applyEdit') continue;
      const { edit } = params as { edit: WorkflowEdit };
      if (JSON.stringify(edit).length > 10_000) continue;
      applyEdit(workflow, edit);
      const edited = editText(text, edit);
      if (edited.ok) made++;
    }
    if (page.page === 'canvas') expect(made).toBeGreaterThan(50);
    // The conversation goes on.
    const before = heard.length;
    send({ kind: 'request', id: 999_999, name: 'ready', params: {} });
    expect(heard.length).toBe(before + 1);
  });
});

function inspect(value: unknown): string {
  return (JSON.stringify(value) ?? String(value)).slice(0, 300);
}
