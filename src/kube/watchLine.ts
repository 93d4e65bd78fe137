import { isAscii } from 'node:buffer';
import { hash } from 'node:crypto';
import type { JsonObject, JsonValue } from '../shared/json';
import { parseCleanJson } from './clean';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openList = 0x5b;
const closeList = 0x5d;
const openMap = 0x7b;
const closeMap = 0x7d;
const objectKey = Buffer.from('"object":');
const metadataKey = Buffer.from('"metadata":');
const fieldSetsKey = Buffer.from('"managedFields":');
const listThenSpec = Buffer.from(']},"spec":{');
const statusKey = Buffer.from(',"status":{');
const specKey = Buffer.from(',"spec":');

/** From the first byte to the one after the last. */
interface Span {
  readonly start: number;
  readonly end: number;
}

/** Where the parts of an event stand that it may be read without. */
interface Cuts {
  /** The value of `object.metadata.managedFields`. */
  readonly fieldSets: Span | undefined;
  /**
   * The value of `object.spec`, looked for where API servers have it: right after the metadata. Its end is where it most
   * likely is. Once the bytes up to there are read as JSON it is certain, since a map in JSON shows its own end.
   */
  readonly spec: Span | undefined;
}

/** Whether `key` stands right before the value that begins at `at`. */
function follows(line: Buffer, at: number, key: Buffer): boolean {
  const start = at - key.length;
  if (start < 0) return false;
  for (let index = 0; index < key.length; index++) if (line[start + index] !== key[index]) return false;
  return true;
}

/** The index after the list or map that begins at `at`, or -1 when it has no end. */
function afterValue(line: Buffer, at: number): number {
  const { length } = line;
  let depth = 0;
  for (let index = at; index < length; index++) {
    const sign = line[index];
    if (sign === quote) {
      index++;
      while (index < length && line[index] !== quote) index += line[index] === backslash ? 2 : 1;
    } else if (sign === openMap || sign === openList) depth++;
    else if ((sign === closeMap || sign === closeList) && --depth === 0) return index + 1;
  }
  return -1;
}

/** Before the status, or before the ends of object and event. */
function likelyEnd(line: Buffer, start: number): number {
  const status = line.indexOf(statusKey, start);
  return status < 0 ? line.length - 2 : status;
}

/** Only what stands at its place counts: a key of the same name elsewhere, or inside a string, is not found. */
function cutsOf(line: Buffer, guess: boolean): Cuts {
  const { length } = line;
  let fieldSets: Span | undefined;
  let depth = 0;
  let isObject = false;
  let isMetadata = false;
  for (let index = 0; index < length; index++) {
    const sign = line[index];
    if (sign === quote) {
      index++;
      while (index < length && line[index] !== quote) index += line[index] === backslash ? 2 : 1;
    } else if (sign === openMap || sign === openList) {
      depth++;
      if (depth === 2) isObject = follows(line, index, objectKey);
      else if (depth === 3) isMetadata = isObject && sign === openMap && follows(line, index, metadataKey);
      else if (depth === 4 && isMetadata && sign === openList && follows(line, index, fieldSetsKey)) {
        // Field sets are maps of maps: the first bracket that closes is almost always theirs. With these bytes behind it, it stands in
        // no string, and were it the end of a list inside of them, what is left would close more than it opens.
        const first = guess ? line.indexOf(closeList, index) : -1;
        if (first >= 0 && follows(line, first + listThenSpec.length, listThenSpec)) {
          const start = first + listThenSpec.length - 1;
          return { fieldSets: { start: index, end: first + 1 }, spec: { start, end: likelyEnd(line, start) } };
        }
        const end = afterValue(line, index);
        if (end < 0) break;
        fieldSets = { start: index, end };
        depth--;
        index = end - 1;
      }
    } else if (sign === closeMap || sign === closeList) {
      depth--;
      if (depth !== 2 || !isMetadata) continue;
      const start = index + 1 + specKey.length;
      const isSpec = line[start] === openMap && follows(line, start, specKey);
      return { fieldSets, spec: isSpec ? { start, end: likelyEnd(line, start) } : undefined };
    }
  }
  return { fieldSets, spec: undefined };
}

/** An event of a watch. Its object's spec may be left out: `object.spec` is null then, and `spec` has its text. */
export interface WatchLine {
  readonly event: JsonValue;
  readonly spec: SpecText | undefined;
}

