import type { JsonValue } from '../../shared/json';
import { jsonObject } from '../../shared/json';
import { entriesOf, get, isMap, itemsOf, textOf } from './compose/tree';
import type { MapTree, ScalarTree, Tree } from './compose/tree';
import { bytesOf } from './compose/typedTree';
import type { ComposeContext, ServiceContext } from './composeContext';
import { addNode, addTo, objectOf, take, tell, tellAt } from './composeContext';
import { memoryText } from './composeDeploy';
import { labelOf } from './names';
import { isSensitive } from './sensitive';

/** What the API server takes in one ConfigMap, with room for its keys; a workflow file should not hold more either. */
const maxConfigCharacters = 500_000;
const maxFilesOfFolder = 30;
/** Files that are secrets by what they are called. */
const secretFile = /(?:^|[._-])(?:env|pem|key|p12|pfx|jks|crt|cert|htpasswd|netrc|pgpass|id_(?:rsa|ed25519|ecdsa))$|secret|password|credential/i;

/** Mounts of a service: claims, ConfigMaps of files, empty folders. */
export async function takeMounts(context: ServiceContext): Promise<void> {
  for (const [index, volume] of itemsOf(get(context.tree, 'volumes')).entries()) {
    if (!isMap(volume)) continue;
    const keys = ['volumes', String(index)];
    const type = textOf(get(volume, 'type')) ?? '';
    const target = textOf(get(volume, 'target')) ?? '';
    if (!target.startsWith('/') || target.includes(':'))
      tell(context, 'lost', volume, keys, `"${target}" is no path in a container of Linux.`, 'Mount it at a path that begins with "/".');
    else if (type === 'volume') takeVolume(context, volume, keys, target);
    else if (type === 'tmpfs') {
      const size = get(volume, 'tmpfs', 'size');
      addTo(context.data, 'volumeMounts', emptyFolder(target, memoryText(size)));
      context.ledger.carry(...['type', 'target', 'read_only'].map((key) => get(volume, key)), size);
    } else if (type === 'bind') await takeBind(context, volume, keys, target);
    else tell(context, 'lost', volume, keys, `Mounts of type "${type}" have no equal.`, 'Put the files into the image, or into a claim.');
  }
  for (const [index, item] of itemsOf(get(context.tree, 'tmpfs')).entries()) {
    const [target = '', options = ''] = (textOf(item) ?? '').split(':');
    if (!target.startsWith('/')) continue;
    const size = /(?:^|,)size=([^,]+)/.exec(options)?.[1];
    const bytes = size === undefined ? undefined : bytesOf(size);
    addTo(
      context.data,
      'volumeMounts',
      emptyFolder(target, bytes === undefined ? undefined : memoryText({ kind: 'scalar', at: item.at, value: String(bytes) })),
    );
    context.ledger.carry(item);
    const others = options.split(',').filter((one) => one !== '' && !one.startsWith('size='));
    if (others.length > 0)
      tellAt(context, 'lost', item.at, ['tmpfs', String(index)], `The options ${others.join(', ')} have no equal.`, 'Nothing, unless the program needs them.');
  }
  const shared = take(context, 'shm_size');
  if (shared !== undefined) addTo(context.data, 'volumeMounts', emptyFolder('/dev/shm', memoryText(shared)));
}

function emptyFolder(mountPath: string, sizeLimit: string | undefined): JsonValue {
  return objectOf({ type: 'emptyDir', name: labelOf(`tmp${mountPath}`, 'tmp'), mountPath, medium: 'Memory', sizeLimit }) ?? {};
}

