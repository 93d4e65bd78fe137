import { selfContainedKubeconfig } from './administrator';
import { managerApplies } from './managers';

// The same cases every time; five hundred are in the long suite.
managerApplies(25, 1, async () => ({ text: await selfContainedKubeconfig(), dispose: () => Promise.resolve() }));
