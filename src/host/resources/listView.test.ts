import { describe, expect, it } from 'vitest';
import { resourceTypes } from '../../engine/index';
import type { ResourceInfo } from '../../engine/ports';
import { favouriteKey, kindGroups, kindKey, parseFavourite } from './listView';

const info = (apiVersion: string, kind: string, verbs: readonly string[] = ['list']): ResourceInfo => ({
  apiVersion,
  kind,
  resource: kind.toLowerCase(),
  namespaced: true,
  verbs,
});

describe('the kinds of a cluster', () => {
  it('stand in the order of the table, each once in its preferred version, the others by group', () => {
    const { known, others } = kindGroups(
      [
        info('v1', 'Secret'),
        info('v1', 'Pod'),
        info('autoscaling/v2', 'HorizontalPodAutoscaler'),
        info('autoscaling/v1', 'HorizontalPodAutoscaler'),
        info('apps/v1', 'Deployment'),
        info('v1', 'LimitRange'),
        info('acme.dev/v2', 'Widget'),
        info('acme.dev/v1', 'Widget'),
        info('acme.dev/v2', 'Gadget'),
        info('v1', 'Binding', ['create']),
      ],
      true,
      [],
      { resourceTypes },
    );
    expect(known.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)).toEqual([
      'apps/v1 Deployment',
      'v1 Pod',
      'v1 Secret',
      'autoscaling/v2 HorizontalPodAutoscaler',
    ]);
    expect([...others].map(([group, kinds]) => [group, kinds.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`)])).toEqual([
      ['', ['v1 LimitRange']],
      ['acme.dev', ['acme.dev/v2 Gadget', 'acme.dev/v2 Widget']],
    ]);
  });

  it('are only those of a filter where there is one, whatever their version', () => {
    const { known, others } = kindGroups([info('v1', 'Pod'), info('acme.dev/v1', 'Widget'), info('v1', 'Secret')], true, ['/Pod', 'acme.dev/Widget'], {
      resourceTypes,
    });
    expect([...known, ...[...others.values()].flat()].map(kindKey)).toEqual(['/Pod', 'acme.dev/Widget']);
  });
});

describe('a favourite', () => {
  it('is read as it was kept, whatever its names hold', () => {
    const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'a"/b', name: '["x"]' };
    expect(parseFavourite(favouriteKey('context:prod/eu', ref))).toEqual({ clusterKey: 'context:prod/eu', ref });
  });

  it('that is none is passed over', () => {
    for (const text of ['', 'x', '{}', '[]', '[1,2,3,4,5]', '["a","b","c","d"]', 'null']) expect(parseFavourite(text)).toBeUndefined();
  });
});
