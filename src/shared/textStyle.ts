/**
 * How a stretch of text is drawn: what is left of a terminal's colour sequences once they have been read. It names places of
 * a palette and never a colour, so that every theme stays readable; no field can hide the text.
 */
export interface StyledSpan {
  /** First character (UTF-16) of the stretch, and the first one behind it. */
  readonly from: number;
  readonly to: number;
  /** One of the terminal's 16 colours, 0 to 15. Finer colours have become the nearest of these. */
  readonly color?: number;
  readonly background?: number;
  readonly bold?: true;
  readonly dim?: true;
  readonly italic?: true;
  readonly underline?: true;
  readonly strike?: true;
}
