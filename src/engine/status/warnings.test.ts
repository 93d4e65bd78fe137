import { describe, expect, test } from 'vitest';
import type { KubeObject } from '../../shared/kubeObject';
import { refusedPods, Warnings } from './warnings';

const nowMs = Date.parse('2026-03-01T12:00:00Z');
const pod = (createdAt = '2026-03-01T11:00:00Z'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'p', namespace: 'shop', uid: 'u', creationTimestamp: createdAt },
});

function event(name: string, parts: object): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace: 'shop', creationTimestamp: '2026-03-01T11:59:00Z' },
    involvedObject: { uid: 'u' },
    type: 'Warning',
    reason: 'FailedCreate',
    message: name,
    ...parts,
  } as unknown as KubeObject;
}

describe('warnings', () => {
  test('are kept newest first, counted up in place, and gone with their event', () => {
    const warnings = new Warnings();
    warnings.put(event('old', { lastTimestamp: '2026-03-01T11:50:00Z' }));
    warnings.put(event('new', { lastTimestamp: '2026-03-01T11:59:00Z', count: 2 }));
    expect(warnings.get('u')?.map((one) => [one.message, one.count])).toEqual([
      ['new', 2],
      ['old', 1],
    ]);
    warnings.put(event('old', { lastTimestamp: null, series: { count: 7, lastObservedTime: '2026-03-01T12:00:00.000000Z' } }));
    expect(warnings.get('u')?.map((one) => [one.message, one.count])).toEqual([
      ['old', 7],
      ['new', 2],
    ]);
    warnings.remove(event('old', {}));
    warnings.remove(event('new', {}));
    expect(warnings.get('u')).toBeUndefined();
  });

  test('say nothing of what is normal, and of what is about nothing', () => {
    const warnings = new Warnings();
    warnings.put(event('a', { type: 'Normal' }));
    warnings.put(event('b', { involvedObject: {} }));
    warnings.put(pod());
    expect(warnings.get('u')).toBeUndefined();
  });

  test('are bounded for one object and in all', () => {
    const warnings = new Warnings();
    for (let minute = 0; minute < 30; minute += 1) {
      warnings.put(event(`m${String(minute)}`, { lastTimestamp: `2026-03-01T11:${String(minute).padStart(2, '0')}:00Z` }));
    }
    expect(warnings.get('u')?.map((one) => one.message)).toEqual(Array.from({ length: 10 }, (_, index) => `m${String(29 - index)}`));
    for (let other = 0; other < 6000; other += 1) warnings.put(event(`o${String(other)}`, { involvedObject: { uid: `uid-${String(other)}` } }));
    const kept = Array.from({ length: 6000 }, (_, other) => warnings.get(`uid-${String(other)}`)).filter((one) => one !== undefined);
    expect(kept).toHaveLength(5000);
    warnings.clear('shop');
    expect(warnings.get('uid-5999')).toBeUndefined();
  });

  test('of refused Pods hold until a Pod was made after them or they are long past', () => {
    const warnings = new Warnings();
    warnings.put(event('exceeded quota', { lastTimestamp: '2026-03-01T11:55:00Z' }));
    const about = { ...pod(), kind: 'StatefulSet' };
    expect(refusedPods(about, { warnings, nowMs, pods: [pod('2026-03-01T11:00:00Z')] })?.message).toBe('exceeded quota');
    expect(refusedPods(about, { warnings, nowMs, pods: [pod('2026-03-01T11:56:00Z')] })).toBeUndefined();
    expect(refusedPods(about, { warnings, nowMs: nowMs + 10 * 60_000 })).toBeUndefined();
  });
});
