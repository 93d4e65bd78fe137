import type { CST } from 'yaml';
import { Composer, Lexer, Parser } from 'yaml';
import type { JsonObject, JsonValue } from '../shared/json';
import { isJsonObject } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';
import { failure } from '../shared/problem';
import { kubectlYaml, maxDepth } from './document/yamlOptions';
import { oneLine, textAt } from './status/verdict';

/** Longest manifest that is read, in UTF-16 units: a large cluster's whole namespace fits. */
const maxManifestCharacters = 50_000_000;
const maxAliases = 1000;

/**
 * The objects of a manifest in their order: YAML of any number of documents, or JSON; a `List` stands for its items, empty
 * documents for nothing. Throws a ProblemError for a text that is broken, too deep or too large, and for what is no object.
 */
export function objectsFromManifest(text: string): readonly KubeObject[] {
  if (text.length > maxManifestCharacters) throw failure('yaml.tooLarge', { size: String(text.length), limit: String(maxManifestCharacters) });
  return documentsOf(text).flatMap((document) => objectsIn(document, 'the manifest'));
}

function documentsOf(text: string): readonly unknown[] {
  const tokens = tokensOf(text);
  const documents: unknown[] = [];
  for (const document of new Composer(kubectlYaml).compose(tokens, true, text.length)) {
    const error = document.errors[0];
    if (error !== undefined) throw failure('yaml.syntax', { detail: oneLine(error.message) }, { cause: error });
    try {
      documents.push(document.toJS({ maxAliasCount: maxAliases }));
    } catch (cause) {
      throw failure('yaml.syntax', { detail: oneLine(cause instanceof Error ? cause.message : String(cause)) }, { cause });
    }
  }
  return documents;
}

/** Depth is watched while the tree grows: recursive code behind it would run out of stack. */
export function tokensOf(text: string): readonly CST.Token[] {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme)) tokens.push(token);
    if (parser.stack.length > maxDepth + 2) throw failure('yaml.tooDeep', { limit: String(maxDepth) });
  }
  for (const token of parser.end()) tokens.push(token);
  return tokens;
}

function objectsIn(value: unknown, place: string): readonly KubeObject[] {
  if (value === null || value === undefined) return [];
  if (!isJsonObject(value)) throw notAnObject(place);
  const kind = textAt(value, ['kind']);
  const items: JsonValue | undefined = value['items'];
  if (kind?.endsWith('List') === true && Array.isArray(items))
    return (items as readonly JsonValue[]).flatMap((item) => objectsIn(withKindOf(value, item, kind), `an item of ${kind}`));
  if (kind === undefined || textAt(value, ['apiVersion']) === undefined || textAt(value, ['metadata', 'name']) === undefined) throw notAnObject(place);
  // The parts that the type promises were looked at; all else is optional.
  return [value as unknown as KubeObject];
}

/** Items of a typed list (`DeploymentList`) need not repeat what they are. */
function withKindOf(list: JsonObject, item: JsonValue, kind: string): JsonValue {
  if (!isJsonObject(item) || kind === 'List') return item;
  return { apiVersion: list['apiVersion'] ?? null, kind: kind.slice(0, -'List'.length), ...item };
}

function notAnObject(place: string): Error {
  return failure('manifest.notAnObject', { place });
}
