import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { DeployRig } from '../../testing/deployRig';
import { settle, VirtualClock } from '../../testing/virtualClock';
import type { RunLock } from '../inventory';
import { HeldInventory, lockMs } from '../inventory';
import { waitForLock } from './lockWait';

describe('waiting for another run', () => {
  let rig: DeployRig;
  beforeAll(async () => {
    rig = await DeployRig.start();
  });
  afterAll(() => rig.dispose());

  const take = (workflow: string, runId: string, clock: VirtualClock) =>
    HeldInventory.take({ cluster: rig.cluster, clock, workflow, namespace: 'default', runId, by: `ada@${runId}`, members: [], origin: '' });
  const wait = (workflow: string, clock: VirtualClock, waitMs: number, told: RunLock[] = []) =>
    waitForLock({
      cluster: rig.cluster,
      clock,
      workflow,
      namespace: 'default',
      untilMs: clock.now() + waitMs,
      onWait: (lock) => Promise.resolve(void told.push(lock)),
    });

  test('ends at once when nobody runs, and when a crash left a lock that has run out', async () => {
    const clock = new VirtualClock();
    const told: RunLock[] = [];
    await wait('quiet', clock, 0, told);
    await take('quiet', 'r1', clock);
    await clock.advance(lockMs + 1);
    await wait('quiet', clock, 0, told);
    expect(told).toEqual([]);
  });

  test('tells once whose end is awaited, and goes on when it has come', async () => {
    const clock = new VirtualClock();
    const told: RunLock[] = [];
    const held = await take('busy', 'r1', clock);
    let over = false;
    const waiting = wait('busy', clock, 60_000, told).then(() => (over = true));
    for (let second = 0; second < 3; second += 1) {
      await expect.poll(() => told.length).toBe(1);
      await settle();
      await clock.advance(1000);
    }
    expect({ over, told: told.map(({ runId, by }) => [runId, by]) }).toEqual({ over: false, told: [['r1', 'ada@r1']] });
    await held.release({ runId: 'r1', version: 1, digest: '', endedAt: '', status: 'completed' });
    await expect
      .poll(async () => {
        await clock.advance(1000);
        return over;
      })
      .toBe(true);
    await waiting;
  });

  test('gives up when the time is over, and says who runs', async () => {
    const clock = new VirtualClock();
    await take('long', 'r1', clock);
    await expect(wait('long', clock, 0)).rejects.toMatchObject({ problem: { code: 'run.locked', args: { run: 'r1', by: 'ada@r1' } } });
  });
});
