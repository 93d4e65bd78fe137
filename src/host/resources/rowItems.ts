import * as vscode from 'vscode';
import type { Engine } from '../rooms';
import type { ResourceRow, ResourceWord } from '../../shared/resource';
import { resourceWordTable } from '../../shared/resource';
import type { TreeNode, TreeSubject } from '../views/treeNode';
import { failureWords } from '../words';
import { placeOfKey } from './resourceClusters';
import type { Note, Row } from './resourceRows';

const wordIcons: Readonly<Record<ResourceWord, readonly [icon: string, colour?: string]>> = {
  running: ['pass-filled', 'charts.green'],
  completed: ['pass', 'charts.green'],
  pending: ['clock', 'charts.blue'],
  warning: ['warning', 'list.warningForeground'],
  failed: ['error', 'list.errorForeground'],
  deleted: ['trash', 'disabledForeground'],
  unknown: ['question', 'disabledForeground'],
};

const none = vscode.TreeItemCollapsibleState.None;
const closed = vscode.TreeItemCollapsibleState.Collapsed;

/**
 * A row as the view draws it. Text of a cluster stands in labels, descriptions and tooltips as plain strings only: none of them
 * is Markdown, so that nothing in it can become a link or an icon.
 */
export function itemOf(row: Row, engine: Pick<Engine, 'actionsFor'>, shown: readonly string[]): vscode.TreeItem {
  const item = plainItem(row, engine, shown);
  item.id = row.id;
  return item;
}

function plainItem(row: Row, engine: Pick<Engine, 'actionsFor'>, shown: readonly string[]): vscode.TreeItem {
  switch (row.type) {
    case 'favourites': {
      const item = new vscode.TreeItem(vscode.l10n.t('Favourites'), closed);
      item.description = String(row.count);
      item.iconPath = new vscode.ThemeIcon('star-full');
      return item;
    }
    case 'cluster': {
      const item = new vscode.TreeItem(row.entry.label, closed);
      const words = { closed: vscode.l10n.t('not opened'), connected: vscode.l10n.t('online'), lost: vscode.l10n.t('offline') }[row.health];
      item.description = [words, row.entry.sandbox ? vscode.l10n.t('nothing real') : '', row.entry.detail].filter((part) => part !== '').join(' · ');
      item.iconPath = dot(row.health);
      item.contextValue = shown.includes(row.entry.key) ? 'resources-cluster-shown' : 'resources-cluster';
      item.accessibilityInformation = { label: `${row.entry.label}, ${words}` };
      return item;
    }
    case 'scope': {
      const item = new vscode.TreeItem(row.namespace ?? vscode.l10n.t('Cluster-wide'), closed);
      item.iconPath = new vscode.ThemeIcon(row.namespace === undefined ? 'globe' : 'symbol-namespace');
      item.contextValue = row.typed ? 'resources-namespace-typed' : 'resources-namespace';
      return item;
    }
    case 'group': {
      const item = new vscode.TreeItem(row.group === '' ? vscode.l10n.t('More of the core') : row.group, closed);
      item.iconPath = new vscode.ThemeIcon('folder');
      return item;
    }
    case 'kind': {
      const item = new vscode.TreeItem(row.kind.kind, closed);
      if (row.count !== undefined)
        item.description = row.count.shown === row.count.all ? String(row.count.all) : vscode.l10n.t('{0} of {1}', row.count.shown, row.count.all);
      item.tooltip = `${row.kind.resource} (${row.kind.apiVersion})`;
      item.contextValue = 'resources-kind';
      return item;
    }
    case 'object':
      return objectItem(row, engine);
    case 'more': {
      const item = new vscode.TreeItem(vscode.l10n.t('{0} more…', row.left), none);
      item.iconPath = new vscode.ThemeIcon('ellipsis');
      item.command = { command: 'kubeorch.moreResources', title: vscode.l10n.t('Show More'), arguments: [{ item, subject: { type: 'resources', row } }] };
      return item;
    }
    case 'note':
      return noteItem(row.note);
  }
}

function dot(health: 'closed' | 'connected' | 'lost'): vscode.ThemeIcon {
  if (health === 'closed') return new vscode.ThemeIcon('circle-outline');
  return new vscode.ThemeIcon('circle-filled', new vscode.ThemeColor(health === 'connected' ? 'charts.green' : 'charts.red'));
}

