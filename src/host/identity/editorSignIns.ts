import * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import type { OidcClient } from '../../kube/index';
import type { CommandTable } from '../commands/commands';
import { loadKube } from '../rooms';
import { settings } from '../settings';
import { failureWords } from '../words';
import type { CallbackReceiver, UriCallbacks } from './callbacks';
import { listenOnLoopback } from './callbacks';
import type { OidcCluster, SignInSession } from './signIns';
import { SignIns } from './signIns';
import { tellError, tellWarning, unlinked } from '../messages';

/** The sign-ins of this editor: browser, callback, storage and words are VS Code's. */
export function createSignIns(options: {
  context: vscode.ExtensionContext;
  callbacks: UriCallbacks;
  surroundings: () => Promise<Pick<OidcClient, 'proxy' | 'environment'>>;
  clearIdentity: (clusterId: string, server: string) => Promise<void>;
  clock: Clock;
  log: Logger;
}): SignIns {
  const { context, callbacks, surroundings, clearIdentity, clock, log } = options;
  return new SignIns({
    secrets: context.secrets,
    state: context.globalState,
    kube: loadKube,
    surroundings,
    receiver: () => receiverFor(callbacks, context.extension.id),
    openBrowser: async (url) => vscode.env.openExternal(vscode.Uri.parse(url, true)),
    sentences: {
      done: vscode.l10n.t('You are signed in. You can close this page and go back to the editor.'),
      failed: vscode.l10n.t('Signing in did not succeed. The editor says why.'),
    },
    clearIdentity,
    clock,
    log,
  });
}

/**
 * A desktop editor on the same machine as the browser is reached over loopback, which issuers allow for native applications
 * (RFC 8252). Anywhere else the browser is another machine's, and only the editor's own address leads back.
 */
async function receiverFor(callbacks: UriCallbacks, extensionId: string): Promise<CallbackReceiver> {
  const chosen = settings.signInCallback();
  const isLocal = vscode.env.uiKind === vscode.UIKind.Desktop && vscode.env.remoteName === undefined;
  if (chosen === 'loopback' || (chosen === 'auto' && isLocal)) return listenOnLoopback(settings.signInPort());
  const uri = vscode.Uri.parse(`${vscode.env.uriScheme}://${extensionId.toLowerCase()}/signed-in`);
  const external = await vscode.env.asExternalUri(uri);
  // The desktop adds the window's number, and issuers compare addresses to the letter; the state finds the window's sign-in.
  return callbacks.receiver((vscode.env.uiKind === vscode.UIKind.Desktop ? external.with({ query: '' }) : external).toString(true));
}

/** What the Accounts menu shows and acts on. */
export interface AccountSource {
  sessions(): Promise<readonly vscode.AuthenticationSession[]>;
  create(): Promise<vscode.AuthenticationSession>;
  remove(sessionId: string): Promise<void>;
  onDidChange(listener: () => void): vscode.Disposable;
}

/**
 * Sessions as VS Code wants them. Their `accessToken` is the session's id: the real token goes to the cluster and to nobody
 * else, other extensions included.
 */
export function accountSource(signIns: SignIns, signIn: () => Promise<SignInSession>): AccountSource {
  const shown = (session: SignInSession): vscode.AuthenticationSession => ({
    id: session.id,
    accessToken: session.id,
    account: { ...session.account },
    scopes: [session.clusterId],
  });
  return {
    sessions: async () => (await signIns.sessions()).map(shown),
    create: async () => shown(await signIn()),
    remove: async (sessionId) => {
      const session = (await signIns.sessions()).find(({ id }) => id === sessionId);
      if (session !== undefined) await signIns.signOut(session.clusterId);
    },
    onDidChange: signIns.onDidChange,
  };
}

export interface SignInActions {
  readonly commands: CommandTable;
  /** Asks which cluster, where none is given, and signs in with a progress that can be cancelled. */
  signIn(cluster?: OidcCluster): Promise<SignInSession>;
}

/** Signing in and out by command, and the one message when a session has ended by itself. */
export function signInActions(options: {
  signIns: SignIns;
  clusters: () => Promise<readonly OidcCluster[]>;
  /** Has everyone who holds this cluster open it anew. */
  reconnect: (clusterId: string) => void;
  log: Logger;
}): SignInActions {
  const { signIns, clusters, reconnect, log } = options;

  const pick = async (): Promise<OidcCluster> => {
    if (!vscode.workspace.isTrusted) throw new Error(vscode.l10n.t('Real clusters need a trusted workspace.'));
    const known = await clusters();
    if (known.length === 0)
      throw new Error(vscode.l10n.t('No cluster that signs in by OpenID Connect is known. Add one, or choose a context of the kubeconfig that does.'));
    const signedIn = new Map((await signIns.sessions()).map((session) => [session.clusterId, session.account.label]));
    const picked = await vscode.window.showQuickPick(
      known.map((cluster) => ({ label: cluster.label, description: signedIn.get(cluster.id) ?? '', detail: cluster.client.issuer, cluster })),
      { title: vscode.l10n.t('Sign In'), placeHolder: vscode.l10n.t('To which cluster?') },
    );
    if (picked === undefined) throw new vscode.CancellationError();
    return picked.cluster;
  };

  const signIn = async (given?: OidcCluster): Promise<SignInSession> => {
    const cluster = given ?? (await pick());
    const session = await vscode.window.withProgress(
      {
        location: vscode.ProgressLocation.Notification,
        title: unlinked(vscode.l10n.t('Signing in to {0}. Continue in the browser.', cluster.label)),
        cancellable: true,
      },
      async (_progress, token) => {
        const cancelling = new AbortController();
        const listening = token.onCancellationRequested(() => cancelling.abort(new vscode.CancellationError()));
        try {
          return await signIns.signIn(cluster, cancelling.signal);
        } finally {
          listening.dispose();
        }
      },
    );
    reconnect(cluster.id);
    return session;
  };

  signIns.onDidEnd(({ cluster, error }) => {
    const again = vscode.l10n.t('Sign In Again');
    tellWarning(failureWords(error), again).then(async (picked) => {
      if (picked !== again) return;
      try {
        await signIn(cluster);
      } catch (failed) {
        if (failed instanceof vscode.CancellationError) return;
        log.warn(failureWords(failed));
        void tellError(failureWords(failed));
      }
    });
  });

  return {
    signIn,
    commands: {
      signIn: async () => void (await signIn()),
      signOut: async () => {
        const sessions = await signIns.sessions();
        if (sessions.length === 0) throw new Error(vscode.l10n.t('You are not signed in to any cluster.'));
        const picked = await vscode.window.showQuickPick(
          sessions.map((session) => ({ label: session.account.label, description: session.issuer, session })),
          { title: vscode.l10n.t('Sign Out'), placeHolder: vscode.l10n.t('Who? What was kept for them on this cluster is forgotten.') },
        );
        if (picked === undefined) return;
        await signIns.signOut(picked.session.clusterId);
      },
    },
  };
}
