import { watchFaults } from '../../testing/watchFaults';
import { selfContainedKubeconfig } from './administrator';

watchFaults('a real cluster', async () => ({ kubeconfig: await selfContainedKubeconfig(), dispose: () => Promise.resolve() }), [1, 2]);
