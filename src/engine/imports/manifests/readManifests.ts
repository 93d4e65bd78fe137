import type { Document } from 'yaml';
import { Composer, isNode, LineCounter } from 'yaml';
import type { JsonObject, JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../../shared/json';
import { failure, ProblemError, problemText } from '../../../shared/problem';
import { kubectlYaml } from '../../document/yamlOptions';
import { tokensOf } from '../../manifestObjects';
import type { Place } from '../compose/tree';
import type { Ledger } from '../ledger';

export interface ManifestText {
  /** How a person knows the file. */
  readonly file: string;
  readonly text: string;
  /** Why there is no text. */
  readonly unreadable?: string;
}

/** An object of a manifest as it was written, without nulls. */
export interface ReadObject {
  readonly object: JsonObject;
  /** Where a part of it stands; the nearest that is there. */
  at(path: JsonPath): Place;
  /** Where it ends; absent for what comes from no text. */
  readonly endLine?: number;
}

/** Longest file that is read, in UTF-16 units: what a large namespace takes, and no more than a few seconds. */
const maxCharacters = 10_000_000;
/** Lines alone take time, whatever is in them. */
const maxLines = 400_000;
const maxAliases = 1000;
/** Objects that one workflow is made of; far more than a canvas can show. */
const maxObjects = 2000;

/**
 * The objects of YAML of any number of documents, or of JSON; a `List` stands for its items. What is no object, and a file that cannot
 * be read, is told as a loss.
 * @throws ProblemError `import.noObjects` when there is none at all, `import.tooManyObjects`
 */
export function readManifests(texts: readonly ManifestText[], ledger: Ledger): readonly ReadObject[] {
  const objects = texts.flatMap((one) => objectsOf(one, ledger));
  if (objects.length > maxObjects) throw failure('import.tooManyObjects', { count: String(objects.length), limit: String(maxObjects) });
  if (objects.length > 0) return objects;
  const [first] = ledger.losses;
  throw failure('import.noObjects', {
    detail: first === undefined ? 'there is nothing to read' : `${first.file}:${first.line}:${first.column}: ${first.reason}`,
  });
}

function objectsOf({ file, text, unreadable }: ManifestText, ledger: Ledger): readonly ReadObject[] {
  const lines = new LineCounter();
  const placeOf = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { file, line: Math.max(1, line), column: Math.max(1, col) };
  };
  const broken = (at: Place, detail: string): readonly ReadObject[] => {
    const isChart = /\{\{/.test(text);
    const todo = isChart ? 'It is a template of Helm: import what "helm template" makes of it, with "-".' : 'Mend it and import again.';
    ledger.tellAt('lost', at, file, `It cannot be read: ${detail}`, todo);
    return [];
  };
  if (unreadable !== undefined) return broken({ file, line: 1, column: 1 }, unreadable);
  if (text.length > maxCharacters) return broken(placeOf(0), `it has more than ${maxCharacters} characters.`);
  if (text.length > maxLines && text.split('\n', maxLines + 1).length > maxLines) return broken(placeOf(0), `it has more than ${maxLines} lines.`);
  const found: ReadObject[] = [];
  try {
    const tokens = tokensOf(text);
    for (let offset = text.indexOf('\n'); offset >= 0; offset = text.indexOf('\n', offset + 1)) lines.addNewLine(offset + 1);
    lines.lineStarts.unshift(0);
    for (const document of new Composer(kubectlYaml).compose(tokens, true, text.length)) {
      const [error] = document.errors;
      if (error !== undefined) {
        broken(placeOf(error.pos[0]), firstLine(error.message));
        continue;
      }
      const value: unknown = document.toJS({ maxAliasCount: maxAliases });
      collect(value as JsonValue, [], (path, end) => placeIn(document, path, placeOf, end), file, ledger, found);
    }
  } catch (error) {
    // What the YAML library throws for too many aliases is an error of the file, too.
    return broken(placeOf(0), error instanceof ProblemError ? problemText(error.problem) : firstLine(error instanceof Error ? error.message : String(error)));
  }
  return found;
}

/** Where the value at a path begins, or ends. */
type PlaceOf = (path: JsonPath, end?: true) => Place;

function collect(value: JsonValue | undefined, path: JsonPath, at: PlaceOf, file: string, ledger: Ledger, found: ReadObject[]): void {
  if (value === null || value === undefined) return;
  const kind = isJsonObject(value) ? value['kind'] : undefined;
  const items = isJsonObject(value) ? value['items'] : undefined;
  if (isJsonObject(value) && typeof kind === 'string' && kind.endsWith('List') && Array.isArray(items)) {
    (items as readonly JsonValue[]).forEach((item, index) =>
      collect(kind === 'List' || !isJsonObject(item) ? item : typed(value, kind, item), [...path, 'items', index], at, file, ledger, found),
    );
    return;
  }
  const name = valueAt(value, ['metadata', 'name']);
  const tell = (kind: 'lost' | 'note', what: string, reason: string, todo: string): void => ledger.tellAt(kind, at(path), what, reason, todo);
  if (!isJsonObject(value) || typeof kind !== 'string' || typeof value['apiVersion'] !== 'string') {
    tell('note', file, 'It is no object of Kubernetes: apiVersion and kind are needed.', 'Nothing, if it is something else.');
  } else if (value['apiVersion'].startsWith('kustomize.config.k8s.io/')) {
    tell('note', kind, 'It is read by Kustomize and is no object.', 'Import what "kubectl kustomize" makes of it, with "-".');
  } else if (value['apiVersion'].startsWith('kubeorch.dev/')) {
    tell('note', kind, 'It is a workflow already.', 'Open it.');
  } else if (typeof name !== 'string' || name === '') {
    tell('lost', kind, 'It has no name of its own.', 'Give it metadata.name: a workflow names what it makes.');
  } else found.push({ object: withoutNulls(value), at: (inside) => at([...path, ...inside]), endLine: at(path, true).line });
}

/** Items of a typed list (`DeploymentList`) need not repeat what they are. */
function typed(list: JsonObject, kind: string, item: JsonObject): JsonObject {
  return { apiVersion: list['apiVersion'] ?? null, kind: kind.slice(0, -'List'.length), ...item };
}

function placeIn(document: Document, path: JsonPath, placeOf: (offset: number) => Place, end?: true): Place {
  for (let length = path.length; length >= 0; length -= 1) {
    const node: unknown = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    // The end of a block is the beginning of what comes after its last line.
    if (isNode(node) && node.range) return placeOf(end === true ? Math.max(node.range[0], node.range[1] - 1) : node.range[0]);
  }
  return placeOf(0);
}

/** A null stands for nothing in an object, as it does for the API server. */
export function withoutNulls(value: JsonObject): JsonObject {
  const clean = (item: JsonValue): JsonValue =>
    Array.isArray(item) ? (item as readonly JsonValue[]).map(clean) : isJsonObject(item) ? withoutNulls(item) : item;
  return jsonObject(Object.entries(value).flatMap(([key, item]) => (item === null ? [] : [[key, clean(item)] as const])));
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}
