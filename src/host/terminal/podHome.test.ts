import { beforeEach, describe, expect, it } from 'vitest';
import type { Cluster } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import type { KubeObject, ObjectRef, OwnerReference } from '../../shared/kubeObject';
import { settle } from '../../testing/virtualClock';
import { selectorText } from '../clusters/podsOfObject';
import { PodHome } from './podHome';

const signal = new AbortController().signal;
const place = { namespace: 'n', pod: 'web-1', container: 'main' };
const owned = (kind: string, name: string): readonly OwnerReference[] => [{ apiVersion: 'apps/v1', kind, name, uid: `uid-${name}`, controller: true }];

describe('the replacement of a pod', () => {
  let objects: Map<string, KubeObject>;
  let asked: string[];

  const put = (kind: string, name: string, more: object = {}, body: object = {}): void => {
    objects.set(`${kind}/${name}`, { apiVersion: 'v1', kind, metadata: { name, namespace: 'n', uid: `uid-${name}`, ...more }, ...body });
  };
  const pod = (name: string, more: object = {}, ready = true, container = 'main'): void =>
    put(
      'Pod',
      name,
      { ownerReferences: owned('ReplicaSet', 'web-set'), creationTimestamp: '2026-01-01T00:00:00Z', ...more },
      {
        spec: { containers: [{ name: container }] },
        status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
      },
    );
  const cluster = {
    get: (ref: ObjectRef) => Promise.resolve(objects.get(`${ref.kind}/${ref.name}`)),
    list: (_kind: unknown, query: { readonly labelSelector?: string }) => {
      asked.push(query.labelSelector ?? '');
      return Promise.resolve([...objects.values()].filter((one) => one.kind === 'Pod'));
    },
  } as unknown as Cluster;

  beforeEach(() => {
    objects = new Map();
    asked = [];
    put('Deployment', 'web', {}, { spec: { selector: { matchLabels: { app: 'web' } } } });
    put('ReplicaSet', 'web-set', { ownerReferences: owned('Deployment', 'web') });
    pod('web-1');
  });

  it('is not looked for while the pod is there', async () => {
    expect(await new PodHome(cluster, place).locate(place, signal)).toEqual({ found: 'here' });
    expect(asked).toEqual([]);
  });

  it('is the newest ready pod of the same Deployment with the same container, also after a rollout', async () => {
    const home = new PodHome(cluster, place);
    await settle();
    objects.delete('Pod/web-1');
    // The rollout has made another set; the old one may be gone.
    objects.delete('ReplicaSet/web-set');
    pod('web-2');
    pod('web-3', { creationTimestamp: '2026-01-02T00:00:00Z' });
    pod('web-4', { creationTimestamp: '2026-01-03T00:00:00Z' }, false);
    pod('web-5', { creationTimestamp: '2026-01-04T00:00:00Z', deletionTimestamp: 'now' });
    pod('web-6', { creationTimestamp: '2026-01-05T00:00:00Z' }, true, 'other');
    expect(await home.locate(place, signal)).toEqual({ found: 'elsewhere', place: { ...place, pod: 'web-3' } });
    expect(asked).toEqual(['app=web']);
  });

  it('is looked for as soon as the pod is on its way out', async () => {
    const home = new PodHome(cluster, place);
    await settle();
    pod('web-1', { deletionTimestamp: 'now' });
    expect(await home.locate(place, signal)).toEqual({ found: 'not-yet' });
  });

  it('does not exist for a pod of its own, and for one whose workload is gone', async () => {
    put('Pod', 'alone');
    const alone = { ...place, pod: 'alone' };
    const home = new PodHome(cluster, alone);
    const other = new PodHome(cluster, place);
    await settle();
    objects.delete('Pod/alone');
    objects.delete('Pod/web-1');
    objects.delete('Deployment/web');
    expect(await home.locate(alone, signal)).toEqual({ found: 'nowhere' });
    expect(await other.locate(place, signal)).toEqual({ found: 'nowhere' });
  });

  it('is not offered to who may not read whose pod it was', async () => {
    const forbidden = new ClusterError({ kind: 'forbidden', code: 403, reason: 'Forbidden', message: 'no', causes: [], conflicts: [], uncertain: false });
    const get = (ref: ObjectRef): Promise<KubeObject | undefined> => (ref.kind === 'ReplicaSet' ? Promise.reject(forbidden) : cluster.get(ref));
    const home = new PodHome({ ...cluster, get }, place);
    await settle();
    objects.delete('Pod/web-1');
    expect(await home.locate(place, signal)).toEqual({ found: 'nowhere' });
  });
});

describe('a selector', () => {
  it('is written as the query parameter wants it', () => {
    const matchExpressions = [
      { key: 'tier', operator: 'In', values: ['a', 'b'] },
      { key: 'env', operator: 'NotIn', values: ['prod'] },
      { key: 'live', operator: 'Exists' },
      { key: 'old', operator: 'DoesNotExist' },
    ];
    expect(selectorText({ matchLabels: { app: 'web' }, matchExpressions })).toBe('app=web,tier in (a,b),env notin (prod),live,!old');
    expect(selectorText({})).toBe('');
    expect(selectorText(undefined)).toBe('');
  });
});
