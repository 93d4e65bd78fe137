import * as vscode from 'vscode';
import type { FieldEdit, WantedField } from '../../engine/index';
import { applyEdit } from '../../shared/applyEdit';
import { valueAt } from '../../shared/json';
import type { JsonValue } from '../../shared/json';
import type { ObjectRef } from '../../shared/kubeObject';
import type { Target } from '../../shared/plan';
import type { HostRequests } from '../../shared/protocol';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import type { Connection } from '../clusters/targets';
import type { WorkflowDocument } from '../documents';
import type { WorkflowDrift } from '../live/workflowDrift';
import { tellWarning } from '../messages';
import type { Engine } from '../rooms';

/** An edit of the file with the title of the diff that shows it. */
export interface ProposedEdit {
  readonly edit: WorkflowEdit;
  readonly title: string;
}

/** The edit that makes objects of a node as they are wanted. Tells what it leaves out; throws when nothing can be done. */
function proposed(found: FieldEdit, title: string): ProposedEdit {
  const left = found.left.join(', ');
  if (found.edit === undefined) {
    throw new Error(
      left === ''
        ? vscode.l10n.t('The file says it already.')
        : vscode.l10n.t('Nothing that the node says makes {0}. Change it in the text, or re-assert it.', left),
    );
  }
  if (left !== '') void tellWarning(vscode.l10n.t('The diff leaves out what nothing in the node makes: {0}', left));
  return { edit: found.edit, title };
}

function editOf(engine: Engine, open: WorkflowDocument, target: Target, nodeId: string, wishes: ReadonlyMap<ObjectRef, readonly WantedField[]>): FieldEdit {
  const { loaded, sources } = open.state;
  let { workflow } = open.state;
  const { environment, namespace } = target;
  const chosen = environment === undefined || !Object.hasOwn(workflow.environments, environment) ? {} : { environment };
  const edits: WorkflowEdit[] = [];
  const left: string[] = [];
  for (const [ref, fields] of wishes) {
    const found = engine.editForFields({ workflow, loaded, namespace, sources, ...chosen }, nodeId, ref, fields);
    left.push(...found.left);
    if (found.edit === undefined) continue;
    edits.push(found.edit);
    const outcome = applyEdit(workflow, found.edit);
    if (outcome.ok) ({ workflow } = outcome);
  }
  const [only] = edits;
  return { left, ...(only === undefined ? {} : { edit: edits.length === 1 ? only : { type: 'composite', edits } }) };
}

/** Live values of a node, written into the file: all that differ, or those at `paths`. */
export function adoption(
  engine: Engine,
  open: WorkflowDocument,
  drift: Pick<WorkflowDrift, 'nodes'>,
  target: Target,
  nodeId: string,
  paths: readonly string[] | undefined,
): ProposedEdit {
  const objects = drift.nodes.get(nodeId) ?? [];
  const wishes = new Map<ObjectRef, readonly WantedField[]>();
  for (const { ref, missing, fields } of objects) {
    if (missing) continue;
    const wanted = fields.filter(({ path, hidden }) => hidden !== true && (paths === undefined || paths.includes(path)));
    if (wanted.length > 0)
      wishes.set(
        ref,
        wanted.map(({ path, live }) => (live === undefined ? { path } : { path, value: live })),
      );
  }
  if (wishes.size === 0) {
    throw new Error(
      objects.length === 0
        ? vscode.l10n.t('"{0}" is as it was applied.', nodeId)
        : vscode.l10n.t(
            'There is no value to write into the file: what is gone can be re-asserted, or its node removed, and values of Secrets are never in the file.',
          ),
    );
  }
  return proposed(editOf(engine, open, target, nodeId, wishes), vscode.l10n.t('Adopt "{0}" into the file', nodeId));
}

/** Two ways out of a conflict that change the file: no longer to say the field, or to say it as its owner does. */
export async function endOfConflict(
  engine: Engine,
  open: WorkflowDocument,
  { cluster, target }: Connection,
  { nodeId, path, way, ...named }: HostRequests['endConflict']['params'],
  planned: readonly ObjectRef[],
): Promise<ProposedEdit> {
  const ref = planned.find((one) => one.kind === named.kind && one.name === named.name && one.namespace === named.namespace);
  if (ref === undefined) throw new Error(vscode.l10n.t('This is no longer so.'));
  let wanted: WantedField = { path };
  if (way === 'share') {
    const live = await cluster.get(ref);
    const object = live as unknown as JsonValue;
    const steps = live === undefined ? undefined : engine.stepsIn(object, path);
    const value = steps === undefined ? undefined : valueAt(object, steps);
    if (value === undefined) throw new Error(vscode.l10n.t('{0} is no longer on the cluster. Plan again.', path));
    wanted = { path, value };
  }
  const title = way === 'drop' ? vscode.l10n.t('No longer say {0}', path) : vscode.l10n.t('Say {0} as the cluster does', path);
  return proposed(editOf(engine, open, target, nodeId, new Map([[ref, [wanted]]])), title);
}
