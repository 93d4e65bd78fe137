import type { BrowserContext } from 'playwright-core';

/** Watches everything that a browser's pages and their frames print. */
export class ConsoleGuard {
  /** Called once for each new finding. */
  constructor(onFinding: (line: string) => void);
  /** Every error, uncaught exception and policy report so far that is not known to be harmless; each once. */
  readonly findings: string[];
  /** Begins to watch. Pages that are open already are asked for what they printed before. */
  watch(context: BrowserContext): Promise<void>;
}
