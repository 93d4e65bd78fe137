import { isAscii } from 'node:buffer';
import type { JsonValue } from '../shared/json';
import { parseCleanJson } from './clean';

const quote = 0x22;
const backslash = 0x5c;
const comma = 0x2c;
const openList = 0x5b;
const closeList = 0x5d;
const openMap = 0x7b;
const closeMap = 0x7d;
const fieldSets = Buffer.from('"managedFields":[');
const objectKey = Buffer.from('"object":');
const metadataKey = Buffer.from('"metadata":');

/** The index after the string that begins at `at`; the length of the line when it has no end. */
function afterString(line: Buffer, at: number): number {
  let end = at + 1;
  while (end < line.length && line[end] !== quote) end += line[end] === backslash ? 2 : 1;
  return end + 1;
}

/** Whether `key` stands right before the value that begins at `at`. */
function follows(line: Buffer, at: number, key: Buffer): boolean {
  return at >= key.length && line.compare(key, 0, key.length, at - key.length, at) === 0;
}

/** Whether what begins at `at` is a key of `object.metadata` of the event, and of nothing that only looks like it. */
function isInMetadata(line: Buffer, at: number): boolean {
  let depth = 0;
  let isObject = false;
  let isMetadata = false;
  for (let index = 0; index < at;) {
    const sign = line[index];
    if (sign === quote) {
      index = afterString(line, index);
      continue;
    }
    if (sign === openMap || sign === openList) {
      depth++;
      if (depth === 2) isObject = follows(line, index, objectKey);
      if (depth === 3) isMetadata = sign === openMap && follows(line, index, metadataKey);
    } else if (sign === closeMap || sign === closeList) depth--;
    index++;
  }
  return depth === 3 && isObject && isMetadata;
}

/** The index after the list that begins at `at`, or -1 when it has no end. */
function afterList(line: Buffer, at: number): number {
  let depth = 0;
  for (let index = at; index < line.length;) {
    const sign = line[index];
    if (sign === quote) {
      index = afterString(line, index);
      continue;
    }
    index++;
    if (sign === openMap || sign === openList) depth++;
    else if ((sign === closeMap || sign === closeList) && --depth === 0) return index;
  }
  return -1;
}

/**
 * One line of a watch as JSON, with control characters in its strings made visible. The field sets of managers are a third of
 * an event and more, and no copy keeps those of others: where `keptManager` has none among them they are not even read.
 * Broken lines are the parser's to find: what is skipped here is cut by the rules of JSON and nothing else.
 *
 * @throws SyntaxError without quoting the line
 */
export function parsedWatchLine(line: Buffer, keptManager: string): JsonValue {
  const key = line.indexOf(fieldSets);
  if (key < 0) return parsed([line]);
  const end = afterList(line, key + fieldSets.length - 1);
  if (end < 0 || line.subarray(key, end).includes(`"manager":${JSON.stringify(keptManager)}`) || !isInMetadata(line, key)) return parsed([line]);
  if (line[key - 1] === comma) return parsed([line.subarray(0, key - 1), line.subarray(end)]);
  return parsed([line.subarray(0, key), line.subarray(line[end] === comma ? end + 1 : end)]);
}

function parsed(pieces: readonly Buffer[]): JsonValue {
  // Nothing hides in plain ASCII without escapes: no control character can stand in JSON text as it is, but for the one below.
  const isPlain = pieces.every((piece) => isAscii(piece) && !piece.includes(backslash) && !piece.includes(0x7f));
  if (!isPlain) return parseCleanJson(Buffer.concat(pieces).toString('utf8'));
  const text = pieces.map((piece) => piece.toString('latin1')).join('');
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new SyntaxError(`not JSON (${text.length} characters)`);
  }
}
