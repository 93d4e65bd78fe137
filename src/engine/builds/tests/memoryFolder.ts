import type { Files } from '../../ports';

/** A folder by the texts of its files, to be read only. */
export function memoryFolder(files: Readonly<Record<string, string>>): Pick<Files, 'list' | 'read'> {
  return {
    read: (path) => Promise.resolve(files[path]),
    list: (folder) => {
      const start = folder === '.' ? '' : `${folder}/`;
      const found = new Map<string, boolean>();
      for (const path of Object.keys(files)) {
        const [name, ...rest] = path.startsWith(start) ? path.slice(start.length).split('/') : [];
        if (name !== undefined) found.set(name, rest.length > 0);
      }
      return Promise.resolve([...found].map(([name, isFolder]) => ({ name, folder: isFolder })).sort((a, b) => (a.name < b.name ? -1 : 1)));
    },
  };
}
