import { expect, test } from 'vitest';
import { VirtualClock, settle } from '../testing/virtualClock';
import { jittered, PortProber } from './portProber';

interface Probed {
  readonly prober: PortProber;
  readonly clock: VirtualClock;
  /** When the port was tried. */
  readonly times: number[];
  open: boolean;
}

function probed(): Probed {
  const clock = new VirtualClock(0);
  const state: Probed = {
    clock,
    times: [],
    open: false,
    prober: new PortProber(
      clock,
      () => {
        state.times.push(clock.now());
        return Promise.resolve(state.open);
      },
      () => 0.5,
    ),
  };
  return state;
}

test('the port is tried every half second for a minute, then after 5, 10, 20, 40 and 60 seconds', async () => {
  const state = probed();
  const { prober, clock, times } = state;
  let opened = false;
  void prober.untilOpen(new AbortController().signal).then(() => (opened = true));
  await clock.advance(60_000 + 5_000 + 10_000 + 20_000 + 40_000 + 60_000 + 60_000 - 500);
  const waits = times.slice(1).map((time, index) => time - (times[index] ?? 0));
  expect(waits.slice(0, 120)).toEqual(Array.from({ length: 120 }, () => 500));
  expect(waits.slice(120)).toEqual([5_000, 10_000, 20_000, 40_000, 60_000]);
  expect(opened).toBe(false);
  state.open = true;
  await clock.advance(60_000);
  expect(opened).toBe(true);
  expect(clock.waiting).toBe(0);
});

test('many wait on one prober, and it ends with the last who waits', async () => {
  const { prober, clock, times } = probed();
  const stops = Array.from({ length: 20 }, () => new AbortController());
  const waiting = stops.map((stop) => prober.untilOpen(stop.signal));
  await clock.advance(1_000);
  expect(times).toEqual([0, 500, 1_000]);
  for (const stop of stops) stop.abort();
  await Promise.all(waiting);
  expect(clock.waiting).toBe(0);
  await clock.advance(10_000);
  expect(times).toHaveLength(3);
});

test('whoever comes after the end of one round starts another', async () => {
  const state = probed();
  state.open = true;
  await state.prober.untilOpen(new AbortController().signal);
  state.open = false;
  let again = false;
  void state.prober.untilOpen(new AbortController().signal).then(() => (again = true));
  await state.clock.advance(500);
  expect(again).toBe(false);
  state.open = true;
  await state.clock.advance(500);
  await settle();
  expect(again).toBe(true);
});

test('somebody who is impatient has it tried at once, and every half second again', async () => {
  const state = probed();
  const { prober, clock, times } = state;
  let opened = false;
  void prober.untilOpen(new AbortController().signal).then(() => (opened = true));
  await clock.advance(60_000 + 5_000 + 10_000 + 1_000);
  const before = times.length;
  prober.retryNow();
  await clock.advance(0);
  expect(times.length).toBe(before + 1);
  await clock.advance(1_000);
  expect(times.length).toBe(before + 3);
  state.open = true;
  prober.retryNow();
  await clock.advance(0);
  expect(opened).toBe(true);
  expect(clock.waiting).toBe(0);
});

test('jitter stays within a fifth', () => {
  expect(jittered(1_000, () => 0)).toBe(800);
  expect(jittered(1_000, () => 1)).toBe(1_200);
});