/** The field sets of one manager, as they are looked for. */
export class ManagerSearch {
  readonly #name: Buffer;
  readonly #entry: Buffer;

  constructor(manager: string) {
    const name = JSON.stringify(manager);
    this.#entry = Buffer.from(`"manager":${name}`);
    // The quote before a name stands everywhere in field sets; the letters after it are told apart sooner.
    this.#name = Buffer.from(name.slice(1));
  }

  isIn(fieldSets: Buffer): boolean {
    return fieldSets.includes(this.#name) && fieldSets.includes(this.#entry);
  }
}

/** What most likely is the text of a spec, not read yet. */
export class SpecText {
  readonly #bytes: Buffer;
  readonly #plain: boolean;
  #digest: string | undefined;

  constructor(bytes: Buffer, plain: boolean) {
    this.#bytes = bytes;
    this.#plain = plain;
  }

  /** Equal for equal bytes and, as far as anybody can arrange it, for nothing else. */
  get digest(): string {
    return (this.#digest ??= hash('sha256', this.#bytes, 'binary'));
  }

  /**
   * The spec: `known` itself when it was read from the same bytes, which is so when they have its digest; where that is not known,
   * what it would be written as is compared. Undefined when this is no JSON: then the line has to be read as a whole.
   */
  read(known: JsonObject | undefined, knownDigest: string | undefined): JsonValue | undefined {
    if (known !== undefined && knownDigest !== undefined && knownDigest === this.digest) return known;
    const text = this.#bytes.toString(this.#plain ? 'latin1' : 'utf8');
    if (known !== undefined && knownDigest === undefined && JSON.stringify(known) === text) return known;
    try {
      return parsed(text, this.#plain);
    } catch {
      return undefined;
    }
  }
}

/**
 * One line of a watch as JSON, with control characters in its strings made visible. The field sets of managers are a third of
 * an event and more, and no copy keeps those of others: where `keptManager` has none among them they are not even read. The spec
 * of an object seldom changes from one event to the next: with `cutSpec` it is left for the caller, who may have it already.
 * Broken lines are the parser's to find: what is skipped here is cut by the rules of JSON and nothing else.
 *
 * @throws SyntaxError without quoting the line
 */
export function readWatchLine(line: Buffer, keptManager: ManagerSearch, cutSpec: boolean): WatchLine {
  // Nothing hides in plain ASCII without escapes: no control character can stand in JSON text as it is, but for one.
  const plain = isAscii(line);
  if (cutSpec) {
    const cuts = cutsOf(line, true);
    if (cuts.spec !== undefined) {
      try {
        const event = parsed(textOf(line, plain, withoutOthers(line, cuts.fieldSets, keptManager), cuts.spec), plain);
        return { event, spec: new SpecText(line.subarray(cuts.spec.start, cuts.spec.end), plain) };
      } catch {
        // Something ends elsewhere than it most likely does, or the line is broken: reading it with care tells.
      }
    }
  }
  return { event: parsed(textOf(line, plain, withoutOthers(line, cutsOf(line, false).fieldSets, keptManager), undefined), plain), spec: undefined };
}

/** What to leave out of the line, with one of the commas beside it; undefined when the kept manager has a field set here. */
function withoutOthers(line: Buffer, fieldSets: Span | undefined, keptManager: ManagerSearch): Span | undefined {
  if (fieldSets === undefined || keptManager.isIn(line.subarray(fieldSets.start, fieldSets.end))) return undefined;
  const start = fieldSets.start - fieldSetsKey.length;
  if (line[start - 1] === comma) return { start: start - 1, end: fieldSets.end };
  return { start, end: line[fieldSets.end] === comma ? fieldSets.end + 1 : fieldSets.end };
}

/** The line without `left`, and with null in the place of `spec`. */
function textOf(line: Buffer, plain: boolean, left: Span | undefined, spec: Span | undefined): string {
  const encoding = plain ? 'latin1' : 'utf8';
  const from = left?.end ?? 0;
  const before = left === undefined ? '' : line.toString(encoding, 0, left.start);
  if (spec === undefined) return before + line.toString(encoding, from);
  return `${before}${line.toString(encoding, from, spec.start)}null${line.toString(encoding, spec.end)}`;
}

function parsed(text: string, plain: boolean): JsonValue {
  if (!plain || text.includes('\\') || text.includes('\u007f')) return parseCleanJson(text);
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new SyntaxError(`not JSON (${text.length} characters)`);
  }
}
