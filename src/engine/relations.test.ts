import { describe, expect, test } from 'vitest';
import { linkText } from '../shared/derivedLink';
import type { JsonObject, JsonValue } from '../shared/json';
import type { WorkflowEdge } from '../shared/workflow';
import { emptyWorkflow } from '../shared/workflow';
import { coreCatalog } from '../testing/coreCatalog';
import type { ResolvedWorkflow } from './relations';
import { resolveWorkflow } from './relations';

const { catalog } = await coreCatalog();

function resolve(nodes: Readonly<Record<string, JsonObject>>, edges: readonly WorkflowEdge[]): ResolvedWorkflow {
  return resolveWorkflow(
    {
      ...emptyWorkflow('w'),
      nodes: Object.entries(nodes).map(([id, { type, ...data }]) => ({ id, type: type as string, data })),
      edges,
    },
    catalog,
  );
}

function derived(resolved: ResolvedWorkflow, id: string): JsonValue {
  return JSON.parse(JSON.stringify(resolved.derived[id] ?? {})) as JsonValue;
}

const app = { type: 'deployment', image: 'app', port: 3000 };
const svc = { type: 'service' };
const edge = (from: string, to: string, more: Partial<WorkflowEdge> = {}): WorkflowEdge => ({ from, to, ...more });

describe('a Service that routes to a workload', () => {
  test('takes its name, its port and its namespace', () => {
    const resolved = resolve({ app: { ...app, name: 'shop-app', namespace: 'shop' }, svc }, [edge('svc', 'app')]);
    expect(derived(resolved, 'svc')).toEqual({ targetApp: 'shop-app', targetPort: 3000, namespace: 'shop' });
    expect(resolved.edges[0]?.rule?.relation).toBe('routes');
  });

  test('takes the default port of a workload that names none, and none of one that says it has none', () => {
    expect(derived(resolve({ app: { type: 'deployment' }, svc }, [edge('svc', 'app')]), 'svc')).toEqual({ targetApp: 'app', targetPort: 8080 });
    expect(derived(resolve({ app: { type: 'deployment', port: null }, svc }, [edge('svc', 'app')]), 'svc')).toEqual({ targetApp: 'app' });
  });

  test('keeps what the file says, and what says otherwise is a contradiction', () => {
    const resolved = resolve({ app, svc: { ...svc, targetApp: 'other', targetPort: 9000 } }, [edge('svc', 'app')]);
    expect(derived(resolved, 'svc')).toEqual({});
    expect(resolved.data('svc')).toMatchObject({ targetApp: 'other', targetPort: 9000 });
    expect(resolved.contradictions.map(({ nodeId, path, authored, derived: value }) => [nodeId, path, authored, value])).toEqual([
      ['svc', ['targetApp'], 'other', 'app'],
      ['svc', ['targetPort'], 9000, 3000],
    ]);
  });

  test('may name the port instead of numbering it', () => {
    expect(resolve({ app, svc: { ...svc, targetPort: 'http' } }, [edge('svc', 'app')]).contradictions).toEqual([]);
  });

  test('takes the first of two workloads, and the second is a contradiction', () => {
    const resolved = resolve({ a: app, b: { ...app, port: 4000 }, svc }, [edge('svc', 'b'), edge('svc', 'a')]);
    expect(derived(resolved, 'svc')).toEqual({ targetApp: 'b', targetPort: 4000 });
    expect(resolved.contradictions.map((one) => one.path)).toEqual([['targetApp'], ['targetPort']]);
  });
});

