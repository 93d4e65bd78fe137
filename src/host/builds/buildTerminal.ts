import * as vscode from 'vscode';
import { TerminalOutput } from '../terminal/terminalOutput';

/** A terminal that shows one build. Its output passes the same door as a container's: a build runs what it downloads. */
export interface BuildTerminal {
  show(text: string): void;
  /** Brings it into sight. */
  reveal(): void;
  /** The last words; the terminal stays until it is closed. */
  end(text: string): void;
}

export interface BuildTerminalOptions {
  readonly name: string;
  /** Whether what is shown comes from a terminal, with its own line ends. */
  readonly isTerminal: boolean;
  readonly onInput: (text: string) => void;
  readonly onResize: (columns: number, rows: number) => void;
  /** Closed, or Ctrl+C. */
  readonly onCancel: () => void;
}

const interrupt = '\u0003';

export function openBuildTerminal(options: BuildTerminalOptions): BuildTerminal {
  const written = new vscode.EventEmitter<string>();
  const output = new TerminalOutput();
  /** VS Code takes nothing before it has opened the terminal. */
  let waiting: string[] | undefined = [];
  let over = false;
  const write = (text: string): void => {
    const shown = output.pass(options.isTerminal ? text : text.replaceAll(/\r?\n/g, '\r\n'));
    if (waiting === undefined) written.fire(shown);
    else waiting.push(shown);
  };
  const pty: vscode.Pseudoterminal = {
    onDidWrite: written.event,
    open: (size) => {
      for (const text of waiting ?? []) written.fire(text);
      waiting = undefined;
      if (size !== undefined) options.onResize(size.columns, size.rows);
    },
    close: () => {
      if (!over) options.onCancel();
      over = true;
      written.dispose();
    },
    handleInput: (text) => {
      if (over) return;
      if (text === interrupt) options.onCancel();
      else options.onInput(text);
    },
    setDimensions: ({ columns, rows }) => options.onResize(columns, rows),
  };
  const terminal = vscode.window.createTerminal({ name: options.name, iconPath: new vscode.ThemeIcon('package'), isTransient: true, pty });
  terminal.show(true);
  return {
    show: (text) => {
      if (!over) write(text);
    },
    reveal: () => terminal.show(true),
    end: (text) => {
      if (!over) write(`\r\n${text}\r\n`);
      over = true;
    },
  };
}
