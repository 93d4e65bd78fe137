import * as vscode from 'vscode';
import type { Cluster, Clock, Logger } from '../../engine/ports';
import { Emitter } from '../../shared/emitter';
import type { Target } from '../../shared/plan';
import { failure } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import type { AllowPrograms } from '../../kube/index';
import { loadEngine, loadKube } from '../rooms';
import type { ProgramConsent } from '../identity/programConsent';
import { settings } from '../settings';
import type { Sandboxes } from './sandboxes';

/** What a person chose as the place to deploy to. */
export type TargetChoice =
  | { readonly type: 'sandbox' }
  | { readonly type: 'environment'; readonly name: string }
  | { readonly type: 'context'; readonly context: string };

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
  }
}

export function parseChoice(text: string): TargetChoice | undefined {
  if (text === 'sandbox') return { type: 'sandbox' };
  const colon = text.indexOf(':');
  const rest = text.slice(colon + 1);
  if (colon < 0 || rest === '') return undefined;
  if (text.startsWith('environment:')) return { type: 'environment', name: rest };
  if (text.startsWith('context:')) return { type: 'context', context: rest };
  return undefined;
}

/** A cluster that is held as long as someone uses it, with what it means for one workflow. */
export interface Connection {
  readonly target: Target;
  readonly cluster: Cluster;
  dispose(): void;
}

/** A cluster apart from any workflow, held until disposed. */
export interface OpenedCluster {
  readonly cluster: Cluster;
  dispose(): void;
}

interface Place {
  readonly key: string;
  readonly open: (allowPrograms: AllowPrograms) => Promise<Cluster>;
}

interface Held {
  readonly cluster: Promise<Cluster>;
  /** It was opened by someone who may not ask, and a program that nobody has allowed yet was in the way. */
  readonly wasHeldBack: () => boolean;
  uses: number;
}

/**
 * Where workflows go. The choice is kept per project folder in the workspace's state, above the setting; nothing is ever
 * guessed, and another cluster is never taken in place of a missing one. Clusters are opened once and shared by count.
 */
export class Targets {
  readonly #state: vscode.Memento;
  readonly #sandboxes: Sandboxes;
  readonly #consent: ProgramConsent;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #held = new Map<string, Held>();
  readonly #changed: Emitter<vscode.Uri>;
  readonly onDidChange: Emitter<vscode.Uri>['on'];

  constructor(options: { state: vscode.Memento; sandboxes: Sandboxes; consent: ProgramConsent; clock: Clock; log: Logger }) {
    this.#state = options.state;
    this.#sandboxes = options.sandboxes;
    this.#consent = options.consent;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#changed = new Emitter((error) => this.#log.error('A listener to the target failed.', error));
    this.onDidChange = this.#changed.on;
  }

  choiceFor(folder: vscode.Uri): TargetChoice | undefined {
    return parseChoice(this.#state.get(stateKey(folder), '')) ?? parseChoice(settings.target(folder));
  }

  async choose(folder: vscode.Uri, choice: TargetChoice): Promise<void> {
    await this.#state.update(stateKey(folder), choiceText(choice));
    this.#consent.askAgain();
    this.#changed.emit(folder);
  }

  /** The contexts of the kubeconfig, for pickers. Untrusted workspaces see none: a kubeconfig may name programs. */
  async contexts(folder: vscode.Uri | undefined): Promise<readonly { readonly name: string; readonly server: string; readonly namespace: string }[]> {
    if (!vscode.workspace.isTrusted) return [];
    const { contextsOf } = await loadKube();
    return contextsOf(kubeconfigSource(folder));
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
    const opened = await this.openCluster(choice.type === 'environment' ? { type: 'context', context } : choice, folder, start, signal);
    if (opened === undefined) return undefined;
    try {
      const { cluster } = opened;
      const clusterUid = await uidOf(cluster, signal);
      if (choice.type === 'environment' && environment?.clusterUid !== undefined && environment.clusterUid !== clusterUid) {
        throw failure('target.wrongCluster', {
          context: environment.context ?? '',
          environment: choice.name,
          pinned: shortUid(environment.clusterUid),
          found: shortUid(clusterUid),
        });
      }
      const target: Target = {
        label: choice.type === 'sandbox' ? 'sandbox' : choice.type === 'context' ? choice.context : choice.name,
        sandbox: choice.type === 'sandbox',
        context: choice.type === 'context' ? choice.context : (environment?.context ?? ''),
        server: cluster.server,
        clusterUid,
        namespace: environment?.namespace ?? workflow.namespace ?? cluster.defaultNamespace,
        ...(choice.type === 'environment' ? { environment: choice.name } : {}),
        protected: environment?.protected === true,
      };
      return { target, cluster, dispose: () => opened.dispose() };
    } catch (error) {
      opened.dispose();
      throw error;
    }
  }

  /**
   * Opens a cluster without asking it anything, or joins those who hold it already. With `start`, a sandbox that is not running
   * is started; without, it is answered by undefined. A real cluster in an untrusted workspace is refused.
   * @throws ProblemError `target.*`
   */
  async openCluster(choice: ClusterChoice, folder: vscode.Uri, start: boolean, signal?: AbortSignal): Promise<OpenedCluster | undefined> {
    const place = await this.#placeOf(choice, folder, start, signal);
    if (place === undefined) return undefined;
    const { key, open } = place;
    for (;;) {
      const held = this.#hold(key, () => open((program) => this.#consent.allow(program)));
      try {
        return await this.#opened(key, held);
      } catch (error) {
        // Someone who may not ask was opening it and was turned away; here a person waits who can be asked.
        if (!held.wasHeldBack()) throw error;
      }
    }
  }

  /**
   * Like `openCluster`, for work that nobody waits for: it asks nothing and starts no sandbox. `sign-in` says that a program
   * would have to run that nobody has allowed.
   */
  async openQuietly(choice: ClusterChoice, folder: vscode.Uri, signal?: AbortSignal): Promise<OpenedCluster | 'sign-in' | undefined> {
    const place = await this.#placeOf(choice, folder, false, signal);
    if (place === undefined) return undefined;
    const { key, open } = place;
    let heldBack = false;
    const held = this.#hold(
      key,
      () =>
        open((program) => {
          heldBack = !this.#consent.isAllowed(program);
          return Promise.resolve(!heldBack);
        }),
      () => heldBack,
    );
    try {
      return await this.#opened(key, held);
    } catch (error) {
      if (held.wasHeldBack()) return 'sign-in';
      throw error;
    }
  }

