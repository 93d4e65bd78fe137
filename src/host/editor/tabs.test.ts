import { expect, it, vi } from 'vitest';
import { originOf } from './tabs';

vi.mock('vscode', () => ({}));

it('reads what a tab was of, and believes nothing else', () => {
  const ref = { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-0' };
  const origins = [
    { type: 'overview' },
    { type: 'nodeLogs', file: 'file:///w/.kubeorch/shop.workflow.yaml', nodeId: 'web' },
    { type: 'resource', cluster: 'context:dev', ref, tab: 'events' },
    { type: 'compare', file: 'file:///w/.kubeorch/shop.workflow.yaml', before: { type: 'version', ref: '3' }, after: { type: 'live' } },
  ];
  for (const restore of origins) expect(originOf({ wrap: true, restore })).toEqual(restore);
  const wrong = [
    undefined,
    null,
    'overview',
    {},
    { restore: { type: 'terminal' } },
    { restore: { type: 'resource', cluster: 'context:dev', ref: { ...ref, token: 'x' }, tab: 'events' } },
    { restore: { type: 'nodeLogs', file: 'x'.repeat(5000), nodeId: 'web' } },
    { restore: { type: 'compare', file: 'file:///w', before: { type: 'shell' }, after: { type: 'live' } } },
  ];
  for (const saved of wrong) expect(originOf(saved)).toBeUndefined();
});
