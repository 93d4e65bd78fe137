import type { Dispatcher } from 'undici';
import { failureWithoutAnswer } from './failures';

/** More than the largest page of the largest objects that an API server hands out in practice. */
const bodyLimit = 256 * 1024 * 1024;
/** What is read of an answer that nobody waits for any more, before its connection is given up instead. */
const forsakenLimit = 32 * 1024 * 1024;

export interface WholeAnswer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

/**
 * One request and its whole answer. Whoever gives up waiting leaves the exchange to end by itself: undici's HTTP/2 keeps the
 * stream of a request that is aborted once it was sent, and when the connection is closed later, what has arrived there
 * throws in the middle of the process. A request that was not sent yet never goes out.
 */
export class Exchange {
  readonly answer: Promise<WholeAnswer>;
  /** Settles when nothing of it is on its way any more, and never fails. */
  readonly over: Promise<void>;
  #forsaken = false;
  #tooMuch: (() => void) | undefined;

  /** `label` names the server in messages. */
  constructor(dispatcher: Dispatcher, options: Dispatcher.DispatchOptions, label: string) {
    const { promise, resolve, reject } = Promise.withResolvers<WholeAnswer>();
    const over = Promise.withResolvers<undefined>();
    this.answer = promise;
    this.over = over.promise;
    // Nobody may be waiting when it fails.
    promise.catch(() => undefined);
    let chunks: Buffer[] = [];
    let length = 0;
    let head: Omit<WholeAnswer, 'text'> = { statusCode: 0, headers: {} };
    dispatcher.dispatch(options, {
      onRequestStart: (controller) => {
        if (this.#forsaken) controller.abort(new Error('given up before it was sent'));
      },
      onResponseStart: (_, statusCode, headers) => {
        // Others only announce the one that counts.
        if (statusCode >= 200) head = { statusCode, headers };
      },
      onResponseData: (_, chunk) => {
        length += chunk.length;
        if (this.#forsaken) {
          chunks = [];
          if (length > forsakenLimit) this.#tooMuch?.();
        } else if (length > bodyLimit) {
          chunks = [];
          reject(failureWithoutAnswer('protocol', `${label}: the answer has more than ${bodyLimit} bytes`, false));
        } else chunks.push(chunk);
      },
      onResponseEnd: () => {
        if (!this.#forsaken && length <= bodyLimit) resolve({ ...head, text: Buffer.concat(chunks).toString('utf8') });
        over.resolve(undefined);
      },
      onResponseError: (_, error) => {
        reject(error);
        over.resolve(undefined);
      },
    });
  }

  /** Nobody waits for the answer any more. `tooMuch` is called, perhaps often, when it is too long to be read to its end. */
  forsake(tooMuch: () => void): void {
    this.#forsaken = true;
    this.#tooMuch = tooMuch;
  }
}
