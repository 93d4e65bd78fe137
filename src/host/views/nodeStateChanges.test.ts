import { expect, it } from 'vitest';
import type { NodeStatus } from '../../shared/nodeStatus';
import { Emitter } from '../../shared/emitter';
import type { WorkflowStreamBody } from '../../shared/stream';
import { MemoryLogger } from '../../testing/memoryLogger';
import { VirtualClock } from '../../testing/virtualClock';
import { NodeStateChanges } from './nodeStateChanges';

const status = (state: NodeStatus['state'], more: Partial<NodeStatus> = {}): NodeStatus => ({ state, message: '', ready: 1, desired: 1, ...more });

it('tells of other states once a second, and of numbers not at all', async () => {
  const clock = new VirtualClock();
  const changes = new NodeStateChanges(clock, new MemoryLogger());
  const stream = new Emitter<WorkflowStreamBody>(() => undefined);
  const ref = { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name: 'settings' };
  let objects = [{ ref, status: status('healthy') }];
  const live = { onStream: stream.on, statuses: { web: status('pending') } as Record<string, NodeStatus>, objectStatusesOf: () => objects };
  const tell = (): void => stream.emit({ event_type: 'workflow_sync', data: {} } as WorkflowStreamBody);
  changes.follow(live);
  let told = 0;
  changes.on(() => (told += 1));

  live.statuses = { web: status('pending', { ready: 0, message: 'Waiting' }) };
  tell();
  await clock.advance(5000);
  expect(told).toBe(0);

  live.statuses = { web: status('partial') };
  tell();
  live.statuses = { web: status('healthy') };
  tell();
  expect(told).toBe(0);
  await clock.advance(1000);
  expect(told).toBe(1);

  // What a chart made has a row for each object, though the node is as it was.
  live.statuses = { web: status('healthy', { objects: 1 }) };
  tell();
  await clock.advance(1000);
  const before = told;
  objects = [{ ref, status: status('error') }];
  tell();
  await clock.advance(1000);
  expect(told).toBe(before + 1);

  live.statuses = { web: status('healthy', { staleSince: '2026-03-01T09:00:00Z' }) };
  tell();
  changes.dispose();
  await clock.advance(5000);
  expect(told).toBe(before + 1);
});
