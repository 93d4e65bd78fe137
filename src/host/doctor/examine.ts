import { access } from 'node:fs/promises';
import { arch, homedir, release } from 'node:os';
import { delimiter, join } from 'node:path';
import * as vscode from 'vscode';
import type { AddedClusters } from '../clusters/addedClusters';
import type { ConnectionLog } from '../clusters/connectionLog';
import { kubeconfigSource } from '../clusters/kubeconfigSource';
import type { Sandboxes } from '../clusters/sandboxes';
import type { Targets } from '../clusters/targets';
import { choiceText } from '../clusters/targets';
import type { WorkflowDocuments } from '../documents';
import type { HostIdentity } from '../identity/hostIdentity';
import { loadKube } from '../rooms';
import { settings } from '../settings';
import { failureWords, problemWords } from '../words';
import { findOnPath, shownProxy } from './lookups';
import type { RecentLog } from './recentLog';
import type { Finding, ReportSection } from './report';
import { about } from './report';

export interface DoctorParts {
  readonly extension: vscode.Extension<unknown>;
  readonly identity: HostIdentity;
  readonly targets: Targets;
  readonly added: AddedClusters;
  readonly sandboxes: Sandboxes;
  readonly connections: ConnectionLog;
  readonly documents: WorkflowDocuments;
  readonly log: RecentLog;
}

const programs = ['kubectl', 'docker', 'git', 'nixpacks', 'helm'] as const;

/** Looks at everything that KubeOrch depends on. It starts no program but the login shell of a trusted workspace, and asks no cluster. */
export async function examine(parts: DoctorParts): Promise<readonly ReportSection[]> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return Promise.all([
    section(vscode.l10n.t('Versions'), () => versions(parts.extension)),
    section(vscode.l10n.t('Workspace'), () => workspace(folders)),
    section(vscode.l10n.t('Kubeconfig'), () => kubeconfigs(parts, folders)),
    section(vscode.l10n.t('Targets'), () => targetFindings(parts, folders)),
    section(vscode.l10n.t('Clusters'), () => clusterFindings(parts)),
    section(vscode.l10n.t('Network'), () => network(parts.identity)),
    section(vscode.l10n.t('Programs'), () => programFindings(parts.identity)),
    section(vscode.l10n.t('Sandbox'), () => sandboxFindings(parts.sandboxes, folders)),
    section(vscode.l10n.t('Recent Problems'), () => recentProblems(parts)),
  ]);
}

/** A part that cannot be examined says so instead of taking the others with it. */
async function section(title: string, look: () => Promise<readonly Finding[]> | readonly Finding[]): Promise<ReportSection> {
  try {
    return { title, findings: await look() };
  } catch (error) {
    return { title, findings: [{ verdict: 'bad', text: failureWords(error) }] };
  }
}

const note = (text: string): Finding => ({ verdict: 'note', text });
const good = (text: string): Finding => ({ verdict: 'good', text });

function versions(extension: vscode.Extension<unknown>): readonly Finding[] {
  const { version } = extension.packageJSON as { version: string };
  return [
    note(`KubeOrch ${version}`),
    note(`VS Code ${vscode.version}, ${vscode.env.appName}, ${vscode.env.uiKind === vscode.UIKind.Web ? 'web' : 'desktop'}`),
    note(`Node ${process.versions.node}, ${process.platform} ${release()} ${arch()}`),
    note(vscode.l10n.t('Remote: {0}', vscode.env.remoteName ?? vscode.l10n.t('none'))),
  ];
}

function workspace(folders: readonly vscode.WorkspaceFolder[]): readonly Finding[] {
  return [
    vscode.workspace.isTrusted
      ? good(vscode.l10n.t('The workspace is trusted.'))
      : {
          verdict: 'bad',
          text: vscode.l10n.t('The workspace is not trusted: only the sandbox can be reached, and no program is looked for.'),
          fix: { title: vscode.l10n.t('Manage Workspace Trust'), command: 'workbench.trust.manage' },
        },
    ...(folders.length === 0
      ? [note(vscode.l10n.t('No folder is open.'))]
      : folders.map(({ uri }) => note(uri.scheme === 'file' ? uri.fsPath : uri.toString()))),
  ];
}

