import { randomBytes } from 'node:crypto';

/** A random string that stands for something secret, to be looked for wherever it must not be. */
export interface Canary {
  readonly name: string;
  readonly value: string;
}

export interface CanaryHit {
  readonly place: string;
  readonly canary: string;
  readonly form: string;
}

/**
 * A canary for a value of any characters. Quotes, backslashes, spaces, slashes and signs make it different in JSON, in a URL and
 * in a shell, so that a form that was forgotten shows.
 */
export const canaryText = (name: string): Canary => ({ name, value: `cnry "${random()}\\${random()}/% +${random()}` });

/** A canary for what a header carries, such as a bearer token. */
export const canaryToken = (name: string): Canary => ({ name, value: `cnry.${random()}/${random()}+${random()}` });

/** A canary that is one word everywhere, such as a password in a URL that others take apart. */
export const canaryWord = (name: string): Canary => ({ name, value: `cnry${random()}${random()}` });

const random = (): string => randomBytes(6).toString('hex');

/** The canary as it may be written: plain, in JSON once and twice, in a URL, in hexadecimal, and in base64 wherever in a longer text it stands. */
export function formsOf({ value }: Canary): ReadonlyMap<string, string> {
  const bytes = Buffer.from(value);
  const inJson = JSON.stringify(value).slice(1, -1);
  const forms = new Map<string, string>([
    ['plain', value],
    ['JSON', inJson],
    ['JSON in JSON', JSON.stringify(inJson).slice(1, -1)],
    ['URL', encodeURIComponent(value)],
    ['form', new URLSearchParams([['', value]]).toString().slice(1)],
    ['HTML', value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')],
    ['hex', bytes.toString('hex')],
  ]);
  for (const encoding of ['base64', 'base64url'] as const) {
    for (const before of [0, 1, 2]) {
      // The characters at either end mix with their neighbours; those between depend on the canary alone.
      const text = Buffer.concat([Buffer.alloc(before), bytes])
        .toString(encoding)
        .replace(/=+$/, '');
      forms.set(`${encoding}, ${before} before`, text.slice(Math.ceil((before * 4) / 3), Math.floor(((before + bytes.length) * 8) / 6) - 1));
    }
  }
  return forms;
}

/** Looks for canaries in texts. */
export class CanarySearch {
  readonly #forms: readonly { readonly canary: string; readonly form: string; readonly text: string }[];
  readonly hits: CanaryHit[] = [];
  /** How many texts were looked through, and their characters. */
  texts = 0;
  characters = 0;

  constructor(canaries: readonly Canary[]) {
    this.#forms = canaries.flatMap((canary) => [...formsOf(canary)].map(([form, text]) => ({ canary: canary.name, form, text })));
  }

  /** @param except names of canaries that may stand here, since a person asked to see them */
  look(place: string, text: string, except: readonly string[] = []): void {
    this.texts++;
    this.characters += text.length;
    for (const { canary, form, text: needle } of this.#forms) if (!except.includes(canary) && text.includes(needle)) this.hits.push({ place, canary, form });
  }
}
