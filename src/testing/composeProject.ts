import type { ComposeProject, ComposeRequest } from '../engine/imports/compose/readCompose';
import { readCompose } from '../engine/imports/compose/readCompose';
import { toJson } from '../engine/imports/compose/tree';
import type { ComposeImport } from '../engine/imports/composeImport';
import { importCompose } from '../engine/imports/composeImport';
import type { Catalog } from '../shared/catalog';
import type { JsonValue } from '../shared/json';
import { isJsonObject, jsonObject } from '../shared/json';
import type { ComposeCase } from './composeOracle/cases.mjs';
import { projectsFolder } from './composeOracle/cases.mjs';
import { MemoryFiles } from './memoryFiles';

function requestOf(one: ComposeCase): Omit<ComposeRequest, 'files'> {
  return {
    folder: `${projectsFolder}/${one.name}`,
    paths: one.paths,
    ...(one.profiles.length > 0 ? { profiles: one.profiles } : {}),
    ...(one.envFiles.length > 0 ? { envFiles: one.envFiles } : {}),
    environment: Object.fromEntries(one.environment.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)])),
  };
}

/** Reads a case from memory, in the folder that golden files name. */
export function readCase(one: ComposeCase): Promise<ComposeProject> {
  return readCompose({ ...requestOf(one), files: { read: (path) => Promise.resolve(one.files.get(path)) } });
}

/** Maps in which compose-go's JSON keeps a key without a value, since it means something there. */
const keepsNulls = new Set(['environment', 'args', 'networks', 'volumes', 'models']);

/** A project in the one form that both sides can be compared in: without what Go's `omitempty` leaves out or prints for nothing. */
export function composeJson(project: ComposeProject | JsonValue): JsonValue {
  if (!isProject(project)) return pruned(project, []) ?? null;
  const { models: _models, ...rest } = toJson(project.root) as Record<string, JsonValue>;
  return pruned(printed({ name: project.name, services: {}, ...rest }, []), []) ?? null;
}

function isProject(value: ComposeProject | JsonValue): value is ComposeProject {
  return typeof value === 'object' && value !== null && 'root' in value && 'workingFolder' in value;
}

/** What compose-go's JSON leaves out or writes in another way: what is true anyway, contents from variables, and keys in capitals. */
function printed(value: JsonValue, path: readonly string[]): JsonValue {
  const key = path.at(-1) ?? '';
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map((item) => printed(item, [...path, '[]']));
  if (!isJsonObject(value)) return value;
  if (key === 'ssh') return Object.keys(value);
  const made = jsonObject();
  for (const [name, item] of Object.entries(value)) {
    const inEnvFile = path.at(-2) === 'env_file' && name === 'required';
    if (item === true && (inEnvFile || name === 'create_host_path')) continue;
    if (path[0] === 'configs' && path.length === 2 && name === 'content' && 'environment' in value) continue;
    const isCapital = path.includes('blkio_config') && path.at(-1) === '[]';
    made[isCapital ? name[0]?.toUpperCase() + name.slice(1) : name] = printed(item, [...path, name]);
  }
  return made;
}

function pruned(value: JsonValue, path: readonly string[]): JsonValue | undefined {
  const key = path.at(-1) ?? '';
  if (value === null || value === '' || value === false || value === 0) return undefined;
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).map((item) => pruned(item, [...path, '[]']) ?? null);
    return items.length === 0 && key !== 'command' && key !== 'entrypoint' ? undefined : items;
  }
  if (!isJsonObject(value)) return value;
  const made = jsonObject();
  for (const [name, item] of Object.entries(value)) {
    if (name.startsWith('x-') && path.length > 0) continue;
    const inner = pruned(item, [...path, name]);
    const kept = keepsNulls.has(key) ? (inner ?? item) : inner;
    if (kept !== undefined) made[name] = kept;
  }
  return Object.keys(made).length === 0 ? undefined : made;
}

/** Imports a case from memory. */
export function importCase(one: ComposeCase, catalog: Catalog): Promise<ComposeImport> {
  const files = new MemoryFiles();
  for (const [path, text] of one.files) files.contents.set(path, text);
  return importCompose({ ...requestOf(one), files, catalog });
}

/** Imports `compose.yaml` among texts by path, in a folder of their own. */
export function importTexts(texts: Readonly<Record<string, string>>, catalog: Catalog): Promise<ComposeImport> {
  return importCase({ name: 'shop', files: new Map(Object.entries(texts)), paths: ['compose.yaml'], profiles: [], envFiles: [], environment: [] }, catalog);
}
