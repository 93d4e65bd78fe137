import { invalid } from './composeFailure';
import type { MapTree, Place, ScalarTree, Tree } from './tree';
import { list, map, scalar } from './tree';

const propagations = new Set(['rprivate', 'private', 'rshared', 'shared', 'rslave', 'slave']);

/** The long form of `source:target:options`, as compose reads it (a Windows drive's colon does not part). */
export function volumeOf(text: Tree & { readonly value: string }): MapTree {
  const { at, value: spec } = text;
  const entries = new Map<string, Tree>();
  const field = (key: string, value: string | boolean): void => void entries.set(key, scalar(value, at));
  const finish = (): MapTree => map([...entries], at);
  if (spec === '') throw invalid(at, 'a volume must not be empty');
  if (spec.length <= 2) {
    field('type', 'volume');
    field('target', spec);
    return finish();
  }
  const parts = partsOf(spec);
  if (parts.includes('')) throw invalid(at, `the volume "${spec}" has nothing between two colons`);
  if (parts.length > 3) throw invalid(at, `the volume "${spec}" has too many colons`);
  const [first = '', target, options = ''] = parts;
  const source = target === undefined ? '' : first;
  if (source !== '') field('source', source);
  field('target', cleanPath(target ?? first));
  const bind = new Map<string, Tree>();
  const volume = new Map<string, Tree>();
  for (const option of options.split(',')) {
    if (option === 'ro') field('read_only', true);
    else if (option === 'rw') entries.delete('read_only');
    else if (option === 'nocopy') volume.set('nocopy', scalar(true, at));
    else if (propagations.has(option)) bind.set('propagation', scalar(option, at));
    else if (option === 'z' || option === 'Z') bind.set('selinux', scalar(option, at));
  }
  if (isFilePath(source)) {
    field('type', 'bind');
    bind.set('create_host_path', scalar(true, at));
    if (volume.size > 0) entries.set('volume', map([...volume], at));
  } else {
    field('type', 'volume');
    entries.set('volume', map([...volume], at));
  }
  if (bind.size > 0) entries.set('bind', map([...bind], at));
  return finish();
}

function partsOf(spec: string): readonly string[] {
  const parts: string[] = [''];
  for (const char of spec) {
    const last = parts.length - 1;
    if (char === ':' && !/^\p{L}$/u.test(parts[last] ?? '')) parts.push('');
    else parts[last] += char;
  }
  return parts;
}

function isFilePath(source: string): boolean {
  return /^[./~]/.test(source) || source.startsWith('\\\\') || /^\p{L}:/u.test(source);
}

/** A path without `.`, `..` and repeated slashes, as Go's path.Clean makes it. */
export function cleanPath(path: string): string {
  if (path === '') return '.';
  const isRooted = path.startsWith('/');
  const kept: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') kept.push(part);
    else if (kept.length > 0 && kept.at(-1) !== '..') kept.pop();
    else if (!isRooted) kept.push('..');
  }
  return `${isRooted ? '/' : ''}${kept.join('/')}` || '.';
}

/** The long forms of `[[ip:]published:]target[/protocol]`, one for each port of a range, sorted as compose does. */
export function portsOf(text: Tree & { readonly value: string | number }, most: number): readonly MapTree[] {
  const { at } = text;
  const spec = String(text.value);
  const fail = (detail: string): Error => invalid(at, `the port "${spec}" ${detail}`);
  const parts = spec.split(':');
  const last = parts.pop() ?? '';
  let published = parts.pop() ?? '';
  let address = parts.join(':');
  const bracketed = /^\[(.*)\]$/.exec(address);
  if (bracketed !== null) address = bracketed[1] ?? '';
  else if (address.includes(':')) throw fail('has an IPv6 address without brackets');
  if (address !== '' && !isAddress(address)) throw fail('has no valid IP address');
  const [targets = '', protocolText = ''] = last.split('/');
  const protocol = (protocolText === '' ? 'tcp' : protocolText).toLowerCase();
  if (targets === '') throw fail('names no port of the container');
  if (!['tcp', 'udp', 'sctp'].includes(protocol)) throw fail(`has the unknown protocol "${protocol}"`);
  const target = rangeOf(targets);
  const host = published === '' ? undefined : rangeOf(published);
  if (target === undefined || (published !== '' && host === undefined)) throw fail('is no port between 0 and 65535 and no range');
  if (host !== undefined && host.end - host.start !== target.end - target.start && target.end !== target.start)
    throw fail('has two ranges of different length');
  if (target.end - target.start >= most) throw fail(`is a range of more than ${most} ports`);
  const made: { readonly key: string; readonly tree: MapTree }[] = [];
  for (let port = target.start; port <= target.end; port += 1) {
    if (host !== undefined) {
      published = String(host.start + port - target.start);
      if (target.start === target.end && host.start !== host.end) published += `-${host.end}`;
    }
    const entries: (readonly [string, Tree])[] = [
      ['mode', scalar('ingress', at)],
      ...(address === '' ? [] : [['host_ip', scalar(address, at)] as const]),
      ['target', scalar(port, at)],
      ...(published === '' ? [] : [['published', scalar(published, at)] as const]),
      ['protocol', scalar(protocol, at)],
    ];
    made.push({ key: `${port}/${protocol}`, tree: map(entries, at) });
  }
  return made.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ tree }) => tree);
}

