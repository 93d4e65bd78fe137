import { failure } from '../../../shared/problem';
import type { Files } from '../../ports';
import { mapsIn } from './canonical';
import { checkProject, isTrue } from './checkTree';
import { invalid } from './composeFailure';
import { readEnvFile } from './envFile';
import { ComposeLoader } from './loadCompose';
import { mergeTrees } from './mergeTree';
import { folderOf, joined } from './projectPaths';
import { cleanPath } from './shortForms';
import type { MapTree, Place, Tree } from './tree';
import { cloneTree, entriesOf, get, isList, isMap, isNull, isText, itemsOf, list, map, scalar, set, textOf } from './tree';
import { typedTree } from './typedTree';

export interface ComposeRequest {
  /** Reads below `folder`; nothing else is ever read. */
  readonly files: Pick<Files, 'read'>;
  /** The project's folder, absolute, with `/` between its parts. */
  readonly folder: string;
  /** The compose files relative to `folder`; later ones override earlier ones. */
  readonly paths: readonly string[];
  /** Profiles whose services take part; those of `COMPOSE_PROFILES` in the environment when there are none. */
  readonly profiles?: readonly string[];
  /** Files with variables, relative to `folder`; `.env` beside the first compose file when there are none. */
  readonly envFiles?: readonly string[];
  /** Variables that win over those of files. The importing process's own are never looked at. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly projectName?: string;
}

/** A project as compose resolves it, with the place of everything in it. */
export interface ComposeProject {
  readonly name: string;
  /** Absolute folder of the first file, from which relative paths are seen. */
  readonly workingFolder: string;
  /** `services`, `volumes`, `networks`, `configs`, `secrets`, `jobs`, `models` and extensions. Services of other profiles are not in it. */
  readonly root: MapTree;
  /** Services and jobs whose profiles are not active. */
  readonly disabled: readonly { readonly name: string; readonly at: Place; readonly profiles: readonly string[] }[];
  /** Variables that had neither a value nor a default, and the first place of each. */
  readonly unset: ReadonlyMap<string, Place>;
  /** Where the obsolete `version` stands. */
  readonly versions: readonly Place[];
  /** Variables that services took from files: by service, then by name, with the file. */
  readonly fromEnvFiles: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Files that `env_file` names but which are missing and need not be there, or lie outside. */
  readonly skippedFiles: readonly { readonly path: string; readonly at: Place; readonly outside: boolean }[];
  /** The text of a file inside the project's folder, by its absolute path. */
  readonly read: (path: string) => Promise<string | undefined>;
  /** A path relative to the project's folder; undefined for one outside. */
  readonly relative: (path: string) => string | undefined;
}

/**
 * Reads compose files as compose-go v2.16 resolves them: merged, with what they include and extend, variables put in, short forms made
 * long, defaults and names filled in, and the services of the active profiles.
 * @throws ProblemError with a `compose.*` code for what compose itself refuses and for paths that lead out of the folder or to the network
 */
export async function readCompose(request: ComposeRequest): Promise<ComposeProject> {
  const loader = new ComposeLoader(request.files, request.folder);
  const paths = request.paths.map((path) => joined(request.folder, path));
  const [first] = paths;
  if (first === undefined) throw failure('compose.empty', { file: request.folder });
  const workingFolder = folderOf(first);
  const environment = await projectEnvironment(request, loader, workingFolder);
  const name = await projectName(request, loader, paths, environment, workingFolder);
  environment.set('COMPOSE_PROJECT_NAME', name);
  const model = await loader.model(paths, { workingFolder, environment, included: [] });
  if (model.entries.size === 0) throw failure('compose.empty', { file: request.paths[0] ?? '' });
  model.entries.delete('name');
  normalize(model, name, environment);
  const root = typedTree(model);
  if (!isMap(root)) throw failure('compose.empty', { file: request.paths[0] ?? '' });
  const disabled = withProfiles(root, request.profiles ?? (environment.get('COMPOSE_PROFILES') ?? '').split(',').map((one) => one.trim()));
  checkProject(root, new Set(disabled.map((one) => one.name)));
  const skippedFiles: { readonly path: string; readonly at: Place; readonly outside: boolean }[] = [];
  const fromEnvFiles = new Map<string, ReadonlyMap<string, string>>();
  for (const [service, { value }] of entriesOf(get(root, 'services'))) {
    if (!isMap(value)) continue;
    fromEnvFiles.set(service, await resolveEnvironment(value, environment, loader, skippedFiles));
    await resolveLabels(value, loader);
    for (const hook of mapsIn(get(value, 'pre_start'))) {
      await resolveEnvironment(hook, environment, loader, []);
      await resolveLabels(hook, loader);
    }
  }
  return {
    name,
    workingFolder,
    root,
    disabled,
    unset: loader.unset,
    versions: loader.versions,
    fromEnvFiles,
    skippedFiles,
    read: (path) => loader.text(path),
    relative: (path) => loader.relative(path),
  };
}

async function projectEnvironment(request: ComposeRequest, loader: ComposeLoader, workingFolder: string): Promise<Map<string, string>> {
  const given = new Map(Object.entries(request.environment ?? {}));
  const usual = joined(workingFolder, '.env');
  const files = request.envFiles?.map((path) => joined(request.folder, path)) ?? ((await loader.text(usual)) === undefined ? [] : [usual]);
  return new Map([...(await loader.environment(files, given)), ...given]);
}

async function projectName(
  request: ComposeRequest,
  loader: ComposeLoader,
  paths: readonly string[],
  environment: ReadonlyMap<string, string>,
  folder: string,
): Promise<string> {
  const normal = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9_-]/g, '')
      .replace(/^[_-]+/, '');
  const asked = request.projectName ?? environment.get('COMPOSE_PROJECT_NAME');
  if (asked !== undefined && asked !== '') {
    if (normal(asked) !== asked) throw failure('compose.projectName', { name: asked });
    return asked;
  }
  const named = await loader.nameIn(paths, environment);
  const found = normal(named ?? '') || normal(folder.slice(folder.lastIndexOf('/') + 1));
  if (found === '') throw failure('compose.projectName', { name: named ?? folder });
  return found;
}

