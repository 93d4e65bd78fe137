import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import type { Clock, Logger } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { isJsonObject } from '../shared/json';
import type { Disposable } from '../shared/disposables';
import type { JsonObject } from '../shared/json';
import { parseCleanJson } from './clean';
import type { Access, Credentials } from './credentials';
import type { Dispatchers } from './dispatchers';
import type { WholeAnswer } from './exchange';
import { failureOfAnswer, failureOfConnection, failureWithoutAnswer, neverSent, retryAfterMsOf } from './failures';
import type { RequestNature } from './failures';

export type Query = readonly (readonly [string, string])[];

export interface Ask {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute path, already encoded. */
  readonly path: string;
  readonly query?: Query;
  readonly body?: string;
  readonly contentType?: string;
  readonly accept?: string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
  /** Whether it may change something; default: everything but GET. */
  readonly writes?: boolean;
  /** Reads are asked again after faults that pass by themselves, unless the caller has a schedule of its own. */
  readonly retry?: boolean;
  readonly secrets?: readonly string[];
  readonly quotable?: ReadonlySet<string>;
}

/** An answer whose body is still coming. */
export interface OpenStream {
  readonly body: AsyncIterable<Uint8Array>;
  /** Ends the connection; reading on then throws. */
  close(): void;
}

export const requestTimeoutMs = 30_000;
/** A refusal is a Status object, or a page of something that stands before the server. */
const refusalLimit = 8 * 1024 * 1024;
/** What nobody waits for any more has this long to come to its end. */
const forsakenMs = 30_000;
const retryDelaysMs = [150, 600] as const;
const longestRetryAfterMs = 10_000;

interface Attempt {
  readonly signal: AbortSignal;
  /** Why the signal was raised, once it was. */
  readonly why: () => 'timeout' | 'aborted' | undefined;
  readonly abort: () => void;
  readonly settled: () => void;
}

/** Requests to one API server: credentials, connections, time limits, errors. Knows paths and JSON, no kinds. */
export class Transport {
  readonly #credentials: Credentials;
  readonly #dispatchers: Dispatchers;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #closing = new AbortController();
  readonly #open = new Set<() => void>();
  /** The time limits of what runs on although nobody waits for it. */
  readonly #forsaken = new Set<Disposable>();

  constructor(credentials: Credentials, dispatchers: Dispatchers, clock: Clock, logger: Logger) {
    this.#credentials = credentials;
    this.#dispatchers = dispatchers;
    this.#clock = clock;
    this.#logger = logger;
  }

  get serverLabel(): string {
    return this.#credentials.server.host;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Raised when the cluster is disposed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  dispose(): void {
    this.#closing.abort();
    for (const end of [...this.#open]) end();
    for (const limit of this.#forsaken) limit.dispose();
    this.#forsaken.clear();
    this.#dispatchers.dispose();
  }

  /** The answer's JSON object. @throws ClusterError */
  async json(ask: Ask): Promise<JsonObject> {
    const { text } = await this.#answer(ask);
    const nature = natureOf(ask);
    let parsed;
    try {
      parsed = parseCleanJson(text);
    } catch (error) {
      throw failureWithoutAnswer(
        'protocol',
        `${this.serverLabel}: the answer to ${ask.method} ${ask.path} is ${error instanceof Error ? error.message : 'broken'}`,
        nature.writes,
      );
    }
    if (!isJsonObject(parsed))
      throw failureWithoutAnswer('protocol', `${this.serverLabel}: the answer to ${ask.method} ${ask.path} is no JSON object`, nature.writes);
    return parsed;
  }

  /** The answer's text and content type. @throws ClusterError */
  async text(ask: Ask): Promise<{ readonly text: string; readonly contentType: string }> {
    return this.#answer(ask);
  }

  async #answer(ask: Ask): Promise<{ readonly text: string; readonly contentType: string }> {
    const mayRetry = (ask.retry ?? true) && !natureOf(ask).writes;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.#once(ask);
      } catch (error) {
        const waitMs = mayRetry && error instanceof ClusterError ? retryDelayMs(error, attempt) : undefined;
        if (waitMs === undefined) throw error;
        this.#logger.debug(`${ask.method} ${ask.path}: asking again in ${waitMs} ms after ${error instanceof Error ? error.message : ''}`);
        await this.pause(waitMs, ask.signal);
      }
    }
  }

