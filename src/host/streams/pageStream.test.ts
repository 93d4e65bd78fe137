import { beforeEach, describe, expect, it } from 'vitest';
import { disposable } from '../../shared/disposables';
import type { WorkflowStreamBody, WorkflowStreamEvent } from '../../shared/stream';
import { MemoryLogger } from '../../testing/memoryLogger';
import { settle, VirtualClock } from '../../testing/virtualClock';
import { Broadcaster } from './broadcaster';
import { PageStream } from './pageStream';

const key = 'workflow:shop';
const update: WorkflowStreamBody = { event_type: 'node_update', data: { updates: [] } };
const sync: WorkflowStreamBody = { event_type: 'workflow_sync', data: { nodes: {}, health: { connected: true } } };

describe('What a page hears', () => {
  let clock: VirtualClock;
  let broadcaster: Broadcaster;
  let heard: WorkflowStreamEvent[];
  let held: number;
  let page: PageStream;
  const told = (): readonly string[] => heard.map((event) => `${String(event.sequenceNumber)} ${event.event_type}`);
  const publish = async (): Promise<void> => {
    broadcaster.publish(key, update);
    await settle();
  };

  beforeEach(() => {
    clock = new VirtualClock();
    broadcaster = new Broadcaster({ clock, log: new MemoryLogger() });
    heard = [];
    held = 0;
    page = new PageStream({
      broadcaster,
      key,
      clock,
      deliver: (event) => Promise.resolve(heard.push(event)),
      snapshot: () => sync,
      hold: () => {
        held += 1;
        return disposable(() => (held -= 1));
      },
    });
  });

  it('is nothing before it has asked, though its cluster is followed already', async () => {
    await publish();
    expect([told(), held, page.isAwake, broadcaster.subscriberCount(key)]).toEqual([[], 1, false, 0]);
  });

  it('is every change once it has asked, by one subscription however often it asks', async () => {
    page.wake(true);
    expect(page.caughtUp()).toBe(0);
    await publish();
    page.wake(false);
    expect(page.caughtUp()).toBe(1);
    await publish();
    expect(told()).toEqual(['1 node_update', '2 node_update']);
    expect([broadcaster.subscriberCount(key), held]).toEqual([1, 1]);
  });

  it('begins to be counted anew for a page that has just begun', async () => {
    page.wake(true);
    await publish();
    page.wake(true);
    expect(page.caughtUp()).toBe(0);
    await publish();
    expect(told()).toEqual(['1 node_update', '1 node_update']);
    expect(broadcaster.subscriberCount(key)).toBe(1);
  });

  it('is nothing while it cannot be seen, and its cluster is let go of after a minute', async () => {
    page.wake(true);
    page.sleep();
    await publish();
    expect([told(), broadcaster.subscriberCount(key), held]).toEqual([[], 0, 1]);
    await clock.advance(59_999);
    expect(held).toBe(1);
    await clock.advance(1);
    expect([held, clock.waiting]).toEqual([0, 0]);
    page.wake(false);
    await publish();
    expect([told(), held]).toEqual([['1 node_update'], 1]);
  });

  it('goes on without a new list when it is seen again within the minute', async () => {
    page.wake(true);
    page.sleep();
    await clock.advance(30_000);
    page.wake(false);
    await clock.advance(60_000);
    expect(held).toBe(1);
  });

  it('is everything again every five minutes, and not while it cannot be seen', async () => {
    page.wake(true);
    await clock.advance(2 * 5 * 60_000);
    expect(told()).toEqual(['1 workflow_sync', '2 workflow_sync']);
    page.sleep();
    await clock.advance(5 * 60_000);
    expect(heard).toHaveLength(2);
  });

  it('ends with it and leaves nothing behind', async () => {
    page.wake(true);
    page.sleep();
    page.dispose();
    page.dispose();
    await publish();
    expect([told(), held, clock.waiting, broadcaster.keys()]).toEqual([[], 0, 0, []]);
  });
});
