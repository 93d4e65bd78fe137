import type { JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { PluginCategory } from '../../shared/plugin';
import { pluginCategories, pluginsFolder } from '../../shared/plugin';
import { failure } from '../../shared/problem';
import { groupOf } from '../../shared/kubeObject';
import { placedData } from '../fileProblems';
import type { Files, ResourceInfo } from '../ports';
import { readPlugin } from './definition';

const folder = 'plugins';

/** A plugin that comes along: one product, with the kinds of it that become nodes. */
export interface CataloguePlugin {
  readonly name: string;
  readonly displayName: string;
  readonly category: PluginCategory;
  readonly types: readonly CatalogueType[];
}

export interface CatalogueType {
  /** The type of its nodes, and the name of its file. */
  readonly type: string;
  readonly displayName: string;
  readonly kind: string;
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** The plugin's file as it comes along. */
  readonly text: string;
}

/** The plugins that come along, sorted by how they are called. `files` is rooted at the templates folder. */
export async function readCatalogue(files: Files): Promise<readonly CataloguePlugin[]> {
  const data = placedData((await files.read(`${folder}/catalogue.yaml`)) ?? '').data;
  const listed = isJsonObject(data) && Array.isArray(data['plugins']) ? (data['plugins'] as readonly JsonValue[]) : [];
  return Promise.all(
    listed
      .flatMap((entry) => (isJsonObject(entry) ? [entry] : []))
      .map(async (entry) => {
        const [name, displayName] = [wordOf(entry['name']), wordOf(entry['displayName'])];
        const category = pluginCategories.find((one) => one === entry['category']);
        if (category === undefined) throw new Error(`the catalogue gives "${name}" no category`);
        const types = Array.isArray(entry['types']) ? (entry['types'] as readonly JsonValue[]).map(wordOf) : [];
        return { name, displayName, category, types: await Promise.all(types.map((type) => typeOf(files, type))) };
      }),
  );
}

function wordOf(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

async function typeOf(files: Files, type: string): Promise<CatalogueType> {
  const file = `${folder}/${type}.yaml`;
  const text = (await files.read(file)) ?? '';
  const { plugin, problems } = readPlugin(file, text);
  const crd = plugin?.kind.crd;
  if (plugin === undefined || crd === undefined)
    throw new Error(`the plugin "${type}" that comes along is broken: ${problems.map((one) => one.code).join(', ')}`);
  const { displayName, kind } = plugin.kind;
  return { type, displayName, kind, group: crd.group, version: crd.version, plural: crd.plural, text };
}

/** How much of a plugin a workspace has. */
export type PluginState = 'enabled' | 'partly' | 'disabled';

export async function pluginState(workspace: Pick<Files, 'list'>, plugin: CataloguePlugin): Promise<PluginState> {
  const names = new Set((await workspace.list(pluginsFolder)).map((entry) => entry.name));
  const there = plugin.types.filter(({ type }) => names.has(fileOf(type)));
  if (there.length === plugin.types.length) return 'enabled';
  return there.length === 0 ? 'disabled' : 'partly';
}

/** Writes a plugin's files into a workspace; answers which are new. A file that is there is never changed. */
export async function enablePlugin(workspace: Files, plugin: CataloguePlugin): Promise<readonly string[]> {
  const written: string[] = [];
  for (const { type, text } of plugin.types) {
    const path = `${pluginsFolder}/${fileOf(type)}`;
    if (await workspace.createExclusive(path, text)) written.push(path);
  }
  return written;
}

/**
 * The files that go when a plugin is disabled. Throws `plugin.changed` for one that is not as it came along any more: somebody's work
 * is in it, and they alone delete it.
 */
export async function filesToDisable(workspace: Pick<Files, 'read'>, plugin: CataloguePlugin): Promise<readonly string[]> {
  const there: string[] = [];
  for (const { type, text } of plugin.types) {
    const path = `${pluginsFolder}/${fileOf(type)}`;
    const now = await workspace.read(path);
    if (now === undefined) continue;
    if (now.replaceAll('\r\n', '\n') !== text) throw failure('plugin.changed', { file: path });
    there.push(path);
  }
  return there;
}

/** Plugins of which a cluster has a kind, in the version that the plugin writes. */
export function pluginsOnCluster(catalogue: readonly CataloguePlugin[], resources: readonly ResourceInfo[]): readonly CataloguePlugin[] {
  const served = new Set(resources.map(({ apiVersion, kind }) => `${apiVersion}/${kind}`));
  return catalogue.filter((plugin) => plugin.types.some(({ group, version, kind }) => served.has(`${group}/${version}/${kind}`)));
}

/** Plugins whose group a cluster has, whatever the version: another version there needs a plugin made from its own definition. */
export function pluginsOfOtherVersion(catalogue: readonly CataloguePlugin[], resources: readonly ResourceInfo[]): readonly CataloguePlugin[] {
  const here = new Set(pluginsOnCluster(catalogue, resources));
  const kinds = new Set(resources.map(({ apiVersion, kind }) => `${groupOf(apiVersion)}/${kind}`));
  return catalogue.filter((plugin) => !here.has(plugin) && plugin.types.some(({ group, kind }) => kinds.has(`${group}/${kind}`)));
}

function fileOf(type: string): string {
  return `${type}.yaml`;
}
