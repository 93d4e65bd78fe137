/** Kubernetes' `qualified name`: what keys of labels and annotations are. */
export const qualifiedName = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/**
 * A DNS-1123 label made of any name: small letters, digits and hyphens, at most 63. One that begins with a digit gets `svc-`, since
 * Services take no other; one with nothing usable becomes `fallback`.
 */
export function labelOf(name: string, fallback: string): string {
  const made = trimmed(name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'));
  return made === '' ? fallback : trimmed(/^\d/.test(made) ? `svc-${made}` : made);
}

/** Cut to a label's length, without hyphens at its ends. */
export function trimmed(name: string, length = 63): string {
  return name.replace(/^-+/, '').slice(0, length).replace(/-+$/, '');
}

/** Gives out names once each: what is taken already gets a number. */
export class Names {
  readonly #taken = new Set<string>();

  take(wanted: string): string {
    let name = trimmed(wanted);
    for (let number = 2; this.#taken.has(name); number += 1) name = `${trimmed(wanted, 60 - String(number).length)}-${number}`;
    this.#taken.add(name);
    return name;
  }
}
