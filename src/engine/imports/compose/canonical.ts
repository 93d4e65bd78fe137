import { invalid } from './composeFailure';
import { deviceOf, portsOf, volumeOf } from './shortForms';
import type { MapTree, Place, Tree } from './tree';
import { get, isList, isMap, isNull, isText, list, map, PathTable, scalar, set, textOf } from './tree';

type Transform = (tree: Tree, path: readonly string[]) => Tree;

const textOrList: Transform = (tree) => (isText(tree) ? list([tree], tree.at) : tree);

const envFiles: Transform = (tree, path) => {
  const one = (item: Tree): Tree => {
    const made = isText(item) ? map([['path', item]], item.at) : item;
    if (!isMap(made)) throw invalid(item.at, `${path.join('.')} takes paths`);
    if (!made.entries.has('required')) set(made, 'required', scalar(true, made.at));
    return made;
  };
  if (isText(tree)) return list([one(tree)], tree.at);
  if (isList(tree)) return list(tree.items.map(one), tree.at);
  throw invalid(tree.at, `${path.join('.')} must be a path or a list of paths`);
};

const namesToMap: Transform = (tree) =>
  isList(tree)
    ? map(
        tree.items.map((item) => [textOf(item) ?? '', scalar(null, item.at)] as const),
        tree.at,
      )
    : tree;

const fileMount: Transform = (tree, path) => {
  if (isMap(tree)) return tree;
  if (isText(tree)) return map([['source', tree]], tree.at);
  throw invalid(tree.at, `${path.join('.')} must be a name or a map`);
};

const external: Transform = (tree, path) => {
  if (isNull(tree)) return tree;
  if (!isMap(tree)) throw invalid(tree.at, `${path.join('.')} must be a map`);
  inside(tree, path);
  const outer = get(tree, 'external');
  if (!isMap(outer)) return tree;
  const name = get(outer, 'name');
  set(tree, 'external', scalar(true, outer.at));
  const own = textOf(get(tree, 'name'));
  if (name !== undefined && own !== undefined && own !== textOf(name)) throw invalid(outer.at, `${path.join('.')} has two names: keep "name" alone`);
  if (name !== undefined && own === undefined) set(tree, 'name', name);
  return tree;
};

const dependencies: Transform = (tree, path) => {
  const whole = (at: Place): readonly (readonly [string, Tree])[] => [
    ['condition', scalar('service_started', at)],
    ['required', scalar(true, at)],
  ];
  if (isList(tree))
    return map(
      tree.items.map((item) => [textOf(item) ?? '', map(whole(item.at), item.at)] as const),
      tree.at,
    );
  if (!isMap(tree)) throw invalid(tree.at, `${path.join('.')} must be a list or a map`);
  for (const [name, entry] of tree.entries) {
    const { value } = entry;
    if (!isMap(value)) throw invalid(entry.at, `${path.join('.')}.${name} must be a map such as {condition: service_started}`);
    for (const [key, usual] of whole(entry.at)) if (!value.entries.has(key)) set(value, key, usual);
  }
  return tree;
};

const keyValues: Transform = (tree, path) => {
  if (!isList(tree)) return tree;
  return map(
    tree.items.map((item) => {
      const text = textOf(item) ?? '';
      const cut = text.indexOf('=');
      if (cut < 0) throw invalid(item.at, `${path.join('.')} takes "key=value"`);
      return [text.slice(0, cut), scalar(text.slice(cut + 1), item.at)] as const;
    }),
    tree.at,
  );
};

const sshKeys: Transform = (tree) => {
  if (!isList(tree)) return tree;
  return map(
    tree.items.map((item) => {
      const text = textOf(item) ?? '';
      const cut = text.indexOf('=');
      if (cut < 0 && text !== 'default') throw invalid(item.at, `"${text}" is no SSH key: write "id=path"`);
      return cut < 0 ? ([text, scalar(null, item.at)] as const) : ([text.slice(0, cut), scalar(text.slice(cut + 1), item.at)] as const);
    }),
    tree.at,
  );
};

/** Ports of one service, of which a range says many in few words. */
const maxPorts = 20_000;

const ports: Transform = (tree, path) => {
  if (!isList(tree)) throw invalid(tree.at, `${path.join('.')} must be a list`);
  const made: Tree[] = [];
  for (const item of tree.items) {
    if (isMap(item)) made.push(item);
    else if (item.kind === 'scalar' && (typeof item.value === 'string' || typeof item.value === 'number'))
      for (const port of portsOf({ ...item, value: item.value }, maxPorts)) made.push(port);
    else throw invalid(item.at, `${path.join('.')} takes ports`);
    if (made.length > maxPorts) throw invalid(item.at, `${path.join('.')} has more than ${maxPorts} ports`);
  }
  return list(made, tree.at);
};

