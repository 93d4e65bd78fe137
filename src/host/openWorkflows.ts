import type * as vscode from 'vscode';
import type { Disposable } from '../shared/disposables';
import { DisposableList } from '../shared/disposables';
import type { WorkflowStreamKey } from '../shared/stream';
import type { WorkflowDocument, WorkflowDocuments } from './documents';
import type { CanvasSession } from './editor/session';
import type { LiveDocument } from './live/liveDocument';
import type { WorkflowDrift } from './live/workflowDrift';
import type { NodeTails } from './logs/nodeTails';
import type { WorkflowRuns } from './runs/workflowRuns';
import type { WorkflowSources } from './sources/workflowSources';

/** Everything that belongs to one open workflow file: its text, what is live of it, its runs, and the canvases that show it. */
export interface OpenWorkflow {
  readonly open: WorkflowDocument;
  readonly live: LiveDocument;
  readonly runs: WorkflowRuns;
  /** How its cluster differs from what was applied. */
  readonly drift: WorkflowDrift;
  /** Its charts and bases. */
  readonly sources: WorkflowSources;
  readonly sessions: Set<CanvasSession>;
  /** Where what happens to it is published: the file's address, since two folders may each have a workflow of one name. */
  readonly key: WorkflowStreamKey;
  /** Ends the publishing, also that of log lines. */
  readonly publishing: Disposable;
  /** The newest log lines of nodes that a canvas shows them of. */
  readonly tails: NodeTails;
}

/** The parts of an open workflow that are made by whoever knows how. */
export type MadeWorkflow = Pick<OpenWorkflow, 'live' | 'runs' | 'drift' | 'sources' | 'publishing' | 'tails'>;

/** The open workflows by document. One ends when VS Code closes its document, and not before its run has ended. */
export class OpenWorkflows implements Disposable {
  readonly #documents: Pick<WorkflowDocuments, 'of' | 'onDidClose'>;
  readonly #make: (open: WorkflowDocument, key: OpenWorkflow['key']) => MadeWorkflow;
  readonly #all = new Map<WorkflowDocument, OpenWorkflow>();
  /** Those whose document is closed while their run goes on. */
  readonly #closing = new Set<OpenWorkflow>();
  readonly #lifetime = new DisposableList();

  constructor(documents: Pick<WorkflowDocuments, 'of' | 'onDidClose'>, make: (open: WorkflowDocument, key: OpenWorkflow['key']) => MadeWorkflow) {
    this.#documents = documents;
    this.#make = make;
    this.#lifetime.add(
      documents.onDidClose((open) => {
        const closed = this.#all.get(open);
        if (closed === undefined) return;
        this.#all.delete(open);
        this.#closing.add(closed);
        closed.live.dispose();
        closed.publishing.dispose();
        void closed.runs.ended().finally(() => {
          closed.runs.dispose();
          this.#closing.delete(closed);
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
      const key = `workflow:${document.uri.toString()}` as const;
      made = { open, key, ...this.#make(open, key), sessions: new Set() };
      this.#all.set(open, made);
      // Opened again while its run goes on: the run belongs to this one now, to be seen and cancelled here.
      for (const { open: earlier, runs } of this.#closing) if (earlier.document.uri.toString() === document.uri.toString()) made.runs.takeOver(runs);
    }
    return made;
  }

  /** The open workflow of a document, if it is open already. */
  opened(document: vscode.TextDocument): OpenWorkflow | undefined {
    return [...this.#all.values()].find((one) => one.open.document === document);
  }

  /** Nothing on any cluster is followed any more. Canvases stay, and show what they last heard. */
  stopWatching(): void {
    for (const { live } of this.#all.values()) live.dispose();
  }

  /** Cancels what runs. Resolves when each run's last journal line is written. */
  async endRuns(): Promise<void> {
    const all = [...this.#all.values(), ...this.#closing];
    for (const { runs } of all) runs.cancelAll();
    await Promise.all(all.map(async ({ runs }) => runs.ended()));
    for (const { runs, publishing } of all) {
      publishing.dispose();
      runs.dispose();
    }
    this.#all.clear();
    this.#closing.clear();
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}
