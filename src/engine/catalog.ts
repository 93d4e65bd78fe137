import type { Catalog, CatalogKind } from '../shared/catalog';
import type { JsonPath, JsonValue } from '../shared/json';
import { pluginsFolder } from '../shared/plugin';
import type { ProblemCode } from '../shared/problem';
import type { WorkflowNode } from '../shared/workflow';
import { textField } from '../shared/workflow';
import type { FileProblem } from './fileProblems';
import { maxFileLength, placedData } from './fileProblems';
import { readMetadata } from './kinds/metadata';
import { withSharedFields } from './kinds/sharedFields';
import { readPlugin } from './plugins/definition';
import type { HealthRules } from './plugins/healthRules';
import type { Files } from './ports';
import { Recent } from './recent';
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
  /** The folder with plugins, one file each; none when absent. */
  readonly plugins?: string;
  readonly origin: CatalogKind['origin'];
}

export interface LoadedCatalog {
  readonly catalog: Catalog;
  /**
   * The template that renders a node: the one that its `template` names (`core/service` is always the shipped one), else
   * its type's. Undefined when there is none.
   */
  templateOf(node: WorkflowNode): Template | undefined;
  /** The health rules of a plugin's objects; undefined for every other type, and for a plugin without rules. */
  healthRulesOf(type: string): HealthRules | undefined;
  /** What could not be used. The rest of the catalog works. */
  readonly problems: readonly FileProblem[];
  /** Types whose files in the workspace are broken: where there is one, the kind is as an earlier source has it. */
  readonly broken: ReadonlyMap<string, FileProblem>;
}

/** Most plugins that a workspace has; each one is read, compiled and sent to the canvas. */
const maxPlugins = 500;

/** The shipped kinds, as the entries of the program hand them to `loadCatalog`. `files` is rooted at the templates folder. */
export function coreTemplates(files: Files): CatalogSource {
  return { files, folder: 'core', partials: 'partials', fields: 'fields', origin: 'core' };
}

/**
 * Kinds, overrides and plugins of a workspace: `.kubeorch/templates/<kind>/`, partials and shared fields in `partials/` and
 * `fields/` of that folder, `.kubeorch/plugins/*.yaml`. `files` is rooted at the workspace.
 */
export function workspaceTemplates(files: Files): CatalogSource {
  const folder = '.kubeorch/templates';
  return { files, folder, partials: `${folder}/partials`, fields: `${folder}/fields`, plugins: pluginsFolder, origin: 'workspace' };
}

/**
 * Reads all kinds. Later sources win: a folder replaces or adds a kind by its metadata, and how a kind is rendered by its
 * template; a partial replaces the partial of that name everywhere; a plugin adds a kind and replaces none. Nothing here
 * stops: what cannot be read is a problem, and a folder with anything broken counts as if it were not there.
 */
export async function loadCatalog(sources: readonly CatalogSource[]): Promise<LoadedCatalog> {
  const loading = new Loading();
  for (const source of sources) await loading.add(source);
  return loading.catalog();
}

type Reading<T> = { readonly is: 'absent' } | { readonly is: 'broken'; readonly problem: FileProblem } | { readonly is: 'read'; readonly value: T };

/** Kinds by what they depend on: their origin with the texts of the shared fields, and the text of their metadata. */
const kindsByShared = new Recent<Recent<CatalogKind>>(8);
/** Lists of shared fields by their text. */
const sharedByText = new Recent<Extract<Reading<JsonValue>, { readonly is: 'read' }>>(50);

class Loading {
  readonly #kinds = new Map<string, CatalogKind>();
  readonly #templates = new Map<string, Template>();
  readonly #partials = new Map<string, Template>();
  readonly #shared = new Map<string, JsonValue>();
  /** The texts of the shared fields. */
  #sharedText = '';
  readonly #health = new Map<string, HealthRules>();
  readonly #broken = new Map<string, FileProblem>();
  readonly #problems: FileProblem[] = [];

  async add(source: CatalogSource): Promise<void> {
    await this.#addPartials(source);
    await this.#addSharedFields(source);
    await this.#addFolders(source);
    await this.#addPlugins(source);
  }