const mount: Transform = (tree) => (isText(tree) ? volumeOf(tree) : tree);
const device: Transform = (tree) => (isText(tree) ? deviceOf(tree) : tree);
const asContext =
  (key: string): Transform =>
  (tree, path) =>
    isText(tree) ? map([[key, tree]], tree.at) : isMap(tree) ? inside(tree, path) : tree;

const containerRows: readonly (readonly [string, Transform])[] = [
  ['env_file', envFiles],
  ['label_file', textOrList],
  ['gpus', (tree) => (isText(tree) ? list([map([['count', scalar('all', tree.at)]], tree.at)], tree.at) : tree)],
  ['networks', namesToMap],
  ['models', namesToMap],
  ['volumes.*', mount],
  ['dns', textOrList],
  ['devices.*', device],
  ['secrets.*', fileMount],
  ['configs.*', fileMount],
];
const workloadRows: readonly (readonly [string, Transform])[] = [
  ['build.secrets.*', fileMount],
  ['build.provenance', (tree) => scalar(textOf(tree) ?? '', tree.at)],
  ['build.sbom', (tree) => scalar(textOf(tree) ?? '', tree.at)],
  ['build.additional_contexts', keyValues],
  ['depends_on', dependencies],
  ['extends', asContext('service')],
  ['ports', ports],
  ['build', asContext('context')],
  ['build.ssh', sshKeys],
];

const transforms = new PathTable<Transform>([
  ...['services.*', 'jobs.*', 'services.*.pre_start.*'].flatMap((prefix) => containerRows.map(([key, made]) => [`${prefix}.${key}`, made] as const)),
  ...['services.*', 'jobs.*'].flatMap((prefix) => workloadRows.map(([key, made]) => [`${prefix}.${key}`, made] as const)),
  ['jobs.*.triggers.schedule.*', asContext('cron')],
  ['services.*.develop.watch.*.ignore', textOrList],
  ['services.*.develop.watch.*.include', textOrList],
  ...['volumes', 'networks', 'secrets', 'configs'].map((key) => [`${key}.*`, external] as const),
  ['include.*', asContext('path')],
]);

/** Turns every short form into its long one. Long forms stay what they are, so that it can be done again after each merge. */
export function canonicalTree(tree: Tree, path: readonly string[] = []): Tree {
  const transform = transforms.find(path);
  return transform === undefined ? inside(tree, path) : transform(tree, path);
}

function inside(tree: Tree, path: readonly string[]): Tree {
  if (isMap(tree)) for (const [key, entry] of tree.entries) entry.value = canonicalTree(entry.value, [...path, key]);
  else if (isList(tree)) tree.items = tree.items.map((item) => canonicalTree(item, [...path, '[]']));
  return tree;
}

/** Puts in what compose takes for granted: contexts of builds, places of secrets, the protocol and mode of ports, counts of devices. */
export function withDefaults(root: MapTree): void {
  for (const section of ['services', 'jobs']) {
    for (const service of mapsIn(get(root, section))) {
      const build = get(service, 'build');
      if (isMap(build)) usual(build, 'context', '.');
      for (const secret of mapsIn(get(service, 'secrets'))) usual(secret, 'target', `/run/secrets/${textOf(get(secret, 'source')) ?? ''}`);
      for (const port of mapsIn(get(service, 'ports'))) {
        usual(port, 'protocol', 'tcp');
        usual(port, 'mode', 'ingress');
      }
      const devices = section === 'services' ? get(service, 'deploy', 'resources', 'reservations', 'devices') : undefined;
      for (const request of [...mapsIn(get(service, 'gpus')), ...mapsIn(devices)]) if (!request.entries.has('device_ids')) usual(request, 'count', 'all');
      for (const volume of mapsIn(get(service, 'volumes'))) {
        const bind = get(volume, 'bind');
        if (isMap(bind)) usual(bind, 'create_host_path', true);
      }
    }
  }
}

function usual(tree: MapTree, key: string, value: string | boolean): void {
  if (!tree.entries.has(key)) set(tree, key, scalar(value, tree.at));
}

/** The maps among the items of a list or the values of a map. */
export function mapsIn(tree: Tree | undefined): readonly MapTree[] {
  const values = isList(tree) ? tree.items : isMap(tree) ? [...tree.entries.values()].map(({ value }) => value) : [];
  return values.filter(isMap);
}
