import { faultedSandbox } from '../../testing/faultedServers';
import { pruneSafety } from '../../testing/pruneSafety';

// The same pairs every time; five hundred are in the long suite.
pruneSafety('the sandbox', faultedSandbox, [1, 2, 3, 4, 5, 6, 7, 8], 3);
