import * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import { ShellEnvironment } from '../../node/shellEnvironment';
import { DisposableList } from '../../shared/disposables';
import { failure } from '../../shared/problem';
import type { AddedClusters } from '../clusters/addedClusters';
import { kubeconfigSource } from '../clusters/kubeconfigSource';
import { loadKube } from '../rooms';
import { settings } from '../settings';
import type { Stores } from '../stores';
import { failureWords } from '../words';
import { UriCallbacks } from './callbacks';
import { accountSource, createSignIns, signInActions } from './editorSignIns';
import type { HostIdentity } from './hostIdentity';
import { oidcClusterOf, oidcClusterOfContext, ownOrSignedIn } from './hostIdentity';
import { identityStores } from './identityStores';
import { LastUsers } from './lastUsers';
import { ProgramConsent } from './programConsent';
import { askForProgram } from './programPrompt';
import type { OidcCluster } from './signIns';

const clusterUidsKey = 'clusterUids';

/** One text for one address, however it was written. */
function addressOf(server: string): string {
  return URL.canParse(server) ? new URL(server).href.replace(/\/+$/, '') : server;
}

/** Makes the identity of this window and registers what it keeps. */
export function createIdentity(options: {
  context: vscode.ExtensionContext;
  stores: Stores;
  added: AddedClusters;
  /** Has everyone who holds this cluster open it anew. */
  reconnect: (clusterId: string) => void;
  clock: Clock;
  log: Logger;
}): HostIdentity {
  const { context, stores, added, reconnect, clock, log } = options;
  const lifetime = new DisposableList();
  const isTrusted = (): boolean => vscode.workspace.isTrusted;
  const shell = new ShellEnvironment({ clock, logger: log, isTrusted });
  const consent = new ProgramConsent({ state: context.globalState, isTrusted, ask: askForProgram, clock });
  const callbacks = new UriCallbacks();
  const clusterUids = (): Readonly<Record<string, string>> => context.globalState.get<Readonly<Record<string, string>>>(clusterUidsKey) ?? {};
  const clearIdentity = async (clusterId: string, server: string): Promise<void> => {
    const clusterUid = clusterUids()[addressOf(server)];
    await stores.clear({ type: 'identity', clusterId, ...(clusterUid === undefined ? {} : { clusterUid }) });
  };
  const signIns = lifetime.add(
    createSignIns({
      context,
      callbacks,
      surroundings: async () => ({ proxy: { url: settings.proxy(), noProxy: settings.noProxy() }, environment: await shell.get() }),
      clearIdentity,
      clock,
      log,
    }),
  );
  /** Named apart from every sign-in: those that exist are not what changed. */
  const users = new LastUsers(context.globalState, (place, clusterUid) => stores.clear({ type: 'identity', clusterId: `user of ${place}`, clusterUid }));
  lifetime.add(
    added.onDidChange(({ id, server }) => {
      if (server === undefined) return;
      clearIdentity(`added:${id}`, server).catch((error: unknown) => log.error(`What was kept for ${id} could not be forgotten.`, error));
    }),
  );
  lifetime.add(
    context.secrets.onDidChange(({ key }) =>
      signIns.storageChanged(key).catch((error: unknown) => log.warn(`The sign-ins could not be read again: ${failureWords(error)}`)),
    ),
  );

  /** Every cluster that a person could sign in to: the added ones, and the contexts of the kubeconfig of the open folders. */
  const clusters = async (): Promise<readonly OidcCluster[]> => {
    const { issuersOf } = await loadKube();
    const environment = await shell.get();
    const sources = new Map((vscode.workspace.workspaceFolders ?? []).map(({ uri }) => [settings.kubeconfig(uri), kubeconfigSource(uri)]));
    if (sources.size === 0) sources.set('', kubeconfigSource(undefined));
    const found: OidcCluster[] = [];
    for (const record of added.list().filter(({ authType }) => authType === 'oidc')) {
      const cluster = oidcClusterOf(record, await added.credentials(record.id));
      if (cluster !== undefined) found.push(cluster);
    }
    for (const source of sources.values()) {
      try {
        for (const issuer of await issuersOf({ ...source, environment })) found.push(oidcClusterOfContext(issuer));
      } catch (error) {
        log.warn(failureWords(error));
      }
    }
    return [...new Map(found.map((cluster) => [cluster.id, cluster])).values()];
  };
  const actions = signInActions({ signIns, clusters, reconnect, log });
  stores.register(
    ...identityStores({
      consent,
      signIns,
      clusterUids: {
        forget: async (clusterUid) => {
          const others = Object.entries(clusterUids()).filter(([, uid]) => clusterUid !== undefined && uid !== clusterUid);
          await context.globalState.update(clusterUidsKey, others.length === 0 ? undefined : Object.fromEntries(others));
        },
      },
      users,
    }),
  );

  return {
    consent,
    signIns,
    callbacks,
    accounts: accountSource(signIns, () => actions.signIn()),
    commands: actions.commands,
    environment: () => shell.get(),
    askAgain() {
      consent.askAgain();
      signIns.askAgain();
    },
    contextTokens: (issuer, own) => ownOrSignedIn(own, signIns, oidcClusterOfContext(issuer)),
    addedTokens: (record, credentials) => {
      const cluster = oidcClusterOf(record, credentials);
      if (cluster === undefined)
        return Promise.reject(
          failure('oidc.issuer', { issuer: credentials.oidcIssuerUrl ?? '', detail: vscode.l10n.t('the cluster names no issuer or no client') }),
        );
      return Promise.resolve(signIns.tokensFor(cluster));
    },
    signIn: async (cluster) => void (await actions.signIn(cluster)),
    noteUser: (place, clusterUid, identity) => users.note(place, clusterUid, identity),
    async noteCluster(server, clusterUid) {
      const address = addressOf(server);
      if (clusterUids()[address] !== clusterUid) await context.globalState.update(clusterUidsKey, { ...clusterUids(), [address]: clusterUid });
    },
    dispose: () => lifetime.dispose(),
  };
}
