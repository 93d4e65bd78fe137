import * as vscode from 'vscode';
import type { PlanAsked } from '../../shared/plan';
import type { OpenWorkflow } from '../openWorkflows';
import { tellInformation } from '../messages';
import { settings } from '../settings';

/** Sets of removed nodes that a person was asked about, by file: the same ones are no news at the next save. */
export type OfferedBefore = Map<string, string>;

/**
 * After a save: when nodes that were deployed are gone from the file, offers the plan that deletes what they made. Saving itself never
 * touches a cluster, and the plan asks again before anything is deleted.
 */
export async function offerPrune(workflow: OpenWorkflow, offered: OfferedBefore, plan: (asked: PlanAsked) => Promise<void>): Promise<void> {
  const { open, runs, drift } = workflow;
  const key = open.document.uri.toString();
  const wish = settings.pruneOnSave(open.document.uri);
  const removed = drift.removedNodes;
  const names = removed.join(', ');
  if (removed.length === 0) offered.delete(key);
  // A run saves what it runs, and a plan that is shown tells what is left.
  if (removed.length === 0 || wish === 'never' || open.state.parsed.broken || runs.running !== undefined || runs.plans.shown !== null) return;
  if (offered.get(key) === names) return;
  offered.set(key, names);
  if (wish === 'ask') {
    const go = vscode.l10n.t('Plan with Deletions');
    const text =
      removed.length === 1
        ? vscode.l10n.t('"{0}" was deployed and is gone from the file. What it made is left running.', names)
        : vscode.l10n.t('{0} nodes that were deployed are gone from the file: {1}. What they made is left running.', removed.length, names);
    if ((await tellInformation(text, go)) !== go) return;
  }
  await plan({ prune: { named: [] } });
}
