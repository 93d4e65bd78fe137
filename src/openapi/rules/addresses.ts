// Addresses and ranges of the Internet, as numbers.

interface Range {
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly prefix: number;
}

/** Whether a text is an address range in CIDR form (RFC 4632, RFC 4291), IPv4 or IPv6. */
export function isCidr(text: string): boolean {
  return rangeOf(text) !== undefined;
}

/** Whether a range names more than its prefix covers, as 10.0.0.5/8 does. */
export function hasHostBits(text: string): boolean {
  const range = rangeOf(text);
  return range !== undefined && (range.first & ((1n << BigInt(range.bits - range.prefix)) - 1n)) !== 0n;
}

/** Whether one range is a strict part of another, as `except` of a policy must be; false for what is no range. */
export function isCidrInside(part: string, whole: string): boolean {
  const [inner, outer] = [rangeOf(part), rangeOf(whole)];
  if (inner === undefined || outer === undefined || inner.bits !== outer.bits || inner.prefix <= outer.prefix) return false;
  const shift = BigInt(outer.bits - outer.prefix);
  return inner.first >> shift === outer.first >> shift;
}

/** Whether traffic from elsewhere can be sent to an address: it is none of this machine, of its link, or of nobody. */
export function isReachable(address: string): boolean {
  const single = `${address}${address.includes(':') ? '/128' : '/32'}`;
  return address !== '0.0.0.0' && !elsewhere.some((range) => isCidrInside(single, range));
}

/** The machine itself, its link, and (of version 6) nobody. */
const elsewhere = ['127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/24', '::/127', 'fe80::/10', 'ff02::/16'];

export function isIPAddress(text: string): boolean {
  return (text.includes(':') ? addressV6(text) : addressV4(text)) !== undefined;
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
