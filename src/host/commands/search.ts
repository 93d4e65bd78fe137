import * as vscode from 'vscode';
import type { ObjectRef } from '../../shared/kubeObject';
import type { AddedClusters } from '../clusters/addedClusters';
import type { ClusterChoice, Targets } from '../clusters/targets';
import type { Files } from '../../engine/ports';
import type { OpenWorkflows } from '../openWorkflows';
import type { Engine } from '../rooms';
import type { TreeSubject } from '../views/treeNode';
import { fileName, projectFolder, workflowFiles } from '../views/workflowFiles';
import type { CommandTable } from './commands';
import { searchFromLength, searchMatches } from './searchMatches';
import { openCanvas } from './workflowCommands';

/** An object that some view follows already. */
export interface KnownResource {
  readonly cluster: ClusterChoice;
  readonly folder: vscode.Uri;
  readonly ref: ObjectRef;
}

interface SearchParts {
  readonly workflows: OpenWorkflows;
  readonly targets: Targets;
  readonly added: AddedClusters;
  readonly engine: Engine;
  readonly filesOf: (folder: vscode.Uri) => Files;
  /** What other views have in memory. Searching asks no cluster anything. */
  readonly known: () => Iterable<KnownResource>;
  /** Shows a cluster in its view. */
  readonly showCluster: (choice: ClusterChoice) => Promise<void>;
}

interface Found extends vscode.QuickPickItem {
  readonly open?: () => Thenable<unknown>;
}

/** One box that finds workflows, resources that are watched already, and clusters, and opens what is picked. */
export function searchCommands(parts: SearchParts): CommandTable {
  return { search: () => search(parts) };
}

