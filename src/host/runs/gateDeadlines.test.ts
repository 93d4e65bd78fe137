import { expect, test } from 'vitest';
import type { GatePaused } from '../../engine/index';
import { VirtualClock } from '../../testing/virtualClock';
import { GateDeadlines } from './gateDeadlines';

const dayMs = 24 * 60 * 60 * 1000;

test('the first time that is over is told, once, however far ahead it was', async () => {
  const clock = new VirtualClock();
  const told: number[] = [];
  const deadlines = new GateDeadlines(clock, () => told.push(clock.now()));
  const gate = (afterMs?: number): GatePaused =>
    ({ type: 'human_gate:paused', ...(afterMs === undefined ? {} : { expiresAt: new Date(clock.now() + afterMs).toISOString() }) }) as GatePaused;
  deadlines.await([gate()]);
  expect(clock.waiting).toBe(0);
  const dueMs = clock.now() + 30 * dayMs;
  deadlines.await([gate(31 * dayMs), gate(30 * dayMs), gate()]);
  await clock.advance(31 * dayMs);
  expect(told).toEqual([dueMs]);
  // One that is over already is told of, too, and those of another run no more.
  deadlines.await([gate(5000)]);
  deadlines.await([gate(-5000)]);
  await clock.advance(6000);
  expect(told).toHaveLength(2);
  deadlines.await([gate(5000)]);
  deadlines.dispose();
  await clock.advance(6000);
  expect(told).toHaveLength(2);
  expect(clock.waiting).toBe(0);
});
