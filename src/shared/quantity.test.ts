import { describe, expect, it } from 'vitest';
import { bytesText, quantityValue } from './quantity';

describe('a quantity', () => {
  it('stands for the number that the API server reads', () => {
    const cases: readonly (readonly [unknown, number | undefined])[] = [
      ['250m', 0.25],
      ['2', 2],
      [4, 4],
      ['1.5', 1.5],
      ['.5', 0.5],
      ['1Gi', 2 ** 30],
      ['32780256Ki', 32_780_256 * 1024],
      ['1k', 1000],
      ['1e3', 1000],
      ['2E', 2e18],
      ['100n', 1e-7],
      ['-1', -1],
      ['', undefined],
      ['1 Gi', undefined],
      ['Gi', undefined],
      ['1gi', undefined],
      [null, undefined],
      [Number.NaN, undefined],
    ];
    for (const [text, value] of cases) {
      const found = quantityValue(text);
      if (value === undefined) expect(found, String(text)).toBeUndefined();
      else expect(found, String(text)).toBeCloseTo(value, 12);
    }
  });

  it('of bytes is shown in the unit that fits', () => {
    expect([0, 1023, 1024, 1.5 * 2 ** 30, 2 ** 40].map(bytesText)).toEqual(['0 B', '1023 B', '1 KiB', '1.5 GiB', '1 TiB']);
  });
});
