import type { Page } from 'playwright-core';
import type { DiagnosisPatch } from '../../src/shared/diagnosis';
import type { DriftView } from '../../src/shared/drift';
import type { NodeLive } from '../../src/shared/nodeLive';
import type { NodeState, NodeStatus } from '../../src/shared/nodeStatus';
import type { Plan, PlanAction } from '../../src/shared/plan';
import { planActions } from '../../src/shared/plan';
import type { RunEventBody } from '../../src/shared/runEvent';
import type { EdgeIdentity } from '../../src/shared/workflow';
import { edgeKey } from '../../src/shared/workflow';
import type { BrowserHost } from '../bridge/browserHost';
import { sandboxTarget } from './devPage';

/** One picture of the canvas: what the file holds, what is live of it, and what a person did. */
export interface Scene {
  readonly name: string;
  /** The workflow file. */
  readonly text: string;
  readonly statuses?: Readonly<Record<string, NodeStatus>>;
  /** What happens before the picture is taken. */
  readonly act?: (page: Page) => Promise<void>;
  /** Words of the host, the file and the cluster that are shown and are not of the page's own. */
  readonly data?: unknown;
}

const file = (nodes: string, edges = '', layout = '', more = ''): string =>
  `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nstatus: published\nnamespace: shop\n${more}nodes:\n${nodes}${edges === '' ? '' : `edges:\n${edges}`}${layout === '' ? '' : `layout:\n${layout}`}`;

/** Cards in rows of four. */
function cards(ids: readonly string[], kind: (id: string) => string): readonly [nodes: string, layout: string] {
  return [
    ids.map((id) => `  ${id}: ${kind(id)}\n`).join(''),
    ids.map((id, index) => `  ${id}: [${String((index % 4) * 330)}, ${String(Math.floor(index / 4) * 210)}]\n`).join(''),
  ];
}

const status = (state: NodeState, more: Partial<NodeStatus> = {}): NodeStatus => ({ state, message: '', ready: 1, desired: 1, ...more });
const stateStatuses: Readonly<Record<string, NodeStatus>> = {
  healthy: status('healthy', { ready: 3, desired: 3 }),
  partial: status('partial', { message: '2/3 pods ready', ready: 2, desired: 3 }),
  pending: status('pending', { message: 'Rolling out: 1/3 pods updated', ready: 1, desired: 3 }),
  error: status('error', {
    message: 'Back-off pulling image "ghcr.io/acme/web:1.5"',
    reason: 'ImagePullBackOff',
    hint: 'image.access',
    ready: 0,
    desired: 3,
  }),
  suspended: status('suspended', { message: 'Scaled to 0', ready: 0, desired: 0 }),
  lost: status('missing', { message: 'It was deleted', reason: 'Deleted', ready: 0 }),
  unknown: status('unknown', { message: 'Phase Weird', ready: 0 }),
  stale: status('healthy', { ready: 3, desired: 3, staleSince: '2026-03-01T09:12:00Z' }),
};
const workload = `{ type: deployment, image: 'ghcr.io/acme/web:1.4', replicas: 3, port: 8080 }`;

const planned = planActions.map((action) => `to-${action}`);
const [planNodes, planLayout] = cards(planned, () => workload);
const problem = { code: 'cluster.rejected', args: { kind: 'Deployment', name: 'web', detail: 'image is not allowed here' }, severity: 'error' } as const;
const plan: Plan = {
  workflow: 'shop',
  target: sandboxTarget,
  digest: 'd',
  problems: [],
  counts: Object.fromEntries(planActions.map((action) => [action, 1])) as Record<PlanAction, number>,
  steps: planActions.map((action, wave) => ({
    nodeId: `to-${action}`,
    ref: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: `to-${action}` },
    action,
    changes:
      action === 'change' || action === 'replace'
        ? [
            { path: '.spec.replicas', before: 2, after: 3 },
            { path: '.spec.template.spec.containers[0].image', before: 'web:1.3', after: 'web:1.4' },
          ]
        : [],
    conflicts: action === 'conflict' ? [{ path: '.spec.replicas', owner: 'hpa-controller' }] : [],
    problems: action === 'blocked' ? [problem] : [],
    wave,
    after: [],
    afterReady: [],
  })),
};

