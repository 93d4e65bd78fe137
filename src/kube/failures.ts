import type { ClusterFailure, ConflictCause } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import type { JsonObject, JsonValue } from '../shared/json';
import { isJsonObject } from '../shared/json';
import { cleanLine, cleanText, hideQuoted, redactText } from './clean';

/** What is known about the request that failed; it decides what may be said and whether the server may have acted. */
export interface RequestNature {
  /** Whether the request would have changed something: not a read, not a dry-run. */
  readonly writes: boolean;
  /** Literal secrets that must not show: the credentials, and the values in a Secret that was sent. */
  readonly secrets?: readonly string[];
  /** Set when the request is about a Secret: only these words may stand in quotes in what the server says. */
  readonly quotable?: ReadonlySet<string>;
}

/** As much of what a server says as is looked at; people see at most a quarter of it. */
const saidLimit = 32_768;

type FailureKind = ClusterFailure['kind'];

const kindByCode: Readonly<Record<number, FailureKind>> = {
  400: 'invalid',
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  408: 'timeout',
  409: 'conflict',
  410: 'gone',
  413: 'invalid',
  422: 'invalid',
  429: 'too-many-requests',
  502: 'unavailable',
  503: 'unavailable',
  504: 'timeout',
};

/** Server-side apply answers 500 when a manifest does not fit the kind's schema; it has decided all the same. */
const misfit = /^failed to (?:create typed patch object|convert new object)/;

function kindOf(code: number, reason: string): FailureKind {
  if (reason === 'AlreadyExists') return 'exists';
  if (reason === 'Expired' || reason === 'Gone') return 'gone';
  return kindByCode[code] ?? 'other';
}

function shown(text: string, nature: RequestNature): string {
  const redacted = redactText(text, nature.secrets ?? []);
  return cleanText(nature.quotable === undefined ? redacted : hideQuoted(redacted, nature.quotable));
}

/** One of the server's shorter words, such as the path of a field. A server that quotes what it refuses may do it here too. */
function shownLine(text: string, nature: RequestNature, limit: number): string {
  return cleanLine(redactText(text, nature.secrets ?? []), limit);
}

function textIn(object: JsonObject, key: string): string {
  const value: JsonValue | undefined = Object.hasOwn(object, key) ? object[key] : undefined;
  return typeof value === 'string' ? value : '';
}

/** The manager in `conflict with "NAME" …`, where NAME is a Go-quoted string. */
function managerIn(message: string): string {
  const quoted = /^conflict with ("(?:[^"\\]|\\.)*")/.exec(message)?.[1];
  if (quoted === undefined) return '';
  try {
    return JSON.parse(quoted) as string;
  } catch {
    return quoted.slice(1, -1);
  }
}

/** Milliseconds of a Retry-After header: whole seconds, or a date. */
export function retryAfterMsOf(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,7}$/.test(header.trim())) return Number(header) * 1_000;
  const atMs = Date.parse(header);
  return Number.isNaN(atMs) ? undefined : Math.max(0, atMs - nowMs);
}

/** Builds the error of an answer with an error status; `body` is a Status object wherever an API server answered. */
export function failureOfAnswer(code: number, body: string, retryAfterMs: number | undefined, nature: RequestNature): ClusterError {
  let status: JsonValue = null;
  try {
    status = JSON.parse(body) as JsonValue;
  } catch {
    // A proxy's HTML page or a plain text is shown as it is.
  }
  return failureOfStatus(isJsonObject(status) && status['kind'] === 'Status' ? status : {}, code, body, retryAfterMs, nature);
}