/** Moves what is implied into the open: networks, contexts of builds, dependencies by links and shared namespaces, names of resources. */
function normalize(model: MapTree, name: string, environment: ReadonlyMap<string, string>): void {
  const networks = get(model, 'networks');
  const known = isMap(networks) ? networks : map([], model.at);
  let usesDefault = false;
  for (const section of ['services', 'jobs']) {
    for (const service of mapsIn(get(model, section))) {
      if (!service.entries.has('provider') && !service.entries.has('network_mode')) {
        const own = get(service, 'networks');
        if (!isMap(own) || own.entries.size === 0) set(service, 'networks', map([['default', scalar(null, service.at)]], service.at));
        usesDefault ||= get(service, 'networks', 'default') !== undefined;
      }
      normalizeService(service, environment);
    }
  }
  if (usesDefault && !known.entries.has('default')) set(known, 'default', scalar(null, model.at));
  if (known.entries.size > 0) set(model, 'networks', known);
  for (const section of ['networks', 'volumes', 'configs', 'secrets']) {
    for (const [key, entry] of entriesOf(get(model, section))) {
      const resource = isMap(entry.value) ? entry.value : map([], entry.value.at);
      entry.value = resource;
      const own = get(resource, 'name');
      if (own === undefined || isNull(own)) set(resource, 'name', scalar(isTrue(get(resource, 'external')) ? key : `${name}_${key}`, entry.at));
    }
  }
}

function normalizeService(service: MapTree, environment: ReadonlyMap<string, string>): void {
  const policy = get(service, 'pull_policy');
  if (textOf(policy) === 'if_not_present') set(service, 'pull_policy', scalar('missing', policy?.at ?? service.at));
  const build = get(service, 'build');
  if (isMap(build)) {
    if (isNull(get(build, 'context') ?? scalar(null, build.at))) set(build, 'context', scalar('.', build.at));
    if (get(build, 'dockerfile') === undefined && get(build, 'dockerfile_inline') === undefined) set(build, 'dockerfile', scalar('Dockerfile', build.at));
    const args = get(build, 'args');
    if (args !== undefined) set(build, 'args', withValues(args, environment, false));
  }
  const variables = get(service, 'environment');
  if (variables !== undefined) set(service, 'environment', withValues(variables, environment, true));
  const declared = get(service, 'depends_on');
  const dependsOn = isMap(declared) ? declared : map([], service.at);
  const imply = (other: string, at: Place, restart: boolean): void => {
    if (dependsOn.entries.has(other)) return;
    const implied = [
      ['condition', scalar('service_started', at)],
      ['restart', scalar(restart, at)],
      ['required', scalar(true, at)],
    ] as const;
    set(dependsOn, other, map(implied, at));
  };
  for (const link of itemsOf(get(service, 'links'))) {
    const parts = (textOf(link) ?? '').split(':');
    imply(parts.length === 2 ? (parts[0] ?? '') : parts.join(':'), link.at, true);
  }
  for (const key of ['network_mode', 'ipc', 'pid', 'uts', 'cgroup']) {
    const value = get(service, key);
    if (isText(value) && value.value.startsWith('service:')) imply(value.value.slice(8), value.at, true);
  }
  for (const volume of mapsIn(get(service, 'volumes'))) {
    const target = get(volume, 'target');
    if (isText(target)) set(volume, 'target', scalar(cleanPath(target.value), target.at));
  }
  for (const source of itemsOf(get(service, 'volumes_from'))) {
    const text = textOf(source) ?? '';
    if (!text.startsWith('container:')) imply(text.split(':')[0] ?? '', source.at, false);
  }
  if (dependsOn.entries.size > 0) set(service, 'depends_on', dependsOn);
  completeHooks(service);
}

