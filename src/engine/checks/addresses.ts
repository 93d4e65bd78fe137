/** An address range as numbers: the version's length in bits, the first address, the length of the prefix. */
interface Range {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly prefix: number;
}

/** Whether a text is an address range in CIDR form (RFC 4632, RFC 4291), IPv4 or IPv6. */
export function isCidr(text: string): boolean {
  return rangeOf(text) !== undefined;
}

/** Whether one range is a strict part of another, as `except` of a policy must be; false for what is no range. */
export function isCidrInside(part: string, whole: string): boolean {
  const [inner, outer] = [rangeOf(part), rangeOf(whole)];
  if (inner === undefined || outer === undefined || inner.bits !== outer.bits || inner.prefix <= outer.prefix) return false;
  const shift = BigInt(outer.bits - outer.prefix);
  return inner.first >> shift === outer.first >> shift;
}

function rangeOf(text: string): Range | undefined {
  const match = /^([0-9A-Fa-f:.]{2,45})\/(0|[1-9]\d{0,2})$/.exec(text);
  if (match === null) return undefined;
  const [, address = '', length = ''] = match;
  const bits = address.includes(':') ? 128 : 32;
  const first = bits === 32 ? addressV4(address) : addressV6(address);
  const prefix = Number(length);
  return first === undefined || prefix > bits ? undefined : { bits, first, prefix };
}

function addressV4(text: string): bigint | undefined {
  const parts = text.split('.');
  // Leading zeros are refused, because some readers take them for octal.
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) return undefined;
  return parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n);
}

function addressV6(text: string): bigint | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = halves.map((half) => (half === '' ? [] : half.split(':')));
  const last = groups.at(-1)?.at(-1);
  if (last?.includes('.') === true) {
    const tail = addressV4(last);
    if (tail === undefined) return undefined;
    groups.at(-1)?.splice(-1, 1, (tail >> 16n).toString(16), (tail & 0xffffn).toString(16));
  }
  const [head = [], tail = []] = groups;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  const all = [...head, ...Array.from({ length: missing }, () => '0'), ...tail];
  if (!all.every((group) => /^[0-9A-Fa-f]{1,4}$/.test(group))) return undefined;
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}