describe('an Ingress that forwards to a Service', () => {
  test('takes name and port for the single path, through what the Service itself takes', () => {
    const resolved = resolve({ web: { type: 'ingress' }, svc: { ...svc, name: 'api', port: 81 }, app: { ...app, namespace: 'shop' } }, [
      edge('web', 'svc'),
      edge('svc', 'app'),
    ]);
    expect(derived(resolved, 'web')).toEqual({ serviceName: 'api', servicePort: 81, namespace: 'shop' });
  });

  test('takes them for the path whose handle the edge leaves', () => {
    const web = { type: 'ingress', paths: [{ id: 'a', path: '/a' }, { id: 'b', path: '/b' }, { path: '/c' }] };
    const resolved = resolve({ web, one: svc, two: { ...svc, ports: [{ port: 90 }, { port: 91 }] } }, [
      edge('web', 'two', { handle: 'b' }),
      edge('web', 'one', { handle: 'a' }),
    ]);
    expect(derived(resolved, 'web')).toEqual({
      paths: [{ id: 'a', path: '/a', serviceName: 'one', servicePort: 80 }, { id: 'b', path: '/b', serviceName: 'two', servicePort: 90 }, { path: '/c' }],
    });
    expect(resolved.workflow.nodes[0]?.data).toEqual({ paths: web.paths });
  });

  test('takes them for all paths that nothing else speaks for when the edge leaves no handle', () => {
    const web = { type: 'ingress', paths: [{ id: 'a' }, { id: 'b' }, { id: 'c', serviceName: 'outside', servicePort: 1 }] };
    const resolved = resolve({ web, one: svc, two: svc }, [edge('web', 'one'), edge('web', 'two', { handle: 'b' })]);
    expect(derived(resolved, 'web')).toEqual({
      paths: [
        { id: 'a', serviceName: 'one', servicePort: 80 },
        { id: 'b', serviceName: 'two', servicePort: 80 },
        { id: 'c', serviceName: 'outside', servicePort: 1 },
      ],
    });
    expect(resolved.contradictions).toEqual([]);
  });

  test('never gives a path the port of another Service than the one it names', () => {
    const web = { type: 'ingress', paths: [{ id: 'a', serviceName: 'outside' }] };
    const resolved = resolve({ web, one: svc }, [edge('web', 'one', { handle: 'a' })]);
    expect(derived(resolved, 'web')).toEqual({ paths: [{ id: 'a', serviceName: 'outside' }] });
    expect(resolved.contradictions.map((one) => one.path)).toEqual([['paths', 0, 'serviceName']]);
  });
});

describe('a ConfigMap or Secret that a workload uses', () => {
  const nodes = { app, cfg: { type: 'configmap', name: 'settings' }, key: { type: 'secret', mountPath: '/run/key' } };

  test('is mounted read-only at its own path, or at the path of the edge', () => {
    const resolved = resolve(nodes, [edge('cfg', 'app', { mountPath: '/cfg', subPath: 'a.txt' }), edge('key', 'app')]);
    expect(derived(resolved, 'app')).toEqual({
      volumeMounts: [
        { type: 'configMap', name: 'settings', nodeId: 'cfg', mountPath: '/cfg', subPath: 'a.txt', readOnly: true },
        { type: 'secret', name: 'key', nodeId: 'key', mountPath: '/run/key', readOnly: true },
      ],
    });
    expect(derived(resolve(nodes, [edge('cfg', 'app')]), 'app')).toMatchObject({ volumeMounts: [{ mountPath: '/etc/config' }] });
  });

  test('becomes variables with "as: env"', () => {
    expect(derived(resolve(nodes, [edge('key', 'app', { as: 'env' })]), 'app')).toEqual({ envFrom: [{ type: 'secret', name: 'key', nodeId: 'key' }] });
  });

  test('is not mounted twice when the workload lists it already', () => {
    const listed = { ...app, volumeMounts: [{ type: 'configMap', name: 'settings', mountPath: '/mine' }] };
    expect(derived(resolve({ ...nodes, app: listed }, [edge('cfg', 'app')]), 'app')).toEqual({});
  });

  test('is not named twice by variables either, when an entry without a type means it by default', () => {
    const listed = { ...app, envFrom: [{ name: 'settings', prefix: 'APP_' }] };
    expect(derived(resolve({ ...nodes, app: listed }, [edge('cfg', 'app', { as: 'env' })]), 'app')).toEqual({});
    // By the same name a Secret is another object.
    const both = resolve({ ...nodes, key: { ...nodes.key, name: 'settings' }, app: listed }, [edge('key', 'app', { as: 'env' })]);
    expect(derived(both, 'app')).toMatchObject({ envFrom: [{ name: 'settings' }, { type: 'secret', name: 'settings' }] });
  });

  test('comes after the mounts that are listed', () => {
    const listed = { ...app, volumeMounts: [{ type: 'secret', name: 'outside', mountPath: '/x' }] };
    expect(derived(resolve({ ...nodes, app: listed }, [edge('cfg', 'app')]), 'app')).toMatchObject({
      volumeMounts: [{ name: 'outside' }, { name: 'settings' }],
    });
  });
});

