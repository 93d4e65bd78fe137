import { quantityNanos } from './format';

const decimalSuffixes = new Map([
  [-9, 'n'],
  [-6, 'u'],
  [-3, 'm'],
  [0, ''],
  [3, 'k'],
  [6, 'M'],
  [9, 'G'],
  [12, 'T'],
  [15, 'P'],
  [18, 'E'],
]);
const binarySuffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'];
const billion = 1_000_000_000n;

/**
 * A quantity as the API server writes it in resource lists: rounded up to thousandths, no fraction, the largest suffix that
 * fits, binary suffixes kept (`0.5` → `500m`, `1024Mi` → `1Gi`, `1000m` → `1`). Text that is no quantity comes back as it is.
 */
export function canonicalQuantity(quantity: string | number): string {
  const text = String(quantity).trim();
  const exact = quantityNanos(text);
  if (exact === undefined) return text;
  const nanos = roundedUp(exact, 1_000_000n);
  if (nanos === 0n) return '0';
  const size = nanos < 0n ? -nanos : nanos;
  if (/[KMGTPE]i$/.test(text) && size >= 1024n * billion && size % billion === 0n) {
    let mantissa = nanos / billion;
    let index = 0;
    while (mantissa % 1024n === 0n && index < binarySuffixes.length - 1) {
      mantissa /= 1024n;
      index++;
    }
    return `${mantissa}${binarySuffixes[index] ?? ''}`;
  }
  let mantissa = nanos;
  let exponent = -9;
  while (mantissa % 1000n === 0n && exponent < 18) {
    mantissa /= 1000n;
    exponent += 3;
  }
  const exponential = /[eE][+-]?\d+$/.test(text);
  return exponential ? `${mantissa}${exponent === 0 ? '' : `e${exponent}`}` : `${mantissa}${decimalSuffixes.get(exponent) ?? ''}`;
}

function roundedUp(value: bigint, unit: bigint): bigint {
  const rest = value % unit;
  if (rest === 0n) return value;
  return value > 0n ? value - rest + unit : value - rest - unit;
}