function rangeOf(text: string): { readonly start: number; readonly end: number } | undefined {
  const found = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (found === null) return undefined;
  const start = Number(found[1]);
  const end = Number(found[2] ?? found[1]);
  return end < start || end > 65535 ? undefined : { start, end };
}

/** Whether a text is an IPv4 or IPv6 address. */
export function isAddress(text: string): boolean {
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(text)) return text.split('.').every((part) => Number(part) < 256 && (part === '0' || !part.startsWith('0')));
  return text.includes(':') && /^[0-9a-fA-F:.]+$/.test(text) && text.split('::').length <= 2 && !/:::|[0-9a-fA-F]{5,}/.test(text);
}

/** The long form of `source[:target[:permissions]]`. */
export function deviceOf(text: Tree & { readonly value: string }): MapTree {
  const { at, value } = text;
  const parts = value.split(':');
  if (parts.length > 3) throw invalid(at, `the device "${value}" has too many colons: use the long form`);
  const [source = '', target = '', permissions = 'rwm'] = parts;
  return map(
    [
      ['source', scalar(source, at)],
      ['target', scalar(target === '' ? source : target, at)],
      ['permissions', scalar(permissions, at)],
    ],
    at,
  );
}

/** The words of a command line, by quotes and backslashes; no variables and no programs, as compose has it. */
export function wordsOf(text: ScalarTree & { readonly value: string }): Tree {
  const { at, value, masked, secrets } = text;
  const words = splitWords(value, at);
  const hidden = masked === undefined ? words : splitWords(masked, at);
  return list(
    // Where a secret's own blanks or quotes change the words, only the masked ones may be seen.
    hidden.length !== words.length
      ? hidden.map((one) => ({ kind: 'scalar' as const, at, value: one, masked: one, secrets: secrets ?? [] }))
      : words.map((one, index) => {
          const mask = hidden[index] ?? one;
          return mask === one ? scalar(one, at) : { kind: 'scalar' as const, at, value: one, masked: mask, secrets: secrets ?? [] };
        }),
    at,
  );
}

function splitWords(line: string, at: Place): readonly string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote = '';
  let escaped = false;
  const add = (char: string): void => void (word = (word ?? '') + char);
  for (const char of line) {
    if (escaped) {
      add(char);
      escaped = false;
    } else if (char === '\\') {
      if (quote === "'") add(char);
      else escaped = true;
    } else if (/[ \t\r\n]/.test(char)) {
      if (quote !== '') add(char);
      else {
        if (word !== undefined) words.push(word);
        word = undefined;
      }
    } else if ((char === '"' || char === "'") && (quote === '' || quote === char)) {
      quote = quote === '' ? char : '';
      word ??= '';
    } else if (char === '`' && (quote === '' || quote === '`')) {
      quote = quote === '' ? '`' : '';
      add(char);
    } else if (char === '(' && quote === '') {
      if (word?.endsWith('$') !== true) throw invalid(at, 'the command has a "(" outside of quotes: write it as a list');
      quote = ')';
      add(char);
    } else if (char === ')' && (quote === ')' || quote === '')) {
      quote = quote === ')' ? '' : ')';
      add(char);
    } else if (quote === '' && /[;&|<>]/.test(char)) {
      // A shell's operator ends the words, since no shell is asked; the number of a stream before ">" belongs to it.
      if (char === '>' && word !== undefined && /^\d/.test(word)) word = undefined;
      break;
    } else add(char);
  }
  if (quote !== '' || escaped) throw invalid(at, 'the command has a quote that is not closed');
  if (word !== undefined) words.push(word);
  return words;
}
