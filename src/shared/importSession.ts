import type { JsonObject } from './json';

export type ImportStatus = 'pending' | 'cloning' | 'analyzing' | 'completed' | 'failed';

/** The steps of an import; the three of an analysis have the status `analyzing`. */
export type ImportStage = 'pending' | 'cloning' | 'analyzing' | 'parsing' | 'converting' | 'done';

/** How far an import is when a step begins, in percent. */
export const importProgress: Readonly<Record<ImportStage, number>> = { pending: 0, cloning: 10, analyzing: 40, parsing: 60, converting: 80, done: 100 };

/** One import of a repository as its events tell it. An address with a password is refused before there is one. */
export interface ImportSessionRecord {
  readonly id: string;
  /** An address, or the path of a folder. */
  readonly source: string;
  readonly branch?: string;
  readonly folder?: string;
  readonly status: ImportStatus;
  readonly currentStage: ImportStage;
  /** Percent. */
  readonly progress: number;
  /** ISO 8601. */
  readonly createdAt: string;
}

/** Events of `import:<id>`, one of the last two being the end. An import that is cancelled has failed, and says by whom. */
export type ImportEvent =
  | { readonly event_type: 'metadata'; readonly data: ImportSessionRecord }
  | { readonly event_type: 'progress'; readonly data: { readonly status: ImportStatus; readonly current_stage: ImportStage; readonly progress: number } }
  | { readonly event_type: 'log'; readonly data: { readonly stage: ImportStage; readonly message: string; readonly level: 'info' | 'warn' | 'error' } }
  | { readonly event_type: 'complete'; readonly data: { readonly analysis: JsonObject } }
  | { readonly event_type: 'failed'; readonly data: { readonly error_message: string; readonly error_stage: ImportStage } };
