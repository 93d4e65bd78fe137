import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import type { Cluster, Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { Target } from '../../shared/plan';
import { failure } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import type { ProxySettings } from '../../kube/index';
import { loadEngine, loadKube } from '../rooms';
import type { HostIdentity } from '../identity/hostIdentity';
import { oidcClusterOf } from '../identity/hostIdentity';
import { settings } from '../settings';
import type { AddedClusters } from './addedClusters';
import { connectionOf } from './addedConnection';
import type { ClusterCredentials, ClusterRecord } from './clusterRecord';
import { kubeconfigSource } from './kubeconfigSource';
import { KubeconfigWatch } from './kubeconfigWatch';
import type { Sandboxes } from './sandboxes';
import { SharedClusters } from './sharedClusters';
import type { ClusterPlace, OpenedCluster } from './sharedClusters';

export type { OpenedCluster } from './sharedClusters';

/** What a person chose as the place to deploy to. */
export type TargetChoice =
  | { readonly type: 'sandbox' }
  | { readonly type: 'environment'; readonly name: string }
  | { readonly type: 'context'; readonly context: string }
  /** A cluster that was added by hand, by the id of its record. */
  | { readonly type: 'added'; readonly id: string };

/** A choice that names a cluster by itself, without a workflow's text. */
export type ClusterChoice = Exclude<TargetChoice, { readonly type: 'environment' }>;

export function choiceText(choice: TargetChoice): string {
  switch (choice.type) {
    case 'sandbox':
      return 'sandbox';
    case 'environment':
      return `environment:${choice.name}`;
    case 'context':
      return `context:${choice.context}`;
    case 'added':
      return `cluster:${choice.id}`;
  }
}

/** How a choice is called where a person reads it. */
export function choiceName(choice: TargetChoice): string {
  switch (choice.type) {
    case 'sandbox':
      return vscode.l10n.t('Sandbox');
    case 'environment':
      return choice.name;
    case 'added':
      return choice.id;
    case 'context':
      return choice.context;
  }
}

export function parseChoice(text: string): TargetChoice | undefined {
  if (text === 'sandbox') return { type: 'sandbox' };
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  if (colon < 0 || rest === '') return undefined;
  if (text.startsWith('environment:')) return { type: 'environment', name: rest };
  if (text.startsWith('context:')) return { type: 'context', context: rest };
  if (text.startsWith('cluster:')) return { type: 'added', id: rest };
  return undefined;
}

/** A cluster that is held as long as someone uses it, with what it means for one workflow. */
export interface Connection {
  readonly target: Target;
  readonly cluster: Cluster;
  /** Aborted when the cluster is ended for everyone: who acts there, or what it leads to, is no longer the same. */
  readonly ended: AbortSignal;
  dispose(): void;
}

/**
 * Where workflows go. The choice is kept per project folder in the workspace's state, above the setting; nothing is ever
 * guessed, and another cluster is never taken in place of a missing one. Clusters are opened once and shared by count.
 */
export class Targets {
  readonly #state: vscode.Memento;
  readonly #sandboxes: Sandboxes;
  readonly #identity: HostIdentity;
  readonly #added: AddedClusters;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #clusters: SharedClusters;
  readonly #changed: Emitter<vscode.Uri>;
  readonly onDidChange: Emitter<vscode.Uri>['on'];
  readonly #reconnected: Emitter<void>;
  /** Clusters were ended, or what kept some from being opened may be over: whoever could not open one tries again. */
  readonly onDidReconnect: Emitter<void>['on'];
  readonly #kubeconfigs: KubeconfigWatch;
  readonly #following: Disposable;

  constructor(options: { state: vscode.Memento; sandboxes: Sandboxes; identity: HostIdentity; added: AddedClusters; clock: Clock; log: Logger }) {
    this.#state = options.state;
    this.#sandboxes = options.sandboxes;
    this.#identity = options.identity;
    this.#clusters = new SharedClusters(options.identity.consent);
    this.#added = options.added;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#changed = new Emitter((error) => this.#log.error('A listener to the target failed.', error));
    this.onDidChange = this.#changed.on;
    this.#reconnected = new Emitter((error) => this.#log.error('A listener to the clusters failed.', error));
    this.onDidReconnect = this.#reconnected.on;
    this.#kubeconfigs = new KubeconfigWatch({
      clock: this.#clock,
      log: this.#log,
      isHeld: (key) => this.#clusters.holds(key),
      onChanged: (keys) => {
        for (const key of keys) this.#log.info(`The kubeconfig says something else of "${placeOfKey(key).name}" than before: it is opened anew.`);
        this.#end((key) => keys.has(key));
      },
    });
    this.#following = this.#added.onDidChange(({ id, type }) => {
      if (type === 'details') return;
      this.#addedChanged(id, type === 'removed').catch((error: unknown) => this.#log.error(`The choice of ${id} could not be forgotten.`, error));
    });
  }

  choiceFor(folder: vscode.Uri): TargetChoice | undefined {
    return parseChoice(this.#state.get(stateKey(folder), '')) ?? parseChoice(settings.target(folder));
  }

  async choose(folder: vscode.Uri, choice: TargetChoice): Promise<void> {
    await this.#state.update(stateKey(folder), choiceText(choice));
    this.#identity.askAgain();
    this.#changed.emit(folder);
  }

  addedClusters(): readonly ClusterRecord[] {
    return this.#added.list();
  }

  /** The contexts of the kubeconfig, for pickers. Untrusted workspaces see none: a kubeconfig may name programs. */
  async contexts(folder: vscode.Uri | undefined): Promise<readonly { readonly name: string; readonly server: string; readonly namespace: string }[]> {
    if (!vscode.workspace.isTrusted) return [];
    const { contextsOf } = await loadKube();
    return contextsOf({ ...kubeconfigSource(folder), environment: await this.#identity.environment() });
  }

  /**
   * Opens what was chosen. With `start`, a sandbox that is not running is started; without, it is answered by undefined.
   * Throws a problem that names the place when the choice leads nowhere.
   */
  async connect(choice: TargetChoice, workflow: Workflow, folder: vscode.Uri, start: boolean, signal?: AbortSignal): Promise<Connection | undefined> {
    const environment = choice.type === 'environment' && Object.hasOwn(workflow.environments, choice.name) ? workflow.environments[choice.name] : undefined;
    if (choice.type === 'environment' && environment === undefined) {
      const known = Object.keys(workflow.environments).join(', ');
      throw failure('environment.unknown', { name: choice.name, known: known === '' ? vscode.l10n.t('none') : known });
    }
    const context = environment?.context ?? '';
    if (choice.type === 'environment' && context === '') throw failure('environment.noContext', { environment: choice.name });
    const named = choice.type === 'environment' ? await this.clusterNamed(context, folder) : choice;
    if (environment?.protected === true && named.type === 'added' && this.#added.find(named.id)?.insecure === true)
      throw failure('target.insecureProtected', { environment: choice.type === 'environment' ? choice.name : '', cluster: context });
    const opened = await this.openCluster(named, folder, start, signal);
    if (opened === undefined) return undefined;
    try {
      const { cluster } = opened;
      const clusterUid = await uidOf(cluster, signal);
      if (choice.type !== 'sandbox') await this.#identity.noteCluster(cluster.server, clusterUid);
      if (choice.type === 'environment' && environment?.clusterUid !== undefined && environment.clusterUid !== clusterUid) {
        throw failure('target.wrongCluster', {
          context: environment.context ?? '',
          environment: choice.name,
          pinned: shortUid(environment.clusterUid),
          found: shortUid(clusterUid),
        });
      }
      const target: Target = {
        label: choice.type === 'sandbox' ? 'sandbox' : choice.type === 'context' ? choice.context : choice.type === 'added' ? choice.id : choice.name,
        sandbox: choice.type === 'sandbox',
        context: choice.type === 'context' ? choice.context : choice.type === 'added' ? choice.id : (environment?.context ?? ''),
        server: cluster.server,
        clusterUid,
        namespace: environment?.namespace ?? workflow.namespace ?? cluster.defaultNamespace,
        ...(choice.type === 'environment' ? { environment: choice.name } : {}),
        protected: environment?.protected === true,
      };
      return { target, cluster, ended: opened.ended, dispose: () => opened.dispose() };
    } catch (error) {
      opened.dispose();
      throw error;
    }
  }

  /**
   * The cluster that an environment's `context` means: a context of the kubeconfig, or an added cluster of that name.
   * @throws ProblemError `target.ambiguous` when it could be either
   */
  async clusterNamed(name: string, folder: vscode.Uri): Promise<ClusterChoice> {
    const context: ClusterChoice = { type: 'context', context: name };
    const record = this.#added.find(name);
    if (record === undefined || !vscode.workspace.isTrusted) return context;
    let known: readonly { readonly name: string; readonly server: string }[] = [];
    try {
      known = await this.contexts(folder);
    } catch (error) {
      // Without a kubeconfig that can be read there is nothing else that could be meant.
      this.#log.debug(`The kubeconfig was passed over: ${error instanceof Error ? error.message : String(error)}`);
    }
    const other = known.find((one) => one.name === name);
    if (other !== undefined) throw failure('target.ambiguous', { name, contextServer: other.server, clusterServer: record.server });
    return { type: 'added', id: record.id };
  }

  /**
   * Opens a cluster without asking it anything, or joins those who hold it already. With `start`, a sandbox that is not running
   * is started; without, it is answered by undefined. A real cluster in an untrusted workspace is refused.
   * @throws ProblemError `target.*`
   */
  async openCluster(choice: ClusterChoice, folder: vscode.Uri, start: boolean, signal?: AbortSignal): Promise<OpenedCluster | undefined> {
    const place = await this.#placeOf(choice, folder, start, signal);
    return place === undefined ? undefined : this.#clusters.open(place);
  }

  /**
   * Like `openCluster`, for work that nobody waits for: it asks nothing and starts no sandbox. `sign-in` says that a program
   * would have to run that nobody has allowed.
   */
  async openQuietly(choice: ClusterChoice, folder: vscode.Uri, signal?: AbortSignal): Promise<OpenedCluster | 'sign-in' | undefined> {
    if (choice.type === 'added' && (await this.#needsSignIn(choice.id))) return 'sign-in';
    const place = await this.#placeOf(choice, folder, false, signal);
    return place === undefined ? undefined : this.#clusters.openQuietly(place);
  }

  /** Opens a cluster as it would be with these values, shared with nobody, to try them before they are saved. */
  openDraft(record: ClusterRecord, credentials: ClusterCredentials, quiet: boolean): Promise<OpenedCluster | 'sign-in'> {
    const place = this.#placeOfRecord(keyOf('draft', randomUUID()), record, () => Promise.resolve(credentials));
    return quiet ? this.#clusters.openQuietly(place) : this.#clusters.open(place);
  }

  /** Forgets every choice. What the settings say counts from here on. */
  async forgetChoices(): Promise<void> {
    for (const key of this.#state.keys()) if (key.startsWith(statePrefix)) await this.#state.update(key, undefined);
    for (const folder of vscode.workspace.workspaceFolders ?? []) this.#changed.emit(folder.uri);
  }

  /**
   * Ends the open clusters of one sign-in, or all of them, for everyone who holds them: an identity is gone or another one, or
   * everything was reset. Holders hear of it by `ended`, and open them anew.
   */
  reconnect(clusterId?: string): void {
    this.#end((key) => clusterId === undefined || isSignInTo(clusterId, placeOfKey(key)));
  }

  #end(fits: (key: string) => boolean): void {
    this.#clusters.end(fits);
    this.#reconnected.emit();
  }

  /** What is behind a choice: the key under which it is shared, and how to open it. Undefined for a sandbox that does not run. */
  async #placeOf(choice: ClusterChoice, folder: vscode.Uri, start: boolean, signal: AbortSignal | undefined): Promise<ClusterPlace | undefined> {
    const { clusterFromKubeconfig } = await loadKube();
    const common = this.#common();
    if (choice.type === 'sandbox') {
      const running = start ? await this.#sandboxes.start(folder, signal) : await this.#sandboxes.find(folder);
      if (running === undefined) return undefined;
      return {
        // The server's address is part of the key: a sandbox that was stopped and started is another cluster.
        key: keyOf('sandbox', running.kubeconfigPath, running.server),
        open: () => clusterFromKubeconfig({ ...common, path: running.kubeconfigPath, allowPrograms: () => Promise.resolve(false) }),
      };
    }
    if (!vscode.workspace.isTrusted)
      throw failure('target.kubeconfig', { source: 'kubeconfig', detail: vscode.l10n.t('Real clusters need a trusted workspace.') });
    if (choice.type === 'added') {
      const record = this.#added.find(choice.id);
      if (record === undefined) throw failure('target.clusterUnknown', { cluster: choice.id });
      return this.#placeOfRecord(keyOf('added', choice.id, String(this.#added.revision(choice.id))), record, () => this.#added.credentials(record.id));
    }
    const real = { ...common, environment: await this.#identity.environment(), tokensFor: this.#identity.contextTokens };
    const source = { ...kubeconfigSource(folder), environment: real.environment };
    const key = keyOf('context', choice.context, source.path ?? '');
    return {
      key,
      open: async (allowPrograms) => {
        await this.#kubeconfigs.follow(key, source, choice.context);
        return clusterFromKubeconfig({ ...real, ...source, context: choice.context, allowPrograms });
      },
    };
  }

  /** Whether nobody is signed in to a cluster that wants it: asking it anything would end in a question to a person. */
  async #needsSignIn(id: string): Promise<boolean> {
    const record = this.#added.find(id);
    if (record?.authType !== 'oidc') return false;
    const cluster = oidcClusterOf(record, await this.#added.credentials(id));
    return cluster !== undefined && !(await this.#identity.signIns.isSignedIn(cluster));
  }

  #placeOfRecord(key: string, record: ClusterRecord, credentials: () => Promise<ClusterCredentials>): ClusterPlace {
    return {
      key,
      open: async (allowPrograms) => {
        const { clusterFromConnection } = await loadKube();
        const connection = await connectionOf(record, await credentials(), this.#identity.addedTokens);
        const environment = await this.#identity.environment();
        return clusterFromConnection(connection, { ...this.#common(), environment, tokensFor: this.#identity.contextTokens, allowPrograms });
      },
    };
  }

  #common(): { readonly clock: Clock; readonly logger: Logger; readonly proxy: ProxySettings } {
    return { clock: this.#clock, logger: this.#log, proxy: { url: settings.proxy(), noProxy: settings.noProxy() } };
  }

  dispose(): void {
    this.#following.dispose();
    this.#kubeconfigs.dispose();
    this.#reconnected.dispose();
    this.#clusters.dispose();
    this.#changed.dispose();
  }

  /** Whoever holds the cluster opens it anew; one that was removed is chosen nowhere any more. */
  async #addedChanged(id: string, removed: boolean): Promise<void> {
    this.#end((key) => isSignInTo(`added:${id}`, placeOfKey(key)));
    for (const { uri } of vscode.workspace.workspaceFolders ?? []) {
      const choice = this.choiceFor(uri);
      const isChosen = choice?.type === 'added' && choice.id === id;
      if (isChosen && removed) await this.#state.update(stateKey(uri), undefined);
      if (isChosen || choice?.type === 'environment') this.#changed.emit(uri);
    }
  }
}

/** Enough of a UID to tell two clusters apart by eye. */
export function shortUid(uid: string): string {
  return uid.length > 12 ? `${uid.slice(0, 8)}…` : uid;
}

function keyOf(type: 'sandbox' | 'added' | 'context' | 'draft', name: string, more = ''): string {
  return JSON.stringify([type, name, more]);
}

function placeOfKey(key: string): { readonly type: string; readonly name: string } {
  const [type, name] = JSON.parse(key) as [string, string];
  return { type, name };
}

/** Whether the one who signs in under this id (`added:ID`, `context:FILES:NAME`) acts in this place. */
function isSignInTo(clusterId: string, place: { readonly type: string; readonly name: string }): boolean {
  if (place.type === 'added') return clusterId === `added:${place.name}`;
  // Files and contexts may hold colons as well. One context too many is opened anew, which harms nobody.
  return place.type === 'context' && clusterId.startsWith('context:') && clusterId.endsWith(`:${place.name}`);
}

function stateKey(folder: vscode.Uri): string {
  return statePrefix + folder.toString();
}

const statePrefix = 'target:';

/** The cluster's identity: the first question to it, so that here it turns out whether it answers and lets us in. */
async function uidOf(cluster: Cluster, signal: AbortSignal | undefined): Promise<string> {
  try {
    return await cluster.clusterUid(signal);
  } catch (error) {
    const { clusterProblem } = await loadEngine();
    const { code, args } = clusterProblem(error, { server: cluster.server, verb: 'get' });
    throw failure(code, args, { cause: error });
  }
}
