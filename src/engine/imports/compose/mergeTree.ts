import { invalid } from './composeFailure';
import { volumeOf } from './shortForms';
import type { Entry, ListTree, MapTree, Place, Tree } from './tree';
import { cloneTree, get, goText, isList, isMap, isNull, isText, list, map, PathTable, sameTree, scalar, textOf } from './tree';

/**
 * How compose files override one another (compose-spec, 13-merge): maps by key, lists one after the other without equal entries, and
 * the exceptions of the table below. The second one wins; both may be changed.
 */
export function mergeTrees(base: Tree, over: Tree, path: readonly string[]): Tree {
  const special = specials.find(path);
  if (special !== undefined) return special(base, over, path);
  if (isNull(over)) return base;
  if (base.kind === 'map') {
    if (over.kind !== 'map') throw invalid(over.at, `${path.join('.')} cannot be overridden by this: it is a map`);
    return mergeMaps(base, over, path);
  }
  if (base.kind === 'list') {
    if (over.kind !== 'list') throw invalid(over.at, `${path.join('.')} cannot be overridden by this: it is a list`);
    return withoutRepeats(base, over.items);
  }
  return over;
}

export function mergeMaps(base: MapTree, over: MapTree, path: readonly string[]): MapTree {
  for (const [key, entry] of over.entries) {
    const there = base.entries.get(key);
    if (there === undefined) base.entries.set(key, entry);
    else base.entries.set(key, { at: entry.at, value: mergeTrees(there.value, entry.value, [...path, key]) });
  }
  return base;
}

type Merge = (base: Tree, over: Tree, path: readonly string[]) => Tree;

const override: Merge = (_base, over) => over;
const toSequence: Merge = (base, over) => withoutRepeats(list([...asSequence(base)], base.at), asSequence(over));
const keyValues: Merge = (base, over, path) => uniqueItems(list([...asSequence(base), ...asSequence(over)], over.at), keyOf, path);
const asMaps: Merge = (base, over, path) => mergeMaps(asMap(base, undefined, path), asMap(over, undefined, path), path);

const dependencies: Merge = (base, over, path) => {
  const defaults = (at: Place): Tree =>
    map(
      [
        ['condition', scalar('service_started', at)],
        ['required', scalar(true, at)],
      ],
      at,
    );
  return mergeMaps(asMap(base, defaults, path), asMap(over, defaults, path), path);
};

const builds: Merge = (base, over, path) => {
  const toBuild = (tree: Tree): MapTree => (isMap(tree) ? tree : isText(tree) ? map([['context', tree]], tree.at) : map([], tree.at));
  return mergeMaps(toBuild(base), toBuild(over), path);
};

const logging: Merge = (base, over, path) => {
  if (!isMap(base) || !isMap(over)) throw invalid(over.at, `${path.join('.')} must be a map`);
  const [one, other] = [textOf(get(base, 'driver')), textOf(get(over, 'driver'))];
  return one === other || one === undefined || other === undefined ? mergeMaps(base, over, path) : over;
};

const ulimits: Merge = (base, over, path) => (isMap(base) && isMap(over) ? mergeMaps(base, over, path) : over);

const addressPools: Merge = (base, over, path) => {
  if (!isList(base) || !isList(over)) throw invalid(over.at, `${path.join('.')} must be a list`);
  const made: MapTree[] = [];
  const subnet = (tree: Tree): string | undefined => textOf(get(tree, 'subnet'));
  for (const original of base.items) {
    const right = asMap(original, undefined, path);
    for (const next of over.items) {
      const left = asMap(next, undefined, path);
      if (subnet(left) !== subnet(right) && !made.some((one) => subnet(one) === subnet(left))) {
        made.push(left);
        continue;
      }
      const merged = mergeMaps(right, left, path);
      const index = made.findIndex((one) => subnet(one) === subnet(merged));
      if (index >= 0) made[index] = merged;
      else made.push(merged);
    }
  }
  return list(made, over.at);
};

const ofWorkloads: readonly (readonly [string, Merge])[] = [
  ...['annotations', 'build.args', 'build.additional_contexts', 'build.labels', 'environment', 'labels', 'volumes.*.volume.labels', 'sysctls'].map(
    (key) => [key, keyValues] as const,
  ),
  ...['build.extra_hosts', 'dns', 'dns_opt', 'dns_search', 'env_file', 'label_file', 'extra_hosts', 'tmpfs'].map((key) => [key, toSequence] as const),
  ...['command', 'entrypoint', 'healthcheck.test'].map((key) => [key, override] as const),
  ...['models', 'networks'].map((key) => [key, asMaps] as const),
  ['build', builds],
  ['depends_on', dependencies],
  ['logging', logging],
  ['ulimits.*', ulimits],
];

const specials = new PathTable<Merge>([
  ['networks.*.ipam.config', addressPools],
  ...['networks', 'volumes', 'secrets', 'configs'].map((key) => [`${key}.*.labels`, keyValues] as const),
  ['services.*.deploy.labels', keyValues],
  ...['services', 'jobs'].flatMap((prefix) => ofWorkloads.map(([key, merge]) => [`${prefix}.*.${key}`, merge] as const)),
]);

function withoutRepeats(base: ListTree, over: readonly Tree[]): ListTree {
  for (const item of over) if (!base.items.some((one) => sameTree(one, item))) base.items.push(item);
  return base;
}

/** A map as a sorted list of `key=value`, a text as a list of one. */
function asSequence(tree: Tree): Tree[] {
  if (isList(tree)) return tree.items;
  if (isText(tree)) return [tree];
  if (!isMap(tree)) return [];
  const made: Tree[] = [];
  for (const [key, entry] of tree.entries) {
    if (isNull(entry.value)) made.push(scalar(key, entry.at));
    else for (const value of isList(entry.value) ? entry.value.items : [entry.value]) made.push(pairOf(key, entry, value));
  }
  return made.sort((a, b) => ((textOf(a) ?? '') < (textOf(b) ?? '') ? -1 : 1));
}

