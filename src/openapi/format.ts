/** Suffixes of a quantity and their factors as (base, exponent), exact where floating point would not be. */
const quantityPattern = /^([+-]?)(\d+\.?\d*|\.\d+)(?:([eE][+-]?\d+)|(m|u|n|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

export function isQuantity(text: string): boolean {
  return quantityPattern.test(text);
}

const decimalExponents: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binaryExponents: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };

/**
 * A quantity in billionths (nano), exact, so that `500m` and `0.5`, or `1Gi` and `1024Mi`, compare equal; undefined when the
 * text is no quantity. Parts finer than a billionth are rounded up, as Kubernetes does.
 */
export function quantityNanos(quantity: string | number): bigint | undefined {
  const match = quantityPattern.exec(String(quantity));
  if (match === null) return undefined;
  const [, sign, digits = '', exponent, suffix = ''] = match;
  const [whole = '', fraction = ''] = digits.split('.');
  const power = exponent === undefined ? (decimalExponents[suffix] ?? 0) : Number(exponent.slice(1));
  // A longer exponent is out of every range that Kubernetes accepts and would only cost time here.
  if (Math.abs(power) > 60) return undefined;
  const scale = 9 + power - fraction.length;
  let nanos = BigInt(`${whole}${fraction}` || '0') << BigInt(binaryExponents[suffix] ?? 0);
  if (scale >= 0) nanos *= 10n ** BigInt(scale);
  else {
    const divisor = 10n ** BigInt(-scale);
    nanos = (nanos + divisor - 1n) / divisor;
  }
  return sign === '-' ? -nanos : nanos;
}

/** RFC 3339 with a time zone, the only form that Kubernetes takes. */
export function isDateTime(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** Standard base64 with padding; line breaks are allowed, as Go's decoder allows them. */
export function isBase64(text: string): boolean {
  const plain = text.replaceAll(/[\r\n]/g, '');
  return plain.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(plain);
}
