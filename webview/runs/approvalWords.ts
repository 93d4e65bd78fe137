import type { ApprovalClass } from '../../src/shared/plan';

/** What a run asks before it does it; an English sentence's part, to be put into the person's language. */
export const approvalWords: Readonly<Record<ApprovalClass, string>> = {
  replace: 'replacing',
  prune: 'deleting what no node makes any more',
  'data-loss': 'deleting data',
};
