import type { BrowserContext } from 'playwright-core';

/** A line of the console that is no finding, and why. */
export interface Harmless {
  readonly pattern: RegExp;
  readonly because: string;
}

/** What is harmless where a test kills the extension host. */
export const afterKill: readonly Harmless[];

/** Watches everything that a browser's pages and their frames print. */
export class ConsoleGuard {
  /** `onFinding` is called once for each new finding; `more` is harmless in this window, too. */
  constructor(onFinding: (line: string) => void, more?: readonly Harmless[]);
  /** Every error, uncaught exception and policy report so far that is not known to be harmless; each once. */
  readonly findings: string[];
  /** Begins to watch. Pages that are open already are asked for what they printed before. */
  watch(context: BrowserContext): Promise<void>;
}
