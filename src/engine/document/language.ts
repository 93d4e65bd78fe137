import type { Catalog, CatalogField, CatalogKind } from '../../shared/catalog';
import { kindOf, relationsBetween } from '../../shared/catalog';
import { optionsField, optionsOf } from '../../shared/nodeOptions';
import type { TextPosition, TextRange } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import { nodeById } from '../../shared/workflow';
import type { OpenApi } from '../../openapi/index';
import type { JsonPath } from '../../shared/json';
import { valueAt } from '../../shared/json';
import type { KeyDoc } from './keyDocs';
import { edgeDocs, environmentDocs, groupDocs, nodeDocs, workflowDocs } from './keyDocs';
import type { ObjectIdentity } from './objectLanguage';
import { objectMeaning, objectOffers } from './objectLanguage';
import type { ParsedWorkflow } from './parse';
import { parseWorkflow } from './parse';
import type { TextContext } from './textContext';
import { textContextAt } from './textContext';
import { scalarText } from './yamlText';

export interface Completion {
  readonly label: string;
  readonly kind: 'key' | 'value' | 'node' | 'type';
  readonly insertText: string;
  readonly detail?: string;
  /** Plain text, never markup: descriptions may come from a workspace's own templates. */
  readonly documentation?: string;
  /** What the insertion replaces; all on the cursor's line. */
  readonly range: TextRange;
}

export interface HoverText {
  readonly text: string;
  readonly range: TextRange;
}

type Offer = Omit<Completion, 'range'>;

/** What completion and hover go by. */
export interface LanguageFacts {
  readonly catalog: Catalog;
  /** The structure of Kubernetes' objects, for what stands in `patch` and `manifest`. */
  readonly openApi?: OpenApi;
  /** The text as it was read, where that was done already. */
  readonly parsed?: ParsedWorkflow;
}

/** What may be typed at a position. Works on broken text: the place is found by indentation, and what can still be read is used. */
export function completionsAt(text: string, position: TextPosition, facts: LanguageFacts): readonly Completion[] {
  const context = textContextAt(text, position);
  if (context.isComment) return [];
  const parsed = parsedOf(text, facts);
  const { offers, start } = objectOffersFor(context, parsed, facts) ?? offersFor(context, parsed, facts.catalog);
  const range: TextRange = { start: { line: position.line, character: start ?? context.start }, end: { line: position.line, character: context.end } };
  return offers.map((offer) => ({ ...offer, range }));
}

/** What the key or value under a position means. */
export function hoverAt(text: string, position: TextPosition, facts: LanguageFacts): HoverText | undefined {
  const parsed = parsedOf(text, facts);
  const path = parsed.tree.pathAt(parsed.lines.offsetAt(position));
  const range = wordRange(parsed, path, position);
  if (range === undefined) return undefined;
  const place = objectPlace(path, parsed, facts);
  const words = place === undefined ? meaningOf(path, parsed, facts.catalog) : objectMeaning(place.openApi, place.identity, place.path);
  return words === undefined ? undefined : { text: words, range };
}

function parsedOf(text: string, { parsed }: LanguageFacts): ParsedWorkflow {
  return parsed?.text === text ? parsed : parseWorkflow(text);
}

interface ObjectPlace {
  readonly openApi: OpenApi;
  readonly identity: ObjectIdentity;
  readonly path: JsonPath;
}

