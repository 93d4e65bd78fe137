import { describe, expect, it } from 'vitest';
import { MemoryLogger } from '../testing/memoryLogger';
import { settle, VirtualClock } from '../testing/virtualClock';
import { shutDown } from './shutdown';

describe('The end of the extension', () => {
  it('comes part by part in the order given, each after the one before', async () => {
    const clock = new VirtualClock();
    const told: string[] = [];
    const step = (name: string, takesMs: number): { name: string; run: () => Promise<void> } => ({
      name,
      run: async () => {
        told.push(`${name} begins`);
        await clock.sleep(takesMs);
        told.push(`${name} has ended`);
      },
    });
    let ended = false;
    void shutDown([step('watches', 10), step('streams', 20), step('runs', 30)], { clock, log: new MemoryLogger(), limitMs: 5000 }).then(() => (ended = true));
    await clock.advance(60);
    expect(told).toEqual(['watches begins', 'watches has ended', 'streams begins', 'streams has ended', 'runs begins', 'runs has ended']);
    expect(ended).toBe(true);
    expect(clock.waiting).toBe(0);
  });

  it('reaches every part although one fails, in either way', async () => {
    const clock = new VirtualClock();
    const log = new MemoryLogger();
    const told: string[] = [];
    await shutDown(
      [
        {
          name: 'Watches',
          run: () => {
            throw new Error('no socket');
          },
        },
        { name: 'Streams', run: () => Promise.reject(new Error('no page')) },
        { name: 'Runs', run: () => void told.push('runs') },
      ],
      { clock, log, limitMs: 5000 },
    );
    expect(told).toEqual(['runs']);
    expect(log.lines).toEqual(['error Watches: could not be ended in order.: no socket', 'error Streams: could not be ended in order.: no page']);
  });

  it('waits no longer than the limit in all, and still asks what is left to end', async () => {
    const clock = new VirtualClock();
    const log = new MemoryLogger();
    const told: string[] = [];
    let ended = false;
    void shutDown(
      [
        { name: 'Runs', run: () => new Promise<void>(() => undefined) },
        { name: 'Everything else', run: () => void told.push('everything else') },
      ],
      { clock, log, limitMs: 5000 },
    ).then(() => (ended = true));
    await clock.advance(4999);
    expect([ended, told]).toEqual([false, []]);
    await clock.advance(1);
    await settle();
    expect([ended, told]).toEqual([true, ['everything else']]);
    expect(log.lines[0]).toBe('warn Runs: took longer than 5000 ms, counted from the beginning of the end.');
  });
});
