import * as vscode from 'vscode';
import type { ImportRecord } from '../../engine/index';
import type { Files } from '../../engine/ports';
import type { ImportPage, ImportTarget } from '../../shared/compareProtocol';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { freeId } from '../../shared/freeId';
import type { ImportChoice, ImportChoices, ImportLoss, NodeSources } from '../../shared/importPreview';
import { failure, problemText } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import { workflowDiff } from '../../shared/workflowDiff';
import { openCanvas } from '../commands/workflowCommands';
import type { WorkflowDocuments } from '../documents';
import type { Engine } from '../rooms';
import { comparedWorkflow } from '../versions/comparedWorkflow';
import type { ComparePanels } from '../versions/comparePanels';
import type { PageContent } from '../versions/comparePage';
import { fileName, workflowFiles } from '../views/workflowFiles';

/** What an import made of its source. */
export interface Imported {
  readonly workflow: Workflow;
  readonly text: string;
  readonly losses: readonly ImportLoss[];
  readonly sources: NodeSources;
  readonly choices: readonly ImportChoice[];
  /** What else is to be known, in words. */
  readonly notes: readonly string[];
}

/** A source that can be imported, again and again. */
export interface ImportSource {
  /** Says what it is, the same at every import of it. It is written beside the workflow, so it holds no secret. */
  readonly key: string;
  readonly title: string;
  /** The folder that gets the workflow. */
  readonly folder: vscode.Uri;
  readonly read: (choices: ImportChoices) => Promise<Imported>;
  /** Shows a file of the source at a line; absent where there are no files. */
  readonly open?: (file: string, line: number) => Promise<void>;
  /** Tells that the source may have changed. */
  readonly follow?: (changed: () => void) => Disposable;
}

export interface PreviewParts {
  readonly engine: Engine;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly documents: Pick<WorkflowDocuments, 'of' | 'catalogOf' | 'onDidChange'>;
  readonly panels: Pick<ComparePanels, 'open' | 'close'>;
}

/** Opens what an import would bring as a page. Nothing is written before a person says so there. */
export async function previewImport(parts: PreviewParts, source: ImportSource): Promise<void> {
  const preview = new ImportPreview(parts, source);
  await preview.begin();
  const key = `import:${source.folder.toString()}:${source.key}`;
  await parts.panels.open({
    key,
    title: source.title,
    icon: 'eye',
    read: () => preview.read(),
    follow: (changed) => preview.follow(changed),
    acts: {
      choose: (choice, value) => preview.choose(choice, value),
      importInto: (target) => preview.choosePlace(target),
      openSource: (file, line) => preview.openSource(file, line),
      applyImport: async () => {
        const file = await preview.apply();
        parts.panels.close(key);
        await openCanvas(file);
      },
    },
  });
}

/** One page's state: what was chosen, and where it would go. */
class ImportPreview {
  readonly #parts: PreviewParts;
  readonly #source: ImportSource;
  #choices: ImportChoices = {};
  #target: string | undefined;
  #shown: ImportPage | undefined;
  #changed: () => void = () => undefined;

  constructor(parts: PreviewParts, source: ImportSource) {
    this.#parts = parts;
    this.#source = source;
  }

