import type { JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { ResourceFact, ResourceLink, ResourceSection } from '../../shared/resource';
import { resourceWordTable } from '../../shared/resource';
import type { ClusterEventView } from '../../shared/stream';
import { conditionsOf, oneLine } from '../status/verdict';
import { valueText } from '../valueText';
import { ageOf } from './age';
import { kindSections } from './describeKinds';
import { factsOf } from './facts';
import { resourceRow } from './resourceRow';
import { resourceTypeOf } from './resourceTypes';

/** Fields that are told of a kind without a description of its own. */
const maxGenericFields = 60;

/**
 * An object described in sections, from the object, the events about it and what belongs to it. Values of Secrets are never
 * in it. Titles and labels are English sentences that views translate; everything else is the cluster's. Pure.
 */
export function describeResource(
  object: KubeObject,
  around: { readonly events: readonly ClusterEventView[]; readonly children: readonly ResourceLink[]; readonly nowMs: number },
): readonly ResourceSection[] {
  const { nowMs } = around;
  const sections: ResourceSection[] = [general(object, nowMs), ...kindSections(object)];
  if (resourceTypeOf(object) === undefined) sections.push(...genericSections(object));
  const conditions = conditionsOf(object);
  if (conditions.length > 0) {
    sections.push(
      table(
        'Conditions',
        ['Type', 'Status', 'Reason', 'Message'],
        conditions.map(({ type, status, reason, message }) => [type, status, reason, message]),
      ),
    );
  }
  if (around.children.length > 0) {
    sections.push(
      table(
        'Belongs to it',
        ['Kind', 'Name', 'Status', 'Summary', 'Age'],
        around.children.map(({ ref, row }) => [ref.kind, row.name, resourceWordTable[row.word].label, row.summary, row.age]),
      ),
    );
  }
  if (object.kind !== 'Event') {
    sections.push(
      table(
        'Events',
        ['Type', 'Reason', 'Age', 'From', 'Message'],
        around.events.map((event) => [
          event.type,
          event.reason,
          `${ageOf(event.lastSeen, nowMs)}${event.count > 1 ? ` (× ${String(event.count)})` : ''}`,
          event.source,
          event.message,
        ]),
      ),
    );
  }
  return sections;
}

function general(object: KubeObject, nowMs: number): ResourceSection {
  const { metadata } = object;
  const row = resourceRow(object, nowMs);
  const owners = (metadata.ownerReferences ?? []).map((owner) => `${owner.kind}/${owner.name}`).join(', ');
  const fields: ResourceFact[] = [
    { label: 'Name', value: row.name },
    { label: 'Namespace', value: row.namespace },
    { label: 'Kind', value: `${object.kind} (${object.apiVersion})` },
    { label: 'Status', value: row.reason === undefined ? resourceWordTable[row.word].label : `${resourceWordTable[row.word].label} (${row.reason})` },
    { label: 'Created', value: row.createdAt === '' ? '' : `${row.createdAt} (${row.age})` },
    { label: 'Being deleted since', value: metadata.deletionTimestamp ?? '' },
    { label: 'Finalizers', value: (metadata.finalizers ?? []).join(', ') },
    { label: 'Owner', value: owners },
    { label: 'Labels', value: pairs(metadata.labels) },
    { label: 'Annotations', value: pairs(metadata.annotations) },
    ...factsOf(object, nowMs).map(({ label, value }) => ({ label, value })),
  ];
  return { title: 'General', fields: fields.filter(({ value }) => value !== '').map(({ label, value }) => ({ label, value: oneLine(value) })) };
}

function pairs(values: Readonly<Record<string, string>> | undefined): string {
  return Object.entries(values ?? {})
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}

export function table(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): ResourceSection {
  return { title, fields: [], table: { columns, rows: rows.map((row) => row.map(oneLine)) } };
}

/** Scalars below `spec` and `status`, by their path: all that can be said of a kind that nobody here knows. */
function genericSections(object: KubeObject): readonly ResourceSection[] {
  return (
    [
      ['Specification', object.spec],
      ['Status', object.status],
    ] as const
  ).flatMap(([title, root]) => {
    const fields: ResourceFact[] = [];
    flatten('', root, fields);
    return fields.length === 0 ? [] : [{ title, fields }];
  });
}

function flatten(path: string, value: JsonValue | undefined, fields: ResourceFact[]): void {
  if (value === undefined || value === null || fields.length >= maxGenericFields || path === 'conditions') return;
  if (isJsonObject(value)) {
    for (const [key, item] of Object.entries(value)) flatten(path === '' ? key : `${path}.${key}`, item, fields);
  } else if (Array.isArray(value) && (value as readonly JsonValue[]).some((item) => typeof item === 'object')) {
    (value as readonly JsonValue[]).forEach((item, index) => flatten(`${path}[${String(index)}]`, item, fields));
  } else fields.push({ label: oneLine(path), value: oneLine(valueText(value)) });
}

/** A description as plain text, for a document or a terminal. `label` puts titles and labels into the reader's language. */
export function describeText(sections: readonly ResourceSection[], label: (english: string) => string): string {
  return `${sections.map((section) => sectionText(section, label)).join('\n\n')}\n`;
}

function sectionText({ title, fields, table: shown }: ResourceSection, label: (english: string) => string): string {
  const lines = [`${label(title)}:`];
  const width = Math.max(0, ...fields.map((field) => label(field.label).length + 1));
  for (const field of fields) lines.push(`  ${`${label(field.label)}:`.padEnd(width)}  ${field.value}`);
  if (shown !== undefined) {
    const rows = [shown.columns.map(label), ...shown.rows];
    const widths = shown.columns.map((_, column) => Math.min(60, Math.max(...rows.map((row) => row[column]?.length ?? 0))));
    if (shown.rows.length === 0) lines.push(`  ${label('None')}`);
    else for (const row of rows) lines.push(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd());
  }
  return lines.join('\n');
}
