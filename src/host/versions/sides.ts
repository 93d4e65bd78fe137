import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { Files } from '../../engine/ports';
import { textInGit } from '../../node/gitText';
import type { Engine } from '../rooms';
import { fileName, isWorkflowFile, projectFolder } from '../views/workflowFiles';

/** What a comparison may have on one side. */
export type SideSpec =
  | { readonly type: 'working' }
  | { readonly type: 'version'; readonly ref: string }
  | { readonly type: 'git'; readonly ref: string }
  | { readonly type: 'live' };

/** A side that is a text, as it is now. */
export interface TextSide {
  readonly label: string;
  readonly detail: string;
  readonly text: string;
  /** Where VS Code finds the text. */
  readonly uri: vscode.Uri;
}

export const versionScheme = 'kubeorch-version';

const address = z.strictObject({
  file: z.string().check(z.maxLength(4096)),
  side: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('version'), ref: z.string().check(z.maxLength(40)) }),
    z.strictObject({ type: z.literal('git'), ref: z.string().check(z.maxLength(300)) }),
    z.strictObject({ type: z.literal('conflict'), side: z.enum(['ours', 'theirs']) }),
  ]),
});
type Address = z.infer<typeof address>;

/** The address of a text that is no file of its own: of a version, of a commit, or of one side of a merge. */
export function addressOf(file: vscode.Uri, side: Address['side'], name: string): vscode.Uri {
  const shown = fileName(file).replace(/\.workflow\.yaml$/, '');
  return vscode.Uri.from({
    scheme: versionScheme,
    path: `/${name.replaceAll(/[/\\]/g, '-')}/${shown}.yaml`,
    query: JSON.stringify({ file: file.toString(), side }),
  });
}

/** Reads the texts that comparisons are made of. Git is a program, so it is asked in trusted folders only. */
export class Sides implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #engine: Engine;
  readonly #filesOf: (folder: vscode.Uri) => Files;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #registration: vscode.Disposable;

  constructor(engine: Engine, filesOf: (folder: vscode.Uri) => Files) {
    this.#engine = engine;
    this.#filesOf = filesOf;
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(versionScheme, this);
  }

  /** Any caller may make up an address, so only files of the open folders are read. */
  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const { file, side } = address.parse(JSON.parse(uri.query));
    const workflow = vscode.Uri.parse(file, true);
    if (!isWorkflowFile(workflow) || vscode.workspace.getWorkspaceFolder(workflow) === undefined)
      throw new Error(vscode.l10n.t('This is no workflow of the open folders.'));
    if (side.type !== 'conflict') return (await this.read(workflow, await nameOf(workflow, this.#engine), side)).text;
    return this.#engine.textOfSide((await vscode.workspace.openTextDocument(workflow)).getText(), side.side) ?? '';
  }

  /** Throws `version.missing`, `version.ambiguous`, `diff.ref`, `diff.git`. */
  async read(file: vscode.Uri, workflow: string, side: Exclude<SideSpec, { type: 'live' }>): Promise<TextSide> {
    if (side.type === 'working') {
      const document = await vscode.workspace.openTextDocument(file);
      return {
        label: vscode.l10n.t('Working file'),
        detail: document.isDirty ? vscode.l10n.t('with changes that are not saved') : vscode.workspace.asRelativePath(file),
        text: document.getText(),
        uri: file,
      };
    }
    if (side.type === 'version') {
      const { meta, text } = await this.#engine.readVersion(this.#filesOf(projectFolder(file)), workflow, side.ref);
      const label = vscode.l10n.t('Version {0}', side.ref);
      const made = new Date(meta.createdAt);
      const detail = [meta.tag, meta.name, Number.isNaN(made.getTime()) ? undefined : made.toLocaleString()].filter((part) => part !== undefined);
      return { label, detail: detail.join(' · '), text, uri: addressOf(file, side, label) };
    }
    if (!vscode.workspace.isTrusted) throw new Error(vscode.l10n.t('This folder is not trusted, so git is not started in it.'));
    const folder = projectFolder(file);
    if (folder.scheme !== 'file') throw new Error(vscode.l10n.t('This folder is not on a disk, so git cannot be asked.'));
    const text = await textInGit(folder.fsPath, `.kubeorch/${fileName(file)}`, side.ref);
    return { label: `git: ${side.ref}`, detail: '', text, uri: addressOf(file, side, side.ref) };
  }

  dispose(): void {
    this.#registration.dispose();
    this.#changed.dispose();
  }
}

async function nameOf(file: vscode.Uri, engine: Engine): Promise<string> {
  return engine.parseWorkflow((await vscode.workspace.openTextDocument(file)).getText()).workflow.name;
}