function objectItem(row: Extract<Row, { type: 'object' }>, engine: Pick<Engine, 'actionsFor'>): vscode.TreeItem {
  const { ref, favourite } = row;
  const item = new vscode.TreeItem(row.row?.name ?? ref.name, none);
  const [icon, colour] = row.row === undefined ? (['star-full'] as const) : wordIcons[row.row.reason === undefined ? row.row.word : 'failed'];
  item.iconPath = new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(colour));
  const place = row.row === undefined ? `${ref.kind} · ${ref.namespace}` : row.withNamespace ? ref.namespace : '';
  const tags = (row.remarks?.tags ?? []).map((tag) => `#${tag}`).join(' ');
  item.description = [row.row === undefined || !favourite ? '' : '★', tags, describe(row.row), place].filter((part) => part !== '').join(' · ');
  item.tooltip = [tooltipOf(row.row, ref.kind), tags, row.remarks?.notes ?? ''].filter((part) => part !== '').join('\n');
  item.contextValue = ['resource', ...engine.actionsFor(ref), favourite ? 'favourite' : 'plain'].join(' ');
  item.accessibilityInformation = {
    label: [ref.kind, ref.name, describe(row.row), favourite ? vscode.l10n.t('favourite') : '', tags, row.remarks?.notes ?? '']
      .filter((part) => part !== '')
      .join(', '),
  };
  item.command = { command: 'kubeorch.openResource', title: vscode.l10n.t('Open Detail'), arguments: [{ item, subject: subjectOf(row) }] };
  return item;
}

function describe(row: ResourceRow | undefined): string {
  if (row === undefined) return '';
  const reason = row.reason === undefined || row.summary.includes(row.reason) ? '' : row.reason;
  return [vscode.l10n.t(resourceWordTable[row.word].label), reason, row.summary, row.age].filter((part) => part !== '').join(' · ');
}

function tooltipOf(row: ResourceRow | undefined, kind: string): string {
  if (row === undefined) return kind;
  return [`${kind} ${row.name}`, row.namespace, describe(row), row.createdAt].filter((part) => part !== '').join('\n');
}

function noteItem(note: Note): vscode.TreeItem {
  const words = noteWords(note);
  // A description without a label is drawn grey, and read like any other row.
  const item = new vscode.TreeItem('', none);
  item.description = words;
  item.tooltip = words;
  item.accessibilityInformation = { label: words };
  item.iconPath = new vscode.ThemeIcon(
    note.type === 'forbidden' ? 'lock' : note.type === 'failed' || note.type === 'stale' ? 'warning' : 'info',
    new vscode.ThemeColor('disabledForeground'),
  );
  item.contextValue = `resources-note-${note.type}`;
  if (note.type === 'failed') item.command = { command: 'kubeorch.refreshResources', title: vscode.l10n.t('Try Again') };
  return item;
}

function noteWords(note: Note): string {
  switch (note.type) {
    case 'forbidden':
      return note.namespace === ''
        ? vscode.l10n.t('You may not {0} {1}.', note.verb, note.resource)
        : vscode.l10n.t('You may not {0} {1} in {2}.', note.verb, note.resource, note.namespace);
    case 'notLive':
      return note.verb === undefined
        ? vscode.l10n.t('{0} cannot be followed; refresh to read them again.', note.resource)
        : vscode.l10n.t('You may not {0} {1}; refresh to read them again.', note.verb, note.resource);
    case 'stale':
      return vscode.l10n.t('Not connected since {0}; what is shown may be out of date.', new Date(note.sinceMs).toLocaleTimeString());
    case 'failed':
      return failureWords(note.error);
    case 'stopped':
      return vscode.l10n.t('The sandbox is not running.');
    case 'empty':
      return vscode.l10n.t('None');
    case 'noMatch':
      return vscode.l10n.t('None matches the filter');
  }
}

/** What a command on a row acts on; undefined for rows that nothing is done to. */
export function subjectOf(row: Row): TreeSubject | undefined {
  if (row.type !== 'object') return { type: 'resources', row };
  const place = placeOfKey(row.clusterKey);
  return place === undefined ? undefined : { type: 'resource', cluster: place.choice, folder: place.folder, ref: row.ref };
}

/** A row as a node of the view. */
export function nodeOf(row: Row, engine: Pick<Engine, 'actionsFor'>, shown: readonly string[]): TreeNode {
  const subject = subjectOf(row);
  return { item: itemOf(row, engine, shown), ...(subject === undefined ? {} : { subject }) };
}
