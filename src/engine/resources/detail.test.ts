import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../shared/kubeObject';
import { actionsFor, eventViews, resourceDetail } from './detail';

const nowMs = Date.parse('2026-03-01T12:00:00Z');
const nothing = { cluster: 'test', gone: false, owners: [], children: [], events: [], history: [], nowMs };
const pod = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'shop', uid: name }, status: { phase: 'Running' } });
const event = (name: string, fields: object): KubeObject => ({ apiVersion: 'v1', kind: 'Event', metadata: { name, uid: name }, ...fields });

describe('what is offered for an object', () => {
  it('follows from its kind and group', () => {
    expect(actionsFor({ apiVersion: 'apps/v1', kind: 'Deployment' })).toEqual(['logs', 'terminal', 'forward', 'restart', 'scale', 'delete']);
    expect(actionsFor({ apiVersion: 'apps/v1', kind: 'DaemonSet' })).not.toContain('scale');
    expect(actionsFor({ apiVersion: 'v1', kind: 'Pod' })).toEqual(['logs', 'terminal', 'forward', 'delete']);
    expect(actionsFor({ apiVersion: 'v1', kind: 'Service' })).toEqual(['forward', 'delete']);
    expect(actionsFor({ apiVersion: 'serving.knative.dev/v1', kind: 'Service' })).toEqual(['delete']);
    expect(actionsFor({ apiVersion: 'v1', kind: 'ConfigMap' })).toEqual(['delete']);
  });

  it('is nothing once it is gone', () => {
    expect(resourceDetail({ ...nothing, object: pod('a'), gone: true })).toMatchObject({ actions: [], row: { word: 'deleted' } });
  });
});

describe('events', () => {
  it('of the old and the new form are told alike, newest first', () => {
    const views = eventViews([
      event('old', { type: 'Warning', reason: 'BackOff', message: 'again', count: 5, lastTimestamp: '2026-03-01T11:00:00Z', source: { component: 'kubelet' } }),
      event('new', {
        type: 'Normal',
        reason: 'Pulled',
        note: 'done',
        eventTime: '2026-03-01T11:30:00Z',
        reportingController: 'kubelet-2',
        series: { count: 3, lastObservedTime: '2026-03-01T11:45:00Z' },
      }),
      event('strange', { type: 7, reason: null }),
    ]);
    expect(views.map(({ reason, message, count, lastSeen, source }) => [reason, message, count, lastSeen, source])).toEqual([
      ['Pulled', 'done', 3, '2026-03-01T11:45:00Z', 'kubelet-2'],
      ['BackOff', 'again', 5, '2026-03-01T11:00:00Z', 'kubelet'],
      ['', '', 1, '', ''],
    ]);
    expect(views.map(({ type }) => type)).toEqual(['Normal', 'Warning', 'Normal']);
  });

  it('cannot break out of their line', () => {
    expect(eventViews([event('e', { message: 'a\nb\u001b[31m\u202e' })])[0]?.message).toBe('a b [31m');
  });
});

it('a workload of thousands of pods sends a page of them, and says how many there are', () => {
  const children = Array.from({ length: 5000 }, (_, index) => pod(`web-${index}`));
  const detail = resourceDetail({ ...nothing, object: pod('a'), children });
  expect(detail.children).toHaveLength(200);
  expect(detail.childCount).toBe(5000);
  expect(JSON.stringify(detail).length).toBeLessThan(200_000);
});

it('a pod tells every container in its own state, also those of which nothing is known yet', () => {
  const object: KubeObject = {
    ...pod('a'),
    spec: { initContainers: [{ name: 'prepare', image: 'busybox' }], containers: [{ name: 'app', image: 'web:1' }, { name: 'late' }] },
    status: {
      initContainerStatuses: [{ name: 'prepare', state: { terminated: { reason: 'Completed', exitCode: 0 } } }],
      containerStatuses: [{ name: 'app', ready: true, restartCount: 2, state: { running: { startedAt: '2026-03-01T11:00:00Z' } } }],
    },
  };
  expect(resourceDetail({ ...nothing, object }).containers).toEqual([
    { name: 'prepare', init: true, image: 'busybox', state: 'ended: Completed (0)', ready: false, restarts: 0 },
    { name: 'app', init: false, image: 'web:1', state: 'running since 2026-03-01T11:00:00Z', ready: true, restarts: 2 },
    { name: 'late', init: false, image: '', state: '', ready: false, restarts: 0 },
  ]);
});
