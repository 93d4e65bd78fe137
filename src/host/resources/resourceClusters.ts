import * as vscode from 'vscode';
import type { Files } from '../../engine/ports';
import type { OpenedCluster } from '../clusters/sharedClusters';
import type { ClusterChoice, Targets } from '../clusters/targets';
import { choiceText, parseChoice } from '../clusters/targets';
import type { Engine } from '../rooms';
import { fileName, projectFolder, workflowFiles } from '../views/workflowFiles';
import { isCovered } from './resourceChanges';
import type { ClusterEntry } from './resourceRows';

/** Where a key of the view leads. */
export interface ClusterPlace {
  readonly choice: ClusterChoice;
  readonly folder: vscode.Uri;
}

const shownKey = 'resources.clusters';

/** The clusters of the resources view: those that folders are set to, and those that a person put there. None is contacted here. */
export class ResourceClusters {
  readonly #parts: {
    readonly targets: Targets;
    readonly engine: Engine;
    readonly filesOf: (folder: vscode.Uri) => Files;
    readonly state: vscode.Memento;
  };

  constructor(parts: { targets: Targets; engine: Engine; filesOf: (folder: vscode.Uri) => Files; state: vscode.Memento }) {
    this.#parts = parts;
  }

  async entries(): Promise<readonly ClusterEntry[]> {
    const places = new Map<string, ClusterPlace>();
    for (const { uri: folder } of vscode.workspace.workspaceFolders ?? []) {
      const choice = await this.#chosen(folder);
      if (choice !== undefined) places.set(clusterKey(choice, folder), { choice, folder });
    }
    for (const key of this.shown()) {
      const place = placeOfKey(key);
      if (place !== undefined) places.set(key, place);
    }
    return [...places].map(([key, place]) => this.#entry(key, place));
  }

  /** Keys that a person put into the view. */
  shown(): readonly string[] {
    const kept = this.#parts.state.get<unknown>(shownKey);
    return Array.isArray(kept) ? kept.filter((key) => typeof key === 'string') : [];
  }

  async show(key: string, shown: boolean): Promise<void> {
    const others = this.shown().filter((one) => one !== key);
    await this.#parts.state.update(shownKey, shown ? [...others, key] : others);
  }

  /** @throws ProblemError when the choice leads nowhere; an Error when it is a sandbox that does not run */
  async open(place: ClusterPlace): Promise<OpenedCluster> {
    const opened = await this.#parts.targets.openCluster(place.choice, place.folder, false);
    if (opened === undefined) throw new Error(vscode.l10n.t('The sandbox is not running.'));
    return opened;
  }

  /**
   * Whether a workflow calls this place protected, in whichever folder: a cluster in the view is the same for all of them. A
   * namespace that an environment does not name is all of them.
   */
  async isProtected({ choice }: ClusterPlace, namespace: string): Promise<boolean> {
    if (choice.type === 'sandbox') return false;
    // What cannot be read may well say that this place is protected.
    const refuse = (error: unknown): never => {
      throw error;
    };
    for (const environment of await this.#environments(refuse)) {
      if (environment.context === undefined || !isCovered(environment, namespace)) continue;
      const named = await this.#parts.targets.clusterNamed(environment.context, environment.folder);
      if (choiceText(named) === choiceText(choice)) return true;
    }
    return false;
  }

  async #chosen(folder: vscode.Uri): Promise<ClusterChoice | undefined> {
    const choice = this.#parts.targets.choiceFor(folder);
    if (choice?.type !== 'environment') return choice;
    // A file that cannot be read names no environment; its row in the view of workflows says why.
    const environment = (await this.#environments(() => undefined)).find(
      (one) => one.folder.toString() === folder.toString() && one.name === choice.name && one.context !== undefined,
    );
    return environment?.context === undefined ? undefined : this.#parts.targets.clusterNamed(environment.context, folder);
  }

  /** The environments of every workflow of the workspace, with the project that each belongs to. */
  async #environments(onUnreadable: (error: unknown) => undefined) {
    const found: {
      folder: vscode.Uri;
      name: string;
      context?: string | undefined;
      namespace?: string | undefined;
      protected?: boolean | undefined;
    }[] = [];
    for (const { uri } of await workflowFiles()) {
      const folder = projectFolder(uri);
      const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
      const text =
        open?.getText() ??
        (await this.#parts
          .filesOf(folder)
          .read(`.kubeorch/${fileName(uri)}`)
          .catch(onUnreadable)) ??
        '';
      const { environments } = this.#parts.engine.parseWorkflow(text).workflow;
      for (const [name, { context, namespace, protected: isProtected }] of Object.entries(environments))
        found.push({ folder, name, context, namespace, protected: isProtected });
    }
    return found;
  }

  #entry(key: string, place: ClusterPlace): ClusterEntry {
    const { choice, folder } = place;
    const many = (vscode.workspace.workspaceFolders?.length ?? 0) > 1;
    return {
      key,
      label: clusterLabel(choice),
      detail: choice.type === 'sandbox' ? (many ? vscode.workspace.asRelativePath(folder) : '') : '',
      sandbox: choice.type === 'sandbox',
      open: () => this.#parts.targets.openCluster(choice, folder, false),
    };
  }
}

/** The key of a cluster in the view. A sandbox belongs to its folder. */
export function clusterKey(choice: ClusterChoice, folder: vscode.Uri): string {
  return choice.type === 'sandbox' ? `sandbox:${folder.toString()}` : choiceText(choice);
}

/** Undefined for a key that leads nowhere any more. */
export function placeOfKey(key: string): ClusterPlace | undefined {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (key.startsWith('sandbox:')) {
    const folder = folders.find(({ uri }) => `sandbox:${uri.toString()}` === key)?.uri;
    return folder === undefined ? undefined : { choice: { type: 'sandbox' }, folder };
  }
  const choice = parseChoice(key);
  const folder = folders[0]?.uri;
  return choice === undefined || choice.type === 'environment' || folder === undefined ? undefined : { choice, folder };
}

export function clusterLabel(choice: ClusterChoice): string {
  if (choice.type === 'sandbox') return vscode.l10n.t('Sandbox');
  const text = choiceText(choice);
  return text.slice(text.indexOf(':') + 1);
}
