import { dyingRuns } from '../../testing/dyingRuns';

// One of each sort: while the lock is taken, among the applies, while the lock is given back. All of them are in the long suite.
dyingRuns(
  [
    [1, 'cutAfter'],
    [3, 'cutBefore'],
    [4, 'cutAfter'],
    [6, 'cutBefore'],
  ],
  [
    [3, 'cutAfter'],
    [4, 'cutBefore'],
    [5, 'cutBefore'],
  ],
);
