import { describe, expect, it } from 'vitest';
import { eventViews } from '../../engine/index';
import type { PodInfo } from '../../engine/index';
import type { Cluster, ListQuery } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import type { Engine } from '../rooms';
import { nodeLive } from './nodeLive';

const web: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const pod = (name: string, more: Partial<PodInfo> = {}): PodInfo => ({
  namespace: 'shop',
  name,
  uid: name,
  phase: 'Running',
  ready: true,
  createdAt: '2026-03-01T09:00:00Z',
  terminating: false,
  containers: [{ name: 'app', init: false, ephemeral: false, restarts: 2 }],
  ...more,
});
const event = (name: string, lastTimestamp: string): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Event', metadata: { name, uid: name }, type: 'Warning', reason: 'BackOff', message: name, lastTimestamp }) as KubeObject;
const measured = (name: string): KubeObject =>
  ({
    apiVersion: 'metrics.k8s.io/v1beta1',
    kind: 'PodMetrics',
    metadata: { name },
    containers: [{ usage: { cpu: '125m', memory: '64Mi' } }, { usage: { cpu: '1500000n', memory: 'odd' } }],
  }) as unknown as KubeObject;
const refused = (): ClusterError => new ClusterError({ kind: 'forbidden', code: 403, reason: 'Forbidden', message: 'no', causes: [] } as never);

function clusterWith(parts: { readonly events?: (about: string) => readonly KubeObject[]; readonly measures: boolean }) {
  const asked: string[] = [];
  const cluster = {
    list: (kind: { readonly kind: string }, { namespace, fieldSelector }: ListQuery) => {
      asked.push(`list ${kind.kind} ${namespace ?? ''}`);
      if (kind.kind === 'PodMetrics') return Promise.resolve(Array.from({ length: 20 }, (_, index) => measured(`web-${String(index)}`)));
      if (parts.events === undefined) return Promise.reject(refused());
      return Promise.resolve(parts.events(/involvedObject\.name=(.*)$/.exec(fieldSelector ?? '')?.[1] ?? ''));
    },
    get: ({ kind, name }: ObjectRef) => {
      asked.push(`get ${kind} ${name}`);
      return Promise.resolve(name === 'web-0' ? measured(name) : undefined);
    },
    resourceOf: () => Promise.resolve(parts.measures ? {} : undefined),
  } as unknown as Cluster;
  return { cluster, asked };
}
const engine = { eventViews } as unknown as Engine;

describe('what is live behind a node', () => {
  it('is its pods, their events with the newest first, and what they use together', async () => {
    const { cluster, asked } = clusterWith({
      measures: true,
      events: (about) => (about === 'web' ? [event('old', '2026-03-01T09:00:00Z')] : about === 'web-1' ? [event('new', '2026-03-01T10:00:00Z')] : []),
    });
    const waiting = pod('web-1', { ready: false, containers: [{ name: 'app', init: false, ephemeral: false, restarts: 3, waiting: 'CrashLoopBackOff' }] });
    const live = await nodeLive({ cluster, engine }, [web], [pod('web-0'), waiting]);
    expect(live.pods.map(({ name, ready, restarts, waiting: why }) => [name, ready, restarts, why])).toEqual([
      ['web-0', true, 2, undefined],
      ['web-1', false, 3, 'CrashLoopBackOff'],
    ]);
    expect(live.events.map(({ message, about }) => [message, about])).toEqual([
      ['new', 'Pod web-1'],
      ['old', 'Deployment web'],
    ]);
    expect(live).toMatchObject({ morePods: 0, eventsHidden: false, usage: { cpuMillis: 127, memoryBytes: 64 * 1024 * 1024 } });
    expect(asked.filter((one) => one.startsWith('get'))).toEqual(['get PodMetrics web-0', 'get PodMetrics web-1']);
  });

  it('is measured in one request for many pods, and counts those that it does not tell', async () => {
    const { cluster, asked } = clusterWith({ measures: true, events: () => [] });
    const live = await nodeLive(
      { cluster, engine },
      [web],
      Array.from({ length: 15 }, (_, index) => pod(`web-${String(index)}`)),
    );
    expect([live.pods.length, live.morePods]).toEqual([12, 3]);
    expect(live.usage?.cpuMillis).toBe(Math.round(15 * 126.5));
    expect(asked.filter((one) => one.includes('PodMetrics'))).toEqual(['list PodMetrics shop']);
  });

  it('says that events are hidden, and has no usage where nothing measures it', async () => {
    const { cluster, asked } = clusterWith({ measures: false });
    expect(await nodeLive({ cluster, engine }, [web], [pod('web-0')])).toMatchObject({ events: [], eventsHidden: true });
    expect((await nodeLive({ cluster, engine }, [web], [])).usage).toBeUndefined();
    expect(asked.filter((one) => one.includes('PodMetrics'))).toEqual([]);
  });
});
