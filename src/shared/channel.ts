import type { Disposable } from './disposables';
import { disposable } from './disposables';
import type { RequestError, RequestErrorCode } from './protocol';

/** What travels. Both ends are symmetric: each may ask, answer, cancel and tell. */
export type ChannelMessage =
  | { readonly kind: 'request'; readonly id: number; readonly name: string; readonly params: unknown }
  | { readonly kind: 'response'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'failure'; readonly id: number; readonly error: RequestError }
  | { readonly kind: 'cancel'; readonly id: number }
  | { readonly kind: 'event'; readonly name: string; readonly data: unknown };

/** Moves messages to the other end; `listen` hears what comes from there, unchecked. */
export interface Transport {
  /** A promise says when the other end has taken the message, as far as the transport can tell. */
  post(message: ChannelMessage): void | PromiseLike<unknown>;
  listen(listener: (message: unknown) => void): Disposable;
}

type EventMap = { readonly [name: string]: unknown };

/** Answers of this end. A handler may throw `ChannelError` to answer a typed error; anything else becomes `failed`. */
export type Handlers<R> = {
  readonly [K in keyof R]: R[K] extends { params: infer P; result: infer S } ? (params: P, signal: AbortSignal) => S | Promise<S> : never;
};

/** A failed request, on both ends. */
export class ChannelError extends Error {
  readonly error: RequestError;
  constructor(error: RequestError) {
    super(error.message);
    this.name = 'ChannelError';
    this.error = error;
  }
}

export function channelError(code: RequestErrorCode, message: string): ChannelError {
  return new ChannelError({ code, message });
}

/** A check of what came in: gives back the typed value or throws with the place that is wrong. */
export type Check = (value: unknown) => unknown;

/** How long an end waits for answers. Who gives up tells the other end so, by a cancel. */
export interface Patience {
  /** Milliseconds by the request's name; undefined for one that waits for a person or for a cluster. */
  readonly limitMs: (name: string) => number | undefined;
  /** Calls back once after `delayMs`. */
  readonly after: (delayMs: number, callback: () => void) => Disposable;
  /** What a person reads. */
  readonly message: (limitMs: number) => string;
}

export interface ChannelOptions<Served, Heard> {
  readonly transport: Transport;
  readonly serve: Handlers<Served>;
  readonly hear: { readonly [K in keyof Heard]: (data: Heard[K]) => void };
  /** Checks of inbound params and events by name. The host gives all of them; a name without one is refused where `strict`. */
  readonly checks?: { readonly [name: string]: Check };
  readonly strict?: boolean;
  /** Without it this end waits for an answer for as long as the conversation lasts. */
  readonly patience?: Patience;
  /** Hears messages that make no sense and handlers that throw; never rethrown. */
  readonly onFault: (message: string, error?: unknown) => void;
}

function isMessage(value: unknown): value is ChannelMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, id, name } = value as { kind?: unknown; id?: unknown; name?: unknown };
  if (kind === 'event') return typeof name === 'string';
  if (kind === 'request') return typeof name === 'string' && Number.isSafeInteger(id);
  return (kind === 'response' || kind === 'failure' || kind === 'cancel') && Number.isSafeInteger(id);
}

/** A failure whose error makes no sense is one all the same: the request must end. */
function errorFrom(value: unknown): RequestError {
  const { code, message } = (typeof value === 'object' && value !== null ? value : {}) as { readonly code?: unknown; readonly message?: unknown };
  return typeof code === 'string' && typeof message === 'string'
    ? (value as RequestError)
    : { code: 'failed', message: 'The answer was no error that is known.' };
}

/**
 * One end of a typed conversation: `Asked` and `Told` go out, `Served` and `Heard` come in. Every request ends exactly
 * once, with a result, a typed error, or `closed` when this end is disposed.
 */
export class Channel<Asked extends object, Told extends object, Served extends object, Heard extends object> implements Disposable {
  readonly #options: ChannelOptions<Served, Heard>;
  readonly #pending = new Map<number, { resolve(value: unknown): void; reject(error: ChannelError): void; forget(): void }>();
  readonly #serving = new Map<number, AbortController>();
  readonly #listening: Disposable;
  #nextId = 1;
  #open = true;

  constructor(options: ChannelOptions<Served, Heard>) {
    this.#options = options;
    this.#listening = options.transport.listen((message) => this.#receive(message));
  }

