import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { coreCatalog } from '../../testing/coreCatalog';
import { DiagnosisWorlds, made } from '../../testing/diagnosisWorld';
import type { DiagnosisWorld } from '../../testing/diagnosisWorld';
import { MemoryLogger } from '../../testing/memoryLogger';
import { ScriptedWatches } from '../../testing/scriptedWatches';
import { VirtualClock } from '../../testing/virtualClock';
import { WatchedObjects } from '../../testing/watchedObjects';
import type { DiagnosisPatch } from '../../shared/diagnosis';
import { edgeState } from '../../shared/diagnosis';
import type { JsonObject, JsonValue } from '../../shared/json';
import { withValueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { LiveDiagnostics } from './liveDiagnostics';

const shop = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  web: { type: deployment, image: nginx, port: 8080 }
  api: { type: deployment, image: nginx, port: 9000 }
  web-svc: { type: service, port: 80 }
  api-svc: { type: service, port: 80 }
  front: { type: ingress, host: shop.example.com, tlsEnabled: true, tlsSecretName: outside-tls }
  settings: { type: configmap, data: { MODE: x } }
  guard: { type: networkpolicy }
edges:
  - web-svc -> web
  - api-svc -> api
  - front -> web-svc
  - { from: settings, to: web, as: env }
  - { from: guard, to: web, relation: applies-to }
  - { from: guard, to: api, relation: allow-from }
  - { from: api, to: web, relation: depends-on }
`;
const other = shop.replace('  - api-svc -> api\n', '').replace('tlsEnabled: true, tlsSecretName: outside-tls', 'tlsEnabled: false');

let worlds: DiagnosisWorlds;
beforeAll(async () => {
  worlds = new DiagnosisWorlds(await coreCatalog());
});

function started(world: DiagnosisWorld, cluster: Pick<WatchedObjects, 'watch'> | ScriptedWatches, clock = new VirtualClock()): LiveDiagnostics {
  return new LiveDiagnostics({ cluster, clock, logger: new MemoryLogger(), workflow: 'shop', intent: world.intent });
}

const policies: readonly JsonObject[] = [
  { podSelector: {}, policyTypes: ['Ingress'] },
  { podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Ingress'], ingress: [{}] },
  { podSelector: { matchLabels: { app: 'api' } }, policyTypes: ['Egress'] },
  { podSelector: {}, policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'api' } } }] }] },
];
const values: readonly (JsonValue | undefined)[] = ['web', 'api', 'webb', undefined, 80, 8080, 9000, 'http', {}, []];
const paths = [
  ['metadata', 'labels', 'app'],
  ['spec', 'selector', 'app'],
  ['spec', 'ports', 0, 'targetPort'],
  ['spec', 'ingressClassName'],
  ['spec', 'rules', 0, 'http', 'paths', 0, 'backend', 'service', 'name'],
  ['status', 'conditions', 0, 'status'],
  ['endpoints', 0, 'conditions', 'ready'],
  ['data'],
] as const;

/** One thing that happens to a cluster: something is changed, taken away, or comes. */
function happen(objects: WatchedObjects, [what, which, how]: readonly [number, number, number]): void {
  const keys = [...objects.objects.keys()];
  const key = keys[which % Math.max(keys.length, 1)];
  const object = key === undefined ? undefined : objects.objects.get(key);
  const path = paths[how % paths.length] ?? paths[0];
  switch (what % 6) {
    case 0:
    case 1:
    case 2:
      if (object !== undefined) {
        const changed = withValueAt(object as unknown as JsonObject, path, values[(which + how) % values.length]) as unknown as KubeObject;
        objects.put({ ...changed, metadata: { ...object.metadata, labels: { ...object.metadata.labels, ...changed.metadata.labels } } });
      }
      break;
    case 3:
      if (key !== undefined) objects.remove(key);
      break;
    case 4:
      objects.put(made('networking.k8s.io/v1', 'NetworkPolicy', 'shop', `p${String(which % 3)}`, { spec: policies[how % policies.length] ?? {} }));
      break;
    default:
      objects.put(made('v1', 'Secret', 'shop', 'outside-tls', { data: how % 2 === 0 ? { 'tls.crt': 'x', 'tls.key': 'y' } : {} }));
  }
}

describe('diagnoses that follow a cluster', () => {
  test('are after every change what they would be from scratch', () => {
    const step = fc.tuple(fc.nat(), fc.nat(), fc.nat());
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 25 }), (steps) => {
        const world = worlds.of(shop);
        const objects = new WatchedObjects();
        for (const object of world.objects.values()) objects.put(object);
        const clock = new VirtualClock();
        const live = started(world, objects, clock);
        const followed: { edges: Record<string, unknown>; nodes: Record<string, unknown> } = { ...live.snapshot() };
        live.onPatch((patch: DiagnosisPatch) => {
          for (const family of ['edges', 'nodes'] as const)
            for (const [key, value] of Object.entries(patch[family])) {
              if (value === null) delete followed[family][key];
              else followed[family][key] = value;
            }
        });
        let intent = world.intent;
        for (const [at, each] of steps.entries()) {
          happen(objects, each);
          if (at % 7 === 6) {
            intent = worlds.of(at % 2 === 0 ? other : shop).intent;
            live.setIntent(intent);
          }
          clock.tick(200);
          const fresh = new LiveDiagnostics({ cluster: objects, clock, logger: new MemoryLogger(), workflow: 'shop', intent });
          const expected = fresh.snapshot();
          fresh.dispose();
          expect(live.snapshot()).toEqual(expected);
          expect(followed).toEqual(expected);
        }
        live.dispose();
      }),
      { numRuns: 40 },
    );
  }, 60_000);

  test('touch only what looked at an object that changed', () => {
    const world = worlds.of(shop);
    const objects = new WatchedObjects();
    for (const object of world.objects.values()) objects.put(object);
    const clock = new VirtualClock();
    const live = started(world, objects, clock);
    clock.tick(200);
    const patches: DiagnosisPatch[] = [];
    live.onPatch((patch) => patches.push(patch));
    objects.put({ ...world.get('Service', 'api-svc'), spec: { selector: { app: 'apis' }, ports: [] } });
    clock.tick(200);
    expect(patches.flatMap((patch) => Object.keys(patch.edges))).toEqual(['api-svc|||api']);
    expect(patches.flatMap((patch) => Object.keys(patch.nodes))).toEqual(['api-svc']);
    // What says the same as before is no news.
    patches.length = 0;
    objects.put({ ...world.get('Namespace', 'shop'), metadata: { ...world.get('Namespace', 'shop').metadata, resourceVersion: '2' } });
    clock.tick(200);
    expect(patches).toEqual([]);
    live.dispose();
  });

  test('call unknown what the credentials may not list, and say which right is missing', () => {
    const world = worlds.of(shop);
    const watches = new ScriptedWatches();
    const live = started(world, watches);
    watches.list('Ingress', world.get('Ingress', 'front'));
    watches.list('Service', world.get('Service', 'web-svc'));
    watches.refuse('IngressClass', 'ingressclasses is forbidden', 0);
    const edge = live.snapshot().edges['front|||web-svc'];
    const found = edge?.checks.find((check) => check.name === 'class-exists');
    expect([found?.status, found?.code, found?.args]).toEqual(['unknown', 'hidden.forbidden', { what: 'ingressclasses.networking.k8s.io' }]);
    live.dispose();
  });

  test('are out of date while the cluster cannot be reached, and no longer green', () => {
    const world = worlds.of(shop);
    const objects = new WatchedObjects();
    for (const object of world.objects.values()) objects.put(object);
    const tellers: ((event: Parameters<Parameters<WatchedObjects['watch']>[2]>[0]) => void)[] = [];
    const clock = new VirtualClock();
    const live = started(
      world,
      {
        watch: (kind, query, onEvent) => {
          tellers.push(onEvent);
          return objects.watch(kind, query, onEvent);
        },
      },
      clock,
    );
    clock.tick(200);
    const state = (): string => {
      const edge = live.snapshot().edges['web-svc|||web'];
      return edge === undefined ? '' : edgeState(edge);
    };
    expect(state()).toBe('proven');
    const failure = { kind: 'unreachable', code: 0, reason: '', message: 'reset', causes: [], conflicts: [], uncertain: true } as const;
    for (const tell of tellers) tell({ type: 'disconnected', failure, sinceMs: 5000 });
    expect(state()).toBe('unknown');
    expect(live.snapshot().edges['web-svc|||web']?.staleSince).toBe('1970-01-01T00:00:05.000Z');
    for (const tell of tellers) tell({ type: 'connected' });
    expect(state()).toBe('proven');
    live.dispose();
  });

  test('end their watches and timers when they end', () => {
    const clock = new VirtualClock();
    const watches = new ScriptedWatches();
    started(worlds.of(shop), watches, clock).dispose();
    expect([watches.open.size, clock.waiting]).toEqual([0, 0]);
  });
});