  catalog(): LoadedCatalog {
    const kinds = connectable([...this.#kinds.values()]).sort((a, b) => (a.type < b.type ? -1 : 1));
    const [templates, health] = [this.#templates, this.#health];
    return {
      catalog: { kinds },
      templateOf: (node) => templates.get(textField(node, 'template') ?? textField(node, 'templateId') ?? node.type),
      healthRulesOf: (type) => health.get(type),
      problems: this.#problems,
      broken: this.#broken,
    };
  }

  async #addPartials(source: CatalogSource): Promise<void> {
    const { partials: folder } = source;
    if (folder === undefined) return;
    for (const name of await this.#yamlFiles(source, folder)) {
      const template = await this.#template(source, `${folder}/${name}.yaml`);
      if (template.is === 'read') this.#partials.set(name, template.value);
    }
  }

  async #addSharedFields(source: CatalogSource): Promise<void> {
    const { fields: folder } = source;
    if (folder === undefined) return;
    for (const name of await this.#yamlFiles(source, folder)) {
      const file = `${folder}/${name}.yaml`;
      const text = await this.#text(source, file);
      if (text.is !== 'read') continue;
      const content = sharedByText.get(text.value) ?? this.#read(source, file, text.value);
      if (content.is !== 'read') continue;
      this.#shared.set(name, sharedByText.set(text.value, content).value);
      this.#sharedText += `${name}\0${text.value}\0`;
    }
  }

  async #addFolders(source: CatalogSource): Promise<void> {
    const { folder, partials, fields, origin } = source;
    for (const entry of await this.#list(source, folder)) {
      const path = `${folder}/${entry.name}`;
      if (path === partials || path === fields) continue;
      if (entry.folder) await this.#addFolder(source, entry.name);
      else if (isYaml(entry.name)) {
        const name = entry.name.slice(0, -'.yaml'.length);
        this.#setTemplate(name, origin, await this.#template(source, path));
      }
    }
  }

  async #addFolder(source: CatalogSource, name: string): Promise<void> {
    const path = `${source.folder}/${name}`;
    const kind = await this.#kind(source, `${path}/metadata.yaml`);
    let template = await this.#template(source, `${path}/template.yaml`);
    // `deployment.yaml` is what older folders call their template, whatever their kind.
    if (template.is === 'absent') template = await this.#template(source, `${path}/deployment.yaml`);
    if (template.is === 'absent' && kind.is === 'read' && kind.value.renderedBy === undefined && !this.#templates.has(name))
      template = { is: 'broken', problem: this.#unusable(source, `${path}/template.yaml`, 'there is no such file') };
    const problem = kind.is === 'broken' ? kind.problem : template.is === 'broken' ? template.problem : undefined;
    if (problem !== undefined) {
      // Half of an override would be a kind that nobody has ever seen: form and manifest must go together.
      this.#broken.set(kind.is === 'read' ? kind.value.type : name, problem);
      return;
    }
    if (kind.is === 'read') this.#kinds.set(kind.value.type, kind.value);
    this.#setTemplate(name, source.origin, template);
  }

  #setTemplate(name: string, origin: CatalogKind['origin'], template: Reading<Template>): void {
    if (template.is !== 'read') return;
    this.#templates.set(name, template.value);
    this.#templates.set(`${origin}/${name}`, template.value);
  }

