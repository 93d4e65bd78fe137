import { describe, expect, it } from 'vitest';
import { ClusterError } from '../../engine/ports';
import type { LogStreamBody } from '../../shared/stream';
import { maxLogLines } from '../../shared/stream';
import { MemoryLogger } from '../../testing/memoryLogger';
import { scriptedLogs } from '../../testing/scriptedLogs';
import { VirtualClock } from '../../testing/virtualClock';
import type { LogSource, LogWords } from './logSource';
import { LogStreams } from './logStreams';
import { NodeLogs } from './nodeLogs';

const words: LogWords = {
  failure: (error) => (error instanceof Error ? error.message : String(error)),
  restarted: ({ container, lastExit }, times) => `${container} restarted ${times}x (exit ${String(lastExit?.exitCode)}, ${lastExit?.reason ?? ''})`,
  replaced: (before, after) => `${before} was replaced by ${after}`,
  ended: ({ container }) => `${container} ended`,
  lost: (_, count) => `${count} lost`,
  setAside: (pattern) => `${pattern} set aside`,
};

function rig() {
  const script = scriptedLogs();
  const clock = new VirtualClock();
  const log = new MemoryLogger();
  const streams = new LogStreams({ clock, log, words });
  const view = () => {
    const logs = new NodeLogs({
      streams,
      cluster: script.cluster,
      clock,
      log,
      words,
      tailLines: 100,
      describe: () => ({ nodeId: 'web', namespace: 'shop', cluster: 'test' }),
    });
    const told: LogStreamBody[] = [];
    logs.onStream((body) => told.push(body));
    const messages = (): string[] =>
      told.flatMap((body) => (body.event_type === 'log' ? body.data.lines.map((line) => (line.mark === undefined ? line.message : `(${line.message})`)) : []));
    const shown = (): string[] => logs.lines.map((line) => (line.mark === undefined ? line.message : `(${line.message})`));
    const count = (type: LogStreamBody['event_type']): number => told.filter((body) => body.event_type === type).length;
    return { logs, told, messages, shown, count };
  };
  return { ...script, ...view(), clock, streams, log, view };
}

const web: LogSource = {
  namespace: 'shop',
  pod: 'web-7d-a',
  podUid: '1',
  terminating: false,
  container: 'web',
  type: 'container',
  restarts: 0,
  started: true,
};
const at = (seconds: string): string => `2026-03-01T12:00:${seconds}Z`;

