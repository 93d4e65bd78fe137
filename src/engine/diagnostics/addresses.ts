/** Addresses and ranges of IPv4 and IPv6, as numbers of 32 or 128 bits. */

interface Address {
  readonly bits: 32 | 128;
  readonly value: bigint;
}

function addressOf(text: string): Address | undefined {
  if (text.includes(':')) return addressOf6(text);
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    value = value * 256n + BigInt(part);
  }
  return { bits: 32, value };
}

function addressOf6(text: string): Address | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const groups = (half: string | undefined): readonly string[] => (half === undefined || half === '' ? [] : half.split(':'));
  const [head, tail] = [groups(halves[0]), groups(halves[1])];
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return undefined;
  let value = 0n;
  for (const group of [...head, ...Array.from({ length: missing }, () => '0'), ...tail]) {
    if (!/^[0-9a-f]{1,4}$/i.test(group)) return undefined;
    value = value * 65_536n + BigInt(`0x${group}`);
  }
  return { bits: 128, value };
}

/** Whether an address lies in a range in CIDR form. Text that is neither lies nowhere. */
export function isInRange(address: string, range: string): boolean {
  const slash = range.indexOf('/');
  const [base, found] = [addressOf(range.slice(0, slash)), addressOf(address)];
  const length = range.slice(slash + 1);
  if (slash < 0 || base === undefined || found === undefined || base.bits !== found.bits || !/^\d{1,3}$/.test(length)) return false;
  const kept = BigInt(base.bits - Number(length));
  return kept >= 0n && base.value >> kept === found.value >> kept;
}

/** Whether text is a range in CIDR form, or two addresses of one family with a stroke between them, the first no greater. */
export function isAddressRange(text: string): boolean {
  const [first = '', second, more] = text.split('-').map((part) => part.trim());
  if (more !== undefined) return false;
  if (second === undefined) return first.includes('/') && isInRange(first.slice(0, first.indexOf('/')), first);
  const [low, high] = [addressOf(first), addressOf(second)];
  return low !== undefined && high !== undefined && low.bits === high.bits && low.value <= high.value;
}
