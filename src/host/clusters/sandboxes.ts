import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import { Emitter } from '../../shared/emitter';
import { findSandbox, sandboxStateDir, startSandbox, stopSandbox } from '../../sandbox/index';
import { settings } from '../settings';

/** Where a running sandbox is reached. */
export interface SandboxPlace {
  readonly kubeconfigPath: string;
  readonly server: string;
}

/** The sandbox process of each project folder. The CLI and other windows find the same one. */
export class Sandboxes {
  readonly #entry: string;
  readonly #log: Logger;
  readonly #changed: Emitter<vscode.Uri>;
  /** Tells the folder whose sandbox was started or stopped. */
  readonly onDidChange: Emitter<vscode.Uri>['on'];

  /** `entry` is the file of the sandbox's own bundle. */
  constructor(entry: string, log: Logger) {
    this.#entry = entry;
    this.#log = log;
    this.#changed = new Emitter((error) => log.error('A listener to the sandbox failed.', error));
    this.onDidChange = this.#changed.on;
  }

  async find(folder: vscode.Uri): Promise<SandboxPlace | undefined> {
    return findSandbox(sandboxStateDir(folder.fsPath));
  }

  async start(folder: vscode.Uri, signal?: AbortSignal): Promise<SandboxPlace> {
    const running = await startSandbox({
      stateDir: sandboxStateDir(folder.fsPath),
      entry: this.#entry,
      execPath: process.execPath,
      // Under Electron the editor's own binary is Node only when told so.
      env: { ELECTRON_RUN_AS_NODE: '1' },
      idleMinutes: settings.sandboxIdleMinutes(folder),
      ...(signal === undefined ? {} : { signal }),
    });
    if (!running.already) {
      this.#log.info(`The sandbox runs at ${running.server}.`);
      this.#changed.emit(folder);
    }
    return running;
  }

  async stop(folder: vscode.Uri): Promise<boolean> {
    const stopped = await stopSandbox(sandboxStateDir(folder.fsPath));
    if (stopped) this.#changed.emit(folder);
    return stopped;
  }

  dispose(): void {
    this.#changed.dispose();
  }
}