/** Where a path leads inside a Kubernetes object that stands in a node, or that a node's is laid on. */
function objectPlace(path: JsonPath, { workflow }: ParsedWorkflow, { catalog, openApi }: LanguageFacts): ObjectPlace | undefined {
  const [section, first, ...deeper] = path;
  const [id, rest] = section === 'nodes' ? [first, deeper] : section === 'environments' && deeper[0] === 'set' ? [deeper[1], deeper.slice(2)] : [];
  const part = rest?.[0];
  if (openApi === undefined || typeof id !== 'string' || rest === undefined || (part !== 'patch' && part !== 'manifest')) return undefined;
  const node = nodeById(workflow, id);
  const kind = node === undefined ? undefined : kindOf(catalog, node.type);
  if (node === undefined || kind === undefined) return undefined;
  const isWritten = kind.kind === '*';
  if (part === 'manifest' && !isWritten) return undefined;
  const written = (key: string): string | undefined => {
    const value = valueAt(node.data, [isWritten ? 'manifest' : 'patch', key]);
    return typeof value === 'string' ? value : undefined;
  };
  const identity = isWritten
    ? { apiVersion: written('apiVersion'), kind: written('kind'), isPatch: part === 'patch' }
    : // Of a node that makes several objects, a patch says which of them it means.
      { apiVersion: kind.apiVersion, kind: written('kind') ?? kind.kind, isPatch: true };
  return { openApi, identity, path: rest.slice(1) };
}

function objectOffersFor(
  context: TextContext,
  parsed: ParsedWorkflow,
  facts: LanguageFacts,
): { readonly offers: readonly Offer[]; readonly start?: number } | undefined {
  const { path, key } = context;
  const place = objectPlace(path, parsed, facts);
  if (place === undefined) return undefined;
  const present = new Set(parsed.tree.at(path)?.node.entries.map((entry) => entry.key) ?? []);
  const offers = objectOffers(place.openApi, place.identity, place.path, key);
  return { offers: key === undefined ? offers.filter((offer) => offer.label === context.typed || !present.has(offer.label)) : offers };
}

/** The range of the key, or of a value on one line, that holds the position. */
function wordRange(parsed: ParsedWorkflow, path: readonly (string | number)[], position: TextPosition): TextRange | undefined {
  for (const what of ['key', 'value'] as const) {
    const range = parsed.rangeAt(path, what);
    if (range?.start.line !== position.line || range.end.line !== position.line) continue;
    if (range.start.character <= position.character && position.character <= range.end.character) return range;
  }
  return undefined;
}

function meaningOf(path: readonly (string | number)[], parsed: ParsedWorkflow, catalog: Catalog): string | undefined {
  const [section, id, ...rest] = path;
  if (section === undefined) return undefined;
  if (path.length === 1) return docText(workflowDocs, String(section));
  if (section === 'nodes' && typeof id === 'string') return nodeMeaning(id, rest, parsed.workflow, catalog);
  if (section === 'edges') {
    const edge = parsed.workflow.edges[parsed.edgeIndexes.indexOf(Number(id))];
    if (rest.length > 0) return docText(edgeDocs, String(rest[0]));
    return edge === undefined ? undefined : edgeMeaning(edge.from, edge.to, edge.relation, parsed.workflow, catalog);
  }
  if (section === 'environments' && rest.length === 1) return docText(environmentDocs, String(rest[0]));
  if (section === 'environments' && rest[0] === 'set' && typeof rest[1] === 'string') return nodeMeaning(rest[1], rest.slice(2), parsed.workflow, catalog);
  if (section === 'groups' && rest.length === 1) return docText(groupDocs, String(rest[0]));
  return section === 'layout' && typeof id === 'string' ? nodeMeaning(id, [], parsed.workflow, catalog) : undefined;
}

function nodeMeaning(id: string, path: readonly (string | number)[], workflow: Workflow, catalog: Catalog): string | undefined {
  const kind = kindOf(catalog, nodeById(workflow, id)?.type ?? '');
  const [first] = path;
  if (first === undefined || first === 'type') return kind === undefined ? docText(nodeDocs, String(first)) : `${kind.displayName}: ${kind.description}`;
  const field = fieldAt(kind, path);
  if (field !== undefined) return fieldText(field);
  return path.length === 1 ? docText(nodeDocs, String(first)) : undefined;
}

function edgeMeaning(from: string, to: string, named: string | undefined, workflow: Workflow, catalog: Catalog): string | undefined {
  const rules = relationsBetween(catalog, nodeById(workflow, from)?.type ?? '', nodeById(workflow, to)?.type ?? '');
  const rule = named === undefined ? rules[0] : rules.find((one) => one.relation === named);
  return rule === undefined ? undefined : `${from} ${rule.label.toLowerCase()} ${to} (${rule.relation})`;
}