  /** Waits on the clock. @throws ClusterError `aborted` when the signal or the cluster's end comes first. */
  async pause(delayMs: number, signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#clock.sleep(delayMs, signal === undefined ? this.#closing.signal : AbortSignal.any([signal, this.#closing.signal]));
    } catch {
      throw aborted();
    }
  }

  async #once(ask: Ask): Promise<{ readonly text: string; readonly contentType: string }> {
    const attempt = this.#attempt(ask.signal, ask.timeoutMs ?? requestTimeoutMs);
    const beganAtMs = this.#clock.now();
    let outcome = 'no answer';
    try {
      const { answer, told } = await this.#authorized(ask, attempt, (access, options) => this.#exchange(access, options, attempt));
      outcome = String(answer.statusCode);
      if (answer.statusCode < 200 || answer.statusCode > 299) throw this.#refused(answer, answer.text, told);
      return { text: answer.text, contentType: headerOf(answer.headers, 'content-type') ?? '' };
    } finally {
      this.#logger.debug(`${ask.method} ${ask.path}: ${outcome} in ${Math.round(this.#clock.now() - beganAtMs)} ms`);
      attempt.settled();
    }
  }

  /** The whole answer, or a throw as soon as the attempt is given up; what was sent then ends behind the scenes. */
  async #exchange(access: Access, options: Dispatcher.DispatchOptions, attempt: Attempt): Promise<WholeAnswer> {
    if (attempt.signal.aborted) throw givenUp();
    const { exchange, forsake } = this.#dispatchers.request(access, options, this.serverLabel);
    try {
      return await unlessAborted(exchange.answer, attempt.signal, givenUp);
    } catch (error) {
      exchange.forsake(forsake);
      if (attempt.why() === 'timeout') forsake();
      else if (attempt.why() === 'aborted' && !this.closed) {
        const limit = this.#clock.after(forsakenMs, forsake);
        this.#forsaken.add(limit);
        void exchange.over.then(() => {
          limit.dispose();
          this.#forsaken.delete(limit);
        });
      }
      throw error;
    }
  }

  /**
   * Opens a GET whose body is read as it comes. The time limit covers the wait for the answer's head only.
   * @throws ClusterError for everything but a 2xx
   */
  async stream(ask: Ask): Promise<OpenStream> {
    const attempt = this.#attempt(ask.signal, ask.timeoutMs ?? requestTimeoutMs);
    try {
      const { answer, told } = await this.#authorized(ask, attempt, (access, options) =>
        this.#dispatchers.streams(access).request({ ...options, signal: attempt.signal }),
      );
      if (answer.statusCode >= 200 && answer.statusCode <= 299) return this.#openStream(answer.body, attempt, ask.signal, told);
      const text = await this.#refusal(answer.body).catch((error: unknown) => {
        throw this.#explained(error, attempt, told);
      });
      throw this.#refused(answer, text, told);
    } finally {
      attempt.settled();
    }
  }

  #openStream(
    body: AsyncIterable<Uint8Array> & Pick<Readable, 'destroy' | 'on'>,
    attempt: Attempt,
    signal: AbortSignal | undefined,
    nature: RequestNature,
  ): OpenStream {
    let closed = false;
    // A body that is destroyed while nobody reads it tells its error to this listener; without one it would end the process.
    body.on('error', () => undefined);
    const close = (): void => {
      if (closed) return;
      closed = true;
      this.#open.delete(close);
      signal?.removeEventListener('abort', close);
      attempt.abort();
      body.destroy();
    };
    this.#open.add(close);
    if (signal?.aborted === true || this.closed) close();
    else signal?.addEventListener('abort', close, { once: true });
    const explained = (error: unknown): ClusterError => (closed ? aborted() : this.#explained(error, attempt, nature));
    async function* read(): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of body) yield chunk;
        if (closed) throw aborted();
      } catch (error) {
        throw explained(error);
      } finally {
        close();
      }
    }
    return { body: read(), close };
  }

  /** Sends once, and a second time with renewed credentials when the first ones were refused: a 401 has done nothing. */
  async #authorized<A extends { readonly statusCode: number; readonly body?: { dump(): Promise<unknown> } }>(
    ask: Ask,
    attempt: Attempt,
    send: (access: Access, options: Dispatcher.DispatchOptions) => Promise<A>,
  ): Promise<{ readonly answer: A; readonly told: RequestNature }> {
    const nature = natureOf(ask);
    for (let tries = 0; ; tries++) {
      let access: Access;
      try {
        access = await unlessAborted(this.#credentials.current(), attempt.signal, givenUp);
      } catch (error) {
        throw attempt.why() === undefined
          ? failureOfConnection(error, this.serverLabel, nature)
          : this.#explained(error, attempt, { ...nature, writes: false });
      }
      const told = { ...nature, secrets: [...(nature.secrets ?? []), ...access.secrets] };
      let answer: A;
      try {
        answer = await send(access, optionsOf(ask, access));
      } catch (error) {
        throw this.#explained(error, attempt, told);
      }
      if (answer.statusCode !== 401 || tries > 0 || !this.#credentials.renew(access)) return { answer, told };
      await answer.body?.dump();
    }
  }

  #refused(answer: Omit<WholeAnswer, 'text'>, text: string, told: RequestNature): ClusterError {
    return failureOfAnswer(answer.statusCode, text, retryAfterMsOf(headerOf(answer.headers, 'retry-after'), this.#clock.now()), told);
  }

  async #refusal(body: AsyncIterable<Uint8Array>): Promise<string> {
    const chunks: Uint8Array[] = [];
    let length = 0;
    for await (const chunk of body) {
      length += chunk.length;
      if (length > refusalLimit) throw failureWithoutAnswer('protocol', `${this.serverLabel}: the answer has more than ${refusalLimit} bytes`, false);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks).toString('utf8');
  }

  #attempt(signal: AbortSignal | undefined, timeoutMs: number): Attempt {
    const controller = new AbortController();
    let why: 'timeout' | 'aborted' | undefined;
    const stop = (reason: 'timeout' | 'aborted') => (): void => {
      why ??= reason;
      controller.abort();
    };
    const onAbort = stop('aborted');
    const timer = this.#clock.after(timeoutMs, stop('timeout'));
    const signals = signal === undefined ? [this.#closing.signal] : [signal, this.#closing.signal];
    for (const one of signals) {
      if (one.aborted) onAbort();
      else one.addEventListener('abort', onAbort, { once: true });
    }
    return {
      signal: controller.signal,
      why: () => why,
      abort: onAbort,
      settled: () => {
        timer.dispose();
        for (const one of signals) one.removeEventListener('abort', onAbort);
      },
    };
  }

  #explained(error: unknown, attempt: Attempt, nature: RequestNature): ClusterError {
    if (error instanceof ClusterError) return error;
    if (attempt.why() === 'aborted') return aborted(nature.writes);
    if (attempt.why() === 'timeout') return failureWithoutAnswer('timeout', `${this.serverLabel}: no answer in time`, nature.writes);
    return failureOfConnection(error, this.serverLabel, nature);
  }
}

