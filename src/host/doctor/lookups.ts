import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';

/** Where a program would be found, without starting anything. Folders of PATH that are relative count for nothing. */
export async function findOnPath(name: string, path: string, extensions: string): Promise<string | undefined> {
  const endings = process.platform === 'win32' ? extensions.split(';').filter((ending) => ending !== '') : [''];
  for (const folder of path.split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    for (const ending of endings) {
      const file = join(folder, name + ending);
      try {
        await access(file, constants.X_OK);
        if ((await stat(file)).isFile()) return file;
      } catch {
        // It is not in this folder, or may not be started: the next one is looked at, as a shell does.
      }
    }
  }
  return undefined;
}

/** A proxy's address without what it may hold of credentials. */
export function shownProxy(text: string): string {
  if (!URL.canParse(text)) return '(no URL)';
  const url = new URL(text);
  return `${url.protocol}//${url.host}`;
}