function docText(docs: readonly KeyDoc[], key: string): string | undefined {
  return docs.find((doc) => doc.key === key)?.description;
}

function fieldText(field: CatalogField): string {
  const lines = [`${field.label}: ${field.description}`];
  if (field.default !== undefined) lines.push(`Default: ${JSON.stringify(field.default)}`);
  if (field.options !== undefined) lines.push(`One of: ${field.options.map((option) => String(option.value)).join(', ')}`);
  if (field.required) lines.push('Required.');
  return lines.join('\n');
}

/** The field that a path inside a node's data leads to; indexes and keys of plain maps lead to what the list or map holds. */
function fieldAt(kind: CatalogKind | undefined, path: readonly (string | number)[]): CatalogField | undefined {
  const [name, ...rest] = path;
  let field = kind?.fields.find((one) => one.name === name) ?? (name !== optionsField.name ? undefined : kind === undefined ? optionsField : optionsOf(kind));
  for (const step of rest) {
    if (field?.type === 'object') field = field.fields?.find((one) => one.name === step);
    else field = field?.items;
  }
  return field;
}

function offersFor(context: TextContext, parsed: ParsedWorkflow, catalog: Catalog): { readonly offers: readonly Offer[]; readonly start?: number } {
  const { path, key } = context;
  const { workflow } = parsed;
  const [section, id, ...rest] = path;
  const present = new Set(parsed.tree.at(path)?.node.entries.map((entry) => entry.key) ?? []);
  const absent = (offers: readonly Offer[]): readonly Offer[] => offers.filter((offer) => offer.label === context.typed || !present.has(offer.label));

  if (section === undefined) return { offers: key === undefined ? absent(workflowDocs.map(keyOffer)) : valueOffers(workflowDocs, key) };
  if (section === 'nodes' && typeof id === 'string') return { offers: nodeOffers(id, rest, key, parsed, catalog, absent) };
  if (section === 'edges') return edgeOffers(context, workflow, catalog, absent);
  if (section === 'environments' && typeof id === 'string') {
    if (rest.length === 0) return { offers: key === undefined ? absent(environmentDocs.map(keyOffer)) : valueOffers(environmentDocs, key) };
    if (rest.length === 1 && key === undefined) return { offers: absent(nodeOffersById(workflow, ':')) };
    if (typeof rest[1] === 'string') return { offers: nodeOffers(rest[1], rest.slice(2), key, parsed, catalog, absent) };
  }
  if (section === 'groups' && typeof id === 'string') {
    if (rest.length === 0 && key !== 'nodes') return { offers: key === undefined ? absent(groupDocs.map(keyOffer)) : valueOffers(groupDocs, key) };
    if (rest[0] === 'nodes') return { offers: nodeOffersById(workflow, '') };
  }
  return { offers: section === 'layout' && id === undefined && key === undefined ? absent(nodeOffersById(workflow, ': ')) : [] };
}

function nodeOffers(
  id: string,
  path: readonly (string | 0)[],
  key: string | undefined,
  parsed: ParsedWorkflow,
  catalog: Catalog,
  absent: (offers: readonly Offer[]) => readonly Offer[],
): readonly Offer[] {
  const kind = kindOf(catalog, nodeById(parsed.workflow, id)?.type ?? '');
  if (path.length === 0 && key === 'type')
    return catalog.kinds.map((one) => ({
      label: one.type,
      kind: 'type',
      insertText: scalarText(one.type, false),
      detail: one.displayName,
      documentation: one.description,
    }));
  const holder = path.length === 0 ? undefined : fieldAt(kind, path);
  const fields = path.length === 0 ? (kind?.fields ?? []) : (holder?.fields ?? []);
  if (key !== undefined) {
    const field = path.length === 0 ? fields.find((one) => one.name === key) : fieldAt(kind, [...path, key]);
    return field === undefined ? [] : fieldValues(field);
  }
  if (holder !== undefined && holder.type !== 'object') return fieldValues(holder);
  const own: readonly Offer[] = fields.map((field) => ({
    label: field.name,
    kind: 'key',
    insertText: scalarText(field.name, false) + (field.type === 'object' || field.type === 'array' || field.type === 'map' ? ':' : ': '),
    detail: field.required ? `${field.label} (required)` : field.label,
    documentation: fieldText(field),
  }));
  const known = new Set(own.map((offer) => offer.label));
  return absent(path.length === 0 ? [...own, ...nodeDocs.filter((doc) => !known.has(doc.key)).map(keyOffer)] : own);
}

