// Reads the protobuf form of an object into its JSON form. kubectl's typed clients send it; nothing is ever answered in it.
import { badRequest } from '../apiStatus';
import { setOwn, type Json, type JsonMap } from '../objects';
import { messageLines } from './messages';

interface Field {
  name: string;
  /** s, b, i, d, y, or @ and a message's name. */
  type: string;
  shape: 'one' | 'list' | 'map';
  inline: boolean;
}

type Fields = ReadonlyMap<number, Field>;

const magic = Buffer.from('k8s\0', 'latin1');
const maxDepth = 60;

/**
 * Fields whose zero says something. All others are written by the encoder whether they are set or not, so that their zero has
 * to be read as absent, as it is in JSON.
 */
const meaningfulZeros: ReadonlySet<string> = new Set([
  'activeDeadlineSeconds',
  'allowPrivilegeEscalation',
  'automountServiceAccountToken',
  'backoffLimit',
  'completions',
  'enableServiceLinks',
  'expirationSeconds',
  'failedJobsHistoryLimit',
  'fsGroup',
  'gracePeriodSeconds',
  'immutable',
  'manualSelector',
  'minReplicas',
  'orphanDependents',
  'parallelism',
  'partition',
  'progressDeadlineSeconds',
  'readOnlyRootFilesystem',
  'replicas',
  'revisionHistoryLimit',
  'runAsGroup',
  'runAsNonRoot',
  'runAsUser',
  'stabilizationWindowSeconds',
  'startingDeadlineSeconds',
  'successfulJobsHistoryLimit',
  'suspend',
  'terminationGracePeriodSeconds',
  'tolerationSeconds',
  'ttlSecondsAfterFinished',
  'value',
]);

/** Kinds by the message that carries them. */
const groupFolders: Readonly<Record<string, string>> = {
  '': 'core',
  'rbac.authorization.k8s.io': 'rbac',
  'authorization.k8s.io': 'authorization',
  'authentication.k8s.io': 'authentication',
  'networking.k8s.io': 'networking',
  'scheduling.k8s.io': 'scheduling',
};

const parsed = once(
  () =>
    new Map<string, Fields>(
      messageLines
        .trim()
        .split('\n')
        .map((line) => {
          const [message = '', ...parts] = line.split(' ');
          return [message, new Map(parts.map(fieldOf))];
        }),
    ),
);

function messageFields(name: string): Fields {
  const found = parsed().get(name);
  if (found === undefined) throw badRequest(`the sandbox cannot read ${name} as protobuf; it can as JSON`);
  return found;
}

/** The table is read when the first protobuf body comes; most processes never see one. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function fieldOf(text: string): [number, Field] {
  const [number = '', name = '', code = ''] = text.split(':');
  const shape = code.endsWith('*') ? 'list' : code.endsWith('%') ? 'map' : 'one';
  const inline = name.startsWith('^');
  return [Number(number), { name: inline ? name.slice(1) : name, type: code.replace(/[*%]$/, ''), shape, inline }];
}

/** Wire values in the order in which they stand: numbers for varints, bytes for everything that has a length. */
function* wireFields(bytes: Buffer): Generator<[number, bigint | Buffer]> {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = bytes[at++];
      if (byte === undefined) throw badRequest('unexpected end of the protobuf body');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw badRequest('a number in the protobuf body is too long');
  };
  const take = (length: number): Buffer => {
    if (at + length > bytes.length) throw badRequest('unexpected end of the protobuf body');
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const key = Number(varint());
    switch (key & 7) {
      case 0:
        yield [key >> 3, varint()];
        break;
      case 1:
        yield [key >> 3, take(8)];
        break;
      case 2:
        yield [key >> 3, take(Number(varint()))];
        break;
      case 5:
        yield [key >> 3, take(4)];
        break;
      default:
        throw badRequest('the protobuf body is not valid');
    }
  }
}

function asBytes(value: bigint | Buffer): Buffer {
  if (Buffer.isBuffer(value)) return value;
  throw badRequest('the protobuf body is not valid');
}

function asNumber(value: bigint | Buffer): number {
  if (!Buffer.isBuffer(value)) return Number(BigInt.asIntN(64, value));
  if (value.length === 8) return value.readDoubleLE(0);
  throw badRequest('the protobuf body is not valid');
}

