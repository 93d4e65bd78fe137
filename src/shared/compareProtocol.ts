import type { Catalog } from './catalog';
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
 * by part. `replay`: a run as its journal tells it, event by event.
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
    };

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
}

export interface CompareEvents {
  /** A side has changed: the working file, or the text with the conflict. */
  pageChanged: { readonly page: ComparePage; readonly catalog: Catalog };
}
