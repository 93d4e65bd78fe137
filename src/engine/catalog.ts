import type { Catalog, CatalogKind } from '../shared/catalog';
import type { JsonValue } from '../shared/json';
import type { Problem } from '../shared/problem';
import type { WorkflowNode } from '../shared/workflow';
import { textField } from '../shared/workflow';
import { readMetadata } from './kinds/metadata';
import type { SharedFields } from './kinds/sharedFields';
import { withSharedFields } from './kinds/sharedFields';
import type { Files } from './ports';
import type { Template } from './template/parse';
import { parseTemplate, TemplateError } from './template/parse';
import { readYamlData } from './template/yamlData';

/** One place that kinds come from. */
export interface CatalogSource {
  readonly files: Files;
  /** The folder with one folder per kind. */
  readonly folder: string;
  /** The folder with partials, one file each; none when absent. */
  readonly partials?: string;
  /** The folder with lists of fields that several kinds share, one file each; none when absent. */
  readonly fields?: string;
  readonly origin: CatalogKind['origin'];
}

export interface LoadedCatalog {
  readonly catalog: Catalog;
  /**
   * The template that renders a node: the one that its `template` names (`core/service` is always the shipped one), else
   * its type's. Undefined when there is none.
   */
  templateOf(node: WorkflowNode): Template | undefined;
  /** What could not be used. The rest of the catalog works. */
  readonly problems: readonly Problem[];
}

/** The shipped kinds, as the entries of the program hand them to `loadCatalog`. `files` is rooted at the templates folder. */
export function coreTemplates(files: Files): CatalogSource {
  return { files, folder: 'core', partials: 'partials', fields: 'fields', origin: 'core' };
}

/** Kinds and overrides of a workspace: `.kubeorch/templates/<kind>/`, partials and shared fields in `partials/` and `fields/` of that folder. `files` is rooted at the workspace. */
export function workspaceTemplates(files: Files): CatalogSource {
  const folder = '.kubeorch/templates';
  return { files, folder, partials: `${folder}/partials`, fields: `${folder}/fields`, origin: 'workspace' };
}

/**
 * Reads all kinds. Later sources win: a folder with both files replaces or adds a kind, one with only a template replaces
 * how the kind of that name is rendered, and a partial replaces the partial of that name everywhere. Nothing here stops:
 * what cannot be read is a problem, and the kind is as the earlier sources have it.
 */
export async function loadCatalog(sources: readonly CatalogSource[]): Promise<LoadedCatalog> {
  const kinds = new Map<string, CatalogKind>();
  const templates = new Map<string, Template>();
  const partials = new Map<string, Template>();
  const shared = new Map<string, JsonValue>();
  const problems: Problem[] = [];

  for (const { files, folder, partials: partialFolder, fields: fieldFolder, origin } of sources) {
    const take = async (name: string, file: string, into: Map<string, Template>, asPartial = false): Promise<boolean> => {
      const text = await readText(files, file, problems);
      if (text === undefined) return false;
      try {
        const template = parseTemplate(file, text, partials);
        into.set(name, template);
        if (!asPartial) into.set(`${origin}/${name}`, template);
      } catch (error) {
        if (!(error instanceof TemplateError)) throw error;
        problems.push(unusable(error.place, error.detail));
      }
      return true;
    };

    for (const entry of partialFolder === undefined ? [] : await listFolder(files, partialFolder, problems)) {
      if (!entry.folder && entry.name.endsWith('.yaml')) await take(entry.name.slice(0, -'.yaml'.length), `${partialFolder}/${entry.name}`, partials, true);
    }
    for (const entry of fieldFolder === undefined ? [] : await listFolder(files, fieldFolder, problems)) {
      if (entry.folder || !entry.name.endsWith('.yaml')) continue;
      const content = await readData(files, `${fieldFolder}/${entry.name}`, problems);
      if (content !== undefined) shared.set(entry.name.slice(0, -'.yaml'.length), content.data);
    }
    for (const entry of await listFolder(files, folder, problems)) {
      const path = `${folder}/${entry.name}`;
      if (path === partialFolder || path === fieldFolder) continue;
      if (!entry.folder) {
        if (entry.name.endsWith('.yaml')) await take(entry.name.slice(0, -'.yaml'.length), path, templates);
        continue;
      }
      const kind = await readKind(files, `${path}/metadata.yaml`, origin, shared, problems);
      if (kind !== undefined) kinds.set(kind.type, kind);
      // `deployment.yaml` is what older folders call their template, whatever their kind.
      const found = (await take(entry.name, `${path}/template.yaml`, templates)) || (await take(entry.name, `${path}/deployment.yaml`, templates));
      if (!found && kind !== undefined && kind.renderedBy === undefined) problems.push(unusable(`${path}/template.yaml`, 'there is no such file'));
    }
  }

  return {
    catalog: { kinds: [...kinds.values()].sort((a, b) => (a.type < b.type ? -1 : 1)) },
    templateOf: (node) => templates.get(textField(node, 'template') ?? textField(node, 'templateId') ?? node.type),
    problems,
  };
}

async function readKind(
  files: Files,
  file: string,
  origin: CatalogKind['origin'],
  shared: SharedFields,
  problems: Problem[],
): Promise<CatalogKind | undefined> {
  const content = await readData(files, file, problems);
  if (content === undefined) return undefined;
  const expanded = withSharedFields(content.data, shared);
  const reading = expanded.ok ? readMetadata(expanded.content, origin) : expanded;
  if (reading.ok) return reading.kind;
  problems.push(unusable(file, reading.detail));
  return undefined;
}

/** The content of a YAML file; undefined, with its problem told, when there is none or it cannot be read. */
async function readData(files: Files, file: string, problems: Problem[]): Promise<{ readonly data: JsonValue } | undefined> {
  const text = await readText(files, file, problems);
  if (text === undefined) return undefined;
  const content = readYamlData(text);
  if (content.ok) return content;
  problems.push(unusable(content.line === undefined ? file : `${file}:${content.line}`, content.detail));
  return undefined;
}

async function readText(files: Files, file: string, problems: Problem[]): Promise<string | undefined> {
  try {
    return await files.read(file);
  } catch (error) {
    problems.push({ code: 'file.unreadable', args: { file, detail: messageOf(error) }, severity: 'error' });
    return undefined;
  }
}

async function listFolder(files: Files, folder: string, problems: Problem[]): Promise<readonly { readonly name: string; readonly folder: boolean }[]> {
  try {
    return await files.list(folder);
  } catch (error) {
    problems.push({ code: 'file.unreadable', args: { file: folder, detail: messageOf(error) }, severity: 'error' });
    return [];
  }
}

function unusable(file: string, detail: string): Problem {
  return { code: 'catalog.unusable', args: { file, detail }, severity: 'error' };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
