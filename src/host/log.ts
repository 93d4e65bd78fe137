import * as vscode from 'vscode';
import type { Logger } from '../engine/ports';

/** The one output channel, behind the engine's Logger port. Texts arrive already cleaned and without secrets. */
export function outputLogger(channel: vscode.LogOutputChannel): Logger {
  return {
    debug: (message) => channel.debug(message),
    info: (message) => channel.info(message),
    warn: (message) => channel.warn(message),
    error: (message, error) => {
      if (error === undefined) channel.error(message);
      else channel.error(message, error instanceof Error ? (error.stack ?? error.message) : JSON.stringify(error));
    },
  };
}

export function createOutputChannel(): vscode.LogOutputChannel {
  return vscode.window.createOutputChannel('KubeOrch', { log: true });
}
