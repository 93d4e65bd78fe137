import { clusterFromKubeconfig } from '../kube/index';
import { systemClock } from '../node/systemClock';
import { startServer } from '../sandbox/startServer';
import { startApiServer } from './apiServer';
import { quickDelays } from './deployRig';
import { MemoryLogger } from './memoryLogger';
import type { FaultedServer } from './writeFaults';

async function namespaceMaker(kubeconfig: string): Promise<{ readonly make: (name: string) => Promise<void>; readonly dispose: () => void }> {
  const cluster = await clusterFromKubeconfig({ text: kubeconfig, clock: systemClock(), logger: new MemoryLogger() });
  return {
    make: async (name) => {
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    },
    dispose: () => cluster.dispose(),
  };
}

/** A sandbox of a suite's own. It keeps everything in memory, so it is cut off where another server would be killed. */
export async function faultedSandbox(): Promise<FaultedServer> {
  const sandbox = await startServer({ seed: '1', delays: quickDelays });
  const { make, dispose } = await namespaceMaker(sandbox.kubeconfig);
  return {
    kubeconfig: sandbox.kubeconfig,
    makeNamespace: make,
    dispose: async () => {
      dispose();
      await sandbox.close();
    },
  };
}

/** A real API server of a suite's own. */
export async function faultedApiServer(): Promise<FaultedServer> {
  const server = await startApiServer();
  const { make, dispose } = await namespaceMaker(server.kubeconfig);
  return {
    kubeconfig: server.kubeconfig,
    makeNamespace: make,
    killAndRestart: async () => {
      await server.kill();
      server.start();
      await server.untilReady();
    },
    dispose: async () => {
      dispose();
      await server.close();
    },
  };
}