/** Messages whose JSON form is a single value. */
const specials: Readonly<Record<string, (bytes: Buffer) => Json | undefined>> = {
  Time: timeOf,
  MicroTime: timeOf,
  Quantity: (bytes) => firstText(bytes),
  FieldsV1: (bytes) => jsonOf(bytes),
  RawExtension: (bytes) => jsonOf(bytes),
  IntOrString: (bytes) => {
    const fields = new Map(wireFields(bytes));
    const text = fields.get(3);
    if (asNumber(fields.get(1) ?? 0n) === 1) return text === undefined ? '' : asBytes(text).toString('utf8');
    return asNumber(fields.get(2) ?? 0n);
  },
};

function timeOf(bytes: Buffer): Json | undefined {
  const seconds = new Map(wireFields(bytes)).get(1);
  if (seconds === undefined) return undefined;
  const time = new Date(asNumber(seconds) * 1000);
  if (Number.isNaN(time.getTime())) throw badRequest('a time in the protobuf body is not valid');
  return `${time.toISOString().slice(0, 19)}Z`;
}

function firstText(bytes: Buffer): string {
  for (const [number, value] of wireFields(bytes)) if (number === 1) return asBytes(value).toString('utf8');
  return '';
}

function jsonOf(bytes: Buffer): Json | undefined {
  const text = firstText(bytes);
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    throw badRequest('a raw part of the protobuf body is no JSON');
  }
}

function valueOf(field: Field, value: bigint | Buffer, depth: number): Json | undefined {
  switch (field.type) {
    case 's':
      return asBytes(value).toString('utf8');
    case 'b':
      return asNumber(value) !== 0;
    case 'i':
    case 'd':
      return asNumber(value);
    case 'y':
      return asBytes(value).toString('base64');
    default: {
      const name = field.type.slice(1);
      const special = specials[name];
      return special === undefined ? messageOf(name, asBytes(value), depth + 1) : special(asBytes(value));
    }
  }
}

function messageOf(name: string, bytes: Buffer, depth: number): JsonMap {
  if (depth > maxDepth) throw badRequest('the protobuf body is too deeply nested');
  const fields = messageFields(name);
  const made: JsonMap = {};
  for (const [number, wire] of wireFields(bytes)) {
    const field = fields.get(number);
    if (field === undefined) continue;
    if (field.shape === 'map') addEntry(made, field, asBytes(wire), depth);
    else {
      const value = valueOf(field, wire, depth);
      if (value === undefined) continue;
      if (field.shape === 'list') ((made[field.name] ??= []) as Json[]).push(value);
      else if (field.inline) Object.assign(made, value);
      else if (!isUnset(field, value)) made[field.name] = value;
    }
  }
  return made;
}

function addEntry(made: JsonMap, field: Field, bytes: Buffer, depth: number): void {
  const entry = new Map(wireFields(bytes));
  const key = entry.get(1);
  const value = valueOf(field, entry.get(2) ?? Buffer.alloc(0), depth);
  if (value !== undefined) setOwn((made[field.name] ??= {}) as JsonMap, key === undefined ? '' : asBytes(key).toString('utf8'), value);
}

function isUnset(field: Field, value: Json): boolean {
  if (value === '') return true;
  return (value === 0 || value === false) && field.type.length === 1 && !meaningfulZeros.has(field.name);
}

/** The object in a protobuf body, with its apiVersion and kind. Throws 400 for what cannot be read. */
export function objectInProtobuf(body: Buffer): JsonMap {
  if (!body.subarray(0, 4).equals(magic)) throw badRequest('the body is no protobuf of Kubernetes: its first bytes are wrong');
  const envelope = new Map(wireFields(body.subarray(4)));
  const type = new Map(wireFields(asBytes(envelope.get(1) ?? Buffer.alloc(0))));
  const textAt = (number: number): string => {
    const value = type.get(number);
    return value === undefined ? '' : asBytes(value).toString('utf8');
  };
  const apiVersion = textAt(1);
  const kind = textAt(2);
  const [group = '', version = ''] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion];
  const message = kind === 'DeleteOptions' ? 'meta.v1.DeleteOptions' : `${groupFolders[group] ?? group}.${version}.${kind}`;
  return { apiVersion, kind, ...messageOf(message, asBytes(envelope.get(2) ?? Buffer.alloc(0)), 0) };
}
