import type { Logger } from '../engine/ports';

/** Keeps what was logged, for tests that read it. */
export class MemoryLogger implements Logger {
  readonly lines: string[] = [];

  debug(message: string): void {
    this.lines.push(`debug ${message}`);
  }

  info(message: string): void {
    this.lines.push(`info ${message}`);
  }

  warn(message: string): void {
    this.lines.push(`warn ${message}`);
  }

  error(message: string, error?: unknown): void {
    this.lines.push(`error ${message}${error === undefined ? '' : `: ${error instanceof Error ? error.message : JSON.stringify(error)}`}`);
  }
}
