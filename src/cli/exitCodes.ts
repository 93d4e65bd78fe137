/** What the process answers its caller. Scripts rely on these numbers. */
export const exitCodes = {
  /** Done, or healthy. */
  done: 0,
  failed: 1,
  /** Invalid input or wrong usage. */
  invalid: 2,
  /** Waiting at a gate: an approval is needed. */
  gate: 3,
  /** Changes are pending, or not yet healthy. */
  pending: 4,
  cancelled: 130,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];