const runNodes = ['config', 'web', 'check', 'jobs', 'worker', 'api', 'cache', 'mail'];
const [runCards, runLayout] = cards(runNodes, (id) => (id === 'check' ? `{ type: gate, message: 'Did the new web get through its smoke test?' }` : workload));
const refOf = (name: string) => ({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name });
const runEvents: readonly RunEventBody[] = [
  { type: 'run:started', workflow: 'shop', version: 7, digest: 'd', target: sandboxTarget, triggeredBy: 'manual', counts: plan.counts },
  { type: 'node:skipped', nodeId: 'config', reason: 'unchanged' },
  { type: 'node:started', nodeId: 'web', ref: refOf('web'), action: 'change' },
  { type: 'node:completed', nodeId: 'web', ref: refOf('web'), action: 'change', durationMs: 840, resourceVersion: '12' },
  { type: 'node:started', nodeId: 'worker', ref: refOf('worker'), action: 'create' },
  { type: 'node:started', nodeId: 'api', ref: refOf('api'), action: 'change' },
  { type: 'node:retrying', nodeId: 'api', attemptNumber: 2, delayMs: 4000, problem },
  { type: 'node:started', nodeId: 'cache', ref: refOf('cache'), action: 'change' },
  { type: 'node:failed', nodeId: 'cache', ref: refOf('cache'), problem },
  { type: 'node:skipped', nodeId: 'mail', reason: 'upstream_unreachable', because: 'cache' },
];
const gateEvents: readonly RunEventBody[] = [
  ...runEvents.slice(0, 4),
  {
    type: 'human_gate:paused',
    nodeId: 'check',
    gateId: 'check',
    gateType: 'approval',
    refs: [refOf('jobs')],
    message: 'Did the new web get through its smoke test?',
    assignee: 'release-team',
  },
  { type: 'human_gate:paused', nodeId: '', gateId: 'prune', gateType: 'approval', approval: 'prune', refs: [refOf('old-web')] },
  { type: 'run:paused', pendingGateCount: 2, gateIds: ['check', 'prune'], digest: 'd' },
];

async function play(page: Page, events: readonly RunEventBody[]): Promise<void> {
  await page.evaluate((told) => {
    const host = window.kubeorchHost as BrowserHost;
    JSON.parse(told).forEach((body: RunEventBody, index: number) =>
      host.publish({ event_type: 'run', data: { runId: 'run-1', timestamp: '2026-03-01T09:12:00.000Z', sequenceNumber: index + 1, ...body } }),
    );
  }, JSON.stringify(events));
  await page.locator('.side-tab', { hasText: /./ }).nth(1).click();
}

const check = (name: string, state: 'pass' | 'warning' | 'error' | 'unknown', code: string, args: Record<string, string>) => ({
  name,
  status: state,
  code,
  args,
  nodeId: 'web',
  autoFixable: false,
});
const edgeText = file(
  `  front: { type: ingress, rules: [{ host: shop.example.com, path: /, port: 80 }] }
  web-svc: { type: service, port: 80 }
  web: ${workload}
  api-svc: { type: service, port: 80 }
  api: ${workload}
  scaler: { type: hpa, minReplicas: 2, maxReplicas: 6 }
  settings: { type: configmap, data: { MODE: live } }
  login: { type: secret, keys: [PASSWORD] }
  disk: { type: persistentvolumeclaim, storage: 1Gi }
  db: { type: statefulset, image: 'postgres:17', port: 5432 }
`,
  `  - { from: front, to: web-svc, handle: / }
  - web-svc -> web
  - api-svc -> api
  - scaler -> web
  - { from: settings, to: api, as: env }
  - { from: login, to: db, as: env }
  - { from: disk, to: db, mountPath: /data }
  - api -> db
`,
  `  front: [0, 0]
  web-svc: [340, 0]
  web: [680, 0]
  scaler: [340, 210]
  api-svc: [340, 420]
  api: [680, 420]
  settings: [340, 630]
  db: [1020, 420]
  login: [680, 630]
  disk: [680, 780]
`,
);

const drift: DriftView = {
  nodes: {
    web: [
      {
        kind: 'Deployment',
        name: 'web',
        namespace: 'shop',
        missing: false,
        fields: [
          { path: '.spec.replicas', live: '5', applied: '3', file: '3', owner: 'kubectl-edit' },
          { path: '.spec.template.spec.containers[0].image', live: '"ghcr.io/acme/web:hotfix"', applied: '"ghcr.io/acme/web:1.4"', owner: 'kubectl-edit' },
        ],
      },
    ],
    settings: [{ kind: 'ConfigMap', name: 'settings', namespace: 'shop', missing: true, fields: [] }],
  },
};

