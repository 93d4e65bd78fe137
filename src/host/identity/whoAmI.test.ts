import { describe, expect, it } from 'vitest';
import type { Identity } from '../../engine/ports';
import { MemoryLogger } from '../../testing/memoryLogger';
import { settle, VirtualClock } from '../../testing/virtualClock';
import { expiryOf, WhoAmI } from './whoAmI';

const minute = 60_000;
const identity = (user: string, expiresAtMs?: number): Identity => ({
  user,
  groups: [],
  extra: {},
  method: 'oidc',
  ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
});

describe('who am I', () => {
  it('asks once for a target and again after a minute', async () => {
    const clock = new VirtualClock();
    let asked = 0;
    const who = new WhoAmI({ clock, log: new MemoryLogger(), onChange: () => undefined });
    const read = (): Promise<Identity> => Promise.resolve(identity(`user-${++asked}`));
    expect(who.on('a', read)).toBeUndefined();
    await settle();
    expect(who.on('a', read)?.user).toBe('user-1');
    who.on('a', read);
    await clock.advance(minute);
    who.on('a', read);
    await settle();
    expect(who.on('a', read)?.user).toBe('user-2');
    expect(asked).toBe(2);
  });

  it('never shows the identity of another target, not even one that answers late', async () => {
    const who = new WhoAmI({ clock: new VirtualClock(), log: new MemoryLogger(), onChange: () => undefined });
    let answer: (value: Identity) => void = () => undefined;
    who.on('a', () => new Promise((resolve) => (answer = resolve)));
    expect(who.on('b', () => Promise.resolve(identity('ben')))).toBeUndefined();
    answer(identity('ana'));
    await settle();
    expect(who.on('b', () => Promise.reject(new Error('not asked')))?.user).toBe('ben');
  });

  it('tells five minutes before the end and at the end', async () => {
    const clock = new VirtualClock();
    const ends = clock.now() + 30 * minute;
    const told: string[] = [];
    const read = (): Promise<Identity> => Promise.resolve(identity('ana', ends));
    const who: WhoAmI = new WhoAmI({ clock, log: new MemoryLogger(), onChange: () => told.push(expiryOf({ expiresAtMs: ends }, clock.now())) });
    who.on('a', read);
    await settle();
    expect(told).toEqual(['later']);
    await clock.advance(24 * minute);
    expect(told).toEqual(['later']);
    await clock.advance(minute);
    expect(told).toEqual(['later', 'soon']);
    await clock.advance(5 * minute);
    expect(told).toEqual(['later', 'soon', 'over']);
    expect(clock.waiting).toBe(0);
  });

  it('forgets with the sign-out', async () => {
    const clock = new VirtualClock();
    const who = new WhoAmI({ clock, log: new MemoryLogger(), onChange: () => undefined });
    who.on('a', () => Promise.resolve(identity('ana', clock.now() + 30 * minute)));
    await settle();
    who.clear();
    expect(clock.waiting).toBe(0);
    expect(who.on('a', () => new Promise(() => undefined))).toBeUndefined();
  });
});
