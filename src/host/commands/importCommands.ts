import { createHash } from 'node:crypto';
import { posix } from 'node:path';
import * as vscode from 'vscode';
import type { ManifestText } from '../../engine/index';
import type { OpenApi } from '../../openapi/index';
import { failure } from '../../shared/problem';
import { readOnlyFiles } from '../files';
import type { PreviewParts } from '../imports/importPreview';
import { previewImport } from '../imports/importPreview';
import { FollowedFiles, openInFolder } from '../imports/sourceFiles';
import { fileName } from '../views/workflowFiles';
import type { CommandTable } from './commands';
import { secretNotes } from './importNotes';
import { pickFolder } from './workflowCommands';

interface Parts extends PreviewParts {
  readonly openApi: OpenApi;
}

/** Compose files by the names that compose itself looks for, and by what people call them. */
const composeFiles = '**/{compose,docker-compose,*.compose,compose.*,docker-compose.*}.{yml,yaml}';

/** Makes a workflow of compose files or manifests: what would come is shown first, and written only when that is accepted. */
export function importCommands(parts: Parts): CommandTable {
  const { engine, filesOf, documents, openApi } = parts;
  const pickFiles = async (): Promise<readonly vscode.Uri[]> => {
    const found = await vscode.workspace.findFiles(composeFiles, '**/{node_modules,.git}/**', 200);
    if (found.length === 0) throw new Error(vscode.l10n.t('There is no compose file in the open folders.'));
    if (found.length === 1) return found;
    const items = found.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri })).sort((a, b) => (a.label < b.label ? -1 : 1));
    const picked = await vscode.window.showQuickPick(items, {
      canPickMany: true,
      title: vscode.l10n.t('Import Compose File'),
      placeHolder: vscode.l10n.t('Which files? Later ones override earlier ones.'),
    });
    return (picked ?? []).map((item) => item.uri);
  };

  return {
    importCompose: async (subject) => {
      const picked = subject?.type === 'workflow' ? [subject.uri] : await pickFiles();
      const [first] = picked;
      if (first === undefined) return;
      const folder = vscode.workspace.getWorkspaceFolder(first)?.uri ?? (await pickFolder());
      if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: a workflow is a file in it.'));
      const paths = picked.map((file) => inFolder(folder, file));
      const { catalog } = await documents.catalogOf(folder);
      const files = new FollowedFiles(filesOf(folder), folder);
      await previewImport(parts, {
        key: `compose:${paths.join(',')}`,
        title: vscode.l10n.t('Import of {0}', paths.map((path) => posix.basename(path)).join(', ')),
        folder,
        read: async (choices) => {
          const made = await engine.importCompose({ files, folder: folder.path, paths, catalog, choices });
          return { ...made, notes: secretNotes(made) };
        },
        open: (file, line) => openInFolder(folder, file, line),
        follow: (changed) => files.follow(changed),
      });
    },
    importManifests: async () => {
      const folder = await pickFolder();
      if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: a workflow is a file in it.'));
      const source = await pickManifests(parts, folder);
      if (source === undefined) return;
      const loaded = await documents.catalogOf(folder);
      await previewImport(parts, {
        ...source,
        folder,
        read: async (choices) => {
          const made = engine.importManifests({ texts: await source.texts(), loaded, openApi, choices });
          return { ...made, notes: secretNotes(made) };
        },
      });
    },
  };
}

interface ManifestSource {
  readonly key: string;
  readonly title: string;
  readonly texts: () => Promise<readonly ManifestText[]>;
  readonly open?: (file: string, line: number) => Promise<void>;
}

/** Asks where the objects are: in files and folders, or in what was copied. */
async function pickManifests({ engine }: Parts, folder: vscode.Uri): Promise<ManifestSource | undefined> {
  const title = vscode.l10n.t('Import Manifests');
  const files = { label: `$(files) ${vscode.l10n.t('Files or a Folder…')}`, description: vscode.l10n.t('YAML and JSON'), from: 'files' };
  const clipboard = { label: `$(clippy) ${vscode.l10n.t('The Clipboard')}`, description: vscode.l10n.t('what was copied elsewhere'), from: 'clipboard' };
  const picked = await vscode.window.showQuickPick([files, clipboard], { title, placeHolder: vscode.l10n.t('Where are the objects?') });
  if (picked === undefined) return undefined;
  if (picked.from === 'clipboard') {
    const text = await vscode.env.clipboard.readText();
    // Another text is another source: it must not take away what this one brought.
    const key = `manifests:clipboard:${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
    return { key, title: vscode.l10n.t('Import of the Clipboard'), texts: () => Promise.resolve([{ file: vscode.l10n.t('clipboard'), text }]) };
  }
  const places = await vscode.window.showOpenDialog({
    canSelectFiles: true,
    canSelectFolders: true,
    canSelectMany: true,
    defaultUri: folder,
    title,
    openLabel: vscode.l10n.t('Import'),
  });
  if (places === undefined || places.length === 0) return undefined;
  const found = new Map<string, vscode.Uri>();
  const shown = places.map((place) => posix.relative(folder.path, place.path) || '.');
  return {
    key: `manifests:${shown.join(',')}`,
    title: vscode.l10n.t('Import of {0}', places.map((place) => fileName(place)).join(', ')),
    texts: async () => {
      const all: ManifestText[] = [];
      for (const [index, place] of places.entries()) {
        const name = shown[index] ?? '';
        const isFolder = ((await vscode.workspace.fs.stat(place)).type & vscode.FileType.Directory) !== 0;
        const parent = vscode.Uri.joinPath(place, '..');
        const texts = isFolder
          ? await engine.manifestTextsBelow(readOnlyFiles(place), name, (path) => posix.join(name, path))
          : [await engine.manifestTextOf(readOnlyFiles(parent), fileName(place), name)];
        for (const { file } of texts) found.set(file, isFolder ? vscode.Uri.joinPath(place, posix.relative(name, file)) : place);
        all.push(...texts);
      }
      return all;
    },
    open: async (file, line) => {
      const uri = found.get(file);
      if (uri !== undefined) await openInFolder(vscode.Uri.joinPath(uri, '..'), fileName(uri), line);
    },
  };
}

function inFolder(folder: vscode.Uri, file: vscode.Uri): string {
  const start = folder.path.endsWith('/') ? folder.path : `${folder.path}/`;
  if (file.scheme !== folder.scheme || !file.path.startsWith(start)) throw failure('compose.outside', { place: folder.path, path: file.path });
  return file.path.slice(start.length);
}
