import type { Catalog } from './catalog';
import type { ImportChoice, ImportLoss, NodeSources } from './importPreview';
import type { DocumentSnapshot } from './protocol';
import type { RunEvent } from './runEvent';
import type { ConflictPart, ConflictSide } from './workflowConflict';
import type { WorkflowDiff } from './workflowDiff';

/** One canvas of a comparison: a workflow as some text says it, which nobody edits here. */
export interface ComparedWorkflow {
  /** What it is, in words: `Version 7`, `Working file`, `git: main`. */
  readonly label: string;
  /** What else is known of it, such as when it was made and its name; may be empty. */
  readonly detail: string;
  readonly document: DocumentSnapshot;
}

/**
 * What a comparison page shows. `version`: one workflow, to look at. `compare`: two of them and what differs; where the cluster is one side
 * both are the same workflow, and the difference tells what the cluster says. `conflict`: both sides of a merge, of which one is picked part
 * by part. `replay`: a run as its journal tells it, event by event. `import`: what an import would bring, before it is written.
 */
export type ComparePage =
  | { readonly kind: 'version'; readonly after: ComparedWorkflow; readonly canRestore: boolean }
  | {
      readonly kind: 'compare';
      readonly before: ComparedWorkflow;
      readonly after: ComparedWorkflow;
      readonly diff: WorkflowDiff;
      readonly hasText: boolean;
      /** The older side is a version that can be put back. */
      readonly canRestore: boolean;
    }
  | {
      readonly kind: 'conflict';
      readonly before: ComparedWorkflow;
      readonly after: ComparedWorkflow;
      readonly diff: WorkflowDiff;
      readonly parts: readonly ConflictPart[];
      /** A side is no sound YAML: it is shown as far as it could be read, and only a whole side can be taken. */
      readonly wholeOnly: boolean;
    }
  | {
      readonly kind: 'replay';
      readonly after: ComparedWorkflow;
      readonly events: readonly RunEvent[];
      /** The journal goes on: its run has not ended. */ readonly open: boolean;
    }
  | ImportPage;

/** A workflow that an import would go into, or a new one. */
export interface ImportTarget {
  readonly id: string;
  /** The file, relative to its folder. */
  readonly file: string;
  readonly isNew: boolean;
}

export interface ImportPage {
  readonly kind: 'import';
  /** The workflow as it would be. */
  readonly after: ComparedWorkflow;
  /** What it changes in the workflow that it goes into; absent for a new one. */
  readonly diff?: WorkflowDiff;
  readonly targets: readonly ImportTarget[];
  readonly target: string;
  readonly sources: NodeSources;
  readonly losses: readonly ImportLoss[];
  /** Those of nodes that stay behind are among them. */
  readonly choices: readonly ImportChoice[];
  /** What else is known of it. */
  readonly notes: readonly string[];
}

export interface CompareRequests {
  ready: {
    params: Record<string, never>;
    result: { readonly page: ComparePage; readonly catalog: Catalog; readonly texts: Readonly<Record<string, string>> };
  };
  /** Shows both sides in VS Code's own text comparison, or the one there is as text. */
  openText: { params: Record<string, never>; result: null };
  /** Asks whether the version may be put back, and does it. */
  restore: { params: Record<string, never>; result: null };
  /** Plans a run that begins at a node of the run that is replayed. */
  retryFrom: { params: { nodeId: string }; result: null };
  /** Writes the text without its conflicts. `picks` names every part by its key. */
  resolve: { params: { picks: Readonly<Record<string, ConflictSide>> }; result: null };
  /** Takes the whole of one side. */
  takeSide: { params: { side: ConflictSide }; result: null };
  /** Decides something of an import otherwise; the page changes to what comes of it. */
  choose: { params: { key: string; value: string }; result: null };
  /** Chooses the workflow that an import goes into, by the id of the target. */
  importInto: { params: { target: string }; result: null };
  /** Writes what is shown. */
  applyImport: { params: Record<string, never>; result: null };
  /** Opens a file that a node or a loss of the import names. */
  openSource: { params: { file: string; line: number }; result: null };
}

export interface CompareEvents {
  /** A side has changed: the working file, or the text with the conflict. */
  pageChanged: { readonly page: ComparePage; readonly catalog: Catalog };
}
