import * as vscode from 'vscode';
import type { Engine } from '../rooms';
import type { ObjectRef } from '../../shared/kubeObject';
import type { ResourceAction } from '../../shared/resource';
import type { Sandboxes } from '../clusters/sandboxes';
import { pickTarget } from '../clusters/targetPicker';
import type { Targets } from '../clusters/targets';
import type { Command, CommandTable } from '../commands/commands';
import type { TreeSubject } from '../views/treeNode';
import { favouriteKey, kindKey, sortFields } from './listView';
import type { ResourceActions } from './resourceActions';
import { kubectlReference } from './resourceChanges';
import type { ClusterPlace, ResourceClusters } from './resourceClusters';
import { clusterKey } from './resourceClusters';
import type { ResourceDetails } from './resourceDetails';
import type { ResourceDocuments } from './resourceDocuments';
import type { Row } from './resourceRows';
import type { ResourceTree } from './resourceTree';
import type { Remarks, ViewState } from './viewState';
import { tagsFrom } from './viewState';
import { askForText, tellWarning } from '../messages';

export interface CommandParts {
  readonly tree: ResourceTree;
  readonly state: ViewState;
  readonly clusters: ResourceClusters;
  readonly details: ResourceDetails;
  readonly documents: ResourceDocuments;
  readonly actions: ResourceActions;
  readonly targets: Targets;
  readonly sandboxes: Sandboxes;
  readonly engine: Engine;
}

type OnObject = (place: ClusterPlace, ref: ObjectRef) => Promise<void>;

/** The commands of the resources view, of its rows and of a resource's page. */
export function resourceCommands(parts: CommandParts): CommandTable {
  const { tree, state, clusters, details, documents, actions } = parts;
  const onObject =
    (act: OnObject): Command =>
    async (subject) => {
      if (subject?.type === 'resource') return act({ choice: subject.cluster, folder: subject.folder }, subject.ref);
      // The editor forgets the rows below one that it reads again, and calls their commands with nothing meanwhile; should it have
      // missed an answer, that lasts until it reads them once more.
      tree.refresh();
      await tellWarning(vscode.l10n.t('That row was just being read again. Choose the command once more.'));
    };
  const favourite = (on: boolean): Command =>
    onObject(async (place, ref) => {
      await state.setFavourite(favouriteKey(clusterKey(place.choice, place.folder), ref), on);
      tree.refresh();
    });

  const remark = (ask: (present: Remarks) => Promise<Partial<Remarks> | undefined>): Command =>
    onObject(async (place, ref) => {
      const key = favouriteKey(clusterKey(place.choice, place.folder), ref);
      const change = await ask(state.remarks().get(key) ?? { tags: [], notes: '' });
      if (change === undefined) return;
      await state.setRemarks(key, change);
      tree.refresh();
    });

  return {
    openResource: onObject((place, ref) => details.open(place, ref)),
    showResourceEvents: onObject((place, ref) => details.open(place, ref, 'events')),
    describeResource: onObject((place, ref) => documents.show(place, ref, 'describe')),
    openResourceYaml: onObject((place, ref) => documents.show(place, ref, 'yaml')),
    toggleManagedFields: async () => documents.toggleManagedFields(),
    copyResourceName: onObject(async (_, ref) => vscode.env.clipboard.writeText(ref.name)),
    copyResourceReference: onObject((place, ref) => copyReference(parts, place, ref)),
    addFavourite: favourite(true),
    removeFavourite: favourite(false),
    editResourceTags: remark(async ({ tags }) => {
      const prompt = vscode.l10n.t('Tags, with commas or blanks between them; they are kept in this workspace only, and the filter finds them.');
      const typed = await askForText({ title: vscode.l10n.t('Tags'), prompt, value: tags.join(' ') });
      return typed === undefined ? undefined : { tags: tagsFrom(typed) };
    }),
    editResourceNotes: remark(async ({ notes }) => {
      const prompt = vscode.l10n.t('A note for yourself, kept in this workspace only. Never a password.');
      const typed = await askForText({ title: vscode.l10n.t('Note'), prompt, value: notes });
      return typed === undefined ? undefined : { notes: typed };
    }),
    deleteResource: onObject((place, ref) => actions.delete(place, ref)),
    restartResource: onObject((place, ref) => actions.restart(place, ref)),
    scaleResource: onObject((place, ref) => actions.scale(place, ref)),

    moreResources: async (subject) => {
      if (subject?.type === 'resources' && subject.row.type === 'more') tree.showMore(subject.row.kindId);
    },
    refreshResources: async () => tree.reload(),
    filterResources: async () => {
      const text = await askForText({ prompt: vscode.l10n.t('Part of a name, a namespace or a tag; empty shows all'), value: state.view().text });
      if (text === undefined) return;
      state.setText(text);
      tree.refresh();
    },
    clearResourceFilter: async () => {
      state.setText('');
      await state.set({ kinds: [] });
      tree.refresh();
    },
    filterResourceKinds: async () => filterKinds(parts),
    filterResourceNamespaces: async (subject) => filterNamespaces(parts, subject),
    sortResources: async () => sort(parts),
    groupResources: async () => {
      await state.set({ group: state.view().group === 'kind' ? 'namespace' : 'kind' });
      tree.refresh();
    },
    toggleSystemResources: async () => {
      // In the user's settings: hiding the system is a habit of a person and not a property of a project.
      await vscode.workspace.getConfiguration('kubeorch').update('resources.hideSystem', !state.view().hideSystem, vscode.ConfigurationTarget.Global);
    },
    showClusterResources: async () => {
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
      if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: a target belongs to a folder.'));
      const choice = await pickTarget(parts.targets, parts.sandboxes, folder, undefined);
      if (choice === undefined || choice.type === 'environment') return;
      await clusters.show(clusterKey(choice, folder), true);
      tree.refresh();
    },
    hideClusterResources: async (subject) => {
      const row = rowOf(subject, 'cluster');
      if (row === undefined) return;
      await clusters.show(row.entry.key, false);
      tree.refresh();
    },
    addNamespace: async (subject) => addNamespace(parts, subject),
    removeNamespace: async (subject) => {
      const row = rowOf(subject, 'scope');
      if (row === undefined) return;
      await state.setTypedNamespaces(
        row.clusterKey,
        state.typedNamespaces(row.clusterKey).filter((name) => name !== row.namespace),
      );
      tree.refresh();
    },
  };
}

