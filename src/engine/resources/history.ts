import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, sameJson, valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { HistoryEntry, ResourceChange } from '../../shared/resource';
import { maxHistoryEntries, resourceWordTable } from '../../shared/resource';
import { itemsAt, numberAt, oneLine, textAt } from '../status/verdict';
import { valueText } from '../valueText';
import { listStatus } from './listStatus';

/** Annotations that tools write with every change; a change of them alone is none. */
const bookkeeping: ReadonlySet<string> = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'deployment.kubernetes.io/revision']);
/** Fields of one change that are told; the rest of a rewritten object would bury them. */
const maxFields = 20;
const maxValueLength = 120;
const createdAgain = 'Created again under the same name';

type FieldDifference = { readonly path: string; readonly before: JsonValue | undefined; readonly after: JsonValue | undefined };

/**
 * What happened between two states of one object, as texts for a history: most telling first. Nothing where only what the
 * cluster writes for itself differs (resourceVersion, managed fields, numbers of the status). The same name with another
 * uid is another object: the old one was deleted, the new one created. Pure.
 */
export function changesBetween(before: KubeObject | undefined, after: KubeObject | undefined, nowMs: number): readonly ResourceChange[] {
  if (before === undefined) return after === undefined ? [] : [plain('created', 'Created')];
  if (after === undefined) return [plain('deleted', 'Deleted')];
  if (before.metadata.uid !== after.metadata.uid) return [plain('deleted', 'Deleted'), plain('created', createdAgain)];
  const told: ResourceChange[] = [];
  const taken = new Set<string>();
  const scaled = replicasChange(before, after);
  if (scaled !== undefined) {
    told.push(scaled);
    taken.add('spec.replicas');
  }
  for (const image of imageChanges(before, after)) {
    told.push(image.change);
    for (const path of image.paths) taken.add(path);
  }
  told.push(...restarts(before, after), ...labelChange(before, after));
  const status = statusChange(before, after, nowMs);
  if (status !== undefined) told.push(status);
  const rest = otherDifferences(before, after).filter(({ path }) => !taken.has(path));
  if (rest.length > 0) {
    const hidden = after.kind === 'Secret';
    const fields = rest.slice(0, maxFields).map((difference) => fieldOf(difference, hidden));
    told.push({ action: 'updated', text: `Updated ${namesOf(rest.map(({ path }) => path))}`, fields });
  }
  return told;
}

/** The latest changes of one resource, in memory as long as someone watches it. */
export class ResourceHistory {
  readonly #entries: HistoryEntry[] = [];
  #nextId = 1;
  #last: KubeObject | undefined;
  #gone = false;

  /** Newest first. */
  get entries(): readonly HistoryEntry[] {
    return this.#entries;
  }

  /** Takes the present state in, undefined when the object is not there. The first one tells nothing: nobody saw what was before. */
  saw(object: KubeObject | undefined, nowMs: number): void {
    const before = this.#last;
    const wasGone = this.#gone;
    this.#gone = object === undefined;
    if (object !== undefined) this.#last = object;
    if (before === undefined || (wasGone && object === undefined)) return;
    const changes = wasGone ? [plain('created', createdAgain)] : changesBetween(before, object, nowMs);
    for (const change of changes) this.#add(change, nowMs);
  }

  #add(change: ResourceChange, nowMs: number): void {
    this.#entries.unshift({ ...change, id: this.#nextId++, at: new Date(nowMs).toISOString() });
    this.#entries.length = Math.min(this.#entries.length, maxHistoryEntries);
  }
}

function plain(action: ResourceChange['action'], text: string): ResourceChange {
  return { action, text, fields: [] };
}

function replicasChange(before: KubeObject, after: KubeObject): ResourceChange | undefined {
  const from = numberAt(before.spec, ['replicas']);
  const to = numberAt(after.spec, ['replicas']);
  if (from === undefined || to === undefined || from === to) return undefined;
  return {
    action: 'scaled',
    text: `Scaled from ${String(from)} to ${String(to)} ${to === 1 ? 'replica' : 'replicas'}`,
    fields: [{ path: 'spec.replicas', before: String(from), after: String(to) }],
  };
}

/** Where a kind keeps its pod spec. */
const podSpecPaths: readonly (readonly string[])[] = [['template', 'spec'], ['jobTemplate', 'spec', 'template', 'spec'], []];

function imageChanges(before: KubeObject, after: KubeObject): readonly { readonly change: ResourceChange; readonly paths: readonly string[] }[] {
  const found: { change: ResourceChange; paths: string[] }[] = [];
  for (const at of podSpecPaths) {
    for (const list of ['initContainers', 'containers']) {
      const old = new Map(itemsAt(before.spec, [...at, list]).map((container) => [textAt(container, ['name']) ?? '', textAt(container, ['image']) ?? '']));
      itemsAt(after.spec, [...at, list]).forEach((container, index) => {
        const name = textAt(container, ['name']) ?? '';
        const to = textAt(container, ['image']) ?? '';
        const from = old.get(name);
        if (from === undefined || from === to) return;
        const path = ['spec', ...at, `${list}[${String(index)}]`, 'image'].join('.');
        found.push({
          change: { action: 'image_changed', text: oneLine(`Image of ${name} changed from ${from} to ${to}`), fields: [{ path, before: from, after: to }] },
          paths: [path],
        });
      });
    }
  }
  return found;
}

