import { sep } from 'node:path';
import * as vscode from 'vscode';
import type { ImportLoss, ImportSessionRequest, RepositoryImport } from '../../engine/index';
import type { Clock, Files, Logger } from '../../engine/ports';
import { withClone } from '../../node/cloneRepository';
import { nodeFiles } from '../../node/nodeFiles';
import type { ProcessEnvironment } from '../../node/shellEnvironment';
import type { ImportStage } from '../../shared/importSession';
import { failure } from '../../shared/problem';
import { readOnlyFiles } from '../files';
import { unlinked } from '../messages';
import type { Engine } from '../rooms';
import type { LongWorks } from '../longWork';
import type { CommandTable } from './commands';
import { offerImport, serviceRows } from './importOffer';
import { pickProject } from './projectPicker';
import type { RepositorySource } from './repositorySource';
import { askForRepository } from './repositorySource';
import { pickFolder } from './workflowCommands';

interface Parts {
  readonly engine: Engine;
  readonly works: LongWorks;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly environment: () => Promise<ProcessEnvironment>;
  readonly extensionUri: vscode.Uri;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Makes a workflow of a repository: looked through and chosen from, shown, and written only when that is accepted. Nothing in it is run. */
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
    const { engine, filesOf } = this.#parts;
    const source = await askForRepository(engine);
    if (source === undefined) return;
    // A folder that is open gets the workflow itself, so that what is built from it is found.
    const own = source.type === 'folder' && vscode.workspace.getWorkspaceFolder(source.uri) !== undefined ? source.uri : undefined;
    const target = own ?? (await pickFolder());
    if (target === undefined) throw new Error(vscode.l10n.t('Open a folder first: a workflow is a file in it.'));
    const made = await this.#analyse(source);
    if (made === undefined) return;
    // A folder that is not open has nothing that could be found again.
    const elsewhere = own === undefined && source.type === 'folder' && made.builds.length > 0 ? [sourceNote(placeWords(source), made.builds)] : [];
    await offerImport(filesOf, target, {
      title: unlinked(vscode.l10n.t('Import Repository {0}', source.name)),
      ...made,
      losses: [...made.losses, ...elsewhere],
      rows: [...foundRows(made), ...serviceRows(made)],
      placeOf: ({ file, line, column }) => (line === 0 ? file : `${file}:${line}:${column}`),
    });
  }

  /** Undefined when it was cancelled. */
  async #analyse(source: RepositorySource): Promise<RepositoryImport | undefined> {
    const { engine, works, extensionUri, clock, log } = this.#parts;
    const loaded = await engine.loadCatalog([engine.coreTemplates(readOnlyFiles(vscode.Uri.joinPath(extensionUri, 'templates')))]);
    const place = await this.#placeOf(source);
    const ending = new vscode.CancellationTokenSource();
    const cancel = new AbortController();
    ending.token.onCancellationRequested(() => cancel.abort());
    return works.run({
      title: vscode.l10n.t('Importing {0}', source.name),
      words: stageWords(),
      start: (tell) => {
        const session = new engine.RepositoryImportSession({
          ...{ ...place, name: source.name, catalog: loaded.catalog, clock, signal: cancel.signal },
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
  }

  /** The part of a session that says where the files are. */
  async #placeOf(source: RepositorySource): Promise<Pick<ImportSessionRequest, 'source' | 'branch' | 'within' | 'clone' | 'tree'>> {
    const { filesOf, environment, clock } = this.#parts;
    if (source.type === 'folder') return { source: placeWords(source), tree: { files: filesOf(source.uri), folder: source.uri.path } };
    const { url, branch, within } = source;
    const own = await environment();
    return {
      source: url,
      ...(branch === undefined ? {} : { branch }),
      ...(within === undefined ? {} : { within }),
      clone: (use, signal) =>
        withClone({ url, ...(branch === undefined ? {} : { branch }), environment: own, clock, signal }, (root) =>
          use({ files: nodeFiles(root), folder: root.split(sep).join('/') }),
        ),
    };
  }
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
function foundRows({ found }: RepositoryImport): readonly { readonly label: string; readonly description: string }[] {
  if (found.type === 'sources')
    return found.folders.map(({ folder, dockerfile, source }) => ({
      label: folder,
      description: dockerfile ?? vscode.l10n.t('{0}, by {1}', source?.language ?? '', source?.found ?? ''),
    }));
  return [
    { label: found.paths.join(', '), description: vscode.l10n.t('compose') },
    ...(found.others.length === 0 ? [] : [{ label: found.others.join(', '), description: vscode.l10n.t('not read') }]),
  ];
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