/** Does what a button of a resource's page says. Logs, terminals and ports are asked by their commands. */
export async function actOn(actions: ResourceActions, action: ResourceAction, place: ClusterPlace, ref: ObjectRef): Promise<void> {
  const node = { item: {}, subject: { type: 'resource', cluster: place.choice, folder: place.folder, ref } satisfies TreeSubject };
  switch (action) {
    case 'logs':
      await vscode.commands.executeCommand('kubeorch.showLogs', node);
      return;
    case 'terminal':
      await vscode.commands.executeCommand('kubeorch.openTerminal', node);
      return;
    case 'forward':
      await vscode.commands.executeCommand('kubeorch.forwardPort', node);
      return;
    case 'restart':
      return actions.restart(place, ref);
    case 'scale':
      return actions.scale(place, ref);
    case 'delete':
      return actions.delete(place, ref);
  }
}

function rowOf<T extends Row['type']>(subject: TreeSubject | undefined, type: T): Extract<Row, { type: T }> | undefined {
  return subject?.type === 'resources' && subject.row.type === type ? (subject.row as Extract<Row, { type: T }>) : undefined;
}

async function copyReference({ clusters }: CommandParts, place: ClusterPlace, ref: ObjectRef): Promise<void> {
  const connection = await clusters.open(place);
  try {
    const info = await connection.cluster.resourceOf(ref);
    const group = ref.apiVersion.includes('/') ? `.${ref.apiVersion.slice(0, ref.apiVersion.indexOf('/'))}` : '';
    const resource = `${info?.resource ?? ref.kind.toLowerCase()}${group}`;
    await vscode.env.clipboard.writeText(kubectlReference(ref, resource, place.choice.type === 'context' ? place.choice.context : undefined));
  } finally {
    connection.dispose();
  }
}

