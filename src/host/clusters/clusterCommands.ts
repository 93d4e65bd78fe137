import * as vscode from 'vscode';
import type { Command, CommandTable } from '../commands/commands';
import type { HostIdentity } from '../identity/hostIdentity';
import { oidcClusterOf } from '../identity/hostIdentity';
import { loadKube } from '../rooms';
import { settings } from '../settings';
import type { TreeSubject } from '../views/treeNode';
import type { AddedClusters } from './addedClusters';
import { connectionText, MissingCredentials } from './addedClusters';
import type { ShownHealth } from './clusterHealth';
import { watchedCluster } from './clustersHealth';
import type { ClusterCredentials, ClusterRecord } from './clusterRecord';
import { askForCluster } from './clusterWizard';
import type { ConnectionLog } from './connectionLog';
import type { HealthMonitor } from './healthMonitor';
import { allowWorkloads, controlPlaneNodes, keepsWorkloadsOff } from './singleNode';
import type { ClusterChoice, Targets } from './targets';
import { choiceText } from './targets';
import { failureWords } from '../words';
import { tellInformation, tellWarning, unlinked } from '../messages';

export interface ClusterCommandParts {
  readonly targets: Targets;
  readonly added: AddedClusters;
  readonly identity: Pick<HostIdentity, 'signIn' | 'signIns'>;
  readonly monitor: HealthMonitor;
  readonly connections: ConnectionLog;
  readonly channel: vscode.LogOutputChannel;
}

interface Picked {
  readonly choice: ClusterChoice;
  readonly folder: vscode.Uri;
  readonly name: string;
}

/** How long a person waits for a test that nothing has to be asked for. */
const testLimitMs = 10_000;
/** Signing in may start a program that needs a while. */
const askedTestLimitMs = 60_000;

