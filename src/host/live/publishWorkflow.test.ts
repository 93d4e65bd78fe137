import { describe, expect, it } from 'vitest';
import { Emitter } from '../../shared/emitter';
import type { NodeStatus } from '../../shared/nodeStatus';
import type { Target } from '../../shared/plan';
import type { ResourceStreamEvent, WorkflowStreamBody, WorkflowStreamEvent } from '../../shared/stream';
import { resourceKey } from '../../shared/stream';
import { MemoryLogger } from '../../testing/memoryLogger';
import { settle, VirtualClock } from '../../testing/virtualClock';
import { Broadcaster } from '../streams/broadcaster';
import { publishWorkflow } from './publishWorkflow';

const target: Target = { label: 'x', sandbox: false, context: 'x', server: 'x', clusterUid: 'uid-1', namespace: 'shop', protected: false };
const status: NodeStatus = { state: 'partial', message: '1/2 pods ready', ready: 1, desired: 2 };
const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' };
const update: WorkflowStreamBody = { event_type: 'node_update', data: { updates: [{ node_id: 'web', type: 'deployment', status }] } };

function rig(): {
  broadcaster: Broadcaster;
  live: Emitter<WorkflowStreamBody>;
  runs: Emitter<WorkflowStreamBody>;
  asked: string[];
  publishing: { dispose(): void };
} {
  const broadcaster = new Broadcaster({ clock: new VirtualClock(), log: new MemoryLogger() });
  const live = new Emitter<WorkflowStreamBody>(() => undefined);
  const runs = new Emitter<WorkflowStreamBody>(() => undefined);
  const asked: string[] = [];
  const publishing = publishWorkflow({
    key: 'workflow:shop',
    broadcaster,
    runs: { onStream: runs.on },
    live: {
      onStream: live.on,
      target,
      objectStatusesOf: (nodeId) => {
        asked.push(nodeId);
        return [{ ref, status }];
      },
    },
  });
  return { broadcaster, live, runs, asked, publishing };
}

describe('What happens to a workflow', () => {
  it('is published under its key, statuses and run events in the order they came', async () => {
    const { broadcaster, live, runs, publishing } = rig();
    const heard: WorkflowStreamEvent[] = [];
    broadcaster.subscribe('workflow:shop', { deliver: (event) => void heard.push(event), snapshot: () => update });
    live.emit(update);
    runs.emit({ event_type: 'complete', data: { runId: 'r1', status: 'completed' } });
    await settle();
    publishing.dispose();
    live.emit(update);
    await settle();
    expect(heard.map((event) => [event.sequenceNumber, event.event_type])).toEqual([
      [1, 'node_update'],
      [2, 'complete'],
    ]);
  });

  it('is published under the key of each object, too, when somebody listens there', async () => {
    const { broadcaster, live } = rig();
    const heard: ResourceStreamEvent[] = [];
    const key = resourceKey('uid-1', ref);
    const subscription = broadcaster.subscribe(key, {
      deliver: (event) => void heard.push(event),
      snapshot: () => ({ event_type: 'complete', data: { resource_id: '' } }),
    });
    broadcaster.subscribe(resourceKey('uid-1', { ...ref, name: 'other' }), {
      deliver: () => {
        throw new Error('not about this one');
      },
      snapshot: () => ({ event_type: 'complete', data: { resource_id: '' } }),
    });
    live.emit(update);
    await settle();
    expect(heard).toMatchObject([
      { stream_key: key, event_type: 'status_update', data: { resource_id: 'uid-1/apps/v1/Deployment/shop/web', type: 'Deployment', status } },
    ]);
    subscription.dispose();
    live.emit(update);
    await settle();
    expect(heard).toHaveLength(1);
  });
});
