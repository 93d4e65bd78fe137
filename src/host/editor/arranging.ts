import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as vscode from 'vscode';
import type { Clock } from '../../engine/ports';
import type { Catalog } from '../../shared/catalog';
import type { Point, Workflow } from '../../shared/workflow';
import type { LayoutTask } from '../layoutWorker';
import { unlinked } from '../messages';

type Positions = Readonly<Record<string, Point>>;

/** What takes no longer is done before a person would read that it is being done. */
const toldAfterMs = 500;

/** Arranges all nodes in a thread of its own, which ends with the work or with the signal. `program` is the thread's bundle. */
export function arrangedApart({ program, signal, ...task }: LayoutTask & { readonly program: string; readonly signal: AbortSignal }): Promise<Positions> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const worker = new Worker(program, { workerData: task satisfies LayoutTask });
    const onAbort = (): void => {
      reject(signal.reason as Error);
      void worker.terminate();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    worker.once('message', resolve);
    worker.once('error', reject);
    // After a result this says nothing new.
    worker.once('exit', (code) => {
      signal.removeEventListener('abort', onAbort);
      reject(new Error(`The layout ended with ${code} and without a result.`));
    });
  });
}

/** Arranges all nodes, and tells a person who has to wait, with a way to give up. */
export async function arrange(workflow: Workflow, catalog: Catalog, clock: Clock): Promise<Positions> {
  const cancelling = new AbortController();
  const work = arrangedApart({ workflow, catalog, program: join(__dirname, 'layoutWorker.js'), signal: cancelling.signal });
  const telling = clock.after(toldAfterMs, () => {
    const title = unlinked(vscode.l10n.t('Arranging {0} nodes…', workflow.nodes.length));
    void vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (_progress, token) => {
      token.onCancellationRequested(() => cancelling.abort(new vscode.CancellationError()));
      // How it ended is told by whoever asked for it.
      await work.catch(() => undefined);
    });
  });
  try {
    return await work;
  } finally {
    telling.dispose();
  }
}