function restarts(before: KubeObject, after: KubeObject): readonly ResourceChange[] {
  return ['initContainerStatuses', 'containerStatuses'].flatMap((field) => {
    const old = new Map(itemsAt(before.status, [field]).map((status) => [textAt(status, ['name']) ?? '', numberAt(status, ['restartCount']) ?? 0]));
    return itemsAt(after.status, [field]).flatMap((status): readonly ResourceChange[] => {
      const name = textAt(status, ['name']) ?? '';
      const from = old.get(name) ?? 0;
      const to = numberAt(status, ['restartCount']) ?? 0;
      if (to <= from) return [];
      const why = textAt(status, ['lastState', 'terminated', 'reason']);
      return [
        {
          action: 'container_restarted',
          text: oneLine(`Container ${name} restarted${why === undefined ? '' : ` after ${why}`} (${String(to)} ${to === 1 ? 'restart' : 'restarts'})`),
          fields: [{ path: `status.${field}[${name}].restartCount`, before: String(from), after: String(to) }],
        },
      ];
    });
  });
}

function labelChange(before: KubeObject, after: KubeObject): readonly ResourceChange[] {
  const differences = mapDifferences('metadata.labels', before.metadata.labels, after.metadata.labels);
  if (differences.length === 0) return [];
  return [
    {
      action: 'labels_changed',
      text: `Labels changed: ${namesOf(differences.map(({ path }) => path.slice('metadata.labels.'.length)))}`,
      fields: differences.slice(0, maxFields).map((difference) => fieldOf(difference, false)),
    },
  ];
}

function statusChange(before: KubeObject, after: KubeObject, nowMs: number): ResourceChange | undefined {
  const from = listStatus(before, nowMs);
  const to = listStatus(after, nowMs);
  if (from === to) return undefined;
  return {
    action: 'status_changed',
    text: `Status changed from ${resourceWordTable[from].label} to ${resourceWordTable[to].label}`,
    fields: [{ path: 'status', before: from, after: to }],
  };
}

/** Differences outside of what has a text of its own: spec, data, annotations and whatever else a kind keeps at its top. */
function otherDifferences(before: KubeObject, after: KubeObject): readonly FieldDifference[] {
  const found: FieldDifference[] = [];
  const rest = (object: KubeObject): JsonObject => {
    const { apiVersion: _, kind: __, metadata: ___, status: ____, ...others } = object as unknown as Record<string, JsonValue>;
    return others;
  };
  collect('', rest(before), rest(after), found);
  const annotations = (object: KubeObject): Readonly<Record<string, string>> =>
    Object.fromEntries(Object.entries(object.metadata.annotations ?? {}).filter(([key]) => !bookkeeping.has(key)));
  found.push(...mapDifferences('metadata.annotations', annotations(before), annotations(after)));
  collect('metadata.finalizers', [...(before.metadata.finalizers ?? [])], [...(after.metadata.finalizers ?? [])], found);
  collect('metadata.deletionTimestamp', before.metadata.deletionTimestamp, after.metadata.deletionTimestamp, found);
  return found;
}

function collect(path: string, before: JsonValue | undefined, after: JsonValue | undefined, found: FieldDifference[]): void {
  if (found.length >= maxFields * 5 || sameJson(before, after)) return;
  if (isJsonObject(before) && isJsonObject(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
      collect(path === '' ? key : `${path}.${key}`, valueAt(before, [key]), valueAt(after, [key]), found);
    }
    return;
  }
  if (Array.isArray(before) && Array.isArray(after) && before.length === after.length && before.length > 0) {
    (before as readonly JsonValue[]).forEach((item, index) => collect(`${path}[${String(index)}]`, item, (after as readonly JsonValue[])[index], found));
    return;
  }
  found.push({ path, before, after });
}

function mapDifferences(
  path: string,
  before: Readonly<Record<string, string>> | undefined,
  after: Readonly<Record<string, string>> | undefined,
): FieldDifference[] {
  const old = new Map(Object.entries(before ?? {}));
  const now = new Map(Object.entries(after ?? {}));
  return [...new Set([...old.keys(), ...now.keys()])]
    .filter((key) => old.get(key) !== now.get(key))
    .map((key) => ({ path: `${path}.${key}`, before: old.get(key), after: now.get(key) }));
}

function fieldOf({ path, before, after }: FieldDifference, hidden: boolean): ResourceChange['fields'][number] {
  // A Secret tells which key changed; even the stand-ins for its values stay here.
  const words = (value: JsonValue | undefined): string => (hidden ? '' : short(oneLine(valueText(value))));
  return { path: oneLine(path), before: words(before), after: words(after) };
}

function short(text: string): string {
  return text.length <= maxValueLength ? text : `${text.slice(0, maxValueLength)}…`;
}

function namesOf(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(oneLine).join(', ');
  return names.length <= 3 ? shown : `${shown} and ${String(names.length - 3)} more`;
}