  request<K extends keyof Asked & string>(
    name: K,
    params: Asked[K] extends { params: infer P } ? P : never,
    signal?: AbortSignal,
  ): Promise<Asked[K] extends { result: infer S } ? S : never> {
    if (!this.#open) return Promise.reject(channelError('closed', 'The view was closed.'));
    if (signal?.aborted === true) return Promise.reject(channelError('cancelled', 'Cancelled.'));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#options.transport.post({ kind: 'cancel', id });
        this.#settle(id)?.reject(channelError('cancelled', 'Cancelled.'));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const { patience } = this.#options;
      const limitMs = patience?.limitMs(name);
      const late =
        patience === undefined || limitMs === undefined
          ? undefined
          : patience.after(limitMs, () => {
              this.#options.transport.post({ kind: 'cancel', id });
              this.#settle(id)?.reject(channelError('failed', patience.message(limitMs)));
            });
      this.#pending.set(id, {
        resolve,
        reject,
        forget: () => {
          signal?.removeEventListener('abort', onAbort);
          late?.dispose();
        },
      });
      this.#options.transport.post({ kind: 'request', id, name, params });
    });
  }

  tell<K extends keyof Told & string>(name: K, data: Told[K]): void {
    if (this.#open) this.#options.transport.post({ kind: 'event', name, data });
  }

  /** Tells, and settles when the other end has taken it, as far as the transport can tell. */
  async hand<K extends keyof Told & string>(name: K, data: Told[K]): Promise<unknown> {
    return this.#open ? this.#options.transport.post({ kind: 'event', name, data }) : undefined;
  }

  dispose(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#listening.dispose();
    for (const id of [...this.#pending.keys()]) this.#settle(id)?.reject(channelError('closed', 'The view was closed.'));
    for (const controller of this.#serving.values()) controller.abort(channelError('closed', 'The view was closed.'));
    this.#serving.clear();
  }

  #settle(id: number): { resolve(value: unknown): void; reject(error: ChannelError): void } | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.forget();
    return pending;
  }

  #receive(message: unknown): void {
    if (!this.#open) return;
    if (!isMessage(message)) {
      this.#options.onFault('A message without a known shape was ignored.');
      return;
    }
    switch (message.kind) {
      case 'response':
        this.#settle(message.id)?.resolve(message.result);
        return;
      case 'failure':
        this.#settle(message.id)?.reject(new ChannelError(errorFrom(message.error)));
        return;
      case 'cancel':
        this.#serving.get(message.id)?.abort(channelError('cancelled', 'Cancelled.'));
        return;
      case 'event':
        this.#hear(message.name, message.data);
        return;
      case 'request':
        void this.#answer(message.id, message.name, message.params);
    }
  }

  #checked(name: string, value: unknown): unknown {
    const { checks, strict } = this.#options;
    const check = checks !== undefined && Object.hasOwn(checks, name) ? checks[name] : undefined;
    if (check !== undefined) return check(value);
    if (strict === true) throw channelError('invalid', `No check for ${name}.`);
    return value;
  }

  #hear(name: string, data: unknown): void {
    const handlers = this.#options.hear as EventMap;
    // Contracts grow by addition: an event that this end does not know is no fault.
    if (!Object.hasOwn(handlers, name)) return;
    try {
      (handlers[name] as (data: unknown) => void)(this.#checked(name, data));
    } catch (error) {
      this.#options.onFault(`The event ${name} could not be handled.`, error);
    }
  }

  async #answer(id: number, name: string, params: unknown): Promise<void> {
    const { transport, serve, onFault } = this.#options;
    const handlers = serve as Record<string, unknown>;
    if (!Object.hasOwn(handlers, name) || this.#serving.has(id)) {
      transport.post({ kind: 'failure', id, error: { code: 'invalid', message: `Unknown request ${JSON.stringify(name).slice(0, 80)}.` } });
      return;
    }
    const controller = new AbortController();
    this.#serving.set(id, controller);
    try {
      const handler = handlers[name] as (params: unknown, signal: AbortSignal) => unknown;
      const result = await handler(this.#checked(name, params), controller.signal);
      if (this.#open) transport.post({ kind: 'response', id, result });
    } catch (error) {
      if (!(error instanceof ChannelError)) onFault(`The request ${name} failed.`, error);
      if (this.#open) {
        transport.post({
          kind: 'failure',
          id,
          error: error instanceof ChannelError ? error.error : { code: 'failed', message: error instanceof Error ? error.message : String(error) },
        });
      }
    } finally {
      this.#serving.delete(id);
    }
  }
}

/** Two transports joined back to back, for tests and for pages that live in the same process. Messages are cloned. */
export function joinedTransports(): readonly [Transport, Transport] {
  const ends: [Set<(message: unknown) => void>, Set<(message: unknown) => void>] = [new Set(), new Set()];
  const end = (own: 0 | 1): Transport => ({
    post(message) {
      const copy = structuredClone(message);
      queueMicrotask(() => {
        for (const listener of ends[own === 0 ? 1 : 0]) listener(copy);
      });
    },
    listen(listener) {
      ends[own].add(listener);
      return disposable(() => ends[own].delete(listener));
    },
  });
  return [end(0), end(1)];
}
