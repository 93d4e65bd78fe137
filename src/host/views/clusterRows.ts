import * as vscode from 'vscode';
import type { AccessRules, Identity } from '../../engine/ports';
import { bytesText } from '../../shared/quantity';
import type { ClusterMetrics, ComponentHealth } from '../clusters/clusterFacts';
import { rightsFrom } from '../clusters/clusterFacts';
import type { ClusterMetadata, ClusterStatus, ClusterTotals, ShownHealth } from '../clusters/clusterHealth';
import type { TreeNode } from './treeNode';

const icons: Readonly<Record<ClusterStatus, readonly [icon: string, colour: string]>> = {
  connected: ['circle-filled', 'testing.iconPassed'],
  disconnected: ['debug-disconnect', 'testing.iconFailed'],
  error: ['error', 'testing.iconFailed'],
  unknown: ['circle-outline', 'disabledForeground'],
};

export function statusIcon(status: ClusterStatus): vscode.ThemeIcon {
  const [icon, colour] = icons[status];
  return new vscode.ThemeIcon(icon, new vscode.ThemeColor(colour));
}

export function statusWords(status: ClusterStatus): string {
  switch (status) {
    case 'connected':
      return vscode.l10n.t('connected');
    case 'disconnected':
      return vscode.l10n.t('disconnected');
    case 'error':
      return vscode.l10n.t('error');
    case 'unknown':
      return vscode.l10n.t('unknown');
  }
}

/** What is said of a cluster's health behind its name, in the order of weight. */
export function healthParts(health: ShownHealth): readonly string[] {
  if (health.needsSignIn) return [vscode.l10n.t('needs a sign-in')];
  if (health.lastCheckMs === undefined) return [];
  return [
    statusWords(health.status),
    ...(health.status === 'connected' && health.latencyMs !== undefined ? [vscode.l10n.t('{0} ms', Math.round(health.latencyMs))] : []),
    ...(health.status === 'connected' && health.metadata?.version !== undefined ? [health.metadata.version] : []),
  ];
}

/** What several clusters have together, beside the view's title; nothing when there are not several. */
export function totalsWords({ clusters, nodes, cpuMillis, memoryBytes, pods, storageBytes }: ClusterTotals): string {
  if (clusters < 2) return '';
  return [
    vscode.l10n.t('{0} clusters: {1} nodes, {2} CPU, {3}', clusters, nodes, Number((cpuMillis / 1_000).toFixed(1)), bytesText(memoryBytes)),
    ...(pods === undefined ? [] : [vscode.l10n.t('{0} pods', pods)]),
    ...(storageBytes === undefined ? [] : [vscode.l10n.t('{0} storage', bytesText(storageBytes))]),
  ].join(', ');
}

/** Everything that is known of a cluster, a line each. Plain text: names in it come from the cluster. */
export function clusterTooltip(heading: readonly string[], health: ShownHealth): string {
  const lines = [...heading, ''];
  lines.push(vscode.l10n.t('Status: {0}', health.needsSignIn ? vscode.l10n.t('needs a sign-in') : statusWords(health.status)));
  if (health.detail !== undefined) lines.push(health.detail);
  if (health.lastCheckMs !== undefined) {
    const at = new Date(health.lastCheckMs).toLocaleTimeString();
    lines.push(health.isStale ? vscode.l10n.t('Last checked at {0}, too long ago to be counted on', at) : vscode.l10n.t('Last checked at {0}', at));
  }
  if (health.metadata !== undefined) lines.push(...metadataLines(health.metadata));
  return lines.join('\n');
}

function metadataLines(metadata: ClusterMetadata): string[] {
  const { version, platform, provider, region, nodeCount, cpuMillis, memoryBytes, podCount, storageBytes } = metadata;
  const { storageClasses, namespaces, capabilities, singleNodeTainted } = metadata;
  const place = [platform, provider, region].filter((part) => part !== undefined).join(' · ');
  return [
    ...(version === undefined ? [] : [vscode.l10n.t('Version: {0}', version)]),
    ...(place === '' ? [] : [vscode.l10n.t('Platform: {0}', place)]),
    ...(nodeCount === undefined ? [] : [vscode.l10n.t('Nodes: {0}', nodeCount)]),
    ...(cpuMillis === undefined || memoryBytes === undefined
      ? []
      : [vscode.l10n.t('Capacity: {0} CPU, {1} memory', Number((cpuMillis / 1_000).toFixed(1)), bytesText(memoryBytes))]),
    ...(podCount === undefined ? [] : [vscode.l10n.t('Pods: {0}', podCount)]),
    ...(storageBytes === undefined ? [] : [vscode.l10n.t('Storage of claims: {0}', bytesText(storageBytes))]),
    ...(storageClasses === undefined || storageClasses.length === 0 ? [] : [vscode.l10n.t('Storage classes: {0}', shortList(storageClasses))]),
    ...(namespaces === undefined ? [] : [vscode.l10n.t('Namespaces: {0}', namespaces.length)]),
    ...(capabilities === undefined || capabilities.length === 0 ? [] : [vscode.l10n.t('Capabilities: {0}', shortList(capabilities))]),
    ...(singleNodeTainted === true ? [vscode.l10n.t('Its only machine is kept for the control plane: nothing can be scheduled on it.')] : []),
  ];
}

