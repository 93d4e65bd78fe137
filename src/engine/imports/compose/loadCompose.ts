import { failure } from '../../../shared/problem';
import type { Files } from '../../ports';
import { canonicalTree, mapsIn, withDefaults } from './canonical';
import { invalid, refused } from './composeFailure';
import { checkComposeSchema } from './composeSchema';
import { readEnvFile } from './envFile';
import { interpolateTree } from './interpolate';
import { extendService, makeUnique, mergeMaps, mergeTrees, resetPaths } from './mergeTree';
import { checkTree } from './checkTree';
import { folderOf, joined, resolvePaths } from './projectPaths';
import { readComposeText } from './readTree';
import type { MapTree, Place, Tree } from './tree';
import { cloneTree, entriesOf, get, isList, isMap, isNull, isText, itemsOf, list, map, sameTree, scalar, set, textOf } from './tree';

/** Most files that one project may be read from. */
const maxFiles = 200;
/** Services of one project that become a workflow; a canvas with more of them helps nobody. */
export const maxServices = 1000;
/** Parts that an included project hands to the one that includes it. */
const resources = ['services', 'jobs', 'volumes', 'networks', 'secrets', 'configs', 'models'];

/** A folder level of the project: where relative paths start and which variables there are. */
interface Level {
  readonly workingFolder: string;
  readonly environment: ReadonlyMap<string, string>;
  /** Files on the way here, by which a circle is known. */
  readonly included: readonly string[];
}

/** Reads files of a project and what they include and extend; every path is held inside the project's folder. */
export class ComposeLoader {
  readonly #files: Pick<Files, 'read'>;
  readonly #folder: string;
  readonly #unset = new Map<string, Place>();
  #loaded = 0;
  /** Where `version` stands, which compose ignores. */
  readonly versions: Place[] = [];

  /** `folder` is absolute, with `/` between its parts; `files` reads below it. */
  constructor(files: Pick<Files, 'read'>, folder: string) {
    this.#files = files;
    this.#folder = folder;
  }

  /** Variables that are used without a value or a default, with the first place of each. */
  get unset(): ReadonlyMap<string, Place> {
    return this.#unset;
  }

  /** The merged, canonical project of some files, with absolute paths and variables from `level`. */
  async model(paths: readonly string[], level: Level): Promise<MapTree> {
    let model = map([], { file: paths[0] ?? '', line: 1, column: 1 });
    for (const path of paths) model = await this.#mergeFile(path, level, model, undefined);
    withDefaults(model);
    checkTree(model);
    resolvePaths(model, level.workingFolder);
    takeEnvironment(model, level.environment);
    return model;
  }

  /** The text of a file of the project; undefined when there is none. Throws `compose.outside`. */
  async text(path: string, at?: Place): Promise<string | undefined> {
    const inside = this.relative(path);
    if (inside === undefined) throw at === undefined ? failure('compose.outside', { place: path, path }) : refused('compose.outside', at, { path });
    try {
      return await this.#files.read(inside);
    } catch (error) {
      // The port refuses what a link leads out of the folder, and folders.
      const detail = error instanceof Error ? error.message : String(error);
      throw failure('compose.unreadable', { path: inside, detail }, { cause: error });
    }
  }

