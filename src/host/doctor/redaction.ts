import { createHash } from 'node:crypto';

export interface RedactionOptions {
  /** Values that are secret whatever they look like. */
  readonly secrets: readonly string[];
  /** The person's home folder and name, which every path tells. */
  readonly home: string;
  readonly userName: string;
  /** Replaces the hosts of servers by a short mark that is the same for the same host. */
  readonly hideHosts: boolean;
  /** Tokens, keys and passwords by their looks; `kube`'s own redaction. */
  readonly redactText: (text: string, secrets: readonly string[]) => string;
}

/** Shorter ones are words that stand everywhere; taking them out would hide nothing and spoil the rest. */
const shortestSecret = 4;
const hidden = '[hidden]';
/**
 * `password=x`, `"token": "x"`, `client-key-data: x` and their like, whatever the value looks like. It begins where a word does:
 * a word of any length is looked at once.
 */
const named =
  /(?<![\w.-])(["']?[\w.-]*(?:passw(?:or)?d|passphrase|secret|token|api[-_]?key|access[-_]?key|client-key(?:-data)?|client-certificate-data|private[-_]?key|credentials?|authorization)["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"|'[^']*'|(?:(?:Bearer|Basic)\s+)?[^\s"',;}\]]+)/gi;
/**
 * An image or a resource is written the same way as a value without quotes: `team-token:prod`, `registry/api-secret:1.4.2`. One
 * that is part of a longer name, and has nothing but a plain word or a version behind the colon, stays. A bare `token:prod` and
 * anything that calls itself a password do not.
 */
const plainName = /^[\w.-]*[\w]-(?:secret|token|api[-_]?key|access[-_]?key|credentials?):(?:[a-z]{1,12}|v?\d{1,4}(?:\.\d{1,4}){0,3})$/;
const cloudKey = /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}\b|\bglpat-[\w-]{20,}\b|\bxox[abprs]-[\w-]{10,}\b/g;
const pemBlock = /-----BEGIN [A-Z0-9 ]+-----[^]*?(?:-----END [A-Z0-9 ]+-----|$)/g;
const jwt = /\beyJ[\w-]+\.[\w-]+\.?[\w-]*/g;
const urlHost = /\b([a-z][a-z0-9+.-]*:\/\/)(\[[0-9a-f:.]+\]|[A-Za-z0-9._-]+)/gi;
const homes = /((?:\/home|\/Users|\/var\/home|[A-Za-z]:\\+Users)[/\\]+)([^/\\\s"']+)/g;

/** Takes out of a text what must not leave the machine. Applied to the whole of what is written, after it was put together. */
export function redaction(options: RedactionOptions): (text: string) => string {
  const { home, userName, hideHosts, redactText } = options;
  const secrets = formsOf(options.secrets);
  return (text) => {
    let done = redactText(text, secrets);
    for (const secret of secrets) done = done.replaceAll(secret, hidden);
    done = done.replace(pemBlock, hidden).replace(jwt, hidden).replace(cloudKey, hidden);
    done = done.replace(named, (found, name: string) => (plainName.test(found) ? found : `${name}${hidden}`));
    if (home.length > 1) done = done.replaceAll(home, '~').replaceAll(JSON.stringify(home).slice(1, -1), '~');
    done = done.replace(homes, '$1[user]');
    if (userName.length >= 3) done = done.replaceAll(new RegExp(`\\b${userName.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\b`, 'g'), '[user]');
    return hideHosts ? done.replace(urlHost, (_match, scheme: string, host: string) => `${scheme}${hostMark(host)}`) : done;
  };
}

/** A secret as it stands, in base64, in hexadecimal and as in a URL; longest first, so that none leaves the rest of another. */
function formsOf(secrets: readonly string[]): readonly string[] {
  const forms = new Set<string>();
  for (const secret of secrets) {
    if (secret.length < shortestSecret) continue;
    const bytes = Buffer.from(secret);
    for (const form of [
      secret,
      JSON.stringify(secret).slice(1, -1),
      inUrl(secret),
      bytes.toString('base64').replace(/=+$/, ''),
      bytes.toString('base64url'),
      bytes.toString('hex'),
    ])
      forms.add(form);
  }
  return [...forms].sort((a, b) => b.length - a.length);
}

/** A lone surrogate has no place in a URL. */
function inUrl(secret: string): string {
  return encodeURIComponent(Buffer.from(secret).toString('utf8'));
}

function hostMark(host: string): string {
  if (host === 'localhost' || host.startsWith('127.') || host === '[::1]') return host;
  return `host-${createHash('sha256').update(host.toLowerCase()).digest('hex').slice(0, 6)}`;
}
