// The sandbox of a workspace, as a second hand in it sees it.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Cluster } from '../engine/ports';
import { clusterFromKubeconfig } from '../kube/index';
import { systemClock } from '../node/systemClock';
import { sandboxStateDir, startSandbox } from '../sandbox/index';
import { MemoryLogger } from '../testing/memoryLogger';
import { projectRoot } from './editor';

/** Connects to the sandbox of a folder, which is started when it does not run yet, until the test ends. */
export async function sandboxOf(folder: string): Promise<Cluster> {
  const running = await startSandbox({ stateDir: sandboxStateDir(folder), entry: join(projectRoot, 'dist/sandbox.js'), execPath: process.execPath });
  const text = await readFile(running.kubeconfigPath, 'utf8');
  const cluster = await clusterFromKubeconfig({ text, clock: systemClock(), logger: new MemoryLogger(), environment: {} });
  onTestFinished(() => cluster.dispose());
  return cluster;
}