function takeVolume(context: ServiceContext, volume: MapTree, keys: readonly string[], mountPath: string): void {
  const source = textOf(get(volume, 'source')) ?? '';
  const subPath = textOf(get(volume, 'volume', 'subpath'));
  const readOnly = isTrue(get(volume, 'read_only'));
  context.ledger.carry(
    ...['type', 'source', 'target', 'read_only'].map((key) => get(volume, key)),
    get(volume, 'volume', 'subpath'),
    get(volume, 'volume', 'nocopy'),
  );
  const options = get(volume, 'volume');
  if (isMap(options) && options.entries.size === 0) context.ledger.carry(options);
  if (source === '') {
    addTo(context.data, 'volumeMounts', { type: 'emptyDir', name: labelOf(`anonymous${mountPath}`, 'anonymous'), mountPath });
    tellAt(
      context,
      'changed',
      volume.at,
      keys,
      'An anonymous volume becomes an empty folder that lasts as long as its pod, without what the image has there.',
      'Name the volume if its files must last.',
    );
    return;
  }
  const definition = get(context.project.root, 'volumes', source);
  if (isTrue(get(definition, 'external'))) {
    const name = labelOf(textOf(get(definition, 'name')) ?? source, 'claim');
    addTo(context.data, 'volumeMounts', objectOf({ type: 'persistentVolumeClaim', name, mountPath, subPath, readOnly: readOnly ? true : undefined }) ?? {});
    tellAt(
      context,
      'changed',
      volume.at,
      keys,
      `The volume is made elsewhere: the claim "${name}" must be there.`,
      'Make the claim in the namespace, or a node of it.',
    );
    return;
  }
  mountNode(context, claimOf(context, source, definition), { type: 'persistentVolumeClaim', mountPath, subPath, readOnly: readOnly ? true : undefined });
  if (isTrue(get(volume, 'volume', 'nocopy'))) return;
  tellAt(
    context,
    'note',
    volume.at,
    keys,
    `A new claim is empty and hides what the image has at ${mountPath}; compose would have copied it.`,
    'Nothing, unless the program needs those files.',
  );
}

/** The node of a named volume, made when the first service asks for it. */
function claimOf(context: ComposeContext, source: string, definition: Tree | undefined): string {
  const known = context.claims.get(source);
  if (known !== undefined) return known;
  const id = context.names.take(labelOf(source, 'claim'));
  context.claims.set(source, id);
  const given = textOf(get(definition, 'name')) ?? '';
  const name = given === '' || given === `${context.project.name}_${source}` ? id : labelOf(given, id);
  addNode(context, id, 'persistentvolumeclaim', name, {
    storage: '10Gi',
    accessModes: ['ReadWriteOnce'],
    annotations: annotationsOf(context, definition, `volumes.${source}`),
  });
  return id;
}

/** Mounts a node of the workflow: by its edge alone, or in words where one edge cannot say it. */
function mountNode(context: ServiceContext, node: string, mount: Readonly<Record<string, JsonValue | undefined>>): void {
  const there = context.edges.find((edge) => edge.from === node && edge.to === context.id);
  const { mountPath, subPath, readOnly, type, ...others } = mount;
  const isPlain = Object.values(others).every((value) => value === undefined);
  if (there === undefined) {
    const options = isPlain
      ? {
          ...(typeof mountPath === 'string' ? { mountPath } : {}),
          ...(typeof subPath === 'string' ? { subPath } : {}),
          ...(readOnly === true && type === 'persistentVolumeClaim' ? { readOnly: true } : {}),
        }
      : {};
    context.edges.push({ from: node, to: context.id, ...options });
    if (isPlain) return;
  } else if (there.mountPath !== undefined) {
    // The edge spoke for the first mount; what the workload lists counts instead of it.
    addTo(
      context.data,
      'volumeMounts',
      objectOf({ type: type ?? null, nodeId: node, mountPath: there.mountPath, subPath: there.subPath, readOnly: there.readOnly }) ?? {},
    );
    context.edges[context.edges.indexOf(there)] = { from: node, to: context.id };
  }
  addTo(
    context.data,
    'volumeMounts',
    objectOf({ type, nodeId: node, mountPath, subPath, readOnly: type === 'persistentVolumeClaim' ? readOnly : undefined, ...others }) ?? {},
  );
}

