import type { Files } from '../engine/ports';

/** The Files port in memory, for tests that look at every write. `fail` makes the next matching writes throw. */
export class MemoryFiles implements Files {
  readonly contents = new Map<string, string>();
  fail: (path: string) => Error | undefined = () => undefined;

  read(path: string): Promise<string | undefined> {
    return Promise.resolve(this.contents.get(path));
  }

  list(folder: string): Promise<readonly { readonly name: string; readonly folder: boolean }[]> {
    const found = new Map<string, boolean>();
    const start = folder === '.' ? '' : `${folder}/`;
    for (const path of this.contents.keys()) {
      if (!path.startsWith(start)) continue;
      const [name = '', ...rest] = path.slice(start.length).split('/');
      found.set(name, rest.length > 0);
    }
    return Promise.resolve([...found].map(([name, isFolder]) => ({ name, folder: isFolder })).sort((a, b) => (a.name < b.name ? -1 : 1)));
  }

  async createExclusive(path: string, text: string): Promise<boolean> {
    if (this.contents.has(path)) return false;
    const error = this.fail(path);
    if (error !== undefined) throw error;
    // Taken at once, as a disk does it: two that ask at the same time never both get it.
    this.contents.set(path, text);
    await Promise.resolve();
    return true;
  }

  async replace(path: string, text: string): Promise<void> {
    await this.#write(path, text);
  }

  async append(path: string, text: string): Promise<void> {
    await this.#write(path, (this.contents.get(path) ?? '') + text);
  }

  async #write(path: string, text: string): Promise<void> {
    const error = this.fail(path);
    if (error !== undefined) throw error;
    // A turn of the event loop as on a disk, so that tests meet the same interleavings.
    await Promise.resolve();
    this.contents.set(path, text);
  }
}
