import fc from 'fast-check';

/** Values that no honest end of a conversation would send in a place. Made anew each time, since some are given away. */
const foreign: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => -1,
  () => 0.5,
  () => 2 ** 53,
  () => '',
  () => '__proto__',
  () => 'constructor',
  () => 'toString',
  () => 'hasOwnProperty',
  () => '../../../etc/passwd',
  () => 'command:workbench.action.quit',
  () => '\u001b]52;c;aGk=\u0007\u202e<img src=x onerror=alert(1)>',
  () => '\ud800',
  () => 'x'.repeat(300_000),
  () => [],
  () => ({}),
  () => JSON.parse('{"__proto__":{"polluted":true}}') as unknown,
  () => JSON.parse('{"constructor":{"prototype":{"polluted":true}}}') as unknown,
  () => JSON.parse(`${'['.repeat(500)}${']'.repeat(500)}`) as unknown,
  () => Array.from({ length: 12_000 }, () => 'a'),
  () => {
    const round: Record<string, unknown> = {};
    round['self'] = round;
    return round;
  },
  () => new Date(0),
  () => new Map([['digest', 'a']]),
  () => 10n,
];

const keys = ['__proto__', 'constructor', 'prototype', 'toString', 'then', 'toJSON', 'length', 'uri', 'command', 'path', 'type', 'extra'];

interface Change {
  readonly at: number;
  readonly how: 'replace' | 'remove' | 'add' | 'rename' | 'wrap' | 'other';
  readonly value: number;
  readonly key: number;
}

const change: fc.Arbitrary<Change> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom('replace', 'replace', 'remove', 'add', 'rename', 'wrap', 'other'),
  value: fc.nat(),
  key: fc.nat(),
});

/** Messages that are like `valid` ones but for one to three changes anywhere in them, also where the channel keeps its own words. */
export function mutatedMessages(valid: readonly object[], count: number): readonly unknown[] {
  const drawn = fc.record({ of: fc.nat(), changes: fc.array(change, { minLength: 1, maxLength: 3 }) });
  return fc.sample(drawn, count).map(({ of, changes }) => {
    let message: unknown = structuredClone(valid[of % valid.length]);
    for (const one of changes) message = changed(message, one, valid);
    return message;
  });
}

interface Place {
  readonly holder: Record<string, unknown>;
  readonly key: string;
}

function placesIn(value: unknown, found: Place[] = [], depth = 0): Place[] {
  if (typeof value !== 'object' || value === null || depth > 8 || found.length > 2_000) return found;
  for (const key of Object.keys(value)) {
    const holder = value as Record<string, unknown>;
    found.push({ holder, key });
    placesIn(holder[key], found, depth + 1);
  }
  return found;
}

function changed(message: unknown, { at, how, value, key }: Change, valid: readonly object[]): unknown {
  const places = placesIn(message);
  const place = places[at % (places.length + 1)];
  const odd = foreign[value % foreign.length]?.();
  // Beyond the last place it is the message itself.
  if (place === undefined) return how === 'replace' ? odd : how === 'wrap' ? [message] : message;
  const { holder } = place;
  const own = holder[place.key];
  // As an own property, whatever its name; only a list's length is no property to set.
  const put = (name: string, content: unknown): void => {
    if (!Array.isArray(holder) || name !== 'length')
      Object.defineProperty(holder, name, { value: content, enumerable: true, writable: true, configurable: true });
  };
  switch (how) {
    case 'replace':
      put(place.key, odd);
      break;
    case 'remove':
      delete holder[place.key];
      break;
    case 'add':
      put(keys[key % keys.length] ?? '', odd);
      break;
    case 'rename':
      delete holder[place.key];
      put(keys[key % keys.length] ?? '', own);
      break;
    case 'wrap':
      put(place.key, key % 2 === 0 ? [own] : { [keys[key % keys.length] ?? '']: own });
      break;
    case 'other': {
      // What is right elsewhere, in a place where it is not.
      const elsewhere = placesIn(structuredClone(valid[value % valid.length]));
      const taken = elsewhere[key % Math.max(1, elsewhere.length)];
      put(place.key, taken?.holder[taken.key]);
      break;
    }
  }
  return message;
}