/** The clusters that are open in the view, for commands that need to know what is in them. */
async function openClusters({ clusters, tree }: CommandParts): Promise<readonly { readonly key: string; readonly label: string }[]> {
  const entries = await clusters.entries();
  return entries.filter(({ key }) => tree.clusterOf(key) !== undefined).map(({ key, label }) => ({ key, label }));
}

async function filterKinds(parts: CommandParts): Promise<void> {
  const { tree, state, engine } = parts;
  const kinds = new Map(engine.resourceTypes.map(({ group, kind }) => [`${group}/${kind}`, { kind, group }]));
  for (const { key } of await openClusters(parts)) {
    for (const resource of (await tree.clusterOf(key)?.resources()) ?? []) {
      if (resource.verbs.includes('list')) kinds.set(kindKey(resource), { kind: resource.kind, group: kindKey(resource).split('/')[0] ?? '' });
    }
  }
  const chosen = new Set(state.view().kinds);
  const picked = await vscode.window.showQuickPick(
    [...kinds].map(([key, { kind, group }]) => ({ label: kind, description: group, key, picked: chosen.has(key) })),
    { canPickMany: true, placeHolder: vscode.l10n.t('Kinds to show; none chosen shows all'), matchOnDescription: true },
  );
  if (picked === undefined) return;
  await state.set({ kinds: picked.map(({ key }) => key) });
  tree.refresh();
}

async function pickCluster(parts: CommandParts, subject: TreeSubject | undefined): Promise<string | undefined> {
  const row = rowOf(subject, 'cluster');
  if (row !== undefined) return row.entry.key;
  const open = await openClusters(parts);
  if (open.length === 0) throw new Error(vscode.l10n.t('Open a cluster in the view first.'));
  if (open.length === 1) return open[0]?.key;
  return (await vscode.window.showQuickPick(open, { placeHolder: vscode.l10n.t('Which cluster?') }))?.key;
}

async function filterNamespaces(parts: CommandParts, subject: TreeSubject | undefined): Promise<void> {
  const { tree, state } = parts;
  const key = await pickCluster(parts, subject);
  if (key === undefined) return;
  const chosen = new Set(state.namespaceFilter(key));
  const names = [...new Set([...tree.namespacesOf(key), ...chosen])].sort();
  const picked = await vscode.window.showQuickPick(
    names.map((label) => ({ label, picked: chosen.has(label) })),
    { canPickMany: true, placeHolder: vscode.l10n.t('Namespaces to show; none chosen shows all') },
  );
  if (picked === undefined) return;
  await state.setNamespaceFilter(
    key,
    picked.map(({ label }) => label),
  );
  tree.refresh();
}

async function addNamespace(parts: CommandParts, subject: TreeSubject | undefined): Promise<void> {
  const { tree, state } = parts;
  const key = await pickCluster(parts, subject);
  if (key === undefined) return;
  const name = await askForText({
    prompt: vscode.l10n.t('Name of a namespace that cannot be listed'),
    validateInput: (text) =>
      /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text) ? undefined : vscode.l10n.t('Lower-case letters, digits and hyphens are allowed.'),
  });
  if (name === undefined || name === '') return;
  await state.setTypedNamespaces(key, [...new Set([...state.typedNamespaces(key), name])].sort());
  tree.refresh();
}

async function sort({ state, tree }: CommandParts): Promise<void> {
  const words = {
    created: [vscode.l10n.t('Newest first'), vscode.l10n.t('Oldest first')],
    name: [vscode.l10n.t('Name, Z to A'), vscode.l10n.t('Name, A to Z')],
    namespace: [vscode.l10n.t('Namespace, Z to A'), vscode.l10n.t('Namespace, A to Z')],
    status: [vscode.l10n.t('Status, Z to A'), vscode.l10n.t('Status, A to Z')],
  } as const;
  const present = state.view();
  const choices = sortFields.flatMap((field) =>
    ([true, false] as const).map((descending) => ({
      label: words[field][descending ? 0 : 1],
      description: field === present.sort && descending === present.descending ? vscode.l10n.t('now') : '',
      field,
      descending,
    })),
  );
  const picked = await vscode.window.showQuickPick(choices, { placeHolder: vscode.l10n.t('Order of resources') });
  if (picked === undefined) return;
  await state.set({ sort: picked.field, descending: picked.descending });
  tree.refresh();
}