async function takeBind(context: ServiceContext, volume: MapTree, keys: readonly string[], mountPath: string): Promise<void> {
  const source = textOf(get(volume, 'source')) ?? '';
  const relative = context.project.relative(source);
  if (relative === undefined) {
    const isDocker = source.endsWith('docker.sock');
    tell(
      context,
      'lost',
      volume,
      keys,
      isDocker ? 'There is no Docker in a cluster.' : `"${source}" lies outside of the project's folder, on a machine that pods know nothing of.`,
      isDocker ? 'Use the Kubernetes API with a service account.' : 'Put the files into the image, a ConfigMap or a claim.',
    );
    return;
  }
  for (const key of ['propagation', 'selinux', 'recursive']) {
    const option = get(volume, 'bind', key);
    if (option !== undefined) tell(context, 'lost', option, [...keys, 'bind', key], 'It is about folders of one machine.', 'Nothing.');
  }
  const files = await filesAt(context, relative);
  if (typeof files === 'string' && get(context.tree, 'build') !== undefined) {
    tell(context, 'lost', volume, keys, `"${relative}" is a folder of the sources, which belong in the image that is built.`, 'Copy it in the Dockerfile.');
    return;
  }
  context.ledger.carry(...['type', 'source', 'target', 'read_only'].map((key) => get(volume, key)), get(volume, 'bind', 'create_host_path'));
  if (files === 'folder' || files === 'missing') {
    const id = claimOf(context, `${context.service}-${relative}`, undefined);
    mountNode(context, id, { type: 'persistentVolumeClaim', mountPath, readOnly: isTrue(get(volume, 'read_only')) ? true : undefined });
    tellAt(
      context,
      'changed',
      volume.at,
      keys,
      `The folder "${relative}" becomes a claim, which begins empty.`,
      files === 'missing' ? 'Nothing: it was empty.' : `Copy its files into the claim, or into the image at ${mountPath}.`,
    );
    return;
  }
  const hasSecrets = [...files.texts].some(([name, text]) => secretFile.test(name) || isSensitive('', text));
  const id = hasSecrets ? secretOfFiles(context, relative, [...files.texts.keys()]) : configOfFiles(context, relative, files.texts);
  const isScript = [...files.texts.values()].some((text) => text.startsWith('#!'));
  const type = hasSecrets ? 'secret' : 'configMap';
  const [key] = files.texts.keys();
  mountNode(context, id, { type, mountPath, subPath: files.isFolder ? undefined : key, mode: isScript ? '0755' : undefined });
  const reason = hasSecrets
    ? `"${relative}" looks like a secret: only its name is taken, as a key of the Secret "${id}".`
    : `"${relative}" is taken as it is now, and cannot be written to.`;
  tellAt(
    context,
    'changed',
    volume.at,
    keys,
    reason,
    hasSecrets ? 'Give its content when it is asked for.' : 'Import again, or edit the ConfigMap, when the file changes.',
  );
}

interface FoundFiles {
  readonly isFolder: boolean;
  readonly texts: ReadonlyMap<string, string>;
}

/** The small text files at a path: those become a ConfigMap. Anything else is a folder, or nothing. */
async function filesAt(context: ServiceContext, path: string): Promise<FoundFiles | 'folder' | 'missing'> {
  const entries = path === '.' ? undefined : await listed(context, path);
  if (entries !== undefined && entries.length > 0) {
    if (entries.length > maxFilesOfFolder || entries.some((entry) => entry.folder || !keyName.test(entry.name)) || get(context.tree, 'build') !== undefined)
      return 'folder';
    const texts = new Map<string, string>();
    for (const { name } of entries) texts.set(name, (await textIn(context, `${path}/${name}`)) ?? '\u0000');
    return isSmallText([...texts.values()]) ? { isFolder: true, texts } : 'folder';
  }
  const name = path.slice(path.lastIndexOf('/') + 1);
  const text = path === '.' ? undefined : await textIn(context, path);
  if (text === undefined) return path === '.' ? 'folder' : 'missing';
  return isSmallText([text]) && keyName.test(name) ? { isFolder: false, texts: new Map([[name, text]]) } : 'folder';
}

const keyName = /^[-._a-zA-Z0-9]{1,253}$/;

async function listed(context: ServiceContext, path: string): Promise<readonly { readonly name: string; readonly folder: boolean }[] | undefined> {
  try {
    return await context.files.list(path);
  } catch {
    // A link that leads out of the folder: what is behind it is not looked at.
    return undefined;
  }
}

