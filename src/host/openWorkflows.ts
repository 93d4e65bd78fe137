import type * as vscode from 'vscode';
import type { Disposable } from '../shared/disposables';
import { DisposableList } from '../shared/disposables';
import type { WorkflowDocument, WorkflowDocuments } from './documents';
import type { CanvasSession } from './editor/session';
import type { LiveDocument } from './live/liveDocument';
import type { WorkflowRuns } from './runs/workflowRuns';

/** Everything that belongs to one open workflow file: its text, what is live of it, its runs, and the canvases that show it. */
export interface OpenWorkflow {
  readonly open: WorkflowDocument;
  readonly live: LiveDocument;
  readonly runs: WorkflowRuns;
  readonly sessions: Set<CanvasSession>;
}

/** The open workflows by document. One ends when VS Code closes its document, and not before its run has ended. */
export class OpenWorkflows implements Disposable {
  readonly #documents: WorkflowDocuments;
  readonly #make: (open: WorkflowDocument) => Pick<OpenWorkflow, 'live' | 'runs'>;
  readonly #all = new Map<WorkflowDocument, OpenWorkflow>();
  readonly #lifetime = new DisposableList();

  constructor(documents: WorkflowDocuments, make: (open: WorkflowDocument) => Pick<OpenWorkflow, 'live' | 'runs'>) {
    this.#documents = documents;
    this.#make = make;
    this.#lifetime.add(
      documents.onDidClose((open) => {
        const closed = this.#all.get(open);
        if (closed === undefined) return;
        this.#all.delete(open);
        void closed.runs.ended().finally(() => {
          closed.live.dispose();
          closed.runs.dispose();
        });
      }),
    );
  }

  get all(): Iterable<OpenWorkflow> {
    return this.#all.values();
  }

  async of(document: vscode.TextDocument): Promise<OpenWorkflow> {
    const open = await this.#documents.of(document);
    let made = this.#all.get(open);
    if (made === undefined) {
      made = { open, ...this.#make(open), sessions: new Set() };
      this.#all.set(open, made);
    }
    return made;
  }

  /** Ends runs first, so that their last journal lines are written, then the watches. */
  async shutdown(): Promise<void> {
    for (const { live } of this.#all.values()) live.dispose();
    for (const { runs } of this.#all.values()) runs.cancelAll();
    await Promise.all([...this.#all.values()].map(async ({ runs }) => runs.ended()));
    for (const { runs } of this.#all.values()) runs.dispose();
    this.#all.clear();
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}
