import { homedir, userInfo } from 'node:os';
import * as vscode from 'vscode';
import type { Files } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { CommandTable } from '../commands/commands';
import type { Engine } from '../rooms';
import { loadKube } from '../rooms';
import type { SecretValues } from '../runs/secretValues';
import { projectFolder, workflowFiles } from '../views/workflowFiles';
import type { DoctorParts } from './examine';
import { examine } from './examine';
import { knownSecrets } from './knownSecrets';
import { redaction } from './redaction';
import { fixLinks, reportText } from './report';
import { tellInformation } from '../messages';
import { failureWords } from '../words';

const scheme = 'kubeorch-doctor';
const reportUri = vscode.Uri.from({ scheme, path: '/KubeOrch Doctor.txt' });

interface Parts extends DoctorParts {
  readonly engine: Engine;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly storage: vscode.SecretStorage;
  readonly values: Pick<SecretValues, 'inMemory'>;
  readonly settingNames: readonly string[];
}

/** "Doctor", a read-only document that is made anew each time, and the support bundle: the same and more, in a file. */
export class Doctor implements Disposable {
  readonly #parts: Parts;
  readonly #lifetime = new DisposableList();
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  #text = '';

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#lifetime.add(this.#changed);
    this.#lifetime.add(
      vscode.workspace.registerTextDocumentContentProvider(scheme, { onDidChange: this.#changed.event, provideTextDocumentContent: () => this.#text }),
    );
    this.#lifetime.add(
      vscode.languages.registerDocumentLinkProvider(
        { scheme },
        {
          provideDocumentLinks: (document) =>
            fixLinks(document.getText()).map(
              ({ line, start, end, command }) => new vscode.DocumentLink(new vscode.Range(line, start, line, end), vscode.Uri.parse(`command:${command}`)),
            ),
        },
      ),
    );
  }

  get commands(): CommandTable {
    return {
      doctor: () => this.#show(),
      saveSupportBundle: () => this.#saveBundle(),
    };
  }

  dispose(): void {
    this.#lifetime.dispose();
  }

  async #show(): Promise<void> {
    const redact = await this.#redaction(false);
    this.#text = redact(await this.#report());
    this.#changed.fire(reportUri);
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(reportUri), { preview: false });
  }

  async #report(): Promise<string> {
    return vscode.window.withProgress({ location: vscode.ProgressLocation.Window, title: vscode.l10n.t('KubeOrch: examining…') }, async () =>
      reportText('KubeOrch Doctor', await examine(this.#parts)),
    );
  }

  async #redaction(hideHosts: boolean): Promise<(text: string) => string> {
    const { redactText } = await loadKube();
    const { storage, values } = this.#parts;
    return redaction({ secrets: await knownSecrets(storage, values.inMemory()), home: homedir(), userName: userInfo().username, hideHosts, redactText });
  }

  async #saveBundle(): Promise<void> {
    const keep = vscode.l10n.t('Name Them');
    const picked = await vscode.window.showQuickPick(
      [
        { label: vscode.l10n.t('Hide Them'), detail: vscode.l10n.t('Each is replaced by a short mark that is the same for the same server.') },
        { label: keep, detail: vscode.l10n.t('Addresses of clusters and issuers stay readable.') },
      ],
      {
        title: vscode.l10n.t('Support Bundle'),
        placeHolder: vscode.l10n.t('What about the addresses of servers? Tokens, keys, passwords and your name are left out in any case.'),
      },
    );
    if (picked === undefined) return;
    const uri = await vscode.window.showSaveDialog({
      saveLabel: vscode.l10n.t('Save Support Bundle'),
      filters: { JSON: ['json'] },
      ...(vscode.workspace.workspaceFolders?.[0] === undefined
        ? {}
        : { defaultUri: vscode.Uri.joinPath(vscode.workspace.workspaceFolders[0].uri, 'kubeorch-support.json') }),
    });
    if (uri === undefined) return;
    const redact = await this.#redaction(picked.label !== keep);
    const bundle = await this.#bundle();
    // What is written is redacted as a whole, and once more each text by itself: in JSON a secret is written with escapes.
    const text = redact(JSON.stringify(bundle, (_key, value: unknown) => (typeof value === 'string' ? redact(value) : value), 2));
    await vscode.workspace.fs.writeFile(uri, new TextEncoder().encode(`${text}\n`));
    const open = vscode.l10n.t('Open');
    const chosen = await tellInformation(vscode.l10n.t('The support bundle was saved. Read it before you share it.'), open);
    if (chosen === open) await vscode.window.showTextDocument(uri);
  }

  async #bundle(): Promise<object> {
    const { settingNames, log, connections, engine, filesOf } = this.#parts;
    const configuration = vscode.workspace.getConfiguration();
    const runs: object[] = [];
    for (const { uri, name } of await workflowFiles()) {
      const folder = projectFolder(uri);
      if (folder.scheme !== 'file') continue;
      // Journals that cannot be read are told, and keep nothing else out of the bundle.
      const listed = await engine.listRuns(filesOf(folder), name, 10).catch((error: unknown) => {
        runs.push({ workflow: name, unreadable: failureWords(error) });
        return [];
      });
      for (const { runId, version, status, startedAt, durationMs, error } of listed)
        runs.push({ runId, version, status, startedAt, ...(durationMs === undefined ? {} : { durationMs }), ...(error === undefined ? {} : { error }) });
    }
    return {
      made: new Date().toISOString(),
      doctor: (await this.#report()).split('\n'),
      settings: Object.fromEntries(settingNames.map((name) => [name, configuration.get(name)])),
      connections: connections.rows(100),
      runs,
      log: log.entries.map(({ atMs, level, message }) => `${new Date(atMs).toISOString()} ${level} ${message}`),
    };
  }
}
