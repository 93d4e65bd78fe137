import type { Clock, ExecExit, ExecSession, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { isMissingShell, wasKilled } from './shell';
import { TerminalOutput } from './terminalOutput';

/** Which container a terminal is in. */
export interface PodPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** Where a container is now that was in a pod before. */
export type Whereabouts =
  | { readonly found: 'here' }
  /** The pod is gone; this one has its part. */
  | { readonly found: 'elsewhere'; readonly place: PodPlace }
  /** The pod is gone, and its controller has no ready one in its place yet. */
  | { readonly found: 'not-yet' }
  | { readonly found: 'nowhere' };

/** What the session says, in the user's language. */
export interface TerminalWords {
  completed(): string;
  exited(code: number): string;
  /** The runtime's own words for a command that never ran. */
  notStarted(why: string): string;
  lost(why: string, next: 'again' | 'key'): string;
  moved(from: string, to: string): string;
  waiting(pod: string): string;
  stillWaiting(pod: string): string;
  gone(pod: string): string;
  noShell(container: string): string;
  failure(error: unknown): string;
}

/** A shell, or a process that was joined, with the way to end it when its terminal goes. */
export interface Shell {
  readonly session: ExecSession;
  readonly hangUp: () => Promise<void>;
}

export interface TerminalSessionParts {
  readonly place: PodPlace;
  /** Starts the shell, or joins a process. */
  readonly connect: (place: PodPlace, signal: AbortSignal) => Promise<Shell>;
  readonly locate: (place: PodPlace, signal: AbortSignal) => Promise<Whereabouts>;
  /** The image has no shell. Gives another way in (a debug container), or undefined when the person wants none. */
  readonly withoutShell:
    | ((place: PodPlace, signal: AbortSignal, say: (text: string) => void) => Promise<TerminalSessionParts['connect'] | undefined>)
    | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly words: TerminalWords;
  readonly show: (text: string) => void;
  /** The terminal may go: its shell has ended well, or a key was pressed after it had not. */
  readonly onClosed: (exitCode: number) => void;
  /** The session has begun in this container, at first and whenever it moved. */
  readonly onEntered: (place: PodPlace) => void;
}

/** After an unexpected loss the terminal connects again by itself once after this long, then on any key. */
const reconnectDelayMs = 3000;
/** A controller that is still making the new pod is asked again so many times, `reconnectDelayMs` apart. */
const patience = 10;
/** Output is handed to the terminal in slices of about a frame: one write per WebSocket message would drown it. */
const flushDelayMs = 16;
const sliceLength = 256 * 1024;

/**
 * The life of one pod terminal: a shell, what is typed and shown, and what happens when the connection or the pod goes. Knows
 * nothing of VS Code. It ends with the shell or with its terminal; a loss says so and is mended.
 */
export class TerminalSession implements Disposable {
  readonly #parts: TerminalSessionParts;
  readonly #encoder = new TextEncoder();
  readonly #ending = new AbortController();
  #place: PodPlace;
  #connect: TerminalSessionParts['connect'];
  #session: ExecSession | undefined;
  /** Ways to end shells that may still be in their containers: the present one, and those whose connection was lost. */
  #hangUps: Shell['hangUp'][] = [];
  #left: Promise<unknown> = Promise.resolve();
  /** What goes on now; it ends soon after the session is disposed. */
  #active: Promise<void> = Promise.resolve();
  #state: 'connecting' | 'open' | 'waiting' | 'failed' | 'ended' = 'connecting';
  #exitCode = 0;
  #size = { columns: 80, rows: 24 };
  #wait: Disposable | undefined;
  #losses = 0;
  #sawOutput = false;
  #sending: Promise<void> = Promise.resolve();
  /** Typed before the connection stood. */
  #early: string[] = [];
  /** Half of a character that the last input ended with. */
  #halfCharacter = '';

  constructor(parts: TerminalSessionParts) {
    this.#parts = parts;
    this.#place = parts.place;
    this.#connect = parts.connect;
  }

  open(size: { readonly columns: number; readonly rows: number } | undefined): void {
    if (size !== undefined) this.#size = size;
    this.#active = this.#run();
  }

  resize(size: { readonly columns: number; readonly rows: number }): void {
    if (!(size.columns > 0) || !(size.rows > 0)) return;
    this.#size = size;
    this.#session?.resize(size.columns, size.rows);
  }

  input(data: string): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'failed') {
      this.#state = 'ended';
      this.#parts.onClosed(this.#exitCode);
      return;
    }
    if (this.#state === 'waiting') {
      // The key itself is no input: it asks to connect, also before the time has come.
      this.#losses = 0;
      this.#active = this.#mend();
      return;
    }
    const session = this.#session;
    if (session === undefined) {
      this.#early.push(data);
      return;
    }
    this.#send(session, data);
  }

  /** Closes on purpose: the command is ended and nothing is mended. */
  dispose(): void {
    this.#state = 'ended';
    this.#wait?.dispose();
    this.#ending.abort();
    this.#session?.dispose();
    this.#session = undefined;
    this.#leave(this.#hangUps.splice(0));
  }

  /** Ends it for a reason that lies outside of it, which stays readable until a key is pressed. */
  stop(why: string): void {
    if (this.#over) return;
    this.#line(why);
    this.dispose();
    this.#exitCode = 1;
    this.#state = 'failed';
  }

  /** Resolves when the shells that were left behind have been told to end, so that the cluster may be let go of. */
  get left(): Promise<unknown> {
    return this.#active.then(() => this.#left);
  }

  #leave(hangUps: readonly Shell['hangUp'][]): void {
    if (hangUps.length > 0) this.#left = Promise.all([this.#left, ...hangUps.map((hangUp) => hangUp())]);
  }

  get #over(): boolean {
    return this.#state === 'ended' || this.#ending.signal.aborted;
  }

  /** One write after another, so that a slow connection neither reorders nor drops what was typed or pasted. */
  #send(session: ExecSession, data: string): void {
    let text = this.#halfCharacter + data;
    const last = text.charCodeAt(text.length - 1);
    const isHalf = last >= 0xd800 && last <= 0xdbff;
    this.#halfCharacter = isHalf ? text.slice(-1) : '';
    if (isHalf) text = text.slice(0, -1);
    const bytes = this.#encoder.encode(text);
    this.#sending = this.#sending
      .then(() => session.write(bytes))
      .catch((error: unknown) => this.#parts.log.debug(`terminal input: ${error instanceof Error ? error.message : String(error)}`));
  }

  #line(text: string): void {
    if (!this.#over) this.#parts.show(`\r\n\x1b[2m${text}\x1b[0m\r\n`);
  }

  async #run(): Promise<void> {
    const { clock, words, onEntered, onClosed } = this.#parts;
    this.#wait?.dispose();
    this.#wait = undefined;
    this.#state = 'connecting';
    this.#sawOutput = false;
    let session: ExecSession | undefined;
    try {
      const shell = await this.#connect(this.#place, this.#ending.signal);
      session = shell.session;
      if (this.#over) {
        session.dispose();
        return this.#leave([shell.hangUp]);
      }
      this.#session = session;
      // One shell for one terminal: what a lost connection left behind ends now.
      this.#leave(this.#hangUps.splice(0));
      this.#hangUps.push(shell.hangUp);
      this.#state = 'open';
      onEntered(this.#place);
      session.resize(this.#size.columns, this.#size.rows);
      for (const data of this.#early.splice(0)) this.#send(session, data);
      await pump(session, clock, (text) => {
        // A shell that answers is a connection that holds: the next loss is a first one again.
        if (text !== '') this.#losses = 0;
        this.#sawOutput ||= text !== '';
        this.#parts.show(text);
      });
      const exit = await session.exit;
      this.#session = undefined;
      if (this.#over) return;
      if (exit.clean) this.#hangUps = [];
      if (isMissingShell(exit, this.#sawOutput)) return await this.#offerOther(exit);
      if (!exit.clean) return await this.#lost(exit.message);
      if (wasKilled(exit) && (await this.#isGone())) return await this.#lost(words.gone(this.#place.pod));
      this.#end(
        exit.exitCode ?? 1,
        exit.exitCode === 0 ? words.completed() : exit.exitCode === undefined ? words.notStarted(exit.message) : words.exited(exit.exitCode),
        onClosed,
      );
    } catch (error) {
      this.#session = undefined;
      session?.dispose();
      if (!this.#over) await this.#lost(words.failure(error));
    }
  }

  #end(code: number, text: string, onClosed: (exitCode: number) => void): void {
    this.#line(text);
    // What failed stays readable until a key is pressed.
    this.#exitCode = code;
    this.#state = code === 0 ? 'ended' : 'failed';
    if (code === 0) onClosed(code);
  }

  async #offerOther(exit: ExecExit): Promise<void> {
    const { withoutShell, words, onClosed } = this.#parts;
    this.#state = 'connecting';
    this.#line(words.noShell(this.#place.container));
    const { signal } = this.#ending;
    // Whoever closes the terminal does not wait for an answer to the offer.
    const closed = new Promise<undefined>((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
    const other = await Promise.race([withoutShell?.(this.#place, signal, (text) => this.#line(text)), closed]);
    if (this.#over) return;
    if (other === undefined) return this.#end(exit.exitCode ?? 127, words.notStarted(exit.message), onClosed);
    this.#connect = other;
    await this.#run();
  }

  async #isGone(): Promise<boolean> {
    try {
      return (await this.#parts.locate(this.#place, this.#ending.signal)).found !== 'here';
    } catch (error) {
      this.#parts.log.debug(`terminal: ${error instanceof Error ? error.message : String(error)}`);
      return false;
    }
  }

  async #lost(why: string): Promise<void> {
    this.#losses++;
    const again = this.#losses === 1;
    this.#line(this.#parts.words.lost(why, again ? 'again' : 'key'));
    this.#state = 'waiting';
    if (again) {
      this.#wait = this.#parts.clock.after(reconnectDelayMs, () => {
        this.#active = this.#mend();
      });
    }
  }

  /** Looks where the container is now, and connects there. */
  async #mend(tries = 0): Promise<void> {
    const { locate, words, clock, log } = this.#parts;
    this.#wait?.dispose();
    this.#wait = undefined;
    this.#state = 'connecting';
    let where: Whereabouts = { found: 'here' };
    try {
      where = await locate(this.#place, this.#ending.signal);
    } catch (error) {
      // Who may not read pods, or cannot reach the cluster, finds out by connecting.
      log.debug(`terminal: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (this.#over) return;
    if (where.found === 'elsewhere') {
      this.#line(words.moved(this.#place.pod, where.place.pod));
      this.#place = where.place;
      // What ran in the old pod, such as its debug container, is not in the new one.
      this.#connect = this.#parts.connect;
    } else if (where.found === 'nowhere' || (where.found === 'not-yet' && tries >= patience)) {
      this.#line(where.found === 'nowhere' ? words.gone(this.#place.pod) : words.stillWaiting(this.#place.pod));
      this.#losses++;
      this.#state = 'waiting';
      return;
    } else if (where.found === 'not-yet') {
      if (tries === 0) this.#line(words.waiting(this.#place.pod));
      this.#wait = clock.after(reconnectDelayMs, () => {
        this.#active = this.#mend(tries + 1);
      });
      return;
    }
    await this.#run();
  }
}

/** Moves output to the terminal until the command's streams end, decoding UTF-8 across chunk borders. */
async function pump(session: ExecSession, clock: Clock, show: (text: string) => void): Promise<void> {
  // With a TTY there is one stream, but a server may still send on both channels: each keeps its own half characters.
  const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
  // Both reach one terminal, so that a sequence may begin on one and end on the other.
  const output = new TerminalOutput();
  let gathered = '';
  let timer: Disposable | undefined;
  const flush = (): void => {
    timer?.dispose();
    timer = undefined;
    const text = gathered;
    gathered = '';
    if (text !== '') show(text);
  };
  try {
    for await (const { channel, bytes } of session.output) {
      gathered += output.pass(decoders[channel].decode(bytes, { stream: true }));
      if (gathered.length > sliceLength) {
        flush();
        // The terminal has no flow control: waiting here slows the reading of the socket instead.
        await clock.sleep(flushDelayMs);
      } else timer ??= clock.after(flushDelayMs, flush);
    }
  } finally {
    gathered += output.pass(decoders[1].decode() + decoders[2].decode());
    flush();
  }
}