  async #addPlugins(source: CatalogSource): Promise<void> {
    const { plugins: folder } = source;
    if (folder === undefined) return;
    const makers = new Map<string, string>();
    const added: { readonly file: string; readonly text: string; readonly kind: CatalogKind }[] = [];
    const names = await this.#yamlFiles(source, folder);
    for (const [index, name] of names.entries()) {
      const file = `${folder}/${name}.yaml`;
      if (index === maxPlugins) {
        this.#unusable(source, folder, `it has more than ${maxPlugins} plugins`);
        break;
      }
      const text = await this.#text(source, file);
      if (text.is !== 'read') continue;
      const { plugin, name: type, problems } = readPlugin(file, text.value, this.#partials);
      this.#problems.push(...problems);
      const [wrong] = problems.filter((problem) => problem.severity === 'error');
      if (plugin === undefined) {
        if (wrong !== undefined && !this.#kinds.has(type)) this.#broken.set(type, wrong);
        continue;
      }
      const other = makers.get(type) ?? (type === 'plugin' || this.#kinds.has(type) ? '' : undefined);
      if (other !== undefined) {
        this.#problems.push(this.#taken(file, text.value, type, other));
        continue;
      }
      makers.set(type, file);
      this.#broken.delete(type);
      this.#kinds.set(type, plugin.kind);
      this.#templates.set(type, plugin.template);
      this.#templates.set(`plugin/${type}`, plugin.template);
      if (plugin.health !== undefined) this.#health.set(type, plugin.health);
      added.push({ file, text: text.value, kind: plugin.kind });
    }
    for (const one of added) this.#problems.push(...this.#unknownTypes(one));
  }

  /** A relation may name a plugin that comes later, so this is looked at when all are known. */
  #unknownTypes({ file, text, kind }: { readonly file: string; readonly text: string; readonly kind: CatalogKind }): readonly FileProblem[] {
    return kind.relations.flatMap((rule, index) =>
      rule.to.flatMap((type, at): readonly FileProblem[] => {
        if (this.#kinds.has(type)) return [];
        const range = placedData(text).rangeNear(['relations', index, 'to', at]);
        return [{ code: 'plugin.unknownType', args: { type }, severity: 'warning', file, inWorkspace: true, range }];
      }),
    );
  }

  /** A type means one thing: the first file of the name keeps it, and KubeOrch's own kinds come before every plugin. */
  #taken(file: string, text: string, type: string, other: string): FileProblem {
    const range = placedData(text).rangeNear(['name']);
    const args = other === '' ? { type } : { type, other };
    return { code: other === '' ? 'plugin.nameOfKind' : 'plugin.nameTaken', args, severity: 'error', file, inWorkspace: true, range };
  }

  async #kind(source: CatalogSource, file: string): Promise<Reading<CatalogKind>> {
    const text = await this.#text(source, file);
    if (text.is !== 'read') return text;
    const shared = `${source.origin}\0${this.#sharedText}`;
    const kinds = kindsByShared.get(shared) ?? kindsByShared.set(shared, new Recent(100));
    const known = kinds.get(text.value);
    if (known !== undefined) return { is: 'read', value: known };
    const content = this.#read(source, file, text.value);
    if (content.is !== 'read') return content;
    const expanded = withSharedFields(content.value, this.#shared);
    const reading = expanded.ok ? readMetadata(expanded.content, source.origin) : { ...expanded, path: [] };
    if (reading.ok) return { is: 'read', value: kinds.set(text.value, reading.kind) };
    return { is: 'broken', problem: this.#unusable(source, file, reading.detail, text.value, { path: reading.path }) };
  }

  async #template(source: CatalogSource, file: string): Promise<Reading<Template>> {
    const text = await this.#text(source, file);
    if (text.is !== 'read') return text;
    try {
      return { is: 'read', value: parseTemplate(file, text.value, this.#partials) };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      const place = { path: error.path, ...(error.line === undefined ? {} : { line: error.line }) };
      return { is: 'broken', problem: this.#unusable(source, error.file, error.detail, text.value, place) };
    }
  }

  /** The content of a YAML file. */
  #read(source: CatalogSource, file: string, text: string): Reading<JsonValue> {
    const content = readYamlData(text);
    if (content.ok) return { is: 'read', value: content.data };
    return { is: 'broken', problem: this.#unusable(source, file, content.detail, text, content.line === undefined ? {} : { line: content.line }) };
  }

  async #text(source: CatalogSource, file: string): Promise<Reading<string>> {
    try {
      const text = await source.files.read(file);
      return text === undefined ? { is: 'absent' } : { is: 'read', value: text };
    } catch (error) {
      return { is: 'broken', problem: this.#add(source, 'file.unreadable', file, messageOf(error)) };
    }
  }

  async #list(source: CatalogSource, folder: string): Promise<readonly { readonly name: string; readonly folder: boolean }[]> {
    try {
      return await source.files.list(folder);
    } catch (error) {
      this.#add(source, 'file.unreadable', folder, messageOf(error));
      return [];
    }
  }

  /** The names of a folder's YAML files, without their ending. */
  async #yamlFiles(source: CatalogSource, folder: string): Promise<readonly string[]> {
    return (await this.#list(source, folder)).filter((entry) => !entry.folder && isYaml(entry.name)).map((entry) => entry.name.slice(0, -'.yaml'.length));
  }

  #unusable(source: CatalogSource, file: string, detail: string, text?: string, place: { readonly path?: JsonPath; readonly line?: number } = {}): FileProblem {
    const { line, path = [] } = place;
    const known = text === undefined || text.length > maxFileLength ? undefined : placedData(text);
    const near = known === undefined || path.length === 0 ? undefined : known.rangeNear(path);
    const range = near ?? (line === undefined ? known?.rangeNear([]) : wholeLine(text ?? '', line));
    return this.#add(source, 'catalog.unusable', line === undefined ? file : `${file}:${line}`, detail, { file, ...(range === undefined ? {} : { range }) });
  }

  #add(source: CatalogSource, code: ProblemCode, shown: string, detail: string, more: Partial<Pick<FileProblem, 'file' | 'range'>> = {}): FileProblem {
    const problem: FileProblem = { code, args: { file: shown, detail }, severity: 'error', file: shown, inWorkspace: source.origin === 'workspace', ...more };
    this.#problems.push(problem);
    return problem;
  }
}

/**
 * A plugin's objects are to edges what a manifest's are: whatever may lead to a manifest may lead to them, and they may
 * depend on everything.
 */
function connectable(kinds: readonly CatalogKind[]): CatalogKind[] {
  const types = kinds.map((kind) => kind.type);
  const plugins = kinds.filter((kind) => kind.origin === 'plugin').map((kind) => kind.type);
  if (plugins.length === 0) return [...kinds];
  return kinds.map((kind) => {
    const relations = kind.relations.map((rule) =>
      rule.to.includes('manifest') ? { ...rule, to: [...rule.to, ...plugins.filter((type) => !rule.to.includes(type))] } : rule,
    );
    if (kind.origin !== 'plugin' || relations.some((rule) => rule.relation === 'depends-on')) return { ...kind, relations };
    return { ...kind, relations: [...relations, { relation: 'depends-on', to: types, order: 'to-first', label: 'Depends on' }] };
  });
}

function wholeLine(text: string, line: number): NonNullable<FileProblem['range']> {
  const content = text.split(/\r\n|\n|\r/)[line - 1] ?? '';
  return { start: { line: line - 1, character: content.length - content.trimStart().length }, end: { line: line - 1, character: content.length } };
}

function isYaml(name: string): boolean {
  return name.endsWith('.yaml');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
