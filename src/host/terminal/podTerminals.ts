import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { OpenedCluster } from '../clusters/sharedClusters';
import { settings } from '../settings';
import { failureWords } from '../words';
import { debugContainerFor } from './debugContainer';
import { PodHome } from './podHome';
import { hangUp, shellCommand } from './shell';
import { TerminalSession } from './terminalSession';
import type { PodPlace, TerminalWords } from './terminalSession';

/** A shell to open in one container. */
export interface PodTerminalRequest {
  /** Taken over: disposed with the terminal, or at once when it cannot be opened. */
  readonly connection: OpenedCluster;
  readonly place: PodPlace;
  /** What the person opened it on, as the tab's first word; default: the pod alone. */
  readonly title?: string;
  /** Whose settings count. */
  readonly scope: vscode.Uri | undefined;
}

/** All pod terminals of this window. They end with it: none is left running in a cluster by a reload. */
export class PodTerminals implements Disposable {
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #open = new Map<vscode.Terminal, Disposable>();
  /** Shells that are being ended. */
  readonly #leaving = new Set<Promise<unknown>>();
  readonly #closing: vscode.Disposable;

  constructor(options: { clock: Clock; log: Logger }) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#closing = vscode.window.onDidCloseTerminal((closed) => {
      this.#open.get(closed)?.dispose();
      this.#open.delete(closed);
    });
  }

  /** Opens a terminal and shows it. Several on one container are several shells. */
  open(request: PodTerminalRequest): vscode.Terminal {
    const { connection, place, scope } = request;
    const { cluster } = connection;
    const written = new vscode.EventEmitter<string>();
    const closed = new vscode.EventEmitter<number | void>();
    const renamed = new vscode.EventEmitter<string>();
    const shell = settings.shell(scope);
    const home = new PodHome(cluster, place);
    const session = new TerminalSession({
      place,
      connect: async (at, signal) => {
        const mark = randomBytes(8).toString('hex');
        const farewell = (): Promise<void> => hangUp(cluster, at, mark, this.#clock, this.#log);
        try {
          const opened = await cluster.exec({ ...at, command: shellCommand(shell, mark), tty: true, stdin: true, signal });
          return { session: opened, hangUp: farewell };
        } catch (error) {
          // Given up half way: the shell may have started all the same.
          if (signal.aborted) await farewell();
          throw error;
        }
      },
      locate: (at, signal) => home.locate(at, signal),
      withoutShell: (at, signal, say) => debugContainerFor({ cluster, place: at, scope, clock: this.#clock, log: this.#log, signal, say }),
      clock: this.#clock,
      log: this.#log,
      words,
      show: (text) => written.fire(text),
      // Without the code: it stands in the last line, and the editor would raise an alarm about it.
      onClosed: () => closed.fire(),
      onEntered: (at) => {
        this.#log.info(`terminal: ${cluster.label} ${at.namespace}/${at.pod} container ${at.container} shell ${shell === '' ? 'bash or sh' : shell}`);
        renamed.fire(titleOf(request.title, at));
        home.remember(at);
      },
    });
    // Whoever acts there now is not who opened this shell.
    connection.ended.addEventListener('abort', () =>
      session.stop(vscode.l10n.t('Disconnected: who acts on {0} is no longer the same. Press a key to close this terminal.', cluster.label)),
    );
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      session.dispose();
      const leaving = session.left.finally(() => {
        connection.dispose();
        this.#leaving.delete(leaving);
      });
      this.#leaving.add(leaving);
      for (const emitter of [written, closed, renamed]) emitter.dispose();
    };
    const pty: vscode.Pseudoterminal = {
      onDidWrite: written.event,
      onDidClose: closed.event,
      onDidChangeName: renamed.event,
      open: (size) => session.open(size),
      close: over,
      handleInput: (data) => session.input(data),
      setDimensions: (size) => session.resize(size),
    };
    try {
      const terminal = vscode.window.createTerminal({
        name: titleOf(request.title, place),
        pty,
        iconPath: new vscode.ThemeIcon('terminal'),
        isTransient: true,
      });
      this.#open.set(terminal, { dispose: over });
      terminal.show();
      return terminal;
    } catch (error) {
      over();
      throw error;
    }
  }

  /** Ends all of them, and waits until their shells have been told. */
  async close(): Promise<void> {
    this.dispose();
    await Promise.allSettled(this.#leaving);
  }

  dispose(): void {
    this.#closing.dispose();
    for (const one of this.#open.values()) one.dispose();
    this.#open.clear();
  }
}

function titleOf(title: string | undefined, { pod, container }: PodPlace): string {
  return title === undefined || title === pod ? `${pod}/${container}` : `${title}: ${pod}/${container}`;
}

const words: TerminalWords = {
  completed: () => vscode.l10n.t('Terminal session completed.'),
  exited: (code) => vscode.l10n.t('Terminal session ended with exit code {0}. Press a key to close this terminal.', code),
  notStarted: (why) => vscode.l10n.t('The shell could not be started: {0} Press a key to close this terminal.', sentence(why)),
  lost: (why, next) =>
    next === 'again'
      ? vscode.l10n.t('Disconnected: terminal session ended unexpectedly. {0} Connecting again in 3 seconds, or press a key.', sentence(why))
      : vscode.l10n.t('Disconnected: terminal session ended unexpectedly. {0} Press a key to reconnect.', sentence(why)),
  moved: (from, to) => vscode.l10n.t('Pod {0} is gone. This is a new shell in its replacement {1}; nothing of the old one is left.', from, to),
  waiting: (pod) => vscode.l10n.t('Pod {0} is gone. Waiting for its replacement…', pod),
  stillWaiting: (pod) => vscode.l10n.t('Pod {0} has no ready replacement yet. Press a key to look again.', pod),
  gone: (pod) => vscode.l10n.t('Pod {0} is gone, or its container was stopped. Press a key to look for it again.', pod),
  noShell: (container) => vscode.l10n.t('Container {0} has no shell in its image.', container),
  failure: failureWords,
};

function sentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' ? vscode.l10n.t('The connection was lost.') : /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