  /** What is behind a choice: the key under which it is shared, and how to open it. Undefined for a sandbox that does not run. */
  async #placeOf(choice: ClusterChoice, folder: vscode.Uri, start: boolean, signal: AbortSignal | undefined): Promise<Place | undefined> {
    const { clusterFromKubeconfig } = await loadKube();
    const common = { clock: this.#clock, logger: this.#log, proxy: { url: settings.proxy(), noProxy: settings.noProxy() } };
    if (choice.type === 'sandbox') {
      const running = start ? await this.#sandboxes.start(folder, signal) : await this.#sandboxes.find(folder);
      if (running === undefined) return undefined;
      return {
        // The server's address is part of the key: a sandbox that was stopped and started is another cluster.
        key: `sandbox ${running.kubeconfigPath} ${running.server}`,
        open: () => clusterFromKubeconfig({ ...common, path: running.kubeconfigPath, allowPrograms: () => Promise.resolve(false) }),
      };
    }
    if (!vscode.workspace.isTrusted)
      throw failure('target.kubeconfig', { source: 'kubeconfig', detail: vscode.l10n.t('Real clusters need a trusted workspace.') });
    const source = kubeconfigSource(folder);
    return {
      key: `context ${choice.context} ${source.path ?? ''}`,
      open: (allowPrograms) => clusterFromKubeconfig({ ...common, ...source, context: choice.context, allowPrograms }),
    };
  }

  async #opened(key: string, held: Held): Promise<OpenedCluster> {
    let isHeld = true;
    const dispose = (): void => {
      if (!isHeld) return;
      isHeld = false;
      this.#release(key, held);
    };
    try {
      return { cluster: await held.cluster, dispose };
    } catch (error) {
      dispose();
      throw error;
    }
  }

  dispose(): void {
    for (const { cluster } of this.#held.values())
      void cluster.then(
        (opened) => opened.dispose(),
        () => undefined,
      );
    this.#held.clear();
    this.#changed.dispose();
  }

  #hold(key: string, open: () => Promise<Cluster>, wasHeldBack: () => boolean = () => false): Held {
    const present = this.#held.get(key);
    if (present !== undefined) {
      present.uses++;
      return present;
    }
    const held: Held = { cluster: open(), wasHeldBack, uses: 1 };
    this.#held.set(key, held);
    // What could not be opened is nobody's: whoever comes next begins anew.
    held.cluster.catch(() => this.#held.get(key) === held && this.#held.delete(key));
    return held;
  }

  #release(key: string, held: Held): void {
    if (--held.uses > 0) return;
    if (this.#held.get(key) === held) this.#held.delete(key);
    void held.cluster.then(
      (cluster) => cluster.dispose(),
      () => undefined,
    );
  }
}

/** Enough of a UID to tell two clusters apart by eye. */
export function shortUid(uid: string): string {
  return uid.length > 12 ? `${uid.slice(0, 8)}…` : uid;
}

function stateKey(folder: vscode.Uri): string {
  return `target:${folder.toString()}`;
}

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

function kubeconfigSource(folder: vscode.Uri | undefined): { readonly path?: string } {
  const path = settings.kubeconfig(folder);
  return path === '' ? {} : { path };
}
