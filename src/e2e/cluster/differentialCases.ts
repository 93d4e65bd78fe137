// Exchanges for the comparison of sandbox and real API server: seeded, so that a difference can be had again by its number.
import type { JsonMap } from '../../sandbox/objects';
import { mergePatched } from '../../sandbox/semantics/patches';
import { editsOf, jsonPatchesOf, objectOf, pathOf, type Edit } from './differentialObjects';

export interface Exchange {
  /** Where it came from: scenario and step, and what it does, for the list of differences. */
  readonly title: string;
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the namespace, with the query: `/apis/apps/v1/namespaces/$ns/deployments/web?force=true`. */
  readonly path: string;
  readonly contentType?: string;
  /** `$rv` and `$uid` in it stand for those of the live object, read just before. */
  readonly body?: unknown;
}

export const kinds = ['Deployment', 'Service', 'ConfigMap', 'Secret', 'Ingress', 'Pod'] as const;
export const furtherKinds = [
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'ControllerRevision',
  'Job',
  'CronJob',
  'PersistentVolumeClaim',
  'ServiceAccount',
  'NetworkPolicy',
  'HorizontalPodAutoscaler',
  'PodDisruptionBudget',
  'Role',
  'RoleBinding',
  'LimitRange',
  'ResourceQuota',
  'Lease',
] as const;
/** The kind of the definition that the suite makes on both servers. */
export const customKinds = ['Shelf'] as const;
export type Kind = (typeof kinds)[number] | (typeof furtherKinds)[number] | (typeof customKinds)[number];

/** A small generator of even 32-bit numbers (mulberry32). */
export class Dice {
  #state: number;
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }
  below(count: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % count;
  }
  /** One of the items, of which there must be some. */
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
}

/** `kubectl` is treated apart by the server when an object was applied from the client before. */
const managers = ['alpha', 'beta', 'gamma', 'kubectl'] as const;
const apply = 'application/apply-patch+yaml';
const patchTypes = ['application/merge-patch+json', 'application/strategic-merge-patch+json'] as const;

