import type { TextRange } from '../../shared/problem';

/** One replacement. Offsets and range are of the text before the edit. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly range: TextRange;
  readonly newText: string;
}
