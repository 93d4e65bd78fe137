import * as vscode from 'vscode';
import type { Files } from '../engine/ports';

/** As on the disk: what has no end must not fill the memory. */
const largestBytes = 32 * 1024 * 1024;

/**
 * The reading half of the Files port over VS Code's own file systems, so that templates and journals are read the same
 * way in a remote or virtual workspace. Writing needs guarantees that `workspace.fs` does not give (exclusive creation,
 * appends that reached the disk), so it is refused here and done by the port on real files instead.
 */
export function readOnlyFiles(root: vscode.Uri): Files {
  const at = (path: string): vscode.Uri => {
    const parts = path.split('/').filter((part) => part !== '' && part !== '.');
    if (parts.includes('..')) throw new Error(`${path} leaves its folder.`);
    return vscode.Uri.joinPath(root, ...parts);
  };
  const refuse = (path: string): never => {
    throw new Error(`${path} cannot be written in this workspace: it has no files on disk.`);
  };
  return {
    async read(path) {
      try {
        const { type, size } = await vscode.workspace.fs.stat(at(path));
        if ((type & vscode.FileType.File) === 0) throw new Error(`"${path}" is no file`);
        if (size > largestBytes) throw new Error(`"${path}" has ${Math.ceil(size / 1024 / 1024)} MB; more than ${largestBytes / 1024 / 1024} MB are not read`);
        return new TextDecoder().decode(await vscode.workspace.fs.readFile(at(path)));
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async list(folder) {
      try {
        const entries = await vscode.workspace.fs.readDirectory(at(folder));
        return entries.map(([name, type]) => ({ name, folder: (type & vscode.FileType.Directory) !== 0 })).sort((a, b) => (a.name < b.name ? -1 : 1));
      } catch (error) {
        if (isMissing(error)) return [];
        throw error;
      }
    },
    createExclusive: async (path) => refuse(path),
    replace: async (path) => refuse(path),
    append: async (path) => refuse(path),
  };
}

export function isMissing(error: unknown): boolean {
  return error instanceof vscode.FileSystemError && (error.code === 'FileNotFound' || error.code === 'FileNotADirectory');
}