  /** A path as the Files port wants it; undefined for one outside of the project's folder. */
  relative(path: string): string | undefined {
    if (path === this.#folder) return '.';
    const folder = this.#folder.endsWith('/') ? this.#folder : `${this.#folder}/`;
    return path.startsWith(folder) ? path.slice(folder.length) : undefined;
  }

  /** Reads env files over one another; names alone, and variables in them, take values from `known`. */
  async environment(paths: readonly string[], known: ReadonlyMap<string, string>): Promise<Map<string, string>> {
    const made = new Map<string, string>();
    for (const path of paths) {
      const text = await this.text(path);
      if (text === undefined) throw failure('compose.missingFile', { place: path, path });
      readEnvFile(text, path, made, (name) => known.get(name));
    }
    return made;
  }

  /** The last `name` that the files give the project, with its variables put in. */
  async nameIn(paths: readonly string[], environment: ReadonlyMap<string, string>): Promise<string | undefined> {
    let found: Tree | undefined;
    for (const path of paths) for (const { root } of readComposeText((await this.text(path)) ?? '', path)) found = get(root, 'name') ?? found;
    return found === undefined
      ? undefined
      : textOf(
          interpolateTree(
            found,
            (name) => environment.get(name),
            () => undefined,
          ),
        );
  }

  /** `inBase` is set for a file that is only extended from: nothing of it is followed or checked yet. */
  async #mergeFile(path: string, level: Level, before: MapTree, inBase: { readonly from: Place } | undefined): Promise<MapTree> {
    this.#loaded += 1;
    if (this.#loaded > maxFiles) throw failure('compose.tooManyFiles', { limit: String(maxFiles) });
    const text = await this.text(path, inBase?.from);
    if (text === undefined)
      throw inBase === undefined ? failure('compose.missingFile', { place: path, path }) : refused('compose.missingFile', inBase.from, { path });
    let model = before;
    const lookup = (name: string): string | undefined => level.environment.get(name);
    for (const { root, resets } of readComposeText(text, path)) {
      if (isNull(root)) continue;
      if (!isMap(root)) throw invalid(root.at, 'a compose file is a map that begins with "services:"');
      const count = ['services', 'jobs'].reduce((sum, section) => sum + entriesOf(get(root, section)).length, 0);
      if (count > maxServices) throw failure('import.tooManyServices', { count: String(count), limit: String(maxServices) });
      interpolateTree(root, lookup, (name) => this.#unset.has(name) || this.#unset.set(name, root.at));
      promoteExtensions(root);
      if (inBase === undefined) await this.#include(root, resets, { ...level, included: [...level.included, path] });
      resetPaths(model, resets);
      if (inBase === undefined) await this.#extend(root, path, resets, level);
      model = mergeMaps(model, root, []);
      makeUnique(model);
      if (inBase === undefined) checkComposeSchema(model);
      const version = model.entries.get('version');
      if (version !== undefined) this.versions.push(version.at);
      model.entries.delete('version');
      canonicalTree(model);
      for (const section of ['services', 'jobs']) for (const service of mapsIn(get(model, section))) dropEmptyDns(service);
      makeUnique(model);
    }
    return model;
  }

  async #include(model: MapTree, resets: readonly (readonly string[])[], level: Level): Promise<void> {
    const include = get(model, 'include');
    model.entries.delete('include');
    if (include === undefined || isNull(include)) return;
    if (!isList(include)) throw invalid(include.at, '"include" must be a list');
    for (const item of include.items) {
      const paths = textsOf(isMap(item) ? get(item, 'path') : item).map(({ text, at }) => {
        if (isRemote(text)) throw refused('compose.remote', at, { path: text });
        return { at, path: joined(level.workingFolder, text) };
      });
      const [first] = paths;
      if (first === undefined) throw invalid(item.at, 'an include needs a "path"');
      if (level.included.includes(first.path)) throw refused('compose.includeCycle', first.at, { path: [...level.included, first.path].join(' → ') });
      for (const one of paths) if ((await this.text(one.path, one.at)) === undefined) throw refused('compose.missingFile', one.at, { path: one.path });
      const named = textOf(get(item, 'project_directory'));
      const workingFolder = named === undefined || named === '' ? folderOf(first.path) : joined(level.workingFolder, named);
      const envFiles = textsOf(get(item, 'env_file'))
        .filter(({ text }) => text !== '/dev/null')
        .map(({ text }) => joined(level.workingFolder, text));
      const hasEnvFile = isMap(item) && item.entries.has('env_file');
      const usual = joined(workingFolder, '.env');
      const own = hasEnvFile || this.relative(usual) === undefined || (await this.text(usual)) === undefined ? envFiles : [usual];
      const environment = new Map([...(await this.environment(own, level.environment)), ...level.environment]);
      const imported = await this.model(
        paths.map((one) => one.path),
        { workingFolder, environment, included: level.included },
      );
      for (const key of resources) importResource(imported, model, key, resets);
    }
  }

  async #extend(model: MapTree, file: string, resets: readonly (readonly string[])[], level: Level): Promise<void> {
    for (const section of ['services', 'jobs']) {
      const services = get(model, section);
      if (services === undefined || isNull(services)) continue;
      if (!isMap(services)) throw invalid(services.at, `"${section}" must be a map`);
      for (const [name, entry] of services.entries) entry.value = await this.#extended(name, services, { file, resets, level, seen: [] });
    }
  }