async function kubeconfigs({ identity }: DoctorParts, folders: readonly vscode.WorkspaceFolder[]): Promise<readonly Finding[]> {
  if (!vscode.workspace.isTrusted) return [note(vscode.l10n.t('Not read in an untrusted workspace.'))];
  const { contextsOf } = await loadKube();
  const environment = await identity.environment();
  const listed = (environment['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
  const common = listed.length > 0 ? listed : [join(homedir(), '.kube', 'config')];
  const own = folders.flatMap(({ uri }) => Object.values(kubeconfigSource(uri)));
  const findings: Finding[] = [note(listed.length > 0 ? vscode.l10n.t('KUBECONFIG names {0} files.', listed.length) : vscode.l10n.t('KUBECONFIG is not set.'))];
  for (const path of new Set([...own, ...common])) {
    try {
      await access(path);
    } catch {
      findings.push(note(about(path, vscode.l10n.t('there is no such file, or it cannot be read.'))));
      continue;
    }
    try {
      const contexts = await contextsOf({ path, environment });
      findings.push(good(about(path, vscode.l10n.t('{0} contexts.', contexts.length))));
      for (const context of contexts) findings.push(note(`  ${about(context.name, `${context.server}, ${context.namespace}`)}`));
    } catch (error) {
      findings.push({ verdict: 'bad', text: failureWords(error) });
    }
  }
  return findings;
}

function targetFindings({ targets, identity }: DoctorParts, folders: readonly vscode.WorkspaceFolder[]): readonly Finding[] {
  const chosen = folders.map(({ uri, name }): Finding => {
    const choice = targets.choiceFor(uri);
    return choice === undefined
      ? {
          verdict: 'note',
          text: about(name, vscode.l10n.t('no target is chosen.')),
          fix: { title: vscode.l10n.t('Select Target'), command: 'kubeorch.selectTarget' },
        }
      : good(about(name, choiceText(choice)));
  });
  const allowed = identity.consent.list();
  return [
    ...chosen,
    note(vscode.l10n.t('{0} programs of kubeconfigs are allowed to run.', allowed.length)),
    ...allowed.map(({ path, context }) => note(`  ${path} (${context})`)),
  ];
}

async function clusterFindings({ added, connections, identity }: DoctorParts): Promise<readonly Finding[]> {
  const records = added.list().map((record): Finding => {
    const text = about(record.displayName, `${record.server}, ${record.authType}, ${record.status}`);
    return { verdict: record.status === 'connected' ? 'good' : record.status === 'unknown' ? 'note' : 'bad', text };
  });
  const sessions = (await identity.signIns.sessions()).map(({ clusterLabel, issuer, expiresAtMs }) =>
    note(vscode.l10n.t('Signed in to {0} at {1}; the token ends {2}.', clusterLabel, issuer, new Date(expiresAtMs).toISOString())),
  );
  const failed = connections
    .rows(50)
    .filter(({ success }) => !success)
    .slice(-10)
    .map(({ timestampMs, cluster, action, error }): Finding => ({
      verdict: 'bad',
      text: `${new Date(timestampMs).toISOString()} ${action}: ${about(cluster, error ?? '')}`,
    }));
  return records.length + sessions.length + failed.length === 0
    ? [note(vscode.l10n.t('No cluster was added, and none failed lately.'))]
    : [...records, ...sessions, ...failed];
}

async function network(identity: HostIdentity): Promise<readonly Finding[]> {
  const environment = await identity.environment();
  const findings = settings.proxy() === '' ? [] : [note(`http.proxy: ${shownProxy(settings.proxy())}`)];
  for (const name of ['HTTPS_PROXY', 'https_proxy', 'HTTP_PROXY', 'http_proxy', 'ALL_PROXY', 'all_proxy']) {
    const value = environment[name];
    if (value !== undefined && value !== '') findings.push(note(`${name}: ${shownProxy(value)}`));
  }
  const noProxy = environment['NO_PROXY'] ?? environment['no_proxy'];
  if (noProxy !== undefined && noProxy !== '') findings.push(note(`NO_PROXY: ${noProxy}`));
  return findings.length === 0 ? [note(vscode.l10n.t('No proxy is set.'))] : findings;
}

async function programFindings(identity: HostIdentity): Promise<readonly Finding[]> {
  if (!vscode.workspace.isTrusted) return [note(vscode.l10n.t('Not looked for in an untrusted workspace.'))];
  const environment = await identity.environment();
  const path = environment['PATH'] ?? environment['Path'] ?? '';
  const findings: Finding[] = [
    environment === process.env
      ? note(vscode.l10n.t("The editor's own environment counts; the login shell's was not read."))
      : good(vscode.l10n.t("The login shell's environment was read.")),
    note(`PATH: ${path}`),
  ];
  for (const name of programs) {
    const file = await findOnPath(name, path, environment['PATHEXT'] ?? '.EXE;.CMD');
    findings.push(file === undefined ? note(vscode.l10n.t('{0} was not found.', name)) : good(`${name}: ${file}`));
  }
  return findings;
}

async function sandboxFindings(sandboxes: Sandboxes, folders: readonly vscode.WorkspaceFolder[]): Promise<readonly Finding[]> {
  return Promise.all(
    folders.map(async ({ uri, name }): Promise<Finding> => {
      const running = await sandboxes.find(uri);
      return running === undefined
        ? {
            verdict: 'note',
            text: about(name, vscode.l10n.t('the sandbox does not run.')),
            fix: { title: vscode.l10n.t('Start Sandbox'), command: 'kubeorch.startSandbox' },
          }
        : good(about(name, vscode.l10n.t('the sandbox runs at {0}.', running.server)));
    }),
  );
}

function recentProblems({ documents, log }: DoctorParts): readonly Finding[] {
  const findings: Finding[] = [];
  for (const { document, state } of documents.all) {
    const errors = state.problems.filter(({ severity }) => severity === 'error');
    if (errors.length === 0) continue;
    findings.push({
      verdict: 'bad',
      text: `${vscode.workspace.asRelativePath(document.uri)}: ${errors.slice(0, 3).map(problemWords).join(' ')}`,
      fix: { title: vscode.l10n.t('Show Problems'), command: 'workbench.actions.view.problems' },
    });
  }
  const said = log.entries.filter(({ level }) => level === 'warn' || level === 'error').slice(-10);
  for (const { atMs, message } of said) findings.push({ verdict: 'bad', text: `${new Date(atMs).toISOString()} ${message}` });
  if (said.length > 0)
    findings.push({ verdict: 'note', text: vscode.l10n.t('The log has more.'), fix: { title: vscode.l10n.t('Show Output'), command: 'kubeorch.showOutput' } });
  return findings.length === 0 ? [good(vscode.l10n.t('Nothing failed since the window was opened.'))] : findings;
}
