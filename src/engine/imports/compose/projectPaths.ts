import { invalid } from './composeFailure';
import { mapsIn } from './canonical';
import { cleanPath } from './shortForms';
import type { MapTree, Tree } from './tree';
import { entriesOf, get, isList, isMap, isText, scalar, set, textOf } from './tree';

/** `path` as seen from a folder: absolute and clean. Windows drives and a home folder (`~`) stay what they are. */
export function joined(folder: string, path: string): string {
  if (path.startsWith('~') || /^(?:[a-z]:[\\/]|\\\\)/i.test(path)) return path;
  return path.startsWith('/') ? cleanPath(path) : cleanPath(`${folder}/${path}`);
}

export function folderOf(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut <= 0 ? '/' : path.slice(0, cut);
}

/** Makes the relative paths of a project absolute, seen from its folder. Doing it again changes nothing. */
export function resolvePaths(model: MapTree, folder: string): void {
  for (const section of ['services', 'jobs']) {
    for (const service of mapsIn(get(model, section))) {
      containerPaths(service, folder);
      for (const hook of mapsIn(get(service, 'pre_start'))) containerPaths(hook, folder);
      const build = get(service, 'build');
      if (isMap(build)) {
        change(build, 'context', (path) => contextPath(folder, path));
        for (const key of ['additional_contexts', 'ssh']) {
          const contexts = get(build, key);
          if (isMap(contexts))
            for (const name of contexts.entries.keys())
              change(contexts, name, (path) => (key === 'ssh' ? unlessAbsolute(folder, path) : contextPath(folder, path)));
        }
      }
      const extending = get(service, 'extends');
      if (isMap(extending)) change(extending, 'file', (path) => unlessAbsolute(folder, path));
      for (const watch of mapsIn(get(service, 'develop', 'watch'))) change(watch, 'path', (path) => unlessAbsolute(folder, path));
    }
  }
  for (const section of ['configs', 'secrets']) for (const one of mapsIn(get(model, section))) change(one, 'file', (path) => unlessAbsolute(folder, path));
  for (const [, { value }] of entriesOf(get(model, 'volumes'))) {
    const options = get(value, 'driver_opts');
    if (textOf(get(value, 'driver')) === 'local' && isMap(options) && textOf(get(options, 'o')) === 'bind')
      change(options, 'device', (path) => unlessAbsolute(folder, path));
  }
}

function containerPaths(service: MapTree, folder: string): void {
  for (const file of mapsIn(get(service, 'env_file'))) change(file, 'path', (path) => unlessAbsolute(folder, path));
  const labels = get(service, 'label_file');
  if (isList(labels)) labels.items = labels.items.map((item) => (isText(item) ? pathScalar(item, (path) => unlessAbsolute(folder, path)) : item));
  for (const volume of mapsIn(get(service, 'volumes'))) {
    if (textOf(get(volume, 'type')) !== 'bind') continue;
    if (!volume.entries.has('source')) throw invalid(volume.at, 'a bind mount needs a "source"');
    change(volume, 'source', (path) => unlessAbsolute(folder, path));
  }
}

function change(tree: MapTree, key: string, to: (path: string) => string): void {
  const value = get(tree, key);
  if (isText(value) && value.value !== '') set(tree, key, pathScalar(value, to));
}

function pathScalar(tree: Tree & { readonly value: string }, to: (path: string) => string): Tree {
  return scalar(to(tree.value), tree.at);
}

function unlessAbsolute(folder: string, path: string): string {
  return path.startsWith('/') ? path : joined(folder, path);
}

function contextPath(folder: string, path: string): string {
  if (path.includes('://') || path.startsWith('service:') || /^(?:github\.com\/|git@)/.test(path)) return path;
  return unlessAbsolute(folder, path);
}