test('edges that mean nothing derive nothing and have no relation', () => {
  const resolved = resolve({ app, svc, web: { type: 'ingress' }, odd: { type: 'unheard-of' } }, [
    edge('web', 'app'),
    edge('svc', 'gone'),
    edge('app', 'app'),
    edge('odd', 'app'),
    edge('svc', 'app', { relation: 'mounts' }),
  ]);
  expect(resolved.edges.map((one) => one.rule)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  expect(resolved.derived).toEqual({});
  expect(resolved.data('gone')).toEqual({});
});

describe('where a derived value comes from', () => {
  const told = (resolved: ResolvedWorkflow): readonly string[] => resolved.links.map(linkText);

  test('is told in the words of the run log, for each value', () => {
    const resolved = resolve({ app: { ...app, namespace: 'shop' }, svc, scale: { type: 'hpa' }, conf: { type: 'configmap', data: { A: 'b' } } }, [
      edge('svc', 'app'),
      edge('scale', 'app'),
      edge('conf', 'app', { as: 'env' }),
    ]);
    expect(told(resolved)).toEqual([
      'Auto-linked deployment to configmap: app -> conf (envFrom[0] = {"type":"configMap","name":"conf","nodeId":"conf"})',
      'Auto-linked service to deployment: svc -> app (targetApp = app)',
      'Auto-set targetPort from deployment: svc <- app (3000)',
      'Auto-set namespace from deployment: svc <- app (shop)',
      'Auto-linked hpa to deployment: scale -> app (scaleTargetName = app)',
      'Auto-set scaleTargetKind from deployment: scale <- app (Deployment)',
      'Auto-set namespace from deployment: scale <- app (shop)',
      'Auto-set replicas from hpa: app <- scale (none)',
    ]);
  });

  test('has the place of each path of an Ingress and of all else', () => {
    const front = {
      type: 'ingress',
      paths: [
        { id: 'a', path: '/a' },
        { id: 'b', serviceName: 'own', servicePort: 1 },
      ],
      defaultBackend: {},
    };
    const resolved = resolve({ svc: { ...svc, port: 80 }, other: { ...svc, port: 81 }, front }, [
      edge('front', 'svc', { handle: 'a' }),
      edge('front', 'other', { handle: 'default' }),
    ]);
    expect(resolved.links.map(({ path, source, value }) => [path, source, value])).toEqual([
      [['paths', 0, 'serviceName'], 'svc', 'svc'],
      [['paths', 0, 'servicePort'], 'svc', 80],
      [['defaultBackend', 'serviceName'], 'other', 'other'],
      [['defaultBackend', 'servicePort'], 'other', 81],
    ]);
    expect(derived(resolved, 'front')).toMatchObject({ defaultBackend: { serviceName: 'other', servicePort: 81 } });
  });

  test('is one entry for each item that edges add to a list of the file', () => {
    const policy = { type: 'networkpolicy', ingressRules: [{ ports: [{ port: 1 }] }] };
    const resolved = resolve({ a: app, b: app, policy }, [
      edge('policy', 'a'),
      edge('policy', 'b'),
      edge('policy', 'b', { relation: 'allow-from' }),
      edge('policy', 'a', { relation: 'allow-to' }),
    ]);
    expect(resolved.links.map(({ path, source, value }) => [path, source, value])).toEqual([
      [['podApps', 0], 'a', 'a'],
      [['podApps', 1], 'b', 'b'],
      [['ingressRules', 1], 'b', { from: [{ podSelector: { app: 'b' } }] }],
      [['policyTypes'], 'b', ['Ingress']],
      [['egressRules', 0], 'a', { to: [{ podSelector: { app: 'a' } }] }],
      [['policyTypes'], 'a', ['Ingress', 'Egress']],
    ]);
  });

  test('is nothing where the file says the value, and where two edges disagree it is the first', () => {
    expect(told(resolve({ app, svc: { ...svc, targetApp: 'x', targetPort: 1 } }, [edge('svc', 'app')]))).toEqual([]);
    const resolved = resolve({ a: app, b: { ...app, port: 1 }, svc }, [edge('svc', 'a'), edge('svc', 'b')]);
    expect(resolved.links.map(({ source }) => source)).toEqual(['a', 'a']);
  });
});
