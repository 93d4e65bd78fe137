import * as vscode from 'vscode';
import type { OpenApi } from '../../openapi/index';
import type { AdoptedNamespace } from '../../engine/index';
import type { Clock, Cluster } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import { emptyWorkflow } from '../../shared/workflow';
import type { Sandboxes } from '../clusters/sandboxes';
import { pickTarget } from '../clusters/targetPicker';
import type { Connection, Targets } from '../clusters/targets';
import type { PreviewParts } from '../imports/importPreview';
import { previewImport } from '../imports/importPreview';
import { askForText, unlinked } from '../messages';
import type { CommandTable } from './commands';
import { pickFolder } from './workflowCommands';

interface Parts extends PreviewParts {
  readonly openApi: OpenApi;
  readonly clock: Clock;
  readonly targets: Targets;
  readonly sandboxes: Sandboxes;
}

/** Makes a workflow of what is live in a namespace: proved, shown, and written only when that is accepted. The cluster is only read. */
export function adoptCommands(parts: Parts): CommandTable {
  const { targets, sandboxes, engine } = parts;
  return {
    adoptNamespace: async () => {
      const folder = await pickFolder();
      if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: a workflow is a file in it.'));
      const choice = await pickTarget(targets, sandboxes, folder, undefined);
      const connection = choice === undefined ? undefined : await targets.connect(choice, emptyWorkflow('adopted'), folder, true);
      if (connection === undefined) return;
      try {
        const namespace = await pickNamespace(connection);
        if (namespace === undefined) return;
        const made = await adopt(parts, folder, connection, namespace);
        if (made === undefined) return;
        await previewImport(parts, {
          key: `namespace:${connection.target.label}:${namespace}`,
          title: unlinked(vscode.l10n.t('Namespace {0}', namespace)),
          folder,
          // The cluster was asked once: what stays behind changes nothing of what was read.
          read: (choices) => {
            const left = engine.withoutLeftOut(made, choices);
            const isWhole = left.workflow.nodes.length === made.workflow.nodes.length;
            const others = vscode.l10n.t('{0} objects that others make are left out', made.madeByOthers);
            return Promise.resolve({ ...left, notes: [isWhole ? proofWords(made) : vscode.l10n.t('Of a part nothing is proved: look at its plan'), others] });
          },
        });
      } finally {
        connection.dispose();
      }
    },
  };
}

function proofWords({ unproven }: AdoptedNamespace): string {
  if (unproven.length === 0) return vscode.l10n.t('Proved by a dry-run: deploying it changes nothing but labels');
  return vscode.l10n.t('A dry-run would change {0} objects: see the losses', unproven.length);
}

/** Namespaces of the cluster; whoever may not list them types the name. */
async function pickNamespace({ cluster, target }: Connection): Promise<string | undefined> {
  const title = unlinked(vscode.l10n.t('Adopt Namespace from {0}', target.label));
  const names = await namespacesOf(cluster);
  if (names === undefined)
    return askForText({ title, prompt: vscode.l10n.t('Which namespace? You may not list them here.'), value: target.namespace, ignoreFocusOut: true });
  return vscode.window.showQuickPick(names, { title, placeHolder: vscode.l10n.t('Which namespace? Nothing on the cluster is changed.'), ignoreFocusOut: true });
}

async function namespacesOf(cluster: Cluster): Promise<readonly string[] | undefined> {
  try {
    const found = await cluster.list({ apiVersion: 'v1', kind: 'Namespace' }, {});
    return found.map(({ metadata }) => metadata.name).sort((a, b) => (a < b ? -1 : 1));
  } catch (error) {
    if (error instanceof ClusterError && error.failure.kind === 'forbidden') return undefined;
    throw error;
  }
}

/** Undefined when it was cancelled. */
async function adopt(
  { engine, openApi, clock, documents }: Parts,
  folder: vscode.Uri,
  connection: Connection,
  namespace: string,
): Promise<AdoptedNamespace | undefined> {
  const loaded = await documents.catalogOf(folder);
  const { cluster, target } = connection;
  const title = unlinked(vscode.l10n.t('Reading and proving namespace {0}', namespace));
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (_, token) => {
    const cancel = new AbortController();
    const listening = token.onCancellationRequested(() => cancel.abort());
    try {
      return await engine.adoptNamespace({ cluster, clock, target: { ...target, namespace }, loaded, openApi, signal: cancel.signal });
    } catch (error) {
      if (cancel.signal.aborted) return undefined;
      throw error;
    } finally {
      listening.dispose();
    }
  });
}