function fieldValues(field: CatalogField): readonly Offer[] {
  const values: readonly (string | number | boolean)[] =
    field.options?.map((option) => option.value) ??
    (field.type === 'boolean'
      ? [true, false]
      : field.default === undefined || field.default === null || typeof field.default === 'object'
        ? []
        : [field.default]);
  return values.map((value) => {
    const label = field.options?.find((option) => option.value === value)?.label;
    return {
      label: String(value),
      kind: 'value',
      insertText: scalarText(value, false),
      ...(label === undefined || label === String(value) ? {} : { detail: label }),
      documentation: field.description,
    };
  });
}

function edgeOffers(
  context: TextContext,
  workflow: Workflow,
  catalog: Catalog,
  absent: (offers: readonly Offer[]) => readonly Offer[],
): { readonly offers: readonly Offer[]; readonly start?: number } {
  const { key, typed, path } = context;
  if (key === undefined) {
    const arrow = typed.indexOf('->');
    if (arrow >= 0) {
      const from = typed.slice(0, arrow).replace(/^["']/, '').trim();
      const behind = typed.slice(arrow + 2);
      return { offers: targetsOf(from, workflow, catalog), start: context.start + arrow + 2 + behind.length - behind.trimStart().length };
    }
    const isOpenItem = path.length === 2 && path[1] === 0;
    return { offers: [...(isOpenItem ? nodeOffersById(workflow, ' -> ') : []), ...absent(edgeDocs.map(keyOffer))] };
  }
  if (key === 'to' || key === 'from') return { offers: nodeOffersById(workflow, '') };
  if (key === 'relation') {
    const relations = new Map(catalog.kinds.flatMap((kind) => kind.relations.map((rule) => [rule.relation, rule.label] as const)));
    return {
      offers: [...relations]
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([relation, label]) => ({ label: relation, kind: 'value', insertText: relation, detail: label })),
    };
  }
  return { offers: valueOffers(edgeDocs, key) };
}

/** Nodes that the types allow at the other end first, then all others: a person may be about to change the type. */
function targetsOf(from: string, workflow: Workflow, catalog: Catalog): readonly Offer[] {
  const type = nodeById(workflow, from)?.type ?? '';
  const others = nodeOffersById(workflow, '').filter((offer) => offer.label !== from);
  const relation = (offer: Offer): string | undefined => relationsBetween(catalog, type, nodeById(workflow, offer.label)?.type ?? '')[0]?.label;
  const fitting = others.flatMap((offer) => {
    const label = relation(offer);
    return label === undefined ? [] : [{ ...offer, detail: label }];
  });
  return fitting.length === 0 ? others : fitting;
}

function nodeOffersById(workflow: Workflow, behind: string): readonly Offer[] {
  // Ids are read as they are written, so they need no quotes.
  return workflow.nodes.map((node) => ({ label: node.id, kind: 'node', insertText: node.id + behind, ...(node.type === '' ? {} : { detail: node.type }) }));
}

function keyOffer(doc: KeyDoc): Offer {
  return { label: doc.key, kind: 'key', insertText: doc.key + (doc.holds === 'list' || doc.holds === 'map' ? ':' : ': '), documentation: doc.description };
}

function valueOffers(docs: readonly KeyDoc[], key: string): readonly Offer[] {
  const doc = docs.find((one) => one.key === key);
  const values = doc?.values ?? (doc?.holds === 'flag' ? ['true', 'false'] : []);
  return values.map((value) => ({ label: value, kind: 'value', insertText: value, ...(doc === undefined ? {} : { documentation: doc.description }) }));
}
