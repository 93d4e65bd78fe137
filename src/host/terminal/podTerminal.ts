import * as vscode from 'vscode';
import type { Clock, Cluster, ExecSession, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { failureWords } from '../words';

/** Which container a terminal is in. */
export interface PodPlace {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** After an unexpected loss the terminal connects again by itself once after this long, then on any key. */
const reconnectDelayMs = 3000;
/** Output is handed to the terminal in slices of about a frame: one write per WebSocket message would drown it. */
const flushDelayMs = 16;

/**
 * The shell asked for, else bash where the image has it, else sh. The choice is made inside the container, so that one
 * exec is enough whatever the image holds.
 */
export function shellCommand(shell: string): readonly string[] {
  if (shell !== '') return [shell];
  return ['/bin/sh', '-c', 'if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi'];
}

/**
 * A shell in a pod as a VS Code terminal. Bytes go straight between the exec connection and the terminal and never
 * through a webview. Ends with the shell; a lost connection says so and comes back.
 */
export class PodTerminal implements vscode.Pseudoterminal {
  readonly #cluster: Cluster;
  readonly #place: PodPlace;
  readonly #command: readonly string[];
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #write = new vscode.EventEmitter<string>();
  readonly #close = new vscode.EventEmitter<number | void>();
  readonly #encoder = new TextEncoder();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  #session: ExecSession | undefined;
  #connecting: AbortController | undefined;
  #size: vscode.TerminalDimensions = { columns: 80, rows: 24 };
  #waiting: Disposable | undefined;
  /** Set before the end that a person wanted, so that it is not taken for a loss. */
  #intentionallyClosed = false;
  #attempts = 0;
  #sending: Promise<void> = Promise.resolve();

  constructor(options: { cluster: Cluster; place: PodPlace; command: readonly string[]; clock: Clock; log: Logger }) {
    this.#cluster = options.cluster;
    this.#place = options.place;
    this.#command = options.command;
    this.#clock = options.clock;
    this.#log = options.log;
  }

  open(initial: vscode.TerminalDimensions | undefined): void {
    if (initial !== undefined) this.#size = initial;
    void this.#connect();
  }

  close(): void {
    this.#intentionallyClosed = true;
    this.#waiting?.dispose();
    this.#connecting?.abort();
    this.#session?.dispose();
    this.#write.dispose();
    this.#close.dispose();
  }

  setDimensions(size: vscode.TerminalDimensions): void {
    this.#size = size;
    if (size.columns > 0 && size.rows > 0) this.#session?.resize(size.columns, size.rows);
  }

  handleInput(data: string): void {
    const session = this.#session;
    if (session === undefined) {
      // While disconnected any key connects again.
      if (this.#connecting === undefined) void this.#connect();
      return;
    }
    // One write after another, so that a slow connection neither reorders nor drops keys.
    this.#sending = this.#sending
      .then(() => session.write(this.#encoder.encode(data)))
      .catch((error: unknown) => this.#log.debug(`terminal input: ${failureWords(error)}`));
  }

  #line(text: string): void {
    this.#write.fire(`\r\n\x1b[2m${text}\x1b[0m\r\n`);
  }

  async #connect(): Promise<void> {
    this.#waiting?.dispose();
    this.#waiting = undefined;
    let session: ExecSession | undefined;
    const controller = new AbortController();
    this.#connecting = controller;
    const { namespace, pod, container } = this.#place;
    try {
      session = await this.#cluster.exec({ namespace, pod, container, command: this.#command, tty: true, stdin: true, signal: controller.signal });
      if (this.#intentionallyClosed) {
        session.dispose();
        return;
      }
      this.#session = session;
      this.#connecting = undefined;
      this.#log.info(`terminal: ${namespace}/${pod} ${container}`);
      session.resize(this.#size.columns, this.#size.rows);
      await this.#pump(session);
      const exit = await session.exit;
      this.#session = undefined;
      if (this.#intentionallyClosed) return;
      if (exit.clean) {
        this.#intentionallyClosed = true;
        const code = exit.exitCode ?? 0;
        this.#line(code === 0 ? vscode.l10n.t('Terminal session completed.') : vscode.l10n.t('Terminal session ended with exit code {0}.', code));
        this.#close.fire(code);
        return;
      }
      this.#lost(exit.message);
    } catch (error) {
      this.#connecting = undefined;
      this.#session = undefined;
      session?.dispose();
      if (!this.#intentionallyClosed) this.#lost(failureWords(error));
    }
  }

  #lost(why: string): void {
    this.#attempts++;
    if (this.#attempts > 1) {
      this.#line(vscode.l10n.t('Terminal session ended unexpectedly: {0} Press a key to connect again.', sentence(why)));
      return;
    }
    this.#line(vscode.l10n.t('Terminal session ended unexpectedly: {0} Connecting again…', sentence(why)));
    this.#waiting = this.#clock.after(reconnectDelayMs, () => void this.#connect());
  }

  /** Moves output to the terminal until the command's streams end, decoding UTF-8 across chunk borders. */
  async #pump(session: ExecSession): Promise<void> {
    // With a TTY there is one stream, but a server may still send on both channels: each keeps its own half characters.
    const decoders = { 1: new TextDecoder(), 2: new TextDecoder() };
    let gathered = '';
    let timer: Disposable | undefined;
    const flush = (): void => {
      timer = undefined;
      const text = gathered;
      gathered = '';
      if (text !== '') this.#write.fire(text);
    };
    try {
      for await (const { channel, bytes } of session.output) {
        // A shell that answers is a connection that holds: the next loss is a first one again.
        this.#attempts = 0;
        gathered += decoders[channel].decode(bytes, { stream: true });
        if (gathered.length > 256 * 1024) {
          timer?.dispose();
          flush();
          // The terminal has no flow control: yielding here slows the reading of the socket instead.
          await this.#clock.sleep(flushDelayMs);
        } else timer ??= this.#clock.after(flushDelayMs, flush);
      }
    } finally {
      timer?.dispose();
      gathered += decoders[1].decode() + decoders[2].decode();
      flush();
    }
  }
}

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' ? vscode.l10n.t('The connection was lost.') : /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
