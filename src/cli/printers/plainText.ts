/** Bidirectional controls, which make text read in another order than it is. */
const bidirectional = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** One line that cannot steer a terminal: control characters and the like stand as `\u001b`, line ends and tabs as a space. */
export function plainLine(text: string): string {
  return text
    .replaceAll(/[\t\r\n]+/g, ' ')
    .replaceAll(/\p{Cc}/gu, escaped)
    .replaceAll(bidirectional, escaped);
}

function escaped(character: string): string {
  return `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`;
}

const codes = { bold: 1, red: 31, yellow: 33, blue: 34, green: 32, dim: 2 } as const;

/** Puts text in a colour, where colours are wanted. */
export function coloured(colours: boolean, style: keyof typeof codes, text: string): string {
  return colours ? `\u001b[${codes[style]}m${text}\u001b[0m` : text;
}