  async #extended(
    name: string,
    services: MapTree,
    {
      file,
      resets,
      level,
      seen,
    }: { readonly file: string; readonly resets: readonly (readonly string[])[]; readonly level: Level; readonly seen: readonly string[] },
  ): Promise<Tree> {
    const service = services.entries.get(name)?.value ?? scalar(null, services.at);
    if (isNull(service)) return service;
    if (!isMap(service)) throw invalid(service.at, `services.${name} must be a map`);
    const extending = get(service, 'extends');
    if (extending === undefined) return service;
    const reference = isMap(extending) ? get(extending, 'service') : extending;
    const other = textOf(reference);
    if (other === undefined) throw invalid(extending.at, `services.${name}.extends needs a "service"`);
    const at = reference?.at ?? extending.at;
    const from = get(extending, 'file');
    const mark = `${file} ${name}`;
    if (seen.includes(mark)) throw refused('compose.extendsCycle', at, { path: [...seen, mark].map((one) => one.slice(one.lastIndexOf(' ') + 1)).join(' → ') });
    let base = services;
    let baseFile = file;
    if (isText(from)) {
      if (isRemote(from.value)) throw refused('compose.remote', from.at, { path: from.value });
      baseFile = joined(level.workingFolder, from.value);
      base = await this.#baseServices(baseFile, level, from.at);
    }
    if (!base.entries.has(other)) throw refused('compose.extendsUnknown', at, { name, other });
    const inner = isText(from) ? [] : resets;
    const source = await this.#extended(other, base, { file: baseFile, resets: inner, level, seen: [...seen, mark] });
    service.entries.delete('extends');
    if (isNull(source)) return service;
    const copy = map([[name, cloneTree(source)]], source.at);
    resetPaths(map([['services', copy]], source.at), resets);
    const kept = get(copy, name);
    const merged = kept === undefined ? service : extendService(kept, service);
    if (isMap(merged)) merged.entries.delete('extends');
    set(services, name, merged);
    return merged;
  }

  async #baseServices(file: string, level: Level, from: Place): Promise<MapTree> {
    const workingFolder = folderOf(file);
    const source = await this.#mergeFile(file, { ...level, workingFolder }, map([], from), { from });
    const services = get(source, 'services');
    if (!isMap(services)) throw refused('compose.noServices', from, { path: file });
    resolvePaths(source, workingFolder);
    return services;
  }
}

function importResource(source: MapTree, target: MapTree, key: string, resets: readonly (readonly string[])[]): void {
  const from = get(source, key);
  if (!isMap(from)) return;
  const there = get(target, key);
  const to = isMap(there) ? there : map([], from.at);
  for (const [name, entry] of from.entries) {
    const conflict = to.entries.get(name);
    if (conflict === undefined) {
      to.entries.set(name, entry);
      continue;
    }
    if (sameTree(entry.value, conflict.value)) continue;
    const own = map([[name, entry.value]], entry.at);
    resetPaths(map([[key, own]], entry.at), resets);
    const kept = get(own, name);
    if (kept !== undefined) conflict.value = mergeTrees(kept, conflict.value, [key, name]);
  }
  set(target, key, to);
}

/** Keys that were extensions before they became keys of their own; the key wins where both are there. */
function promoteExtensions(model: MapTree): void {
  for (const service of mapsIn(get(model, 'services'))) {
    promote(service, 'x-develop', 'develop', ['services', 'x', 'develop']);
    for (const watch of mapsIn(get(service, 'develop', 'watch'))) promote(watch, 'x-initialSync', 'initial_sync', []);
  }
}

function promote(tree: MapTree, from: string, to: string, path: readonly string[]): void {
  const old = get(tree, from);
  if (old === undefined) return;
  tree.entries.delete(from);
  const present = get(tree, to);
  set(tree, to, present === undefined || isNull(present) ? old : mergeTrees(old, present, path));
}

function dropEmptyDns(service: MapTree): void {
  const dns = get(service, 'dns');
  if (isList(dns)) dns.items = dns.items.filter((item) => (textOf(item) ?? '') !== '');
}

/** Names without a value in lists of variables, and configs that are taken from a variable. */
function takeEnvironment(model: MapTree, environment: ReadonlyMap<string, string>): void {
  for (const section of ['services', 'jobs']) {
    for (const service of mapsIn(get(model, section))) {
      const variables = get(service, 'environment');
      if (!isList(variables)) continue;
      const items = variables.items.map((item) => {
        const value = isText(item) ? environment.get(item.value) : undefined;
        return value === undefined ? item : scalar(`${textOf(item) ?? ''}=${value}`, item.at);
      });
      set(service, 'environment', list(items, variables.at));
    }
  }
  for (const [, { value }] of entriesOf(get(model, 'configs'))) {
    const variable = textOf(get(value, 'environment'));
    const found = variable === undefined ? undefined : environment.get(variable);
    if (found !== undefined && isMap(value)) set(value, 'content', scalar(found, value.at));
  }
}

function textsOf(tree: Tree | undefined): readonly { readonly text: string; readonly at: Place }[] {
  const items = isList(tree) ? itemsOf(tree) : tree === undefined ? [] : [tree];
  return items.map((item) => {
    const text = textOf(item);
    if (text === undefined) throw invalid(item.at, 'a path is wanted here');
    return { text, at: item.at };
  });
}

/** Whether a path names something on the network, which an import never fetches. */
export function isRemote(path: string): boolean {
  return /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/|oci:|ext::)/i.test(path);
}
