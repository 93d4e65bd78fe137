// The way from client-side to server-side apply. kubectl's own manager may change what it applied before by its annotation,
// although an update owns those fields, and it keeps the annotation up to date for whoever goes back.
import type { ObjectSchema } from '../../openapi';
import type { Json, JsonMap, KubeObject } from '../objects';
import { isMap, setOwn } from '../objects';
import { FieldSet, goJson, pathText } from './fieldSet';
import { compareTyped, fieldSetOf, typeErrors } from './typed';

export const lastAppliedKey = 'kubectl.kubernetes.io/last-applied-configuration';

/** The manager that these rules are for. */
export const kubectlManager = 'kubectl';

function annotationOf(live: KubeObject): string {
  return live.metadata.annotations?.[lastAppliedKey] ?? '';
}

/** Paths, as conflicts write them, that the annotation says are kubectl's: applied by it and unchanged since. */
export function lastAppliedPaths(schema: ObjectSchema, live: KubeObject): ReadonlySet<string> {
  const config = parsed(annotationOf(live));
  if (config === undefined || config['apiVersion'] !== live.apiVersion || typeErrors(schema, config, false).length > 0) return new Set();
  const { added, modified, removed } = compareTyped(schema, config, live as unknown as JsonMap);
  const own: FieldSet = fieldSetOf(schema, config).difference(modified).difference(added).difference(removed);
  return new Set([...own.paths()].map(pathText));
}

/** Another's annotation may hold anything; what is no object counts for nothing. */
function parsed(annotation: string): JsonMap | undefined {
  try {
    const value: unknown = JSON.parse(annotation);
    return isMap(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Brings the annotation of `object` to what is being applied, when there is one. `object` is the caller's own copy. */
export function updateLastApplied(object: KubeObject, config: JsonMap): void {
  if (annotationOf(object) === '') return;
  const metadata = isMap(config['metadata']) ? config['metadata'] : {};
  const { [lastAppliedKey]: _own, ...annotations } = isMap(metadata['annotations']) ? metadata['annotations'] : {};
  const applied = { ...config, metadata: { ...metadata, ...(isMap(metadata['annotations']) ? { annotations } : {}) } };
  object.metadata.annotations = { ...object.metadata.annotations, [lastAppliedKey]: `${goJson(sorted(applied))}\n` };
}

/** Keys in alphabetical order, as kubectl writes them. */
function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (!isMap(value)) return value;
  const made: JsonMap = {};
  for (const key of Object.keys(value).sort()) setOwn(made, key, sorted(value[key] ?? null));
  return made;
}