/** One object's life: made, changed by several managers, removed. */
function scenario(number: number, kind: Kind, dice: Dice): Exchange[] {
  const name = `${kind.toLowerCase()}-${number}`;
  const steps: Exchange[] = [];
  const add = (what: string, exchange: Omit<Exchange, 'title'>): void => {
    steps.push({ title: `#${number}.${steps.length} ${kind}: ${what}`, ...exchange });
  };
  const at = pathOf(kind, name);
  const edits = editsOf(kind);
  const sound = edits.filter((edit) => edit.sound);
  const edit = (): Edit => dice.pick(dice.chance(60) ? sound : edits);
  const full = (one: Edit): JsonMap => mergePatched(objectOf(kind, name), one.patch) as JsonMap;
  const validation = (): string => dice.pick(['', 'Strict', 'Strict', 'Warn', 'Ignore']);
  const query = (...parts: readonly string[]): string => {
    const kept = parts.filter((part) => part !== '');
    return kept.length === 0 ? '' : `?${kept.join('&')}`;
  };
  const options = (): string[] => {
    const checked = validation();
    return [checked === '' ? '' : `fieldValidation=${checked}`, dice.chance(10) ? 'dryRun=All' : ''];
  };

  const create = (one: Edit): void => {
    const manager = dice.pick(managers);
    add(`create, ${one.name}`, {
      method: 'POST',
      path: `${pathOf(kind)}${query(`fieldManager=${manager}`, ...options())}`,
      contentType: 'application/json',
      body: full(one),
    });
  };
  const applyFull = (one: Edit): void => {
    const manager = dice.pick(managers);
    add(`apply by ${manager}, ${one.name}`, {
      method: 'PATCH',
      path: `${at}${query(`fieldManager=${manager}`, `force=${dice.chance(40)}`, ...options())}`,
      contentType: apply,
      body: full(one),
    });
  };
  const applyPart = (one: Edit): void => {
    const { apiVersion, kind: kindName } = objectOf(kind, name);
    const manager = dice.pick(managers);
    const part = mergePatched({ apiVersion: apiVersion ?? '', kind: kindName ?? '', metadata: { name } }, one.patch);
    add(`apply a part by ${manager}, ${one.name}`, {
      method: 'PATCH',
      path: `${at}${query(`fieldManager=${manager}`, `force=${dice.chance(40)}`, ...options())}`,
      contentType: apply,
      body: part,
    });
  };
  const put = (one: Edit): void => {
    const version = dice.pick(['', '', '$rv', '$rv', '1']);
    const uid = dice.pick(['', '', '', '$uid', '00000000-0000-0000-0000-000000000000']);
    const body = full(one);
    const metadata = { ...(body['metadata'] as JsonMap), ...(version === '' ? {} : { resourceVersion: version }), ...(uid === '' ? {} : { uid }) };
    add(`put, ${one.name}${version === '1' ? ', stale' : ''}${uid.startsWith('0') ? ', wrong uid' : ''}`, {
      method: 'PUT',
      path: `${at}${query(`fieldManager=${dice.pick(managers)}`, ...options())}`,
      contentType: 'application/json',
      body: { ...body, metadata },
    });
  };
  const patch = (one: Edit): void => {
    const type = dice.pick(patchTypes);
    add(`${type.includes('strategic') ? 'strategic' : 'merge'} patch, ${one.name}`, {
      method: 'PATCH',
      path: `${at}${query(`fieldManager=${dice.pick(managers)}`, ...options())}`,
      contentType: type,
      body: one.patch,
    });
  };
  const jsonPatch = (): void => {
    const one = dice.pick(jsonPatchesOf(kind));
    add(`json patch, ${one.name}`, {
      method: 'PATCH',
      path: `${at}${query(`fieldManager=${dice.pick(managers)}`, ...options())}`,
      contentType: 'application/json-patch+json',
      body: one.operations,
    });
  };
  const merge = (what: string, body: JsonMap): void =>
    add(what, { method: 'PATCH', path: `${at}?fieldManager=alpha`, contentType: 'application/merge-patch+json', body });
  const remove = (): void => {
    const preconditions = dice.pick([undefined, undefined, { uid: '00000000-0000-0000-0000-000000000000' }, { uid: '$uid' }, { resourceVersion: '1' }]);
    add(`delete${preconditions === undefined ? '' : `, preconditions ${JSON.stringify(preconditions)}`}`, {
      method: 'DELETE',
      path: `${at}${query(dice.chance(10) ? 'dryRun=All' : '')}`,
      contentType: 'application/json',
      body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...(preconditions === undefined ? {} : { preconditions }) },
    });
  };
  const holdAndRemove = (): void => {
    merge('set a finalizer', { metadata: { finalizers: ['example.com/hold'] } });
    add('delete what is held', { method: 'DELETE', path: at });
    merge('change what is being deleted', { metadata: { labels: { late: 'yes' } } });
    merge('add a finalizer too late', { metadata: { finalizers: ['example.com/hold', 'example.com/more'] } });
    merge('take the finalizer away', { metadata: { finalizers: null } });
    add('get what is gone', { method: 'GET', path: at });
  };

  const starts = [create, create, applyFull];
  const start = dice.pick(starts);
  start(edit());
  // Whatever came of the first try, the object is there after these.
  add('create plainly', { method: 'POST', path: `${pathOf(kind)}?fieldManager=alpha`, contentType: 'application/json', body: objectOf(kind, name) });
  for (let step = 0; step < 7; step++) {
    const what = dice.pick([
      put,
      patch,
      patch,
      applyFull,
      applyFull,
      applyPart,
      applyPart,
      applyPart,
      jsonPatch,
      () => add('get', { method: 'GET', path: at }),
    ]);
    what(edit());
  }
  if (dice.chance(30)) holdAndRemove();
  else remove();
  return steps;
}

/** `count` scenarios over the given kinds in turn, the same ones for the same seed. */
export function exchanges(seed: number, count: number, of: readonly Kind[] = kinds): Exchange[] {
  const made: Exchange[] = [];
  for (let number = 0; number < count; number++) made.push(...scenario(number, of[number % of.length] ?? 'ConfigMap', new Dice(seed * 1_000_003 + number)));
  return made;
}