/** The commands of clusters. Each acts on the row that it was called on, else on the cluster that it asks for. */
export function clusterCommands(parts: ClusterCommandParts): CommandTable {
  const { targets, added, identity, monitor, connections, channel } = parts;

  const nameOf = (choice: ClusterChoice): string =>
    choice.type === 'sandbox' ? vscode.l10n.t('Sandbox') : choice.type === 'context' ? choice.context : (added.find(choice.id)?.displayName ?? choice.id);

  /** Without a kubeconfig that can be read the added clusters are still there to choose from. */
  const contextsOf = async (folder: vscode.Uri): ReturnType<Targets['contexts']> => {
    try {
      return await targets.contexts(folder);
    } catch (error) {
      channel.warn(failureWords(error));
      return [];
    }
  };

  const pick = async (subject: TreeSubject | undefined, which: (choice: ClusterChoice) => boolean): Promise<Picked> => {
    const folder = (subject?.type === 'target' ? subject.uri : undefined) ?? vscode.workspace.workspaceFolders?.[0]?.uri;
    if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: clusters are reached from a folder.'));
    if (subject?.type === 'target' && subject.choice.type !== 'environment' && which(subject.choice))
      return { choice: subject.choice, folder, name: nameOf(subject.choice) };
    const choices: (vscode.QuickPickItem & { readonly choice: ClusterChoice })[] = [
      ...added.list().map(({ id, displayName, server }) => ({
        label: displayName,
        description: id === displayName ? '' : id,
        detail: server,
        choice: { type: 'added', id } as const,
      })),
      ...(await contextsOf(folder)).map(({ name, server }) => ({
        label: name,
        description: '',
        detail: server,
        choice: { type: 'context', context: name } as const,
      })),
    ].filter(({ choice }) => which(choice));
    if (choices.length === 0) throw new Error(vscode.l10n.t('There is no such cluster. Add one by "KubeOrch: Add Cluster…".'));
    const defaultFirst = choices.sort(
      (a, b) => Number(choiceText(b.choice) === settings.defaultCluster()) - Number(choiceText(a.choice) === settings.defaultCluster()),
    );
    const picked = await vscode.window.showQuickPick(defaultFirst, { placeHolder: vscode.l10n.t('Which cluster?'), matchOnDetail: true });
    if (picked === undefined) throw new vscode.CancellationError();
    return { choice: picked.choice, folder, name: nameOf(picked.choice) };
  };

  const onCluster =
    (which: (choice: ClusterChoice) => boolean, act: (picked: Picked) => Promise<void>): Command =>
    async (subject) => {
      if (!vscode.workspace.isTrusted) throw new Error(vscode.l10n.t('Real clusters need a trusted workspace.'));
      await act(await pick(subject, which));
    };
  const onAdded = (act: (record: ClusterRecord, picked: Picked) => Promise<void>): Command =>
    onCluster(
      ({ type }) => type === 'added',
      async (picked) => {
        const record = picked.choice.type === 'added' ? added.find(picked.choice.id) : undefined;
        if (record === undefined) throw new Error(vscode.l10n.t('This cluster is no longer there.'));
        await act(record, picked);
      },
    );
  const isReal = ({ type }: ClusterChoice): boolean => type !== 'sandbox';

  /** Tests and says what came of it, with what to do next. */
  const test = async ({ choice, folder, name }: Picked, quiet: boolean, options: vscode.ProgressOptions): Promise<void> => {
    const { health, mayList } = await vscode.window.withProgress(options, async (_, token) => {
      const cancel = new AbortController();
      const listening = token.onCancellationRequested(() => cancel.abort());
      try {
        const watched = watchedCluster(targets, choice, folder);
        const found = await monitor.checkSingleCluster(watched, { quiet, limitMs: quiet ? testLimitMs : askedTestLimitMs, signal: cancel.signal });
        if (cancel.signal.aborted) throw new vscode.CancellationError();
        return { health: found, mayList: found.status === 'connected' ? await mayListNamespaces(targets, choice, folder, cancel.signal) : false };
      } finally {
        listening.dispose();
      }
    });
    const why = failureOf(health);
    connections.note(choiceText(choice), 'connection_test', health.metadata?.version ?? '', why);
    if (why === undefined) {
      const facts = [health.metadata?.version, health.latencyMs === undefined ? undefined : vscode.l10n.t('{0} ms', Math.round(health.latencyMs))].filter(
        (fact) => fact !== undefined,
      );
      const rights = mayList ? '' : ` ${vscode.l10n.t('You may not list its namespaces, so only namespaces that you name can be shown.')}`;
      const useIt = vscode.l10n.t('Select as Target');
      const chosen = targets.choiceFor(folder);
      const isChosen = chosen !== undefined && choiceText(chosen) === choiceText(choice);
      const picked = await tellInformation(`${vscode.l10n.t('{0} is connected ({1}).', name, facts.join(', '))}${rights}`, ...(isChosen ? [] : [useIt]));
      if (picked === useIt) await targets.choose(folder, choice);
      return;
    }
    const signIn = vscode.l10n.t('Sign In');
    const edit = vscode.l10n.t('Edit Cluster…');
    const showLog = vscode.l10n.t('Show Log');
    const picked = await tellWarning(
      vscode.l10n.t('{0} cannot be used: {1}', name, why),
      ...(health.needsSignIn ? [signIn] : []),
      ...(choice.type === 'added' ? [edit] : []),
      showLog,
    );
    if (picked === signIn) {
      await signInTo(choice);
      await test({ choice, folder, name }, true, { location: { viewId: 'kubeorch.clusters' } });
    } else if (picked === edit && choice.type === 'added') {
      const record = added.find(choice.id);
      if (record !== undefined) await editCluster(record, folder);
    } else if (picked === showLog) channel.show(true);
  };

  /** Empty when the secret storage no longer has them: giving them again is what editing is for then. */
  const credentialsOf = (record: ClusterRecord): Promise<ClusterCredentials> =>
    added.credentials(record.id).catch((error: unknown) => {
      if (error instanceof MissingCredentials) return {};
      throw error;
    });

  /** Without a cluster of its own to sign in to, the person is asked which. */
  const signInTo = async (choice: ClusterChoice): Promise<void> => {
    const record = choice.type === 'added' ? added.find(choice.id) : undefined;
    await identity.signIn(record === undefined ? undefined : oidcClusterOf(record, await credentialsOf(record)));
  };

  const editCluster = async (record: ClusterRecord, folder: vscode.Uri): Promise<void> => {
    const credentials = await credentialsOf(record);
    const taken = new Set(added.list().map(({ id }) => id));
    const result = await askForCluster({ kube: await loadKube(), taken, editing: { record, credentials } });
    const leadsElsewhere = result.hasNewCredentials || connectionText(result.record) !== connectionText(record);
    const { id: _id, name: _name, status: _status, ...change } = result.record;
    if (!leadsElsewhere) {
      await added.change(record.id, { displayName: change.displayName, description: change.description });
      connections.note(choiceText({ type: 'added', id: record.id }), 'cluster_changed', 'details');
      return;
    }
    const draft = { id: `draft ${record.id}`, label: record.id, open: (quiet: boolean) => targets.openDraft(result.record, result.credentials, quiet) };
    const health = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: unlinked(vscode.l10n.t('Testing {0} before it is saved', result.record.displayName)),
        cancellable: true,
      },
      async (_, token) => {
        const cancel = new AbortController();
        const listening = token.onCancellationRequested(() => cancel.abort());
        try {
          const found = await monitor.checkSingleCluster(draft, { quiet: false, limitMs: testLimitMs, signal: cancel.signal });
          if (cancel.signal.aborted) throw new vscode.CancellationError();
          return found;
        } finally {
          listening.dispose();
          monitor.forget(draft.id);
        }
      },
    );
    const why = failureOf(health);
    connections.note(choiceText({ type: 'added', id: record.id }), 'connection_test', 'before saving', why);
    if (why !== undefined) {
      const again = vscode.l10n.t('Edit Again');
      const picked = await tellWarning(vscode.l10n.t('Nothing was saved: {0} cannot be used like this. {1}', record.displayName, why), again);
      if (picked === again) await editCluster(record, folder);
      return;
    }
    await added.change(
      record.id,
      {
        ...change,
        namespace: change.namespace,
        status: health.status,
        ...(health.lastCheckMs === undefined ? {} : { lastCheckMs: health.lastCheckMs }),
        ...(health.metadata === undefined ? {} : { metadata: health.metadata }),
      } as Partial<ClusterRecord>,
      result.hasNewCredentials ? result.credentials : undefined,
    );
    connections.note(choiceText({ type: 'added', id: record.id }), 'cluster_changed', 'connection');
    await monitor.checkSingleCluster(watchedCluster(targets, { type: 'added', id: record.id }, folder), { quiet: true, limitMs: testLimitMs });
  };

  const setSingleNode = (allow: boolean): Command =>
    onCluster(isReal, async ({ choice, folder, name }) => {
      const opened = await targets.openCluster(choice, folder, false);
      if (opened === undefined) return;
      try {
        const { cluster } = opened;
        const nodes = (await controlPlaneNodes(cluster)).filter((node) => keepsWorkloadsOff(node) === allow);
        if (nodes.length === 0)
          throw new Error(
            allow
              ? vscode.l10n.t('No machine of {0} is kept for the control plane.', name)
              : vscode.l10n.t('Every control-plane machine of {0} is kept for the control plane already.', name),
          );
        const names = nodes.map(({ metadata }) => metadata.name).join(', ');
        const go = allow ? vscode.l10n.t('Allow Workloads') : vscode.l10n.t('Restore');
        const answer = await tellWarning(
          allow
            ? vscode.l10n.t('Allow workloads on the control plane of {0}?', name)
            : vscode.l10n.t('Keep the control plane of {0} free of workloads again?', name),
          {
            modal: true,
            detail: allow
              ? vscode.l10n.t(
                  'Cluster {0}, machine {1}. Its control-plane taints are removed, so that pods share the machine with the API server. Meant for clusters with a single machine.',
                  cluster.server,
                  names,
                )
              : vscode.l10n.t(
                  'Cluster {0}, machine {1}. The NoSchedule taint comes back; pods that run there stay until they are replaced.',
                  cluster.server,
                  names,
                ),
          },
          go,
        );
        if (answer !== go) return;
        for (const node of nodes) await allowWorkloads(cluster, node, allow);
        connections.note(choiceText(choice), 'access_changed', `${allow ? 'workloads allowed on' : 'taint restored on'} ${names}`);
        if (choice.type === 'added') await added.change(choice.id, { singleNode: allow });
        void tellInformation(allow ? vscode.l10n.t('Pods may now be scheduled on {0}.', names) : vscode.l10n.t('New pods are kept off {0}.', names));
      } finally {
        opened.dispose();
      }
    });

  return {
    addCluster: async () => {
      if (!vscode.workspace.isTrusted) throw new Error(vscode.l10n.t('Real clusters need a trusted workspace.'));
      const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
      if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: clusters are reached from a folder.'));
      const { record, credentials } = await askForCluster({ kube: await loadKube(), taken: new Set(added.list().map(({ id }) => id)) });
      await added.add(record, credentials);
      connections.note(choiceText({ type: 'added', id: record.id }), 'cluster_added', `${record.authType} ${record.server}`);
      const picked: Picked = { choice: { type: 'added', id: record.id }, folder, name: record.displayName };
      if (record.authType === 'oidc') await signInTo(picked.choice);
      // A pasted kubeconfig may name a program, which is asked about; everything else is tested without a question.
      await test(picked, record.authType !== 'kubeconfig', { location: { viewId: 'kubeorch.clusters' } });
    },
    editCluster: onAdded((record, { folder }) => editCluster(record, folder)),
    removeCluster: onAdded(async (record, { choice }) => {
      const remove = vscode.l10n.t('Remove');
      const answer = await tellWarning(
        vscode.l10n.t('Remove the cluster {0}?', record.displayName),
        {
          modal: true,
          detail: vscode.l10n.t('{0}. Its credentials are removed from the secret storage. Nothing on the cluster itself changes.', record.server),
        },
        remove,
      );
      if (answer !== remove) return;
      const session = oidcClusterOf(record, await credentialsOf(record));
      if (session !== undefined) await identity.signIns.signOut(session.id);
      await added.remove(record.id);
      connections.note(choiceText(choice), 'cluster_removed', record.server);
      if (settings.defaultCluster() === choiceText(choice)) await setDefault('');
    }),
    setDefaultCluster: onCluster(isReal, async ({ choice }) => setDefault(settings.defaultCluster() === choiceText(choice) ? '' : choiceText(choice))),
    testConnection: onCluster(isReal, (picked) =>
      test(picked, false, {
        location: vscode.ProgressLocation.Notification,
        title: unlinked(vscode.l10n.t('Testing the connection to {0}', picked.name)),
        cancellable: true,
      }),
    ),
    copyServerUrl: onCluster(isReal, async ({ choice, folder, name }) => {
      const server =
        choice.type === 'added'
          ? added.find(choice.id)?.server
          : (await targets.contexts(folder)).find((context) => choice.type === 'context' && context.name === choice.context)?.server;
      if (server === undefined) throw new Error(vscode.l10n.t('{0} has no server.', name));
      await vscode.env.clipboard.writeText(server);
    }),
    allowControlPlaneWorkloads: setSingleNode(true),
    restoreControlPlane: setSingleNode(false),
    showClusterLog: async () => channel.show(true),
  };
}

/** Why a cluster cannot be used, or undefined when it can. */
function failureOf(health: ShownHealth): string | undefined {
  if (health.status === 'connected') return undefined;
  if (health.needsSignIn) return vscode.l10n.t('it needs a sign-in');
  return health.detail ?? vscode.l10n.t('it was not reached');
}

async function mayListNamespaces(targets: Targets, choice: ClusterChoice, folder: vscode.Uri, signal: AbortSignal): Promise<boolean> {
  const opened = await targets.openQuietly(choice, folder, signal);
  if (opened === undefined || opened === 'sign-in') return false;
  try {
    return await opened.cluster.mayI({ verb: 'list', group: '', resource: 'namespaces', namespace: '' }, signal);
  } finally {
    opened.dispose();
  }
}

async function setDefault(text: string): Promise<void> {
  await vscode.workspace.getConfiguration('kubeorch').update('defaultCluster', text === '' ? undefined : text, vscode.ConfigurationTarget.Global);
}