/** Gives up waiting when the signal is raised; the work itself goes on, for others who wait for it too. */
export function unlessAborted<T>(work: Promise<T>, signal: AbortSignal, reason: () => Error = aborted): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(reason());
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

export function aborted(uncertain = false): ClusterError {
  return failureWithoutAnswer('aborted', 'cancelled', uncertain);
}

/** Says nothing by itself: the attempt knows why it was given up. */
const givenUp = (): Error => new Error('given up');

function natureOf(ask: Ask): RequestNature {
  return {
    writes: ask.writes ?? ask.method !== 'GET',
    ...(ask.secrets === undefined ? {} : { secrets: ask.secrets }),
    ...(ask.quotable === undefined ? {} : { quotable: ask.quotable }),
  };
}

function optionsOf(ask: Ask, access: Access): Dispatcher.DispatchOptions {
  const query =
    ask.query === undefined || ask.query.length === 0
      ? ''
      : `?${new URLSearchParams(ask.query.map(([name, value]): [string, string] => [name, value])).toString()}`;
  const base = access.server.pathname === '/' ? '' : access.server.pathname.replace(/\/+$/, '');
  return {
    origin: access.server.origin,
    path: `${base}${ask.path}${query}`,
    method: ask.method,
    headers: {
      accept: ask.accept ?? 'application/json',
      'user-agent': 'kubeorch',
      ...(ask.body === undefined ? {} : { 'content-type': ask.contentType ?? 'application/json' }),
      ...access.headers,
    },
    body: ask.body ?? null,
  };
}

function headerOf(headers: Readonly<Record<string, string | string[] | undefined>>, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** How long to wait before a read is asked again; undefined when asking again would not help. */
function retryDelayMs(error: ClusterError, attempt: number): number | undefined {
  const { failure } = error;
  const backoffMs = retryDelaysMs[attempt];
  if (backoffMs === undefined) return undefined;
  if (failure.kind === 'too-many-requests' || failure.code === 503) {
    const askedMs = failure.retryAfterMs ?? backoffMs;
    return askedMs <= longestRetryAfterMs ? askedMs : undefined;
  }
  if (neverSent(failure)) return failure.reason === 'ECONNREFUSED' || failure.reason === 'EAI_AGAIN' ? backoffMs : undefined;
  // A kept connection that the server had already closed looks like this.
  return failure.kind === 'unreachable' && (failure.reason === 'ECONNRESET' || failure.reason === 'UND_ERR_SOCKET' || failure.reason === 'EPIPE')
    ? backoffMs
    : undefined;
}
