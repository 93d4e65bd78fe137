import { afterAll, describe } from 'vitest';
import { clusterFromKubeconfig } from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import { DeployRig } from '../../testing/deployRig';
import { driftContract } from '../../testing/driftContract';
import { MemoryLogger } from '../../testing/memoryLogger';
import { selfContainedKubeconfig } from './administrator';

// Field sets are written by many: what the API server itself says of them decides.
describe('drift on a real API server', () => {
  const made: string[] = [];
  const connected = async () => clusterFromKubeconfig({ text: await selfContainedKubeconfig(), clock: systemClock(), logger: new MemoryLogger() });

  driftContract(async () => {
    const namespace = `drift-${String(process.pid)}-${String(made.length)}`;
    const cluster = await connected();
    try {
      await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    } finally {
      cluster.dispose();
    }
    made.push(namespace);
    return { rig: await DeployRig.start({ kubeconfig: await selfContainedKubeconfig(), namespace }), namespace };
  });

  afterAll(async () => {
    const cluster = await connected();
    for (const name of made) await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name });
    cluster.dispose();
  });
});
