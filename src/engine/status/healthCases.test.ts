import { describe, expect, test } from 'vitest';
import type { HealthCase } from '../../testing/healthCases/builders';
import { nowMs } from '../../testing/healthCases/builders';
import { otherCases } from '../../testing/healthCases/otherKinds';
import { podCases } from '../../testing/healthCases/pods';
import { workloadCases } from '../../testing/healthCases/workloads';
import { hintSentences } from '../../shared/statusHint';
import { healthOf } from './healthOf';

const tables: readonly (readonly [string, readonly HealthCase[]])[] = [
  ['pods', podCases],
  ['workloads', workloadCases],
  ['other kinds', otherCases],
];

describe.each(tables)('the verdict on %s', (_, cases) => {
  test.each(cases.map((one) => [one[0], one] as const))('%s', (_says, [, expected, words, object, around]) => {
    const { state, reason = '-', hint = '-', message } = healthOf(object, { nowMs, ...around });
    expect(`${state} ${reason} ${hint}`).toBe(expected);
    expect(message).toContain(words);
  });
});

const all = tables.flatMap(([, cases]) => cases);

test('no case stands twice, and there are as many as were promised', () => {
  expect(new Set(all.map(([says]) => says)).size).toBe(all.length);
  expect(all.length).toBeGreaterThanOrEqual(150);
});

test('every hint is given to somebody, unless the words that choose it are another hint’s', () => {
  const given = new Set(all.map(([, expected]) => expected.split(' ')[2]));
  expect(Object.keys(hintSentences).filter((hint) => !given.has(hint))).toEqual([]);
});
