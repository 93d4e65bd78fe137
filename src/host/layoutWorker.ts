// A thread of its own for arranging large graphs, which takes seconds; the extension host has to answer meanwhile.
import { parentPort, workerData } from 'node:worker_threads';
import type { Catalog } from '../shared/catalog';
import type { Workflow } from '../shared/workflow';

export interface LayoutTask {
  readonly workflow: Workflow;
  readonly catalog: Catalog;
}

async function arrange({ workflow, catalog }: LayoutTask): Promise<void> {
  const { layoutWorkflow } = await import('../engine/layout/index');
  parentPort?.postMessage(await layoutWorkflow(workflow, catalog));
}

// A failure ends the thread and reaches whoever waits for it.
void arrange(workerData as LayoutTask);
