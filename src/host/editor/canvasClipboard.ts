import * as vscode from 'vscode';
import { ChannelError, channelError } from '../../shared/channel';
import { fragmentOf, insertion } from '../../shared/fragment';
import type { HostRequests } from '../../shared/protocol';
import type { Point } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import type { WorkflowDocument } from '../documents';
import type { Engine } from '../rooms';

/** How many keys a sentence names before it only counts. */
const maxNamed = 5;

/** What one canvas copies to the system's clipboard and pastes from it. Values of Secrets pass in neither direction. */
export class CanvasClipboard {
  readonly #open: WorkflowDocument;
  readonly #engine: Engine;
  readonly #withPositions: (edit: WorkflowEdit) => WorkflowEdit;

  /** `withPositions` adds, to an edit of the present text, the places that the file does not have yet. */
  constructor(open: WorkflowDocument, engine: Engine, withPositions: (edit: WorkflowEdit) => WorkflowEdit) {
    this.#open = open;
    this.#engine = engine;
    this.#withPositions = withPositions;
  }

  /** In its turn: a gesture of a moment ago is part of what is copied. */
  copy(nodeIds: readonly string[]): Promise<HostRequests['copyNodes']['result']> {
    return this.#open.edits.inTurn(async () => {
      const { workflow, loaded } = this.#open.state;
      const fragment = fragmentOf(workflow, nodeIds, this.#engine.placeNodes(workflow, loaded.catalog));
      const { text, leftOut } = this.#engine.copiedNodes(fragment, workflow.name, loaded.catalog);
      await vscode.env.clipboard.writeText(text);
      return { text, leftOut };
    });
  }

  /** One edit, one undo step. Throws a sentence for a text that holds nothing to add. */
  async paste(given: string | undefined, at: Point | undefined): Promise<HostRequests['pasteNodes']['result']> {
    const text = given ?? (await this.#open.edits.inTurn(() => vscode.env.clipboard.readText()));
    const { loaded, openApi, workflow } = this.#open.state;
    const pasted = this.#engine.pastedNodes(text, {
      loaded,
      openApi,
      name: workflow.name,
      ...(workflow.namespace === undefined ? {} : { namespace: workflow.namespace }),
    });
    if (pasted === undefined)
      throw channelError(
        'refused',
        text.trim() === ''
          ? vscode.l10n.t('The clipboard holds no text.')
          : vscode.l10n.t('The clipboard holds neither nodes of a workflow nor Kubernetes objects (YAML or JSON with apiVersion and kind).'),
      );
    let nodeIds: readonly string[] = [];
    const result = await this.#open.edits.push(() => {
      const { workflow, loaded } = this.#open.state;
      const made = insertion(pasted.fragment, { workflow, catalog: loaded.catalog, positions: this.#engine.placeNodes(workflow, loaded.catalog) }, at);
      nodeIds = made?.ids ?? [];
      return this.#withPositions(made?.edit ?? { type: 'composite', edits: [] });
    });
    if (!result.ok) throw new ChannelError({ code: 'refused', reason: result.reason, message: result.detail });
    return { nodeIds, revision: result.revision, notes: notesOf(pasted.leftOut) };
  }
}

function notesOf(leftOut: readonly string[]): readonly string[] {
  if (leftOut.length === 0) return [];
  return [
    leftOut.length <= maxNamed
      ? vscode.l10n.t('Values of Secrets were not pasted, since a file never holds them: {0}. They are asked for when you deploy.', leftOut.join(', '))
      : vscode.l10n.t('{0} values of Secrets were not pasted, since a file never holds them. They are asked for when you deploy.', leftOut.length),
  ];
}
