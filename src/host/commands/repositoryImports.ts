import { posix, sep } from 'node:path';
import * as vscode from 'vscode';
import type { ImportSessionRequest, RepositoryImport } from '../../engine/index';
import type { Clock, Files, Logger } from '../../engine/ports';
import { withClone } from '../../node/cloneRepository';
import { nodeFiles } from '../../node/nodeFiles';
import type { ProcessEnvironment } from '../../node/shellEnvironment';
import type { Catalog } from '../../shared/catalog';
import type { ImportLoss } from '../../shared/importPreview';
import type { ImportStage } from '../../shared/importSession';
import { failure } from '../../shared/problem';
import type { PreviewParts } from '../imports/importPreview';
import { previewImport } from '../imports/importPreview';
import type { SourceTexts } from '../imports/sourceFiles';
import { FollowedFiles, openInFolder, RememberedFiles } from '../imports/sourceFiles';
import { unlinked } from '../messages';
import type { LongWorks } from '../longWork';
import type { CommandTable } from './commands';
import { secretNotes } from './importNotes';
import { pickProject } from './projectPicker';
import type { RepositorySource } from './repositorySource';
import { askForRepository } from './repositorySource';
import { pickFolder } from './workflowCommands';

interface Parts extends PreviewParts {
  readonly works: LongWorks;
  readonly environment: () => Promise<ProcessEnvironment>;
  readonly sources: SourceTexts;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * Makes a workflow of a repository: looked through and chosen from, shown, and written only when that is accepted. Nothing in it is run.
 */
export class RepositoryImports {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get commands(): CommandTable {
    return {
      importRepository: () => this.#import(),
    };
  }

  async #import(): Promise<void> {
    if (!vscode.workspace.isTrusted) throw failure('import.untrusted');
    const { engine, documents, sources } = this.#parts;
    const source = await askForRepository(engine);
    if (source === undefined) return;
    // A folder that is open gets the workflow itself, so that what is built from it is found.
    const own = source.type === 'folder' && vscode.workspace.getWorkspaceFolder(source.uri) !== undefined ? source.uri : undefined;
    const folder = own ?? (await pickFolder());
    if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: a workflow is a file in it.'));
    const { catalog } = await documents.catalogOf(folder);
    const analysed = await this.#analyse(source, catalog);
    if (analysed === undefined) return;
    const { made, tree } = analysed;
    const { found } = made;
    const within = source.type === 'address' ? source.within : undefined;
    const repository = source.type === 'address' ? { url: source.url, ...(source.branch === undefined ? {} : { branch: source.branch }) } : undefined;
    const place =
      source.type === 'address' ? [source.url, source.branch, within].filter((part) => part !== undefined).join(' ') : relativeTo(folder, source.uri);
    const followed = tree.files instanceof FollowedFiles ? tree.files : undefined;
    await previewImport(this.#parts, {
      key: `repository:${place}:${found.type === 'compose' ? found.paths.join(',') : found.folders.map((one) => one.folder).join(',')}`,
      title: unlinked(vscode.l10n.t('Import of {0}', source.name)),
      folder,
      read: async (choices) => {
        const again = await engine.importRepository({
          ...{ ...tree, catalog, name: source.name, found, choices },
          ...(repository === undefined ? {} : { repository }),
          ...(within === undefined ? {} : { within }),
        });
        // A folder that is not open has nothing that could be found again.
        const elsewhere = own === undefined && repository === undefined && again.builds.length > 0 ? [sourceNote(placeWords(source), again.builds)] : [];
        return { ...again, losses: [...again.losses, ...elsewhere], notes: [...foundNotes(again), ...secretNotes(again)] };
      },
      open: source.type === 'folder' ? (file, line) => openInFolder(source.uri, file, line) : sources.add(tree.files),
      ...(followed === undefined ? {} : { follow: (changed: () => void) => followed.follow(changed) }),
    });
  }

  /** Undefined when it was cancelled. What was cloned is gone by then, and remembered as far as it was read. */
  async #analyse(source: RepositorySource, catalog: Catalog): Promise<{ readonly made: RepositoryImport; readonly tree: RepositoryTree } | undefined> {
    const { engine, works, clock, log } = this.#parts;
    const { place, treeOf } = await this.#placeOf(source);
    const ending = new vscode.CancellationTokenSource();
    const cancel = new AbortController();
    ending.token.onCancellationRequested(() => cancel.abort());
    const made = await works.run({
      title: vscode.l10n.t('Importing {0}', source.name),
      words: stageWords(),
      start: (tell) => {
        const session = new engine.RepositoryImportSession({
          ...{ ...place, name: source.name, catalog, clock, signal: cancel.signal },
          choose: (projects) => pickProject(source.name, projects, ending.token),
          tell: (event, { id }) => tell(`import:${id}`, event),
        });
        const ended = session.run().finally(() => {
          ending.dispose();
          log.info(`import ${session.record.id} of ${source.name}: ${session.record.status}`);
        });
        return { ended, cancel: () => ending.cancel() };
      },
    });
    const tree = treeOf();
    return made === undefined || tree === undefined ? undefined : { made, tree };
  }

  /** The part of a session that says where the files are, and those files once they are there. */
  async #placeOf(source: RepositorySource): Promise<{
    readonly place: Pick<ImportSessionRequest, 'source' | 'branch' | 'within' | 'clone' | 'tree'>;
    readonly treeOf: () => RepositoryTree | undefined;
  }> {
    const { filesOf, environment, clock } = this.#parts;
    if (source.type === 'folder') {
      const tree = { files: new FollowedFiles(filesOf(source.uri), source.uri), folder: source.uri.path };
      return { place: { source: placeWords(source), tree }, treeOf: () => tree };
    }
    const { url, branch, within } = source;
    const own = await environment();
    let tree: RepositoryTree | undefined;
    const place = {
      source: url,
      ...(branch === undefined ? {} : { branch }),
      ...(within === undefined ? {} : { within }),
      clone: <T>(use: (cloned: RepositoryTree) => Promise<T>, signal: AbortSignal) =>
        withClone({ url, ...(branch === undefined ? {} : { branch }), environment: own, clock, signal }, (root) =>
          use((tree = { files: new RememberedFiles(nodeFiles(root)), folder: root.split(sep).join('/') })),
        ),
    };
    return { place, treeOf: () => tree };
  }
}