  /** Reads the source once, and finds where it went the last time: there it goes again, with what was chosen then. */
  async begin(): Promise<void> {
    const made = await this.#source.read({});
    const targets = await this.#targets(made.workflow.name);
    const sound: string[] = [];
    for (const { id, isNew } of targets) {
      if (isNew) continue;
      const text = await this.#textOf(id);
      if (this.#parts.engine.parseWorkflow(text).broken) continue;
      sound.push(id);
      const record = await this.#record(id, text);
      if (record === undefined) continue;
      this.#target = id;
      this.#choices = record.choices;
      return;
    }
    this.#target = sound.find((id) => id === made.workflow.name) ?? targets.find(({ isNew }) => isNew)?.id;
  }

  async read(): Promise<PageContent> {
    const { engine, documents } = this.#parts;
    const { catalog } = await documents.catalogOf(this.#source.folder);
    const made = await this.#source.read(this.#choices);
    const targets = await this.#targets(made.workflow.name);
    const target = targets.find(({ id }) => id === this.#target) ?? targets[0];
    if (target === undefined) throw new Error('An import has a new workflow to go into at least.');
    const common = { targets, target: target.id, losses: made.losses, notes: made.notes };
    const detail = this.#source.title;
    if (target.isNew) {
      const workflow = { ...made.workflow, name: target.id };
      const after = comparedWorkflow(engine, catalog, { label: target.file, detail, workflow });
      this.#shown = { kind: 'import', after, ...common, sources: made.sources, choices: made.choices };
    } else {
      const text = await this.#textOf(target.id);
      const { ours, merged, conflicts, ids } = this.#merge(text, made, await this.#record(target.id, text), catalog);
      const idOf = (id: string): string => ids.get(id) ?? id;
      const after = comparedWorkflow(engine, catalog, { label: target.file, detail, workflow: merged });
      const sources = Object.fromEntries(Object.entries(made.sources).map(([id, ranges]) => [idOf(id), ranges] as const));
      const choices = [...made.choices.map((choice) => ({ ...choice, node: idOf(choice.node) })), ...conflicts];
      this.#shown = { kind: 'import', after, ...common, diff: workflowDiff(ours, merged), sources, choices };
    }
    return { catalog, page: this.#shown };
  }

  follow(changed: () => void): Disposable {
    const { documents } = this.#parts;
    this.#changed = changed;
    const lifetime = new DisposableList();
    if (this.#source.follow !== undefined) lifetime.add(this.#source.follow(changed));
    lifetime.add(documents.onDidChange(({ document }) => fileName(document.uri) === `${this.#target ?? ''}.workflow.yaml` && changed()));
    return lifetime;
  }

  /** Only what is on offer can be chosen. */
  choose(key: string, value: string): Promise<void> {
    const choice = this.#shown?.choices.find((one) => one.key === key);
    if (choice === undefined || !choice.options.includes(value)) return Promise.resolve();
    return this.#trying(() => (this.#choices = { ...this.#choices, [key]: value }));
  }

  choosePlace(target: string): Promise<void> {
    if (this.#shown?.targets.every(({ id }) => id !== target) !== false) return Promise.resolve();
    return this.#trying(() => (this.#target = target));
  }

  /** Shows what comes of a change; one that cannot be made is told, and all stays as it was. */
  async #trying(change: () => void): Promise<void> {
    const before = [this.#choices, this.#target] as const;
    change();
    try {
      await this.read();
    } catch (error) {
      [this.#choices, this.#target] = before;
      this.#changed();
      throw error;
    }
    this.#changed();
  }

  /** Only places that the page names are opened. */
  async openSource(file: string, line: number): Promise<void> {
    const named = [...Object.values(this.#shown?.sources ?? {}).flat(), ...(this.#shown?.losses ?? [])];
    if (named.some((place) => place.file === file)) await this.#source.open?.(file, line);
  }

  /** Writes what is shown, and notes what was imported. Answers the workflow's file. */
  async apply(): Promise<vscode.Uri> {
    const { engine, filesOf, documents } = this.#parts;
    const { folder, key } = this.#source;
    const { catalog } = await documents.catalogOf(folder);
    const made = await this.#source.read(this.#choices);
    const name = this.#target ?? made.workflow.name;
    const uri = this.#fileOf(name);
    const record = { workflow: { ...made.workflow, name }, choices: this.#choices };
    if (this.#shown?.diff === undefined) {
      const file = `.kubeorch/${fileName(uri)}`;
      if (!(await filesOf(folder).createExclusive(file, engine.workflowText({ ...made.workflow, name })))) throw failure('import.taken', { file });
      await engine.writeImportRecord(filesOf(folder), name, key, record, undefined);
      return uri;
    }
    const open = await documents.of(await vscode.workspace.openTextDocument(uri));
    const earlier = await this.#record(name, open.document.getText());
    let present = '';
    const result = await open.edits.push((text) => {
      present = text;
      return this.#merge(text, made, earlier, catalog).edit;
    });
    if (!result.ok) throw failure('edit.refused', { detail: result.detail });
    await engine.writeImportRecord(filesOf(folder), name, key, record, present);
    return uri;
  }

  #merge(text: string, made: Imported, record: ImportRecord | undefined, catalog: PageContent['catalog']) {
    const { engine } = this.#parts;
    const { workflow: ours, broken, problems } = engine.parseWorkflow(text);
    if (broken) throw failure('edit.refused', { detail: problems.map(problemText)[0] ?? '' });
    const merge = { ours, theirs: made.workflow, catalog, choices: this.#choices };
    return { ours, ...engine.mergeImport(record === undefined ? merge : { ...merge, base: record.workflow }) };
  }

  /** A new workflow under a name that is free, and every one that the folder has. */
  async #targets(name: string): Promise<readonly ImportTarget[]> {
    const { folder } = this.#source;
    const inFolder = (await workflowFiles()).filter(({ uri }) => uri.path.startsWith(`${folder.path.replace(/\/$/, '')}/.kubeorch/`));
    const free = freeId(name, new Set(inFolder.map((one) => one.name)));
    const fileOf = (id: string): string => `.kubeorch/${id}.workflow.yaml`;
    return [{ id: free, file: fileOf(free), isNew: true }, ...inFolder.map((one) => ({ id: one.name, file: fileOf(one.name), isNew: false }))];
  }

  #record(name: string, present: string): Promise<ImportRecord | undefined> {
    return this.#parts.engine.readImportRecord(this.#parts.filesOf(this.#source.folder), name, this.#source.key, present);
  }

  async #textOf(name: string): Promise<string> {
    return (await vscode.workspace.openTextDocument(this.#fileOf(name))).getText();
  }

  #fileOf(name: string): vscode.Uri {
    return vscode.Uri.joinPath(this.#source.folder, '.kubeorch', `${name}.workflow.yaml`);
  }
}
