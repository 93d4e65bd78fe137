// Everything that a window under test keeps, for searches after what must not be there.
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { projectRoot } from './editor';

/** All that the workbench keeps in its browser: state databases, and the secret storage, which is sealed. */
export const storedInBrowser = (page: Page): Promise<string> => page.evaluate(storedText);

/** Runs in the page. */
async function storedText(): Promise<string> {
  const texts: string[] = [];
  for (let index = 0; index < localStorage.length; index++) {
    const key = localStorage.key(index) ?? '';
    texts.push(`${key}=${localStorage.getItem(key) ?? ''}`);
  }
  const done = <T>(request: IDBRequest<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      request.addEventListener('success', () => resolve(request.result));
      request.addEventListener('error', () => reject(new Error(request.error?.message)));
    });
  for (const { name = '' } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames)
      for (const value of await done(database.transaction(store).objectStore(store).getAll() as IDBRequest<unknown[]>))
        texts.push(typeof value === 'string' ? value : value instanceof Uint8Array ? new TextDecoder().decode(value) : (JSON.stringify(value) ?? ''));
    database.close();
  }
  return texts.join('\n').replaceAll('\\"', '"');
}

/** Where windows under test keep their settings, storage and logs. */
export async function windowFolders(): Promise<string[]> {
  const places = (await readdir(tmpdir())).filter((name) => name.startsWith('kubeorch-window-') || name.startsWith('kubeorch-e2e-'));
  // The browser's own profile holds the secret storage and is read above, entry by entry.
  return [...places.map((name) => join(tmpdir(), name)).flatMap((place) => [join(place, 'server'), join(place, 'user')]), join(projectRoot, 'out/logs')];
}

/** Every file below the folders, byte by byte. */
export async function* filesBelow(folders: readonly string[]): AsyncGenerator<{ readonly path: string; readonly text: string }> {
  for (const folder of folders) {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const path = join(entry.parentPath, entry.name);
      // Files of a running window come and go while they are read.
      if (entry.isFile()) yield { path, text: await readFile(path, 'latin1').catch(() => '') };
    }
  }
}
