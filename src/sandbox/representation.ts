// In which shape an answer is asked for: the object itself, a table for people, or the metadata alone; as JSON or as YAML.
import { ApiError } from './apiStatus';
import type { Exchange } from './exchange';
import { apiVersionOf, type KindInfo } from './kinds';
import type { Page } from './listing';
import type { KubeObject } from './objects';
import { columnsOf, rowOf } from './tables/tables';
import { itemText, objectText, yamlOf } from './wireText';

export interface Representation {
  as: 'object' | 'table' | 'metadata';
  /** v1 or v1beta1 of meta.k8s.io, for tables. */
  version: string;
  yaml: boolean;
  /** What each row of a table carries besides its cells. */
  includeObject: 'None' | 'Metadata' | 'Object';
}

/** Reads the Accept header: the first form in it that the sandbox knows. 406 when it knows none. */
export function representationOf(exchange: Exchange): Representation {
  const include = exchange.param('includeObject');
  const includeObject = include === 'None' || include === 'Object' ? include : 'Metadata';
  const accept = exchange.header('accept') || '*/*';
  for (const part of accept.split(',')) {
    const [type = '', ...rest] = part.split(';').map((text) => text.trim());
    const yaml = type === 'application/yaml';
    if (!yaml && type !== 'application/json' && type !== '*/*' && type !== 'application/*') continue;
    const params = new Map(rest.map((text) => text.split('=') as [string, string]));
    const as = params.get('as');
    const version = params.get('v') ?? 'v1';
    if (as === undefined) return { as: 'object', version, yaml, includeObject };
    if (params.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) continue;
    if (as === 'Table') return { as: 'table', version, yaml, includeObject };
    if (as === 'PartialObjectMetadata' || as === 'PartialObjectMetadataList') return { as: 'metadata', version, yaml, includeObject };
  }
  throw new ApiError(406, 'NotAcceptable', 'only the following media types are accepted: application/json, application/yaml');
}

function partialOf(object: KubeObject, version: string): object {
  return { kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${version}`, metadata: object.metadata };
}

function tableText(info: KindInfo, objects: readonly KubeObject[], form: Representation, nowMs: number, meta: object, withColumns: boolean): string {
  const rows = objects.map((object) => {
    const carried =
      form.includeObject === 'None'
        ? undefined
        : form.includeObject === 'Object'
          ? (JSON.parse(objectText(object)) as object)
          : partialOf(object, form.version);
    return { ...rowOf(info, object, nowMs), ...(carried === undefined ? {} : { object: carried }) };
  });
  return JSON.stringify({
    kind: 'Table',
    apiVersion: `meta.k8s.io/${form.version}`,
    metadata: meta,
    columnDefinitions: withColumns ? columnsOf(info) : null,
    rows,
  });
}

/** One object as JSON text. `withColumns` is false for the later rows of a watched table. */
export function textOfObject(info: KindInfo, object: KubeObject, form: Representation, nowMs: number, withColumns = true): string {
  if (form.as === 'table') return tableText(info, [object], form, nowMs, { resourceVersion: object.metadata.resourceVersion }, withColumns);
  if (form.as === 'metadata') return JSON.stringify(partialOf(object, form.version));
  return objectText(object);
}

/** A bookmark carries a version and nothing else; as a table it has no rows. */
export function textOfBookmark(info: KindInfo, version: number, annotations: Record<string, string> | undefined, form: Representation): string {
  const metadata = { resourceVersion: String(version), ...(annotations ? { annotations } : {}) };
  if (form.as === 'table') return JSON.stringify({ kind: 'Table', apiVersion: `meta.k8s.io/${form.version}`, metadata, columnDefinitions: null, rows: [] });
  if (form.as === 'metadata') return JSON.stringify({ kind: 'PartialObjectMetadata', apiVersion: `meta.k8s.io/${form.version}`, metadata });
  return JSON.stringify({ kind: info.kind, apiVersion: apiVersionOf(info), metadata });
}

/** A list as JSON text. */
export function textOfPage(info: KindInfo, page: Page, form: Representation, nowMs: number): string {
  const meta = {
    resourceVersion: String(page.version),
    ...(page.continueToken === '' ? {} : { continue: page.continueToken }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  if (form.as === 'table') return tableText(info, page.items, form, nowMs, meta, true);
  if (form.as === 'metadata') {
    const items = page.items.map((object) => partialOf(object, form.version));
    return JSON.stringify({ kind: 'PartialObjectMetadataList', apiVersion: `meta.k8s.io/${form.version}`, metadata: meta, items });
  }
  const head = JSON.stringify({ kind: `${info.kind}List`, apiVersion: apiVersionOf(info), metadata: meta }).slice(0, -1);
  return `${head},"items":[${page.items.map(itemText).join(',')}]}`;
}

/** Sends JSON text in the form that was asked for. */
export function sendText(exchange: Exchange, code: number, json: string, form: Representation): void {
  if (form.yaml) exchange.send(code, 'application/yaml', yamlOf(json));
  else exchange.send(code, 'application/json', `${json}\n`);
}
