import { expect, test } from 'vitest';
import type { LogStreamEvent } from '../../src/shared/stream';
import { NodeTails } from './nodeTails';

function setUp() {
  const frames: (() => void)[] = [];
  const later: (() => void)[] = [];
  const wanted: (readonly string[])[] = [];
  const tails = new NodeTails({
    frames: { next: (run) => void frames.push(run), after: (_, run) => void later.push(run) },
    tellWanted: (ids) => wanted.push(ids),
  });
  let id = 0;
  const line = (message: string): LogStreamEvent => ({
    stream_key: 'pod-logs:x',
    sequenceNumber: 1,
    timestamp: '',
    event_type: 'log',
    data: { lines: [{ id: ++id, pod: 'p', container: 'c', timestamp: '', message }] },
  });
  const run = (queue: (() => void)[]): void => {
    for (const each of queue.splice(0)) each();
  };
  return { tails, frames, later, wanted, line, run };
}

test('each node has its own buffer, and is drawn once per frame with the newest of its lines', () => {
  const { tails, frames, line, run } = setUp();
  const drawn: string[] = [];
  for (const id of ['a', 'b']) tails.subscribe(id, () => drawn.push(`${id}: ${tails.get(id)?.message ?? ''}`));
  for (let at = 0; at < 100; at++) {
    tails.receive('a', line(`a says ${at}`));
    tails.receive('b', line(`b says ${at}`));
  }
  expect(drawn).toEqual([]);
  expect(frames).toHaveLength(1);
  run(frames);
  expect(drawn).toEqual(['a: a says 99', 'b: b says 99']);
});

test('only nodes that are looked at are asked for, and what comes for others is let go', () => {
  const { tails, frames, later, wanted, line, run } = setUp();
  const leave = ['a', 'b', 'c'].map((id) => tails.subscribe(id, () => undefined));
  run(later);
  expect(wanted).toEqual([['a', 'b', 'c']]);
  leave[1]?.();
  tails.receive('b', line('too late'));
  run(frames);
  run(later);
  expect(wanted.at(-1)).toEqual(['a', 'c']);
  expect(tails.get('b')).toBeUndefined();
  for (const each of leave) each();
  run(later);
  expect(wanted.at(-1)).toEqual([]);
});