async function textIn(context: ComposeContext, path: string): Promise<string | undefined> {
  try {
    return await context.files.read(path);
  } catch {
    // A folder, or a link that leads out of the project: neither has a text.
    return undefined;
  }
}

function isSmallText(texts: readonly string[]): boolean {
  return texts.reduce((sum, text) => sum + text.length, 0) <= maxConfigCharacters && texts.every((text) => !/[\u0000\uFFFD]/.test(text));
}

function configOfFiles(context: ServiceContext, path: string, texts: ReadonlyMap<string, string>): string {
  const known = context.configs.get(path);
  if (known !== undefined) return known;
  const id = context.names.take(labelOf(`${path}-files`, 'files'));
  context.configs.set(path, id);
  addNode(context, id, 'configmap', id, { data: jsonObject(texts) });
  return id;
}

function secretOfFiles(context: ServiceContext, path: string, keys: readonly string[]): string {
  const known = context.secrets.get(path);
  if (known !== undefined) return known;
  const id = context.names.take(labelOf(`${path}-files`, 'files'));
  context.secrets.set(path, id);
  addNode(context, id, 'secret', id, { keys });
  return id;
}

/** Configs and secrets that a service mounts. */
export async function takeFiles(context: ServiceContext): Promise<void> {
  for (const [index, mount] of itemsOf(get(context.tree, 'configs')).entries()) {
    const source = textOf(get(mount, 'source')) ?? '';
    const target = textOf(get(mount, 'target')) ?? `/${source}`;
    await takeFile(context, mount, ['configs', String(index)], source, target, 'configs');
  }
  for (const [index, mount] of itemsOf(get(context.tree, 'secrets')).entries()) {
    const source = textOf(get(mount, 'source')) ?? '';
    const given = textOf(get(mount, 'target')) ?? source;
    await takeFile(context, mount, ['secrets', String(index)], source, given.startsWith('/') ? given : `/run/secrets/${given}`, 'secrets');
  }
}

async function takeFile(
  context: ServiceContext,
  mount: Tree,
  keys: readonly string[],
  source: string,
  given: string,
  section: 'configs' | 'secrets',
): Promise<void> {
  const definition = get(context.project.root, section, source);
  const target = given.startsWith('/') ? given : `/${given}`;
  context.ledger.carry(get(mount, 'source'), get(mount, 'target'), get(mount, 'mode'));
  const mode = textOf(get(mount, 'mode'));
  const key = labelKey(source);
  const found = await fileNode(context, source, key, definition, section);
  if (found === undefined)
    return tellAt(
      context,
      'lost',
      mount.at,
      keys,
      `There is no content of "${source}" that could be taken.`,
      `Make a ${section === 'configs' ? 'ConfigMap' : 'Secret'} and mount it at ${target}.`,
    );
  const shared = { mountPath: target, subPath: key, mode: mode === undefined ? undefined : mode.padStart(4, '0').slice(-4) };
  if (found.node === undefined) addTo(context.data, 'volumeMounts', objectOf({ type: found.type, name: found.name, ...shared }) ?? {});
  else mountNode(context, found.node, { type: found.type, ...shared });
  for (const owner of ['uid', 'gid']) {
    const tree = get(mount, owner);
    if (tree !== undefined)
      tell(context, 'lost', tree, [...keys, owner], 'Files of ConfigMaps and Secrets belong to root.', 'Set fsGroup of the pod, or the mode.');
  }
}

interface FileNode {
  readonly type: 'configMap' | 'secret';
  readonly node?: string;
  readonly name?: string;
}