const live: NodeLive = {
  pods: [
    { namespace: 'shop', name: 'web-7c9f-x2x1', phase: 'Running', ready: true, terminating: false, restarts: 0, createdAt: '2026-03-01T09:00:00Z' },
    {
      namespace: 'shop',
      name: 'web-7c9f-k8d2',
      phase: 'Pending',
      ready: false,
      terminating: false,
      restarts: 3,
      waiting: 'ImagePullBackOff',
      createdAt: '2026-03-01T09:10:00Z',
    },
  ],
  morePods: 0,
  events: [
    {
      uid: 'a',
      type: 'Warning',
      reason: 'BackOff',
      message: 'Back-off pulling image "ghcr.io/acme/web:1.5"',
      count: 4,
      lastSeen: '2026-03-01T09:12:00Z',
      source: 'kubelet',
      about: 'Pod web-7c9f-k8d2',
    },
    {
      uid: 'b',
      type: 'Normal',
      reason: 'ScalingReplicaSet',
      message: 'Scaled up replica set web-7c9f to 2',
      count: 1,
      lastSeen: '2026-03-01T09:10:00Z',
      source: 'deployment-controller',
      about: 'Deployment web',
    },
  ],
  eventsHidden: false,
  usage: { cpuMillis: 180, memoryBytes: 134_217_728 },
};

const [stateNodes, stateLayout] = cards([...Object.keys(stateStatuses), 'new'], () => workload);

const farStates = Object.values(stateStatuses);
const farIds = Array.from({ length: 72 }, (_, index) => `node-${String(index + 1)}`);
const farNodes = farIds.map((id) => `  ${id}: ${workload}\n`).join('');
const farLayout = farIds.map((id, index) => `  ${id}: [${String((index % 12) * 330)}, ${String(Math.floor(index / 12) * 330)}]\n`).join('');
const farStatuses = Object.fromEntries(farIds.map((id, index) => [id, farStates[index % farStates.length] ?? status('healthy')]));

