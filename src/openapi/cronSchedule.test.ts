import { expect, test } from 'vitest';
import { isTimeZone, nextTime, parseCronSchedule } from './cronSchedule';

function next(schedule: string, after: string, timeZone = 'UTC'): string | undefined {
  const at = nextTime(parseCronSchedule(schedule), Date.parse(after), timeZone);
  return at === undefined ? undefined : new Date(at).toISOString().replace(':00.000Z', 'Z');
}

test.each([
  ['* * * * *', '2026-01-01T00:00:30Z', '2026-01-01T00:01Z'],
  ['*/15 * * * *', '2026-01-01T00:45:00Z', '2026-01-01T01:00Z'],
  ['5-10/5,30 8 * * *', '2026-01-01T08:10:00Z', '2026-01-01T08:30Z'],
  ['0 4 * * MON', '2026-01-01T00:00:00Z', '2026-01-05T04:00Z'],
  ['0 0 29 feb *', '2026-01-01T00:00:00Z', '2028-02-29T00:00Z'],
  // Both days restricted: either will do.
  ['0 0 13 * 5', '2026-01-01T00:00:00Z', '2026-01-02T00:00Z'],
  ['@daily', '2026-01-01T00:00:00Z', '2026-01-02T00:00Z'],
  ['@hourly', '2026-12-31T23:30:00Z', '2027-01-01T00:00Z'],
  ['30/10 * * * *', '2026-01-01T00:40:00Z', '2026-01-01T00:50Z'],
])('%s after %s is due at %s', (schedule, after, due) => {
  expect(next(schedule, after)).toBe(due);
});

test('a time zone moves the time, and the change to summer time leaves out what it skips', () => {
  expect(next('0 9 * * *', '2026-01-01T00:00:00Z', 'Europe/Berlin')).toBe('2026-01-01T08:00Z');
  expect(next('0 9 * * *', '2026-07-01T00:00:00Z', 'Europe/Berlin')).toBe('2026-07-01T07:00Z');
  expect(next('0 9 * * *', '2026-01-01T00:00:00Z', 'Asia/Kolkata')).toBe('2026-01-01T03:30Z');
  // On 29 March 2026 there is no half past two in Berlin.
  expect(next('30 2 * * *', '2026-03-28T12:00:00Z', 'Europe/Berlin')).toBe('2026-03-30T00:30Z');
});

test('@every counts from the moment itself', () => {
  expect(nextTime(parseCronSchedule('@every 1m30s'), 10_000)).toBe(100_000);
});

test.each(['whenever', '', '* * * *', '60 * * * *', '* * * * 7', '0-70 * * * *', '9-5 * * * *', '*/0 * * * *', '@never', '@every x', '* * * * * *'])(
  '%j is no schedule',
  (schedule) => {
    expect(() => parseCronSchedule(schedule)).toThrow();
  },
);

test('a day that never comes gives no time', () => {
  expect(next('0 0 30 2 *', '2026-01-01T00:00:00Z')).toBeUndefined();
});

test('time zones are known by their names', () => {
  expect(isTimeZone('Europe/Berlin')).toBe(true);
  expect(isTimeZone('Nowhere/Land')).toBe(false);
});