describe('the logs of a node', () => {
  it('forgets what it read with a connection that is over, says why it reads nothing, and goes on with another one', async () => {
    const { logs, clock, reading, readings, shown, told } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), 'seen by ana']);
    await clock.advance(20);
    logs.lose('nobody is signed in');
    expect([reading(0).query.signal?.aborted, logs.lost, shown()]).toEqual([true, 'nobody is signed in', []]);
    expect(told.at(-1)).toMatchObject({ event_type: 'error', data: { message: 'nobody is signed in' } });
    await clock.advance(60_000);
    expect(readings).toHaveLength(1);
    const other = scriptedLogs();
    logs.moveTo(other.cluster);
    logs.setSources([web]);
    other.reading(0).say([at('02'), 'seen by ben']);
    await clock.advance(20);
    expect([logs.lost, shown(), readings.length]).toEqual([undefined, ['seen by ben'], 1]);
  });

  it('asks once for the past and what follows, and goes on after a cut without repeating or losing a line', async () => {
    const { logs, clock, reading, readings, messages } = rig();
    logs.setSources([web]);
    expect(readings).toHaveLength(1);
    expect(reading(0).query).toMatchObject({ follow: true, tailLines: 100 });
    reading(0).say([at('01.1'), 'a'], [at('01.2'), 'b'], [at('01.2'), 'c']);
    await clock.advance(20);
    reading(0).cut(new Error('lost'));
    await clock.advance(3000);
    expect(reading(1).query).toMatchObject({ sinceTime: at('01.2'), follow: true });
    // The server counts whole seconds, so it says all of that second again.
    reading(1).say([at('01.1'), 'a'], [at('01.2'), 'b'], [at('01.2'), 'c'], [at('01.2'), 'd'], [at('01.25'), 'e']);
    await clock.advance(20);
    expect(messages()).toEqual(['a', 'b', 'c', '(web-7d-a: lost)', 'd', 'e']);
    reading(1).cut(new Error('lost'));
    await clock.advance(3000);
    reading(2).say([at('01.2'), 'd'], [at('01.25'), 'e'], [at('02'), 'f']);
    await clock.advance(20);
    expect(messages().filter((message) => !message.startsWith('('))).toEqual(['a', 'b', 'c', 'd', 'e', 'f']);
  });

  it('neither repeats nor loses lines that were on their way when following was paused, and starts nothing meanwhile', async () => {
    const { logs, clock, reading, readings, messages } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), 'a']);
    await clock.advance(20);
    reading(0).say([at('02'), 'b']);
    logs.setFollow(false);
    await clock.advance(20);
    expect(messages()).toEqual(['a']);
    expect(reading(0).query.signal?.aborted).toBe(true);
    logs.setSources([web, { ...web, pod: 'web-7d-b', podUid: '2' }]);
    await clock.advance(10_000);
    expect(readings).toHaveLength(1);
    logs.setFollow(true);
    reading(1).say([at('01'), 'a'], [at('02'), 'b'], [at('03'), 'c']);
    await clock.advance(300);
    expect(messages()).toEqual(['a', 'b', 'c']);
    expect(reading(2).query).toMatchObject({ pod: 'web-7d-b', tailLines: 100 });
  });

  it('does not try again what failed while following is off', async () => {
    const { logs, clock, reading, readings } = rig();
    logs.setSources([web]);
    reading(0).cut(new Error('lost'));
    await clock.advance(1000);
    logs.setFollow(false);
    await clock.advance(60_000);
    expect(readings).toHaveLength(1);
    logs.setFollow(true);
    expect(readings).toHaveLength(2);
  });

  it('says that a container has ended, and how it was started again, between the lines of both runs', async () => {
    const { logs, clock, reading, readings, messages, count } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), 'first']);
    reading(0).end();
    await clock.advance(20);
    expect(count('complete')).toBe(1);
    logs.setSources([web]);
    logs.setFollow(false);
    logs.setFollow(true);
    await clock.advance(5000);
    expect(readings).toHaveLength(1);
    logs.setSources([{ ...web, restarts: 1, lastExit: { exitCode: 137, reason: 'OOMKilled' } }]);
    reading(1).say([at('01'), 'first'], [at('09'), 'second']);
    await clock.advance(20);
    // The next start may be known before the log of this one has ended.
    logs.setSources([{ ...web, restarts: 2, lastExit: { exitCode: 1, reason: 'Error' } }]);
    reading(1).end();
    await clock.advance(20);
    reading(2).say([at('12'), 'third']);
    await clock.advance(20);
    expect(messages()).toEqual([
      'first',
      '(web ended)',
      '(web restarted 1x (exit 137, OOMKilled))',
      'second',
      '(web ended)',
      '(web restarted 1x (exit 1, Error))',
      'third',
    ]);
  });

  it('waits for a container that has never run instead of asking in vain', async () => {
    const { logs, clock, readings } = rig();
    logs.setSources([{ ...web, started: false, waiting: 'ImagePullBackOff' }]);
    await clock.advance(60_000);
    expect(readings).toHaveLength(0);
    expect(logs.metadata()).toMatchObject({ data: { containers: [{ waiting: 'ImagePullBackOff' }] } });
    logs.setSources([web]);
    expect(readings).toHaveLength(1);
  });

  it('says nothing of a container that is still being made when its log is asked for, and what keeps it only when that lasts', async () => {
    const waits = (why: string): ClusterError =>
      new ClusterError({ kind: 'invalid', code: 400, reason: 'BadRequest', message: why, causes: [], conflicts: [], uncertain: false });
    const { logs, clock, reading, messages, count } = rig();
    logs.setSources([web]);
    reading(0).cut(waits('ContainerCreating'));
    await clock.advance(3000);
    expect([messages(), count('error')]).toEqual([[], 0]);
    reading(1).say([at('01'), 'a']);
    await clock.advance(20);
    expect(messages()).toEqual(['a']);

    const slow = rig();
    slow.logs.setSources([web]);
    slow.reading(0).cut(waits('ErrImagePull'));
    await slow.clock.advance(3000);
    slow.reading(1).cut(waits('ErrImagePull'));
    await slow.clock.advance(3000);
    slow.reading(2).cut(waits('ErrImagePull'));
    await slow.clock.advance(3000);
    expect([slow.messages(), slow.count('error')]).toEqual([['(web-7d-a: ErrImagePull)'], 1]);
  });

  it('says a failure once for as long as it stays the same, and goes on when it has passed', async () => {
    const { logs, clock, reading, readings, messages, count } = rig();
    logs.setSources([web]);
    for (let attempt = 0; attempt < 4; attempt++) {
      reading(attempt).cut(new Error('The container waits for its image.'));
      await clock.advance(3000);
    }
    expect(count('error')).toBe(1);
    reading(4).say([at('05'), 'hello']);
    reading(4).cut(new Error('The container waits for its image.'));
    await clock.advance(20);
    expect(messages()).toEqual(['(web-7d-a: The container waits for its image.)', 'hello', '(web-7d-a: The container waits for its image.)']);
    expect(count('error')).toBe(2);
    // A container that is gone is not asked for again.
    logs.setSources([]);
    await clock.advance(60_000);
    expect(readings).toHaveLength(5);
  });

  it('reads the log of a pod that is gone to its end, and says which pod took its place', async () => {
    const { logs, clock, reading, messages, streams } = rig();
    const next: LogSource = { ...web, pod: 'web-7d-b', podUid: '2' };
    logs.setSources([web]);
    reading(0).say([at('01'), 'a']);
    await clock.advance(20);
    logs.setSources([{ ...web, terminating: true }]);
    logs.setSources([{ ...web, terminating: true }, next]);
    logs.setSources([next]);
    reading(0).say([at('02'), 'last words']);
    reading(0).cut(new Error('not found'));
    reading(1).say([at('03'), 'b']);
    await clock.advance(300);
    expect(messages().toSorted()).toEqual(['(web-7d-a was replaced by web-7d-b)', 'a', 'b', 'last words']);
    expect(messages()[0]).toBe('a');
    expect(streams.size).toBe(1);
    await clock.advance(60_000);
    expect(streams.size).toBe(1);
  });

  it('takes a pod that is added for no successor', async () => {
    const { logs, clock, messages } = rig();
    const second = { ...web, pod: 'web-7d-b', podUid: '2' };
    logs.setSources([web]);
    logs.setSources([web, second]);
    logs.setSources([second]);
    await clock.advance(180_000);
    expect(messages()).toEqual([]);
    // Of another template, it is one: the new pod of a rollout comes before the old one goes.
    const third = { ...web, pod: 'web-9c-c', podUid: '3' };
    logs.setSources([second, third]);
    logs.setSources([third]);
    await clock.advance(1000);
    expect(messages()).toEqual(['(web-7d-b was replaced by web-9c-c)']);
  });

  it('puts the histories of several containers in the order of time, also where their clocks write other zones', async () => {
    const { logs, clock, reading, messages } = rig();
    logs.setSources([web, { ...web, container: 'side' }, { ...web, container: 'init', type: 'init' }]);
    reading(0).say([at('02.5'), 'b'], [at('04'), 'd']);
    reading(0).say([at('06'), 'f']);
    reading(1).say(['2026-03-01T13:00:03.25+01:00', 'c'], ['', 'c, on'], [at('05.123456789'), 'e']);
    await clock.advance(100);
    reading(2).say([at('01'), 'a']);
    expect(messages()).toEqual([]);
    await clock.advance(200);
    expect(messages()).toEqual(['a', 'b', 'c', 'c, on', 'd', 'e', 'f']);
    // Later, a line waits for the others no longer than a bounded while.
    await clock.advance(2000);
    reading(1).say([at('20'), 'h']);
    await clock.advance(90);
    reading(0).say([at('19'), 'g']);
    await clock.advance(10);
    expect(messages().slice(-2)).toEqual(['g', 'h']);
  });

  it('is read once for two views, and ends with the last of them', async () => {
    const { logs, clock, reading, readings, streams, view, log } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), 'a'], [at('02'), 'b']);
    await clock.advance(20);
    const second = view();
    second.logs.setSources([web]);
    await clock.advance(20);
    // Two lines are fewer than the second view asks for: whether there were more is asked once, without following.
    expect(readings).toHaveLength(2);
    expect(reading(1).query).toMatchObject({ follow: false, tailLines: 102 });
    reading(1).say([at('00'), 'before'], [at('01'), 'a'], [at('02'), 'b']);
    reading(1).end();
    await clock.advance(20);
    expect(second.shown()).toEqual(['before', 'a', 'b']);
    reading(0).say([at('03'), 'c']);
    await clock.advance(20);
    expect(second.shown()).toEqual(['before', 'a', 'b', 'c']);
    logs.dispose();
    expect(reading(0).query.signal?.aborted).toBe(false);
    expect(streams.size).toBe(1);
    second.logs.dispose();
    expect(reading(0).query.signal?.aborted).toBe(true);
    expect(streams.size).toBe(0);
    const trail = ['info logs: shop/web-7d-a, container web', 'info logs: shop/web-7d-a, container web: closed'];
    expect(log.lines.filter((line) => line.includes('logs: '))).toEqual(trail);
  });

  it('catches up from what another view had read while this one was paused', async () => {
    const { logs, clock, reading, readings, view, messages } = rig();
    logs.setSources([web]);
    reading(0).say(...Array.from({ length: 100 }, (_, index) => [at('01'), `old ${index}`] as const));
    await clock.advance(20);
    const second = view();
    second.logs.setSources([web]);
    logs.setFollow(false);
    reading(0).say([at('02'), 'b']);
    await clock.advance(20);
    expect(messages()).toHaveLength(100);
    logs.setFollow(true);
    await clock.advance(20);
    expect(messages().slice(100)).toEqual(['b']);
    expect(readings).toHaveLength(1);
  });

  it('shows the run before the last restart when asked to, and goes back to the living one', async () => {
    const { logs, clock, reading, readings, shown } = rig();
    const crashed = { ...web, restarts: 3, lastExit: { exitCode: 1, reason: 'Error' } };
    logs.setSources([crashed, { ...web, container: 'side' }]);
    reading(0).say([at('09'), 'alive']);
    await clock.advance(300);
    const going = logs.setOrigin({ type: 'previous' });
    // Of a container that never restarted there is none.
    expect(readings).toHaveLength(3);
    expect(reading(2).query).toMatchObject({ previous: true, follow: false, container: 'web' });
    reading(2).say([at('07'), 'the crash']);
    reading(2).end();
    await going;
    expect(shown()).toEqual(['the crash']);
    expect(reading(0).query.signal?.aborted).toBe(true);
    const back = logs.setOrigin({ type: 'tail' });
    await clock.advance(20);
    const probe = readings.findIndex((one, index) => index > 2 && !one.query.follow);
    reading(probe).end();
    await back;
    expect(shown()).toContain('alive');
    expect(readings.at(-1)?.query.follow).toBe(true);
  });

  it('reaches back to a time, and says in its place what could not be read', async () => {
    const { logs, clock, reading, shown, told } = rig();
    logs.setSources([web]);
    reading(0).say([at('10'), 'b'], [at('10'), 'c']);
    await clock.advance(20);
    const going = logs.setOrigin({ type: 'time', time: at('05') });
    expect(reading(1).query).toMatchObject({ follow: false, sinceTime: at('05') });
    reading(1).say([at('04.9'), 'too old'], [at('05.5'), 'a'], [at('10'), 'also then'], [at('10'), 'b'], [at('10'), 'c']);
    reading(1).end();
    await going;
    expect(shown()).toEqual(['a', 'also then', 'b', 'c']);
    expect(told.at(-1)).toMatchObject({ event_type: 'log', data: { anew: { kept: 4 } } });
    const failing = logs.setOrigin({ type: 'seconds', seconds: 3600 });
    reading(2).cut(new Error('refused'));
    await failing;
    expect(shown().at(-1)).toBe('(web-7d-a/web: refused)');
  });

  it('keeps a flood, hands on what a page can show, and counts the rest', async () => {
    const { logs, clock, reading, told } = rig();
    logs.setSources([web]);
    const flood = Array.from({ length: 60_000 }, (_, index) => [at('01'), `line ${index}`] as const);
    reading(0).say(...flood);
    await clock.advance(20);
    const [body] = told.filter((one) => one.event_type === 'log');
    expect(body).toMatchObject({ data: { dropped: 60_000 - maxLogLines } });
    expect(logs.lines).toHaveLength(50_000);
    expect(logs.lines.at(-1)?.message).toBe('line 59999');
    expect(new Set(logs.lines.map((line) => line.id)).size).toBe(50_000);
  });

  it('shows only what is selected, from all that is kept and from what comes', async () => {
    const { logs, clock, reading, shown, told } = rig();
    logs.setSources([web, { ...web, container: 'side' }]);
    reading(0).say([at('01'), 'ERROR one'], [at('02'), 'INFO two'], [at('03'), '{"level":"error","msg":"three"}']);
    reading(1).say([at('04'), 'ERROR four']);
    await clock.advance(300);
    logs.select({ text: '', regex: false, levels: ['error'], sources: ['web-7d-a/web'] });
    expect(shown()).toEqual(['ERROR one', '{"level":"error","msg":"three"}']);
    expect(told.at(-1)).toMatchObject({ data: { anew: { kept: 2 } } });
    logs.select({ text: 't(wo|hree)', regex: true, levels: [], sources: [] });
    expect(shown()).toEqual(['INFO two', '{"level":"error","msg":"three"}']);
    reading(0).say([at('05'), 'another two'], [at('06'), 'six']);
    await clock.advance(2000);
    expect(shown()).toEqual(['INFO two', '{"level":"error","msg":"three"}', 'another two']);
    expect(() => logs.select({ text: '(', regex: true, levels: [], sources: [] })).toThrow(/./);
    expect(logs.selection.text).toBe('t(wo|hree)');
    logs.select({ text: '', regex: false, levels: [], sources: [] });
    expect(shown()).toHaveLength(6);
  });

  it('stops a pattern that would never come to an end', async () => {
    const { logs, clock, reading } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), `${'a'.repeat(40)}!`]);
    await clock.advance(20);
    const began = Date.now();
    expect(() => logs.select({ text: '^(a+)+$', regex: true, levels: [], sources: [] })).toThrowError(expect.objectContaining({ reason: 'slow' }));
    expect(() => logs.search({ text: '^(a+)+$', regex: true }, undefined, 'older')).toThrowError(expect.objectContaining({ reason: 'slow' }));
    expect(Date.now() - began).toBeLessThan(3000);
  });

  it('sets a pattern aside that becomes too slow, shows everything and says so, and takes the next one', async () => {
    const { logs, clock, reading, shown, told } = rig();
    const slow = { text: '^(a+)+$', regex: true, levels: [], sources: [] };
    const evil = `${'a'.repeat(40)}!`;
    logs.setSources([web]);
    reading(0).say([at('01'), 'aaa'], [at('02'), 'b']);
    await clock.advance(20);
    logs.select(slow);
    expect(shown()).toEqual(['aaa']);
    reading(0).say([at('03'), evil]);
    await clock.advance(20);
    expect(shown()).toEqual(['aaa', 'b', evil, '(^(a+)+$ set aside)']);
    expect(told.at(-1)).toMatchObject({ event_type: 'log', data: { anew: { kept: 4 } } });
    expect(logs.selection.text).toBe('');
    logs.select({ ...slow, text: 'b' });
    expect(shown()).toEqual(['b', '(^(a+)+$ set aside)']);
  });

  it('sets a pattern aside that is too slow on what another beginning brings, and keeps the other filters', async () => {
    const { logs, clock, reading, readings, shown } = rig();
    logs.setSources([web]);
    reading(0).say([at('10'), 'error: a']);
    await clock.advance(20);
    logs.select({ text: 'error: (a+)+$', regex: true, levels: ['error'], sources: [] });
    expect(shown()).toEqual(['error: a']);
    const changing = logs.setOrigin({ type: 'time', time: at('00') });
    await clock.advance(1);
    reading(1).say([at('01'), `error: ${'a'.repeat(40)}!`], [at('02'), 'all is well'], [at('10'), 'error: a']);
    reading(1).end();
    await changing;
    expect(readings).toHaveLength(2);
    expect(shown()).toEqual([`error: ${'a'.repeat(40)}!`, 'error: a', '(error: (a+)+$ set aside)']);
    reading(0).say([at('11'), 'information'], [at('12'), 'error: c']);
    await clock.advance(20);
    expect(shown().at(-1)).toBe('error: c');
  });

  it('finds lines over everything kept, in both directions and round the ends', async () => {
    const { logs, clock, reading } = rig();
    logs.setSources([web]);
    reading(0).say(...Array.from({ length: 20_000 }, (_, index) => [at('01'), index % 5000 === 7 ? `needle ${index}` : `line ${index}`] as const));
    await clock.advance(20);
    const last = logs.search({ text: 'NEEDLE', regex: false }, undefined, 'older');
    expect(last).toMatchObject({ count: 4, index: 3 });
    const before = logs.search({ text: 'needle', regex: false }, last.id, 'older');
    expect(before).toMatchObject({ count: 4, index: 2, window: { older: true, newer: true } });
    expect(before.window?.lines.some((line) => line.message === 'needle 10007')).toBe(true);
    expect(logs.search({ text: 'needle', regex: false }, before.id, 'newer').id).toBe(last.id);
    expect(logs.search({ text: 'needle', regex: false }, last.id, 'newer')).toMatchObject({ index: 0 });
    expect(logs.search({ text: 'nowhere', regex: false }, undefined, 'older')).toEqual({ count: 0, index: -1 });
    const oldest = logs.lines[0];
    const window = logs.readLines(logs.lines[500]?.id ?? 0, 'older', 1000);
    expect(window.lines).toHaveLength(500);
    expect(window).toMatchObject({ older: false, newer: true });
    expect(window.lines[0]).toBe(oldest);
  });

  it('starts nothing twice when it is told to connect again, and ends every request with itself', async () => {
    const { logs, clock, reading, readings, messages } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), 'a']);
    await clock.advance(20);
    logs.reconnect();
    logs.reconnect();
    expect(readings).toHaveLength(3);
    expect(readings.map(({ query }) => query.signal?.aborted)).toEqual([true, true, false]);
    reading(2).say([at('01'), 'a'], [at('02'), 'b']);
    await clock.advance(20);
    expect(messages()).toEqual(['a', 'b']);
    logs.dispose();
    expect(reading(2).query.signal?.aborted).toBe(true);
    await clock.advance(60_000);
    expect(readings).toHaveLength(3);
  });

  it('keeps lines without a time and never asks from no time because of them', async () => {
    const { logs, clock, reading, messages } = rig();
    logs.setSources([web]);
    reading(0).say([at('01'), 'a'], ['', 'no time']);
    await clock.advance(20);
    reading(0).cut(new Error('lost'));
    await clock.advance(3000);
    expect(reading(1).query.sinceTime).toBe(at('01'));
    expect(messages().slice(0, 2)).toEqual(['a', 'no time']);
  });
});
