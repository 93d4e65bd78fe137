import { createHash, randomBytes } from 'node:crypto';

/** Where uids and generated names come from. A seed makes them the same in every run. */
export interface Randomness {
  uid(): string;
  /** `length` letters and digits as `generateName` uses them: no vowels, nothing easily confused. */
  suffix(length: number): string;
  /** A number in [0, below). */
  below(below: number): number;
}

const letters = 'bcdfghjklmnpqrstvwxz2456789';

/** Without a seed the system's randomness; with one a chain of SHA-256, good enough for tests and never used for the token. */
export function randomness(seed?: string): Randomness {
  let counter = 0;
  const bytes = (count: number): Buffer =>
    seed === undefined
      ? randomBytes(count)
      : createHash('sha256')
          .update(`${seed}:${String(counter++)}`)
          .digest()
          .subarray(0, count);
  const below = (limit: number): number => bytes(4).readUInt32BE(0) % limit;
  return {
    below,
    suffix: (length) => Array.from(bytes(length), (byte) => letters[byte % letters.length]).join(''),
    uid: () => {
      const raw = bytes(16);
      raw[6] = ((raw[6] ?? 0) & 0x0f) | 0x40;
      raw[8] = ((raw[8] ?? 0) & 0x3f) | 0x80;
      const hex = raw.toString('hex');
      return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
    },
  };
}