function pairOf(key: string, entry: Entry, value: Tree): Tree {
  if (value.kind !== 'scalar') throw invalid(value.at, `"${key}" must be a text or a number`);
  const { masked, secrets } = value;
  const text = `${key}=${goText(value.value)}`;
  return {
    kind: 'scalar',
    at: entry.at,
    value: text,
    ...(masked === undefined ? {} : { masked: `${key}=${masked}` }),
    ...(secrets === undefined ? {} : { secrets }),
  };
}

function asMap(tree: Tree, defaults: ((at: Place) => Tree) | undefined, path: readonly string[]): MapTree {
  if (isMap(tree)) return tree;
  if (isNull(tree)) return map([], tree.at);
  const items = isText(tree) ? [tree] : isList(tree) ? tree.items : [];
  return map(
    items.map((item) => {
      if (!isText(item)) throw invalid(item.at, `${path.join('.')} takes names`);
      return [item.value, defaults?.(item.at) ?? scalar(null, item.at)] as const;
    }),
    tree.at,
  );
}

type KeyOf = (item: Tree) => string;

function keyOf(item: Tree): string {
  if (!isText(item)) throw invalid(item.at, 'a text is wanted here, such as "key=value"');
  const cut = item.value.indexOf('=');
  return cut < 0 ? item.value : item.value.slice(0, cut);
}
const textKey: KeyOf = (item) => textOf(item) ?? '';
const mountKey =
  (folder: string): KeyOf =>
  (item) =>
    isText(item) ? `${folder}/${item.value}` : (textOf(get(item, 'target')) ?? `${folder}/${textOf(get(item, 'source')) ?? ''}`);
const volumeKey: KeyOf = (item) => {
  if (isText(item)) return textOf(get(volumeOf(item), 'target')) ?? '';
  const target = textOf(get(item, 'target'));
  if (target === undefined) throw invalid(item.at, 'a volume needs a "target"');
  return target;
};
const deviceKey: KeyOf = (item) => {
  if (isText(item)) {
    const parts = item.value.split(':');
    return parts[1] ?? parts[0] ?? '';
  }
  const target = textOf(get(item, 'target'));
  if (target === undefined) throw invalid(item.at, 'a device needs a "target"');
  return target;
};
const portKey: KeyOf = (item) => {
  if (!isMap(item)) return textOf(item) ?? '';
  const target = textOf(get(item, 'target'));
  if (target === undefined) throw invalid(item.at, 'a port needs a "target"');
  const part = (key: string, usual: string): string => textOf(get(item, key)) ?? usual;
  return `${part('host_ip', '0.0.0.0')}:${part('published', '')}:${target}/${part('protocol', 'tcp')}`;
};

const uniques = new PathTable<KeyOf>([
  ...[
    'networks.*.labels',
    'networks.*.ipam.options',
    ...['annotations', 'build.args', 'build.additional_contexts', 'build.platform', 'build.tags', 'build.labels', 'cap_add', 'cap_drop'].map(
      (key) => `services.*.${key}`,
    ),
    ...['deploy.labels', 'dns', 'dns_opt', 'dns_search', 'environment', 'labels', 'links', 'networks.*.aliases', 'networks.*.link_local_ips'].map(
      (key) => `services.*.${key}`,
    ),
    ...['profiles', 'sysctls', 'tmpfs'].map((key) => `services.*.${key}`),
  ].map((path) => [path, keyOf] as const),
  ['services.*.expose', textKey],
  ['services.*.env_file', (item) => (isText(item) ? item.value : (textOf(get(item, 'path')) ?? ''))],
  ['services.*.configs', mountKey('')],
  ['services.*.secrets', mountKey('/run/secrets')],
  ['services.*.ports', portKey],
  ['services.*.volumes', volumeKey],
  ['services.*.devices', deviceKey],
]);

/** Keeps one entry per key in the lists that have keys: the last one, at the place of the first. */
export function makeUnique(tree: Tree, path: readonly string[] = []): Tree {
  if (tree.kind === 'map') for (const [key, entry] of tree.entries) entry.value = makeUnique(entry.value, [...path, key]);
  else if (tree.kind === 'list') {
    const keyFor = uniques.find(path);
    if (keyFor !== undefined) return uniqueItems(tree, keyFor, path);
  }
  return tree;
}

function uniqueItems(tree: ListTree, keyFor: KeyOf, _path: readonly string[]): ListTree {
  const made: Tree[] = [];
  const places = new Map<string, number>();
  for (const item of tree.items) {
    const key = keyFor(item);
    const index = places.get(key);
    if (index === undefined) places.set(key, made.push(item) - 1);
    else made[index] = item;
  }
  return list(made, tree.at);
}

/** Takes out of `tree` what paths of `!reset` and `!override` name; a `*` in them stands for any key. */
export function resetPaths(tree: Tree, resets: readonly (readonly string[])[], path: readonly string[] = []): void {
  if (resets.length === 0 || tree.kind !== 'map') return;
  for (const [key, entry] of tree.entries) {
    const at = [...path, key];
    if (resets.some((reset) => reset.length === at.length && reset.every((part, index) => part === '*' || part === at[index]))) tree.entries.delete(key);
    else resetPaths(entry.value, resets, at);
  }
}

/** The service that another one extends, under that other one's keys. */
export function extendService(base: Tree, service: Tree): Tree {
  return mergeTrees(cloneTree(base), service, ['services', 'x']);
}
