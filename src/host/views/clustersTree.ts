import * as vscode from 'vscode';
import type { Clock, Cluster } from '../../engine/ports';
import { DisposableList, disposable } from '../../shared/disposables';
import type { Disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { AddedClusters } from '../clusters/addedClusters';
import { componentsOf, metricsOf } from '../clusters/clusterFacts';
import { totalsOf } from '../clusters/clusterHealth';
import { ifAllowed } from '../clusters/clusterMetadata';
import type { HealthMonitor } from '../clusters/healthMonitor';
import type { Sandboxes } from '../clusters/sandboxes';
import type { ClusterChoice, Targets } from '../clusters/targets';
import { choiceText } from '../clusters/targets';
import { settings } from '../settings';
import { failureWords } from '../words';
import {
  clusterTooltip,
  componentsRow,
  failedRow,
  healthParts,
  identityRow,
  metricsRow,
  namespacesRow,
  rightsRow,
  statusIcon,
  statusWords,
  totalsWords,
} from './clusterRows';
import type { TreeNode, TreeSource } from './treeNode';

export interface ClustersTreeParts {
  readonly targets: Targets;
  readonly sandboxes: Sandboxes;
  readonly added: AddedClusters;
  readonly monitor: HealthMonitor;
  /** The monitor's name for a cluster as this folder reaches it. */
  readonly healthId: (choice: ClusterChoice, folder: vscode.Uri) => string;
  readonly clock: Clock;
  /** Something that decides which rows there are has changed. */
  readonly onDidChange: (listener: () => void) => Disposable;
  readonly onVisible: (visible: boolean) => void;
  readonly onError: (error: unknown) => void;
}

interface Row extends TreeNode {
  item: vscode.TreeItem;
  /** Makes the item anew from what is known now. */
  readonly refresh: () => vscode.TreeItem;
}

/** How long what an opened row showed is shown again without being asked for. */
const factsAgeMs = 30_000;
const factsLimitMs = 15_000;

/**
 * The sandbox, the added clusters and the contexts of the kubeconfig, each with its health. Listing them contacts no cluster;
 * what is below a row is asked for when it is opened, in a way that starts no program without consent.
 */
export class ClustersTree implements TreeSource, Disposable {
  readonly #parts: ClustersTreeParts;
  readonly #lifetime = new DisposableList();
  readonly #changed: Emitter<TreeNode | undefined>;
  /** The rows shown last, by the monitor's name for what they show. */
  #rows = new Map<string, Row>();
  #view: vscode.TreeView<TreeNode> | undefined;
  readonly #facts = new Map<string, { readonly atMs: number; readonly rows: Promise<readonly TreeNode[]> }>();

  constructor(parts: ClustersTreeParts) {
    this.#parts = parts;
    this.#changed = this.#lifetime.add(new Emitter<TreeNode | undefined>(parts.onError));
    this.#lifetime.add(parts.onDidChange(() => this.refresh()));
    this.#lifetime.add(
      parts.monitor.onDidChange(({ id, statusChanged }) => {
        if (statusChanged) this.#facts.delete(id);
        this.#healthChanged(id);
      }),
    );
    this.#lifetime.add(
      parts.added.onDidChange(({ id, type }) => {
        if (type !== 'added') this.#forgetFacts({ type: 'added', id });
        this.#changed.emit(undefined);
      }),
    );
  }

  readonly onDidChange = (listener: (changed?: TreeNode) => void): Disposable => this.#changed.on(listener);

  setVisible(visible: boolean): void {
    this.#parts.onVisible(visible);
  }

  readonly attach = (view: vscode.TreeView<TreeNode>): Disposable => {
    this.#view = view;
    return disposable(() => (this.#view = undefined));
  };

  /** Brings the view into sight, with the cluster's row opened. */
  async reveal(choice: ClusterChoice): Promise<void> {
    await vscode.commands.executeCommand('kubeorch.clusters.focus');
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    const row = folder === undefined ? undefined : this.#rows.get(this.#parts.healthId(choice, folder));
    if (row !== undefined) await this.#view?.reveal(row, { select: true, focus: true, expand: true });
  }

  /** Asks for everything again that is shown. */
  refresh(): void {
    this.#facts.clear();
    this.#changed.emit(undefined);
  }

  async children(node: TreeNode | undefined): Promise<readonly TreeNode[]> {
    return node === undefined ? this.#roots() : ((await node.children?.()) ?? []);
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  async #roots(): Promise<readonly TreeNode[]> {
    const { targets, added } = this.#parts;
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    if (folder === undefined) return [];
    const before = this.#rows;
    const rows = new Map<string, Row>();
    const add = (choice: ClusterChoice, refresh: () => vscode.TreeItem): void => {
      const id = this.#parts.healthId(choice, folder);
      const item = refresh();
      const shown = before.get(id);
      // VS Code knows a row by its object: the same one again lets a single row be drawn anew.
      const row: Row = Object.assign(shown ?? {}, {
        item,
        refresh,
        subject: { type: 'target' as const, uri: folder, choice },
        children: () => this.#factsOf(choice, folder, id),
      });
      rows.set(id, row);
    };
    const running = await this.#parts.sandboxes.find(folder);
    add({ type: 'sandbox' }, () => this.#sandboxItem(folder, running !== undefined));
    if (vscode.workspace.isTrusted) for (const { id } of added.list()) add({ type: 'added', id }, () => this.#addedItem(id, folder));
    let broken: TreeNode | undefined;
    try {
      for (const context of await targets.contexts(folder)) add({ type: 'context', context: context.name }, () => this.#contextItem(context, folder));
    } catch (error) {
      // A kubeconfig that is broken is one row that says so; the other rows still work.
      broken = failedRow('kubeconfig', vscode.l10n.t('Kubeconfig'), failureWords(error));
    }
    this.#rows = rows;
    this.#tellTotals();
    return broken === undefined ? [...rows.values()] : [...rows.values(), broken];
  }

  #sandboxItem(folder: vscode.Uri, running: boolean): vscode.TreeItem {
    const choice: ClusterChoice = { type: 'sandbox' };
    const words = running ? vscode.l10n.t('running · nothing real') : vscode.l10n.t('stopped');
    const item = new vscode.TreeItem(vscode.l10n.t('Sandbox'), running ? vscode.TreeItemCollapsibleState.Collapsed : vscode.TreeItemCollapsibleState.None);
    item.id = 'sandbox';
    item.description = [...this.#marks(choice, folder), words].join(' · ');
    item.tooltip = vscode.l10n.t('An embedded API server for trying things out. It runs no containers; all of it is gone when it stops.');
    item.iconPath = running ? new vscode.ThemeIcon('vm-running', new vscode.ThemeColor('testing.iconPassed')) : new vscode.ThemeIcon('vm-outline');
    item.accessibilityInformation = { label: `${vscode.l10n.t('Sandbox')}, ${item.description}` };
    item.contextValue = running ? 'sandbox-running' : 'sandbox-stopped';
    return item;
  }

  #addedItem(id: string, folder: vscode.Uri): vscode.TreeItem {
    const record = this.#parts.added.find(id);
    const name = record?.displayName ?? id;
    const heading = [
      name === id ? name : `${name} (${id})`,
      ...(record === undefined || record.description === '' ? [] : [record.description]),
      record?.server ?? '',
    ];
    if (record?.insecure === true) heading.push(vscode.l10n.t("The server's certificate is not checked."));
    const item = this.#clusterItem({ type: 'added', id }, folder, name, record?.server ?? '', heading);
    item.contextValue = record?.insecure === true ? 'added-insecure' : 'added';
    return item;
  }

  #contextItem(context: { readonly name: string; readonly server: string; readonly namespace: string }, folder: vscode.Uri): vscode.TreeItem {
    const place = context.namespace === 'default' ? context.server : `${context.server} · ${context.namespace}`;
    const item = this.#clusterItem({ type: 'context', context: context.name }, folder, context.name, place, [context.name, context.server]);
    item.contextValue = 'context';
    return item;
  }

  #clusterItem(choice: ClusterChoice, folder: vscode.Uri, name: string, place: string, heading: readonly string[]): vscode.TreeItem {
    const health = this.#parts.monitor.healthOf(this.#parts.healthId(choice, folder));
    const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
    item.id = choiceText(choice);
    const words = healthParts(health);
    item.description = [...this.#marks(choice, folder), ...(words.length === 0 ? [place] : words)].join(' · ');
    item.iconPath = health.needsSignIn ? new vscode.ThemeIcon('key', new vscode.ThemeColor('disabledForeground')) : statusIcon(health.status);
    item.tooltip = clusterTooltip(heading, health);
    // The colour and shape of the icon say the status to those who see it; this says it to everybody.
    item.accessibilityInformation = {
      label: [name, words.length === 0 ? statusWords('unknown') : '', item.description].filter((part) => part !== '').join(', '),
    };
    return item;
  }

  #marks(choice: ClusterChoice, folder: vscode.Uri): readonly string[] {
    const text = choiceText(choice);
    const chosen = this.#parts.targets.choiceFor(folder);
    return [
      ...(chosen !== undefined && choiceText(chosen) === text ? [vscode.l10n.t('target')] : []),
      ...(settings.defaultCluster() === text ? [vscode.l10n.t('default')] : []),
    ];
  }

  #tellTotals(): void {
    if (this.#view === undefined) return;
    this.#view.description = totalsWords(totalsOf([...this.#rows.keys()].map((id) => [id, this.#parts.monitor.healthOf(id)])));
  }

  #healthChanged(id: string): void {
    const row = this.#rows.get(id);
    if (row === undefined) return;
    this.#tellTotals();
    const before = row.item;
    const after = row.refresh();
    row.item = after;
    // What only the tooltip tells, such as the time of the check, is not worth drawing the row again.
    if (before.description !== after.description) this.#changed.emit(row);
  }

  #forgetFacts(choice: ClusterChoice): void {
    const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
    if (folder !== undefined) this.#facts.delete(this.#parts.healthId(choice, folder));
  }

  #factsOf(choice: ClusterChoice, folder: vscode.Uri, id: string): Promise<readonly TreeNode[]> {
    const nowMs = this.#parts.clock.now();
    const kept = this.#facts.get(id);
    if (kept !== undefined && nowMs - kept.atMs < factsAgeMs) return kept.rows;
    const rows = this.#askFacts(choice, folder, choiceText(choice));
    this.#facts.set(id, { atMs: nowMs, rows });
    return rows;
  }

  async #askFacts(choice: ClusterChoice, folder: vscode.Uri, id: string): Promise<readonly TreeNode[]> {
    const stop = new AbortController();
    const limit = this.#parts.clock.after(factsLimitMs, () => stop.abort());
    try {
      const opened = await this.#parts.targets.openQuietly(choice, folder, stop.signal);
      if (opened === undefined) return [];
      if (opened === 'sign-in') {
        const row = failedRow(`${id}/sign-in`, vscode.l10n.t('Needs a Sign-in'), vscode.l10n.t('Test the connection to sign in.'));
        row.item.command = {
          command: 'kubeorch.testConnection',
          title: vscode.l10n.t('Test Connection'),
          arguments: [{ item: row.item, subject: { type: 'target', uri: folder, choice } }],
        };
        return [row];
      }
      try {
        return await this.#rowsOf(opened.cluster, id, stop.signal);
      } finally {
        opened.dispose();
      }
    } catch (error) {
      return [failedRow(`${id}/failed`, vscode.l10n.t('Not Available'), failureWords(error))];
    } finally {
      limit.dispose();
    }
  }

  /** Each part stands for itself: what one of them may not read, or fails at, keeps none of the others away. */
  #rowsOf(cluster: Cluster, id: string, signal: AbortSignal): Promise<readonly TreeNode[]> {
    const part = async (name: string, label: string, make: (rowId: string) => Promise<TreeNode>): Promise<TreeNode> => {
      try {
        return await make(`${id}/${name}`);
      } catch (error) {
        return failedRow(`${id}/${name}`, label, failureWords(error));
      }
    };
    const namespace = cluster.defaultNamespace;
    return Promise.all([
      part('identity', vscode.l10n.t('Who Am I'), async (rowId) => identityRow(rowId, await cluster.whoAmI(signal))),
      part('components', vscode.l10n.t('Control Plane'), async (rowId) => componentsRow(rowId, await componentsOf(cluster, this.#parts.clock.now(), signal))),
      part('metrics', vscode.l10n.t('Capacity'), async (rowId) => metricsRow(rowId, await metricsOf(cluster, signal))),
      part('namespaces', vscode.l10n.t('Namespaces'), async (rowId) => {
        const found = await ifAllowed(() => cluster.list({ apiVersion: 'v1', kind: 'Namespace' }, { signal }));
        return namespacesRow(
          rowId,
          found?.map(({ metadata }) => metadata.name).sort((a, b) => (a < b ? -1 : 1)),
        );
      }),
      part('rights', vscode.l10n.t('My Rights'), async (rowId) => rightsRow(rowId, namespace, await cluster.rules(namespace, signal))),
    ]);
  }
}
