import { X509Certificate } from 'node:crypto';

const block = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** PEM as it is, else the PEM or DER that base64 text stands for, else the text as it is. */
export function pemText(text: string): string {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.includes('-----BEGIN ')) return trimmed;
  if (!/^[A-Za-z0-9+/=\s_-]+$/.test(trimmed)) return trimmed;
  const bytes = Buffer.from(trimmed, 'base64');
  const decoded = bytes.toString('utf8');
  if (decoded.includes('-----BEGIN ')) return decoded.trim();
  // A SEQUENCE: a certificate without its armour.
  if (bytes[0] === 0x30) return `-----BEGIN CERTIFICATE-----\n${(bytes.toString('base64').match(/.{1,64}/g) ?? []).join('\n')}\n-----END CERTIFICATE-----`;
  return trimmed;
}

/** The certificates of a PEM text or of its base64 form, or null when there is none or one of them cannot be read. */
export function certificatesOf(text: string): string | null {
  const pem = pemText(text);
  const found = pem.match(block);
  if (found === null) return null;
  return found.every((one) => certificateExpiry(one) !== undefined) ? pem : null;
}

/** When the first certificate of a PEM text ends, in milliseconds since the epoch. */
export function certificateExpiry(pem: string | Buffer): number | undefined {
  try {
    return new X509Certificate(pem).validToDate.getTime();
  } catch {
    return undefined;
  }
}
