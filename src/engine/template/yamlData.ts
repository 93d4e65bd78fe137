import type { DocumentOptions, ParseOptions, SchemaOptions } from 'yaml';
import { isScalar, LineCounter, parseDocument, visit } from 'yaml';
import type { JsonValue } from '../../shared/json';
import { kubectlYaml } from '../document/yamlOptions';

/** YAML of templates and metadata: read as kubectl reads YAML, and a key that stands twice is an error. */
export const dataYaml: ParseOptions & DocumentOptions & SchemaOptions = { ...kubectlYaml, uniqueKeys: isSameKey, keepSourceTokens: false, prettyErrors: false };

/** Keys are the same when they are written the same: `y` and `on` are both true to YAML and yet two names. */
function isSameKey(a: unknown, b: unknown): boolean {
  return isScalar(a) && isScalar(b) ? (a.source ?? a.value) === (b.source ?? b.value) : a === b;
}

export type YamlData = { readonly ok: true; readonly data: JsonValue } | { readonly ok: false; readonly detail: string; readonly line?: number };

/** Reads a short YAML text as plain data. Never throws. */
export function readYamlData(text: string): YamlData {
  const lines = new LineCounter();
  try {
    const document = parseDocument(text, { ...dataYaml, lineCounter: lines });
    const [broken] = document.errors;
    if (broken !== undefined) return { ok: false, detail: broken.message, line: lines.linePos(broken.pos[0]).line };
    // `y`, `on` and `1` are names here, as they are everywhere else that names are keys.
    visit(document, {
      Pair: (_, { key }) => {
        if (isScalar(key) && (typeof key.value === 'boolean' || typeof key.value === 'number') && key.source !== undefined) key.value = key.source;
      },
    });
    return { ok: true, data: document.toJS({ maxAliasCount: 100 }) as JsonValue };
  } catch (error) {
    // Nesting that exhausts the stack and aliases that multiply end here.
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  }
}