/** Every state of nodes, edges, plans, runs and gates, and of the canvas around them. */
export const scenes: readonly Scene[] = [
  { name: 'empty', text: file('  {}\n').replace('nodes:\n  {}\n', 'nodes: {}\n') },
  { name: 'states', text: file(stateNodes, '', stateLayout), statuses: stateStatuses },
  {
    name: 'edges',
    text: edgeText,
    act: async (page) => {
      const found: readonly (readonly [EdgeIdentity, readonly object[]])[] = [
        [{ from: 'front', to: 'web-svc', handle: '/' }, [check('class-exists', 'error', 'class.missing', { class: 'nginx', known: 'none' })]],
        [{ from: 'api-svc', to: 'api' }, [check('pods-ready', 'warning', 'class.default', { class: 'traefik' })]],
        [{ from: 'scaler', to: 'web' }, [check('metrics-available', 'unknown', 'hidden.forbidden', { what: 'metrics' })]],
        [{ from: 'web-svc', to: 'web' }, [check('service-exists', 'pass', 'exists.pass', { kind: 'Service', name: 'web-svc' })]],
      ];
      const edges = Object.fromEntries(found.map(([edge, checks]) => [edgeKey(edge), { checks }]));
      await page.evaluate((told) => (window.kubeorchHost as BrowserHost).setDiagnosis(JSON.parse(told) as DiagnosisPatch['edges']), JSON.stringify(edges));
      await page.locator('.edge-break').first().waitFor();
    },
    data: ['traefik', 'nginx', 'none', 'metrics', 'Service'],
  },
  {
    name: 'plan',
    text: file(planNodes, '', planLayout),
    act: async (page) => {
      await page.evaluate((told) => (window.kubeorchHost as BrowserHost).tell('planChanged', { plan: JSON.parse(told) as Plan }), JSON.stringify(plan));
      await page.locator('.side-view.plan').waitFor();
    },
    data: plan,
  },
  { name: 'run', text: file(runCards, '', runLayout), act: (page) => play(page, runEvents), data: [runEvents, 'run-1'] },
  {
    name: 'gate',
    text: file(runCards, '  - web -> check\n  - check -> jobs\n', runLayout),
    act: (page) => play(page, gateEvents),
    data: [gateEvents, 'run-1'],
  },
  {
    name: 'settings',
    text: edgeText.replace('nodes:', 'environments:\n  staging: { context: kind, set: { web: { replicas: 2 } } }\nnodes:'),
    statuses: { web: stateStatuses['error'] ?? status('error') },
    act: async (page) => {
      await page.evaluate((told) => {
        (window.kubeorchHost as BrowserHost).nodeLive = JSON.parse(told) as NodeLive;
      }, JSON.stringify(live));
      await page.locator('.react-flow__node[data-id="web"] .card-header').click();
      await page.locator('.live-events li').first().waitFor();
    },
    data: [live, 'staging', 'MiB'],
  },
  {
    name: 'drift',
    text: edgeText,
    statuses: { web: status('healthy', { ready: 3, desired: 3 }), 'web-svc': status('healthy'), api: status('healthy', { ready: 3, desired: 3 }) },
    act: async (page) => {
      await page.evaluate((told) => (window.kubeorchHost as BrowserHost).tell('driftChanged', JSON.parse(told) as DriftView), JSON.stringify(drift));
      await page.evaluate(() => (window.kubeorchHost as BrowserHost).tell('focusNode', { nodeId: 'web' }));
      await page.locator('.inspector').getByText('kubectl-edit').first().waitFor();
    },
    data: drift,
  },
  {
    name: 'edge',
    text: edgeText,
    act: async (page) => {
      await page.evaluate(() => (window.kubeorchHost as BrowserHost).tell('focusNode', { nodeId: 'db' }));
      await page.locator('.react-flow__edge[aria-label*="disk"]').focus();
      await page.keyboard.press('Enter');
      await page.locator('.inspector .facts').waitFor();
    },
  },
  {
    name: 'selection',
    text: edgeText.replace(
      'edges:',
      'groups:\n  shopfront: { label: Shop front, nodes: [web-svc, web, scaler] }\n  storage: { label: Storage, nodes: [db, disk, login], collapsed: true }\nedges:',
    ),
    act: async (page) => {
      await page.locator('.react-flow__node[data-id="settings"] .card-header').click();
      await page.locator('.react-flow__node[data-id="api"] .card-header').click({ modifiers: ['Shift'] });
    },
  },
  {
    name: 'stale',
    text: file(stateNodes, '', stateLayout),
    statuses: stateStatuses,
    act: async (page) => {
      await page.evaluate(
        (target) => {
          const host = window.kubeorchHost as BrowserHost;
          host.tell('targetChanged', { target, chosen: target.label });
          host.setHealth({
            connected: false,
            error: 'The cluster does not answer.',
            staleSince: '2026-03-01T09:12:00Z',
            forbidden: [{ verb: 'list', resource: 'pods', namespace: 'shop' }],
          });
        },
        { ...sandboxTarget, label: 'production', sandbox: false, context: 'eks-eu-1', environment: 'production', protected: true },
      );
      await page.getByText('The cluster does not answer.').first().waitFor();
    },
    data: ['The cluster does not answer.', 'production', 'eks-eu-1', 'list', 'pods'],
  },
  {
    name: 'broken',
    text: edgeText,
    act: async (page) => {
      await page.evaluate(() =>
        (window.kubeorchHost as BrowserHost).breakText('The text is broken. What could be read is shown; mend the text to edit here again.'),
      );
      await page.getByText('The text is broken.').first().waitFor();
    },
    data: ['The text is broken. What could be read is shown; mend the text to edit here again.'],
  },
  {
    name: 'far',
    text: file(farNodes, '', farLayout),
    statuses: farStatuses,
    act: async (page) => {
      await page.locator('[data-far="true"]').first().waitFor();
    },
  },
  {
    name: 'protected',
    text: edgeText.replace('nodes:', 'environments:\n  production: { context: eks-eu-1, protected: true }\nnodes:'),
    statuses: { web: stateStatuses['healthy'] ?? status('healthy'), api: stateStatuses['partial'] ?? status('partial') },
    act: async (page) => {
      await page.evaluate((target) => (window.kubeorchHost as BrowserHost).tell('targetChanged', { target, chosen: target.label }), {
        ...sandboxTarget,
        label: 'production',
        sandbox: false,
        context: 'eks-eu-1',
        environment: 'production',
        protected: true,
      });
      await page.getByText('production').first().waitFor();
    },
    data: ['production', 'eks-eu-1'],
  },
];