interface RepositoryTree {
  readonly files: Pick<Files, 'read' | 'list'>;
  readonly folder: string;
}

function relativeTo(folder: vscode.Uri, place: vscode.Uri): string {
  return posix.relative(folder.path, place.path) || '.';
}

function placeWords(source: RepositorySource): string {
  return source.type === 'address' ? source.url : source.uri.fsPath;
}

function stageWords(): Readonly<Record<ImportStage, string>> {
  return {
    pending: vscode.l10n.t('starting'),
    cloning: vscode.l10n.t('cloning'),
    analyzing: vscode.l10n.t('looking through it'),
    parsing: vscode.l10n.t('reading what was found'),
    converting: vscode.l10n.t('making the workflow'),
    done: vscode.l10n.t('done'),
  };
}

/** What the workflow is made of, and what was left aside. */
function foundNotes({ found }: RepositoryImport): readonly string[] {
  if (found.type === 'sources')
    return found.folders.map(({ folder, dockerfile, source }) =>
      dockerfile === undefined
        ? vscode.l10n.t('{0}: {1}, by {2}', folder, source?.language ?? '', source?.found ?? '')
        : vscode.l10n.t('{0}: built by {1}', folder, dockerfile),
    );
  return found.others.length === 0 ? [] : [vscode.l10n.t('Not read: {0}', found.others.join(', '))];
}

function sourceNote(place: string, builds: readonly string[]): ImportLoss {
  return {
    kind: 'note',
    path: builds.join(', '),
    file: place,
    ...{ line: 0, column: 0 },
    reason: vscode.l10n.t('The image is built from the source, which is not in this folder.'),
    todo: vscode.l10n.t('Put the workflow into the .kubeorch folder beside the source, or set "repoUrl" of its build.'),
  };
}
