// The file system that a container of the sandbox seems to have: a tree in memory, made anew for each run of the container.

export class FileError extends Error {}

interface FileNode {
  kind: 'file';
  content: string;
  modifiedMs: number;
  readOnly: boolean;
  executable: boolean;
}

interface FolderNode {
  kind: 'folder';
  children: Map<string, TreeNode>;
  modifiedMs: number;
}

type TreeNode = FileNode | FolderNode;

export interface Entry {
  name: string;
  isFolder: boolean;
  size: number;
  modifiedMs: number;
  executable: boolean;
}

const emptyFolders = [
  '/bin',
  '/dev',
  '/etc',
  '/home',
  '/mnt',
  '/opt',
  '/proc',
  '/root',
  '/sbin',
  '/srv',
  '/sys',
  '/tmp',
  '/usr/bin',
  '/usr/local/bin',
  '/usr/sbin',
  '/var/lib',
  '/var/log',
  '/var/run',
  '/var/tmp',
];
/** All that one container may write, so that a loop in the shell cannot fill the machine's memory. */
const maxBytes = 8 * 1024 * 1024;

export class FileSystem {
  readonly #root: FolderNode;
  readonly #now: () => number;
  #bytes = 0;

  constructor(now: () => number) {
    this.#now = now;
    this.#root = { kind: 'folder', children: new Map(), modifiedMs: now() };
    for (const path of emptyFolders) this.makeFolder(path, true);
  }

  /** `path` seen from `from`, without `.` and `..`. */
  static resolve(from: string, path: string): string {
    const parts: string[] = [];
    for (const part of (path.startsWith('/') ? path : `${from}/${path}`).split('/')) {
      if (part === '..') parts.pop();
      else if (part !== '' && part !== '.') parts.push(part);
    }
    return `/${parts.join('/')}`;
  }

  isFolder(path: string): boolean {
    return this.#find(path)?.kind === 'folder';
  }

  exists(path: string): boolean {
    return this.#find(path) !== undefined;
  }

  read(path: string): string {
    const node = this.#find(path);
    if (node === undefined) throw new FileError('No such file or directory');
    if (node.kind === 'folder') throw new FileError('Is a directory');
    return node.content;
  }

  write(path: string, content: string, append = false): void {
    const folder = this.#folderOf(path);
    const name = lastPart(path);
    const before = folder.children.get(name);
    if (before?.kind === 'folder' || name === '') throw new FileError('Is a directory');
    if (before?.readOnly === true) throw new FileError('Read-only file system');
    const text = append && before !== undefined ? before.content + content : content;
    this.#charge(text.length - (before?.content.length ?? 0));
    folder.children.set(name, { kind: 'file', content: text, modifiedMs: this.#now(), readOnly: false, executable: before?.executable ?? false });
  }

  /** Puts a file in place that the container cannot change: a mounted one, or a program. */
  mount(path: string, content: string, executable = false): void {
    this.makeFolder(parentOf(path), true);
    this.#folderOf(path).children.set(lastPart(path), { kind: 'file', content, modifiedMs: this.#now(), readOnly: true, executable });
  }

  makeFolder(path: string, parents = false): void {
    let at = this.#root;
    const parts = path.split('/').filter((part) => part !== '');
    for (const [index, part] of parts.entries()) {
      const last = index === parts.length - 1;
      let next = at.children.get(part);
      if (next === undefined) {
        if (!last && !parents) throw new FileError('No such file or directory');
        this.#charge(64);
        next = { kind: 'folder', children: new Map(), modifiedMs: this.#now() };
        at.children.set(part, next);
      } else if (last && !parents) throw new FileError('File exists');
      if (next.kind === 'file') throw new FileError('Not a directory');
      at = next;
    }
  }

  touch(path: string): void {
    const node = this.#find(path);
    if (node === undefined) this.write(path, '');
    else node.modifiedMs = this.#now();
  }

  remove(path: string, recursive: boolean): void {
    const node = this.#find(path);
    if (node === undefined) throw new FileError('No such file or directory');
    if (node === this.#root) throw new FileError('Device or resource busy');
    if (node.kind === 'folder' && !recursive) throw new FileError('Is a directory');
    if (holdsReadOnly(node)) throw new FileError('Read-only file system');
    this.#folderOf(path).children.delete(lastPart(path));
    this.#bytes -= sizeOf(node);
  }

  removeFolder(path: string): void {
    const node = this.#find(path);
    if (node?.kind === 'folder' && node.children.size > 0) throw new FileError('Directory not empty');
    if (node?.kind === 'file') throw new FileError('Not a directory');
    this.remove(path, true);
  }

  /** What stands in a folder, or the file itself, by name. */
  list(path: string): Entry[] {
    const node = this.#find(path);
    if (node === undefined) throw new FileError('No such file or directory');
    if (node.kind === 'file') return [entryOf(path, node)];
    return [...node.children].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, child]) => entryOf(name, child));
  }

  #find(path: string): TreeNode | undefined {
    let at: TreeNode = this.#root;
    for (const part of path.split('/')) {
      if (part === '') continue;
      const next: TreeNode | undefined = at.kind === 'folder' ? at.children.get(part) : undefined;
      if (next === undefined) return undefined;
      at = next;
    }
    return at;
  }

  #folderOf(path: string): FolderNode {
    const node = this.#find(parentOf(path));
    if (node === undefined) throw new FileError('No such file or directory');
    if (node.kind === 'file') throw new FileError('Not a directory');
    return node;
  }

  #charge(bytes: number): void {
    if (this.#bytes + bytes > maxBytes) throw new FileError('No space left on device');
    this.#bytes += bytes;
  }
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(1, path.lastIndexOf('/')));
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function entryOf(name: string, node: TreeNode): Entry {
  const isFolder = node.kind === 'folder';
  return { name, isFolder, size: isFolder ? 4096 : node.content.length, modifiedMs: node.modifiedMs, executable: isFolder || node.executable };
}

function sizeOf(node: TreeNode): number {
  if (node.kind === 'file') return node.content.length;
  return [...node.children.values()].reduce((sum, child) => sum + sizeOf(child), 64);
}

function holdsReadOnly(node: TreeNode): boolean {
  return node.kind === 'file' ? node.readOnly : [...node.children.values()].some(holdsReadOnly);
}