/** Builds the error of a Status object, such as the one inside an ERROR event of a watch. */
export function failureOfStatus(status: JsonObject, code: number, fallback: string, retryAfterMs: number | undefined, nature: RequestNature): ClusterError {
  const reason = shownLine(textIn(status, 'reason'), nature, 256);
  const known = typeof status['code'] === 'number' ? status['code'] : code;
  const details = isJsonObject(status['details']) ? status['details'] : {};
  const listed = Array.isArray(details['causes']) ? (details['causes'] as readonly JsonValue[]).filter(isJsonObject) : [];
  const causes = listed.map((cause) => ({
    reason: shownLine(textIn(cause, 'reason'), nature, 256),
    field: shownLine(textIn(cause, 'field'), nature, 1_024),
    message: shown(textIn(cause, 'message'), nature),
  }));
  const conflicts: ConflictCause[] = listed
    .filter((cause) => cause['reason'] === 'FieldManagerConflict')
    .map((cause) => ({
      field: shownLine(textIn(cause, 'field'), nature, 1_024),
      manager: shownLine(managerIn(textIn(cause, 'message')), nature, 256),
      message: shown(textIn(cause, 'message'), nature),
    }));
  const seconds = details['retryAfterSeconds'];
  const waitMs = retryAfterMs ?? (typeof seconds === 'number' && seconds > 0 ? seconds * 1_000 : undefined);
  const said = (textIn(status, 'message') || fallback).slice(0, saidLimit).trim() || `status ${known} without a message`;
  const decided = known === 500 && misfit.test(said);
  return new ClusterError({
    kind: decided ? 'invalid' : kindOf(known, reason),
    code: known,
    reason,
    message: shown(said, nature),
    causes,
    conflicts,
    ...(waitMs === undefined ? {} : { retryAfterMs: waitMs }),
    // The server has decided about 4xx. Behind a 5xx the write may still have happened (etcd timed out, a gateway gave up);
    // an API server's own 503 comes before it does anything.
    uncertain: nature.writes && !decided && (known >= 500 || known === 408) && reason !== 'ServiceUnavailable',
  });
}

/**
 * An error that has no answer of the server behind it. Nothing is kept as its cause: what other libraries put into their
 * errors (certificates, a program's own words) has not passed the door.
 */
export function failureWithoutAnswer(
  kind: FailureKind,
  message: string,
  uncertain: boolean,
  options: { readonly reason?: string; readonly secrets?: readonly string[] } = {},
): ClusterError {
  return new ClusterError({
    kind,
    code: 0,
    reason: options.reason ?? '',
    message: cleanLine(redactText(message, options.secrets ?? [])),
    causes: [],
    conflicts: [],
    uncertain,
  });
}

/** Failures before the first byte of the request has left: the server cannot have acted. */
const beforeSending = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_PRX_TLS',
]);

const sentences: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'the connection was refused',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  EHOSTUNREACH: 'there is no route to the host',
  ENETUNREACH: 'there is no route to the network',
  ECONNRESET: 'the connection was reset',
  EPIPE: 'the connection was closed',
  ETIMEDOUT: 'the connection timed out',
  UND_ERR_SOCKET: 'the connection was closed',
  UND_ERR_CONNECT_TIMEOUT: 'connecting took too long',
};

function codesOf(error: unknown): string[] {
  const codes: string[] = [];
  let at: unknown = error;
  for (let depth = 0; at instanceof Error && depth < 5; depth++) {
    const code: unknown = 'code' in at ? at.code : undefined;
    if (typeof code === 'string') codes.push(code);
    if (at instanceof AggregateError)
      codes.push(...at.errors.flatMap((inner: unknown) => (inner instanceof Error && 'code' in inner && typeof inner.code === 'string' ? [inner.code] : [])));
    at = at.cause;
  }
  return codes;
}

/** Builds the error of a connection that failed before or while the answer came. */
export function failureOfConnection(error: unknown, server: string, nature: RequestNature): ClusterError {
  if (error instanceof ClusterError) return error;
  const codes = codesOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const certificate = codes.find((code) => /CERT|SELF_SIGNED|UNABLE_TO_|^ERR_TLS|^ERR_SSL/.test(code));
  const known = codes.find((code) => Object.hasOwn(sentences, code));
  const early = certificate !== undefined || codes.some((code) => beforeSending.has(code));
  const why = certificate === undefined ? (known === undefined ? message : sentences[known]) : `its certificate is not trusted (${message})`;
  return failureWithoutAnswer('unreachable', `${server}: ${why ?? message}`, nature.writes && !early, {
    reason: certificate ?? known ?? codes[0] ?? '',
    secrets: nature.secrets ?? [],
  });
}

/** Whether the server surely never saw the request. */
export function neverSent(failure: ClusterFailure): boolean {
  return failure.kind === 'unreachable' && beforeSending.has(failure.reason);
}