async function search(parts: SearchParts): Promise<void> {
  // The box is there at once, so that nothing that is typed goes elsewhere; what it finds comes with what has been read.
  let found: Searched = { workflows: [], clusters: [] };
  const itemsFor = (query: string): readonly Found[] => {
    if (query.trim().length < searchFromLength) return [{ label: vscode.l10n.t('Type at least {0} characters.', searchFromLength), alwaysShow: true }];
    const groups: readonly (readonly [string, readonly Found[]])[] = [
      [
        vscode.l10n.t('Workflows'),
        searchMatches(query, found.workflows, ({ name, description }) => [name, description]).map(({ uri, name, description }) => ({
          label: `$(type-hierarchy-sub) ${name}`,
          description,
          open: () => openCanvas(uri),
        })),
      ],
      [
        vscode.l10n.t('Resources'),
        searchMatches(query, resourcesOf(parts), ({ ref }) => [ref.name, ref.namespace, ref.kind]).map((resource) => ({
          label: `$(symbol-object) ${resource.ref.name}`,
          description: [resource.ref.kind, resource.ref.namespace].filter((part) => part !== '').join(' · '),
          detail: clusterName(resource.cluster),
          open: () => openSubject('kubeorch.openResource', { type: 'resource', ...resource }),
        })),
      ],
      [
        vscode.l10n.t('Clusters'),
        searchMatches(query, found.clusters, ({ name, server }) => [name, server]).map(({ name, server, choice }) => ({
          label: `$(server) ${name}`,
          description: server,
          open: () => parts.showCluster(choice),
        })),
      ],
    ];
    // VS Code filters by label; what was found by another text must not be filtered out again.
    const rows = groups.flatMap(([label, items]) =>
      items.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...items.map((item) => ({ ...item, alwaysShow: true }))],
    );
    return rows.length === 0 ? [{ label: vscode.l10n.t('Nothing was found.'), alwaysShow: true }] : rows;
  };

  const picked = await new Promise<Found | undefined>((resolve, reject) => {
    const box = vscode.window.createQuickPick<Found>();
    box.title = vscode.l10n.t('Search KubeOrch');
    box.placeholder = vscode.l10n.t('Workflows, resources that are in view, clusters');
    box.items = itemsFor('');
    box.busy = true;
    readSearched(parts).then(
      (read) => {
        found = read;
        box.items = itemsFor(box.value);
        box.busy = false;
      },
      (error: unknown) => {
        reject(error instanceof Error ? error : new Error(String(error)));
        box.hide();
      },
    );
    box.onDidChangeValue((query) => (box.items = itemsFor(query)));
    box.onDidAccept(() => {
      const [chosen] = box.selectedItems;
      if (chosen?.open === undefined) return;
      resolve(chosen);
      box.hide();
    });
    box.onDidHide(() => {
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
  await picked?.open?.();
}

interface Searched {
  readonly workflows: readonly { readonly uri: vscode.Uri; readonly name: string; readonly description: string }[];
  readonly clusters: readonly { readonly name: string; readonly server: string; readonly choice: ClusterChoice }[];
}

/** Reads what is on this machine; no cluster is asked. */
async function readSearched(parts: SearchParts): Promise<Searched> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  const workflows = await Promise.all(
    (await workflowFiles()).map(async ({ uri, name }) => {
      // One that cannot be read is found by its name all the same; opening it says what is wrong.
      const text =
        (await parts
          .filesOf(projectFolder(uri))
          .read(`.kubeorch/${fileName(uri)}`)
          .catch(() => '')) ?? '';
      return { uri, name, description: parts.engine.parseWorkflow(text).workflow.description };
    }),
  );
  // A kubeconfig that cannot be read has no contexts to find; the view of clusters says what is wrong with it.
  const contexts = folder === undefined ? [] : await parts.targets.contexts(folder).catch(() => []);
  const clusters = [
    ...(vscode.workspace.isTrusted ? parts.added.list() : []).map(({ id, displayName, server }) => ({
      name: displayName,
      server,
      choice: { type: 'added', id } as ClusterChoice,
    })),
    ...contexts.map(({ name, server }) => ({ name, server, choice: { type: 'context', context: name } as ClusterChoice })),
  ];
  return { workflows, clusters };
}

/** The objects of open workflows and of other views, each once. */
function* resourcesOf({ workflows, targets, added, known }: SearchParts): Generator<KnownResource> {
  const seen = new Set<string>();
  const isNew = ({ cluster, ref }: KnownResource): boolean => {
    const key = JSON.stringify([cluster, ref.kind, ref.namespace, ref.name]);
    return !seen.has(key) && seen.add(key) !== undefined;
  };
  for (const { open, live } of workflows.all) {
    const { target } = live;
    const choice = targets.choiceFor(open.folder);
    if (target === null || choice === undefined) continue;
    const cluster: ClusterChoice =
      choice.type !== 'environment'
        ? choice
        : added.find(target.context) === undefined
          ? { type: 'context', context: target.context }
          : { type: 'added', id: target.context };
    for (const { nodeId, object, namespaced } of live.objects()) {
      const { apiVersion, kind, metadata } = object;
      const resource = {
        cluster,
        folder: open.folder,
        ref: { apiVersion, kind, namespace: namespaced ? (metadata.namespace ?? target.namespace) : '', name: metadata.name },
      };
      if (live.statusOf(nodeId) !== undefined && isNew(resource)) yield resource;
      for (const { namespace, name } of live.podsOf(nodeId)) {
        const pod = { cluster, folder: open.folder, ref: { apiVersion: 'v1', kind: 'Pod', namespace, name } };
        if (isNew(pod)) yield pod;
      }
    }
  }
  for (const resource of known()) if (isNew(resource)) yield resource;
}

function clusterName(cluster: ClusterChoice): string {
  return cluster.type === 'sandbox' ? vscode.l10n.t('Sandbox') : cluster.type === 'added' ? cluster.id : cluster.context;
}

/** Runs a command as if it had been called on a row. */
function openSubject(command: string, subject: TreeSubject): Thenable<unknown> {
  return vscode.commands.executeCommand(command, { item: new vscode.TreeItem(''), subject });
}
