import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quantityNanos } from './format';
import { canonicalQuantity } from './canonicalQuantity';

describe('quantities in resource lists', () => {
  it.each([
    ['1000m', '1'],
    ['0.5', '500m'],
    ['1.5Gi', '1536Mi'],
    ['1024Mi', '1Gi'],
    ['1000Ki', '1000Ki'],
    ['512', '512'],
    ['100Ki', '100Ki'],
    ['1e3', '1e3'],
    ['2000', '2k'],
    ['0.0001', '1m'],
    ['0', '0'],
    ['0Gi', '0'],
    ['-1500m', '-1500m'],
    ['lots', 'lots'],
  ])('are written as the API server writes them: %s is %s', (given, written) => {
    expect(canonicalQuantity(given)).toBe(written);
  });

  it('keep their value, rounded up to thousandths, and stay as they are the second time', () => {
    const quantity = fc
      .tuple(fc.integer({ min: 0, max: 1e6 }), fc.constantFrom('', 'm', 'k', 'M', 'G', 'Ki', 'Mi', 'Gi'))
      .map(([number, suffix]) => `${number}${suffix}`);
    fc.assert(
      fc.property(quantity, (text) => {
        const written = canonicalQuantity(text);
        expect(quantityNanos(written)).toBe(quantityNanos(text));
        expect(canonicalQuantity(written)).toBe(written);
      }),
    );
  });
});
