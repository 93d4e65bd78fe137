// Base64 by what every host has; binary strings hold one byte in each character.

export function base64OfText(text: string): string {
  let binary = '';
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The bytes read as UTF-8; what is no base64 gives an empty text. */
export function textOfBase64(base64: string): string {
  try {
    const binary = atob(base64);
    const bytes = new Uint8Array(binary.length);
    for (let index = 0; index < binary.length; index += 1) bytes[index] = binary.charCodeAt(index);
    return new TextDecoder('utf-8').decode(bytes);
  } catch {
    return '';
  }
}