function shortList(names: readonly string[]): string {
  const shown = names.slice(0, 8).join(', ');
  return names.length > 8 ? vscode.l10n.t('{0} and {1} more', shown, names.length - 8) : shown;
}

function row(id: string, label: string, description: string, icon: vscode.ThemeIcon, tooltip: string, children: readonly TreeNode[] = []): TreeNode {
  const item = new vscode.TreeItem(label, children.length === 0 ? vscode.TreeItemCollapsibleState.None : vscode.TreeItemCollapsibleState.Collapsed);
  item.id = id;
  item.description = description;
  item.iconPath = icon;
  item.tooltip = tooltip;
  item.accessibilityInformation = { label: description === '' ? label : `${label}, ${description}` };
  item.contextValue = 'cluster-fact';
  return children.length === 0 ? { item } : { item, children: () => children };
}

/** A part that could not be asked, as one row in its place. */
export function failedRow(id: string, label: string, words: string): TreeNode {
  return row(id, label, words, new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground')), words);
}

export function identityRow(id: string, identity: Identity): TreeNode {
  const methods: Readonly<Record<Identity['method'], string>> = {
    'client-certificate': vscode.l10n.t('client certificate'),
    token: vscode.l10n.t('token'),
    'token-file': vscode.l10n.t('token file'),
    basic: vscode.l10n.t('password'),
    program: vscode.l10n.t('credential program'),
    oidc: vscode.l10n.t('OpenID Connect'),
    none: vscode.l10n.t('no credentials'),
  };
  const method = methods[identity.method];
  const until = identity.expiresAtMs === undefined ? undefined : vscode.l10n.t('until {0}', new Date(identity.expiresAtMs).toLocaleString());
  const tooltip = [
    vscode.l10n.t('User: {0}', identity.user),
    vscode.l10n.t('Groups: {0}', identity.groups.length === 0 ? vscode.l10n.t('none') : identity.groups.join(', ')),
    vscode.l10n.t('Signed in by: {0}', identity.provider === undefined ? method : `${method} (${identity.provider})`),
    ...(until === undefined ? [] : [vscode.l10n.t('Valid {0}', until)]),
  ].join('\n');
  const groups = identity.groups.filter((group) => group !== 'system:authenticated');
  const description = [groups.slice(0, 3).join(', '), method, until].filter((part) => part !== undefined && part !== '').join(' · ');
  return row(id, identity.user === '' ? vscode.l10n.t('anonymous') : identity.user, description, new vscode.ThemeIcon('account'), tooltip);
}

export function componentsRow(id: string, components: readonly ComponentHealth[]): TreeNode {
  const words = (health: ComponentHealth['health']): string =>
    health === 'healthy' ? vscode.l10n.t('healthy') : health === 'unhealthy' ? vscode.l10n.t('unhealthy') : vscode.l10n.t('unknown');
  const icon = (health: ComponentHealth['health']): vscode.ThemeIcon =>
    statusIcon(health === 'healthy' ? 'connected' : health === 'unhealthy' ? 'error' : 'unknown');
  const worst = components.some(({ health }) => health === 'unhealthy')
    ? 'unhealthy'
    : components.some(({ health }) => health === 'unknown')
      ? 'unknown'
      : 'healthy';
  const ill = components.filter(({ health }) => health === worst).map(({ name }) => name);
  return row(
    id,
    vscode.l10n.t('Control Plane'),
    worst === 'healthy' ? words(worst) : `${words(worst)}: ${ill.join(', ')}`,
    icon(worst),
    components.map(({ name, health, detail }) => `${name}: ${words(health)}${detail === '' ? '' : ` (${detail})`}`).join('\n'),
    components.map(({ name, health, detail }) =>
      row(`${id}/${name}`, name, [words(health), detail].filter((part) => part !== '').join(' · '), icon(health), detail),
    ),
  );
}

export function metricsRow(id: string, metrics: ClusterMetrics): TreeNode {
  const share = (used: number, total: number): string => (total === 0 ? '' : ` (${Math.round((used / total) * 100)} %)`);
  const cpu = (millis: number): string => String(Number((millis / 1_000).toFixed(2)));
  const measured = metrics.source === 'usage' ? vscode.l10n.t('used') : vscode.l10n.t('requested');
  const amount = (name: string, used: number | undefined, total: number, text: (value: number) => string): readonly [string, string] => [
    name,
    used === undefined ? text(total) : `${vscode.l10n.t('{0} of {1} {2}', text(used), text(total), measured)}${share(used, total)}`,
  ];
  const parts: (readonly [string, string])[] = [];
  if (metrics.nodes !== undefined) parts.push([vscode.l10n.t('Nodes'), vscode.l10n.t('{0} of {1} ready', metrics.readyNodes ?? 0, metrics.nodes)]);
  if (metrics.cpuMillis !== undefined) parts.push(amount(vscode.l10n.t('CPU'), metrics.cpuMillis.used, metrics.cpuMillis.total, cpu));
  if (metrics.memoryBytes !== undefined) parts.push(amount(vscode.l10n.t('Memory'), metrics.memoryBytes.used, metrics.memoryBytes.total, bytesText));
  if (metrics.pods !== undefined)
    parts.push([
      vscode.l10n.t('Pods'),
      metrics.podCapacity === undefined || metrics.podCapacity === 0
        ? String(metrics.pods)
        : `${vscode.l10n.t('{0} of {1}', metrics.pods, metrics.podCapacity)}${share(metrics.pods, metrics.podCapacity)}`,
    ]);
  if (metrics.storageBytes !== undefined) parts.push([vscode.l10n.t('Storage of claims'), bytesText(metrics.storageBytes)]);
  const icon = new vscode.ThemeIcon('dashboard');
  if (parts.length === 0) return row(id, vscode.l10n.t('Capacity'), vscode.l10n.t('may not be read'), icon, '');
  return row(
    id,
    vscode.l10n.t('Capacity'),
    parts
      .slice(0, 3)
      .map(([name, text]) => `${name} ${text}`)
      .join(' · '),
    icon,
    parts.map(([name, text]) => `${name}: ${text}`).join('\n'),
    parts.map(([name, text]) => row(`${id}/${name}`, name, text, new vscode.ThemeIcon('circle-small'), text)),
  );
}

export function namespacesRow(id: string, namespaces: readonly string[] | undefined): TreeNode {
  const icon = new vscode.ThemeIcon('symbol-namespace');
  if (namespaces === undefined) return row(id, vscode.l10n.t('Namespaces'), vscode.l10n.t('may not be listed'), icon, '');
  return row(id, vscode.l10n.t('Namespaces'), String(namespaces.length), icon, namespaces.slice(0, 50).join('\n'));
}

export function rightsRow(id: string, namespace: string, rules: AccessRules): TreeNode {
  const rights = rightsFrom(rules);
  const all = rights.filter(({ may }) => may === 'everything').length;
  const words = {
    everything: vscode.l10n.t('everything'),
    reading: vscode.l10n.t('reading'),
    something: vscode.l10n.t('in part'),
    nothing: vscode.l10n.t('nothing'),
  };
  const rightIcons = { everything: 'pass', reading: 'eye', something: 'circle-outline', nothing: 'circle-slash' } as const;
  return row(
    id,
    vscode.l10n.t('My Rights in {0}', namespace),
    `${
      all === rights.length
        ? vscode.l10n.t('everything that deploying needs')
        : all === 0 && rights.every(({ may }) => may === 'nothing')
          ? vscode.l10n.t('nothing')
          : vscode.l10n.t('{0} of {1} kinds in full', all, rights.length)
    }${rules.incomplete ? ` · ${vscode.l10n.t('the server could not tell all')}` : ''}`,
    new vscode.ThemeIcon(all === rights.length ? 'unlock' : 'lock'),
    rights
      .map(({ resource, may, missing }) => `${resource}: ${words[may]}${missing.length === 0 ? '' : ` (${vscode.l10n.t('not: {0}', missing.join(', '))})`}`)
      .join('\n'),
    rights.map(({ resource, may, missing }) =>
      row(
        `${id}/${resource}`,
        resource,
        missing.length === 0 ? words[may] : `${words[may]} · ${vscode.l10n.t('not: {0}', missing.join(', '))}`,
        new vscode.ThemeIcon(rightIcons[may]),
        '',
      ),
    ),
  );
}