/** The node of a config or secret of the project; one that is made elsewhere has only a name. */
async function fileNode(
  context: ServiceContext,
  source: string,
  key: string,
  definition: Tree | undefined,
  section: 'configs' | 'secrets',
): Promise<FileNode | undefined> {
  const type = section === 'configs' ? 'configMap' : 'secret';
  const path = `${section}.${source}`;
  const name = labelOf(textOf(get(definition, 'name')) ?? source, source);
  if (isTrue(get(definition, 'external'))) {
    if (!context.configs.has(path))
      context.ledger.tellAt(
        'changed',
        definition?.at ?? context.tree.at,
        path,
        `It is made elsewhere: a ${type === 'secret' ? 'Secret' : 'ConfigMap'} "${name}" with the key "${key}" must be there.`,
        'Make it in the namespace.',
      );
    context.configs.set(path, name);
    return { type, name };
  }
  const known = (section === 'configs' ? context.configs : context.secrets).get(path);
  if (known !== undefined) return { type: context.nodes.some((node) => node.id === known && node.type === 'secret') ? 'secret' : type, node: known };
  const id = context.names.take(labelOf(source, 'file'));
  const annotations = annotationsOf(context, definition, path);
  const addSecretNode = (): FileNode => {
    (section === 'configs' ? context.configs : context.secrets).set(path, id);
    addNode(context, id, 'secret', id, { keys: [key], annotations });
    return { type: 'secret', node: id };
  };
  if (section === 'secrets') return addSecretNode();
  const content = get(definition, 'content') as ScalarTree | undefined;
  const file = textOf(get(definition, 'file'));
  const inside = file === undefined ? undefined : context.project.relative(file);
  const text = textOf(content) ?? (inside === undefined ? undefined : await textIn(context, inside));
  const variable = textOf(get(definition, 'environment')) ?? '';
  if (content?.secrets !== undefined || isSensitive(variable, text) || secretFile.test((file ?? '').slice((file ?? '').lastIndexOf('/') + 1))) {
    context.ledger.tellAt(
      'changed',
      definition?.at ?? context.tree.at,
      path,
      `It looks like a secret: only its name is taken, as a key of the Secret "${id}".`,
      'Give its content when it is asked for.',
    );
    return addSecretNode();
  }
  if (text === undefined || !isSmallText([text])) return undefined;
  context.configs.set(path, id);
  addNode(context, id, 'configmap', id, { data: jsonObject([[key, text]]), annotations });
  return { type, node: id };
}

/** A key that a ConfigMap or Secret may have. */
function labelKey(name: string): string {
  return name.replaceAll(/[^-._a-zA-Z0-9]+/g, '-');
}

/** Labels of a volume, config or secret, as annotations of its object. */
function annotationsOf(context: ComposeContext, definition: Tree | undefined, path: string): JsonValue | undefined {
  const made: Record<string, JsonValue> = jsonObject();
  for (const [name, { value }] of entriesOf(get(definition, 'labels'))) {
    if (!/^(?:[a-z0-9][-a-z0-9.]*\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/.test(name)) {
      context.ledger.tell('lost', value, `${path}.labels.${name}`, 'The key of an annotation has at most 63 letters, digits, "-", "_" and ".".', 'Rename it.');
      continue;
    }
    context.ledger.carry(value);
    made[name] = textOf(value) ?? '';
  }
  return Object.keys(made).length === 0 ? undefined : made;
}

export function isTrue(tree: Tree | undefined): boolean {
  return tree?.kind === 'scalar' && tree.value === true;
}

/** Claims that several pods mount need storage that takes it. */
export function widenClaims(context: ComposeContext): void {
  for (const [source, id] of context.claims) {
    const users = context.nodes.filter((node) => context.edges.some((edge) => edge.from === id && edge.to === node.id));
    const pods = users.reduce((sum, node) => sum + (node.type === 'daemonset' ? 2 : Number(node.data['replicas'] ?? node.data['parallelism'] ?? 1)), 0);
    if (pods < 2) continue;
    const index = context.nodes.findIndex((node) => node.id === id);
    const node = context.nodes[index];
    if (node === undefined) continue;
    context.nodes[index] = { ...node, data: { ...node.data, accessModes: ['ReadWriteMany'] } };
    const at = get(context.project.root, 'volumes', source)?.at ?? context.project.root.at;
    context.ledger.tellAt(
      'changed',
      at,
      `volumes.${source}`,
      `${users.map((user) => user.id).join(', ')} mount it in several pods, which takes storage that can be mounted many times (ReadWriteMany).`,
      'Set storageClassName to such a class, or give each its own claim.',
    );
  }
}
