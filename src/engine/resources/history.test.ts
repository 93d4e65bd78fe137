import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { maxHistoryEntries } from '../../shared/resource';
import { changesBetween, ResourceHistory } from './history';

const nowMs = Date.parse('2026-03-01T12:00:00Z');

function deployment(spec: JsonObject, more: { readonly metadata?: object; readonly status?: JsonObject } = {}): KubeObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', uid: 'u1', resourceVersion: '1', ...more.metadata },
    spec,
    ...(more.status === undefined ? {} : { status: more.status }),
  };
}

const template = (image: string): JsonObject => ({ spec: { containers: [{ name: 'app', image }] } });
const texts = (before: KubeObject | undefined, after: KubeObject | undefined): readonly string[] =>
  changesBetween(before, after, nowMs).map(({ action, text }) => `${action}: ${text}`);

describe('the change of an object', () => {
  it('that comes or goes', () => {
    const web = deployment({ replicas: 1 });
    expect(texts(undefined, web)).toEqual(['created: Created']);
    expect(texts(web, undefined)).toEqual(['deleted: Deleted']);
    expect(texts(undefined, undefined)).toEqual([]);
    expect(texts(web, deployment({ replicas: 1 }, { metadata: { uid: 'u2' } }))).toEqual(['deleted: Deleted', 'created: Created again under the same name']);
  });

  it('of its number is told as scaling', () => {
    expect(texts(deployment({ replicas: 1 }, { status: { availableReplicas: 1 } }), deployment({ replicas: 3 }, { status: { availableReplicas: 3 } }))).toEqual(
      ['scaled: Scaled from 1 to 3 replicas'],
    );
    expect(texts(deployment({ replicas: 2 }), deployment({ replicas: 1 }))).toEqual(['scaled: Scaled from 2 to 1 replica']);
  });

  it('of an image, a label and a status is each told in its own words, and not twice', () => {
    const before = deployment({ replicas: 1, template: template('nginx:1') }, { metadata: { labels: { app: 'web' } }, status: { availableReplicas: 1 } });
    const after = deployment({ replicas: 1, template: template('nginx:2') }, { metadata: { labels: { app: 'shop' } }, status: {} });
    expect(texts(before, after)).toEqual([
      'image_changed: Image of app changed from nginx:1 to nginx:2',
      'labels_changed: Labels changed: app',
      'status_changed: Status changed from Running to Failed',
    ]);
  });

  it('of a restart count is a restart', () => {
    const pod = (restartCount: number): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'a', uid: 'u' },
      status: { phase: 'Running', containerStatuses: [{ name: 'app', restartCount, lastState: { terminated: { reason: 'OOMKilled' } } }] },
    });
    expect(texts(pod(0), pod(1))).toEqual(['container_restarted: Container app restarted after OOMKilled (1 restart)']);
    expect(texts(pod(3), pod(2))).toEqual([]);
  });

  it('of anything else names the fields', () => {
    const change = changesBetween(deployment({ replicas: 1, paused: false }), deployment({ replicas: 1, paused: true, minReadySeconds: 5 }), nowMs)[0];
    expect(change).toMatchObject({ action: 'updated', text: 'Updated spec.paused, spec.minReadySeconds' });
    expect(change?.fields).toEqual([
      { path: 'spec.paused', before: 'false', after: 'true' },
      { path: 'spec.minReadySeconds', before: '', after: '5' },
    ]);
  });

  it('that only tools and the cluster itself write is none', () => {
    const notes = (revision: string) => ({
      resourceVersion: revision,
      generation: Number(revision),
      annotations: { 'deployment.kubernetes.io/revision': revision, 'kubectl.kubernetes.io/last-applied-configuration': `{"a":${revision}}` },
    });
    expect(texts(deployment({ replicas: 1 }, { metadata: notes('1') }), deployment({ replicas: 1 }, { metadata: notes('2') }))).toEqual([]);
  });

  it('of a Secret says which key, and nothing of its value', () => {
    const secret = (value: string): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's', uid: 'u' }, data: { password: value } });
    const told = changesBetween(secret('hidden:aa:4'), secret('hidden:bb:9'), nowMs);
    expect(told).toEqual([{ action: 'updated', text: 'Updated data.password', fields: [{ path: 'data.password', before: '', after: '' }] }]);
  });
});

describe('a history', () => {
  it('begins with the first change that was seen, newest first, and forgets the oldest', () => {
    const history = new ResourceHistory();
    for (let replicas = 1; replicas <= maxHistoryEntries + 20; replicas++) history.saw(deployment({ replicas }), nowMs + replicas);
    expect(history.entries).toHaveLength(maxHistoryEntries);
    expect(history.entries[0]?.text).toBe('Scaled from 119 to 120 replicas');
    expect(history.entries.at(-1)?.text).toBe('Scaled from 20 to 21 replicas');
    expect(new Set(history.entries.map(({ id }) => id)).size).toBe(maxHistoryEntries);
  });

  it('tells a deletion once, and the return of the name', () => {
    const history = new ResourceHistory();
    history.saw(undefined, nowMs);
    expect(history.entries).toEqual([]);
    history.saw(deployment({ replicas: 1 }), nowMs);
    history.saw(undefined, nowMs);
    history.saw(undefined, nowMs);
    history.saw(deployment({ replicas: 1 }, { metadata: { uid: 'u2' } }), nowMs);
    expect(history.entries.map(({ action }) => action)).toEqual(['created', 'deleted']);
  });
});
