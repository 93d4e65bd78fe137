import { describe, expect, test } from 'vitest';
import { amountText, sumOf } from '../shared/cost';
import type { JsonObject } from '../shared/json';
import { costOf } from './cost';
import type { RenderedObject } from './render';

const gib = 2 ** 30;
const prices = { cpuCoreHour: 0.1, memoryGibHour: 0.01, storageGibMonth: 0.2, currency: 'EUR' };

function made(nodeId: string, kind: string, spec: JsonObject): RenderedObject {
  return { nodeId, object: { apiVersion: 'v1', kind, metadata: { name: nodeId }, spec }, secretKeys: [], namespaced: true };
}

const container = (requests: JsonObject, limits: JsonObject = {}): JsonObject => ({ name: 'one', resources: { requests, limits } });
const workload = (nodeId: string, more: JsonObject, pod: JsonObject, kind = 'Deployment'): RenderedObject =>
  made(nodeId, kind, { ...more, template: { spec: pod } });

describe('what nodes ask for', () => {
  test('is the requests of all copies, or the limits where there are none, in a month of 730 hours', () => {
    const cost = costOf([workload('web', { replicas: 3 }, { containers: [container({ cpu: '250m' }, { memory: '512Mi' })] })], prices);
    expect(cost).toEqual({
      currency: 'EUR',
      nodes: [{ nodeId: 'web', cpuCores: 0.75, memoryBytes: 1.5 * gib, storageBytes: 0, costMicrocents: Math.round((0.75 * 0.1 + 1.5 * 0.01) * 730 * 1e8) }],
    });
    expect(amountText(cost?.nodes[0]?.costMicrocents ?? 0, 'EUR')).toBe('65.70 EUR');
  });

  test('counts sidecars beside the containers, and the other init containers only where one asks for more', () => {
    const pod = {
      containers: [container({ cpu: '1', memory: '1Gi' })],
      initContainers: [{ ...container({ cpu: '500m', memory: '1Gi' }), restartPolicy: 'Always' }, container({ cpu: '4', memory: '1Gi' })],
    };
    expect(costOf([workload('web', {}, pod)], prices)?.nodes).toMatchObject([{ cpuCores: 4, memoryBytes: 2 * gib }]);
  });

  test('takes the copies that an autoscaler keeps at least, and the claims of each copy of a set', () => {
    const pod = { containers: [container({ cpu: '1', memory: '1Gi' })] };
    const claim = { spec: { resources: { requests: { storage: '10Gi' } } } };
    const cost = costOf(
      [
        workload('web', {}, pod),
        made('scaler', 'HorizontalPodAutoscaler', { minReplicas: 2, scaleTargetRef: { kind: 'Deployment', name: 'web' } }),
        workload('db', { replicas: 2, volumeClaimTemplates: [claim] }, pod, 'StatefulSet'),
        made('store', 'PersistentVolumeClaim', claim.spec),
        made('settings', 'ConfigMap', {}),
      ],
      prices,
    );
    expect(cost?.nodes.map(({ nodeId, cpuCores, storageBytes }) => [nodeId, cpuCores, storageBytes / gib])).toEqual([
      ['web', 2, 0],
      ['db', 2, 20],
      ['store', 0, 10],
    ]);
    expect(sumOf(cost?.nodes ?? [])).toMatchObject({ cpuCores: 4, storageBytes: 30 * gib });
  });

  test('says of which nodes a part is not known, and why', () => {
    const pod = { containers: [container({ cpu: '1' })] };
    const cost = costOf(
      [workload('web', {}, pod), workload('none', { replicas: 0 }, pod), workload('agent', {}, pod, 'DaemonSet'), made('nightly', 'CronJob', {})],
      prices,
    );
    expect(cost?.nodes.map(({ nodeId, cpuCores, unpriced }) => [nodeId, cpuCores, unpriced])).toEqual([
      ['web', 1, 'no-requests'],
      ['none', 0, undefined],
      ['agent', 0, 'per-cluster-node'],
      ['nightly', 0, 'runs-at-times'],
    ]);
  });

  test('has no price without prices, and is nothing where nothing asks', () => {
    const free = { cpuCoreHour: 0, memoryGibHour: 0, storageGibMonth: 0, currency: 'USD' };
    const cost = costOf([workload('web', {}, { containers: [container({ cpu: '1', memory: '1Gi' })] })], free);
    expect(cost).toEqual({ nodes: [{ nodeId: 'web', cpuCores: 1, memoryBytes: gib, storageBytes: 0, costMicrocents: 0 }] });
    expect(costOf([made('settings', 'ConfigMap', {})], prices)).toBeUndefined();
  });
});

test.each([
  [0, '0.00 EUR'],
  [1.234e8, '1.23 EUR'],
  [5e5, '0.0050 EUR'],
])('%d microcents: %s', (amount, words) => {
  expect(amountText(amount, 'EUR')).toBe(words);
});
