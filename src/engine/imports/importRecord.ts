import type { ImportChoices } from '../../shared/importPreview';
import { isJsonObject, jsonObject } from '../../shared/json';
import type { Workflow } from '../../shared/workflow';
import { sha256Hex } from '../digest';
import { workflowText } from '../document/format';
import { parseWorkflow } from '../document/parse';
import type { Files } from '../ports';

/** What the last import of a source made of it, by which the next one tells changes by hand from those of the source. */
export interface ImportRecord {
  readonly workflow: Workflow;
  readonly choices: ImportChoices;
}

interface WrittenRecord extends ImportRecord {
  /** The file just before this import went into it, and what counted until then: an import that was undone is none. */
  readonly before?: { readonly digest: string; readonly text: string };
}

const key = 'x-import';

/** One for each source that was imported into a workflow; the source is known by a text that says what it is. */
async function recordPath(workflow: string, source: string): Promise<string> {
  return `.kubeorch/imports/${workflow}/${(await sha256Hex(source)).slice(0, 12)}.yaml`;
}

/** Undefined when the source was not imported into this workflow yet, or that was undone. `present` is the text of the workflow's file. */
export async function readImportRecord(files: Files, workflow: string, source: string, present: string): Promise<ImportRecord | undefined> {
  const text = await files.read(await recordPath(workflow, source));
  const written = text === undefined ? undefined : parsedRecord(text);
  if (written?.before === undefined || written.before.digest !== (await sha256Hex(present))) return written;
  return written.before.text === '' ? undefined : parsedRecord(written.before.text);
}

/** Notes what was imported. `present` is the text of the workflow's file before; undefined for a new one. */
export async function writeImportRecord(files: Files, name: string, source: string, record: ImportRecord, present: string | undefined): Promise<void> {
  const path = await recordPath(name, source);
  const earlier = present === undefined ? undefined : await readImportRecord(files, name, source, present);
  const before = present === undefined ? undefined : { digest: await sha256Hex(present), text: earlier === undefined ? '' : recordText(source, earlier) };
  await files.replace(path, recordText(source, { ...record, ...(before === undefined ? {} : { before }) }));
}

function recordText(source: string, { workflow, choices, before }: WrittenRecord): string {
  const noted = jsonObject([
    ['source', source],
    ['choices', jsonObject(Object.entries(choices))],
    ...(before === undefined ? [] : [['before', { digest: before.digest, text: before.text }] as const]),
  ]);
  return workflowText({ ...workflow, layout: {}, unknown: { [key]: noted } });
}

function parsedRecord(text: string): WrittenRecord {
  const { workflow } = parseWorkflow(text);
  const noted = workflow.unknown[key];
  const [choices, before] = isJsonObject(noted) ? [noted['choices'], noted['before']] : [];
  const made = isJsonObject(choices) ? Object.entries(choices).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])) : [];
  const [digest, earlier] = isJsonObject(before) ? [before['digest'], before['text']] : [];
  return {
    workflow,
    choices: Object.fromEntries(made),
    ...(typeof digest === 'string' && typeof earlier === 'string' ? { before: { digest, text: earlier } } : {}),
  };
}