/** A `pre_start` hook has everything of its service's container but the volumes; what it says itself wins. */
function completeHooks(service: MapTree): void {
  const hooks = get(service, 'pre_start');
  if (!isList(hooks)) return;
  const base = map([], service.at);
  for (const [key, entry] of service.entries) if (!notOfContainers.has(key) && !key.startsWith('x-')) base.entries.set(key, entry);
  hooks.items = hooks.items.map((hook) => (isMap(hook) ? mergeTrees(cloneTree(base), hook, ['services', 'hook']) : hook));
}

/** Keys of a service that say nothing of its container. */
const notOfContainers: ReadonlySet<string> = new Set(
  `volumes profiles deploy develop restart scale attach container_name provider extends external_links links net pre_start post_start pre_stop build
  depends_on dockerfile expose healthcheck ports stdin_open tty`.split(/\s+/),
);

function withValues(tree: Tree, environment: ReadonlyMap<string, string>, keepEmpty: boolean): Tree {
  if (isList(tree)) {
    const items = tree.items.flatMap((item): readonly Tree[] => {
      if (!isText(item) || item.value.includes('=')) return [item];
      const value = environment.get(item.value);
      return value === undefined ? (keepEmpty ? [item] : []) : [scalar(`${item.value}=${value}`, item.at)];
    });
    return list(items, tree.at);
  }
  if (!isMap(tree)) return tree;
  for (const [key, entry] of tree.entries) {
    if (!isNull(entry.value)) continue;
    const value = environment.get(key);
    if (value !== undefined) entry.value = scalar(value, entry.at);
    else if (!keepEmpty) tree.entries.delete(key);
  }
  return tree;
}

function withProfiles(root: MapTree, active: readonly string[]): ComposeProject['disabled'] {
  const disabled: ComposeProject['disabled'][number][] = [];
  for (const section of ['services', 'jobs']) {
    const services = get(root, section);
    if (!isMap(services)) continue;
    for (const [name, { at, value }] of services.entries) {
      const profiles = itemsOf(get(value, 'profiles')).map((one) => textOf(one) ?? '');
      if (profiles.length === 0 || active.includes('*') || profiles.some((one) => active.includes(one))) continue;
      services.entries.delete(name);
      disabled.push({ name, at, profiles });
    }
  }
  return disabled;
}

async function resolveEnvironment(
  service: MapTree,
  environment: ReadonlyMap<string, string>,
  loader: ComposeLoader,
  skipped: { readonly path: string; readonly at: Place; readonly outside: boolean }[],
): Promise<ReadonlyMap<string, string>> {
  const own = get(service, 'environment');
  const variables = isMap(own) ? own : map([], service.at);
  for (const [key, entry] of variables.entries) {
    const value = isNull(entry.value) ? environment.get(key) : undefined;
    if (value !== undefined) entry.value = scalar(value, entry.at);
  }
  const explicit = new Map([...variables.entries].flatMap(([key, { value }]) => (isNull(value) ? [] : [[key, textOf(value) ?? ''] as const])));
  const found = new Map(explicit);
  const origin = new Map<string, string>();
  for (const file of mapsIn(get(service, 'env_file'))) {
    const path = get(file, 'path');
    if (!isText(path)) continue;
    const outside = loader.relative(path.value) === undefined;
    const text = outside ? undefined : await loader.text(path.value, path.at);
    if (text === undefined) {
      if (!outside && isTrue(get(file, 'required')))
        throw failure('compose.missingFile', { place: `${path.at.file}:${path.at.line}:${path.at.column}`, path: path.value });
      skipped.push({ path: path.value, at: path.at, outside });
      continue;
    }
    const format = textOf(get(file, 'format')) ?? '';
    if (format !== '' && format !== '.env') throw invalid(file.at, `the format "${format}" of ${path.value} is not known`);
    const before = new Map(found);
    readEnvFile(text, path.value, found, (name) => environment.get(name) ?? explicit.get(name));
    for (const [name, value] of found) {
      if (explicit.has(name)) continue;
      if (before.get(name) !== value || !before.has(name)) {
        origin.set(name, path.value);
        set(variables, name, scalar(value, path.at));
      }
    }
  }
  if (variables.entries.size > 0) set(service, 'environment', variables);
  return origin;
}

async function resolveLabels(service: MapTree, loader: ComposeLoader): Promise<void> {
  const files = itemsOf(get(service, 'label_file'));
  if (files.length === 0) return;
  const found = new Map<string, string>();
  for (const file of files) {
    const text = isText(file) ? await loader.text(file.value, file.at) : undefined;
    if (text === undefined) throw failure('compose.missingFile', { place: `${file.at.file}:${file.at.line}:${file.at.column}`, path: textOf(file) ?? '' });
    const own = new Map<string, string>();
    readEnvFile(text, textOf(file) ?? '', own, (name) => found.get(name));
    for (const [key, value] of own) found.set(key, value);
  }
  const own = get(service, 'labels');
  const labels = isMap(own) ? own : map([], service.at);
  for (const [key, value] of found) if (!labels.entries.has(key)) set(labels, key, scalar(value, files[0]?.at ?? service.at));
  set(service, 'labels', labels);
}
