import type { ImportChoice } from '../../shared/importPreview';
import type { JsonValue } from '../../shared/json';
import { jsonObject } from '../../shared/json';
import type { MapTree } from './compose/tree';
import { get, isMap, itemsOf, scalar, textOf } from './compose/tree';
import { bytesOf } from './compose/typedTree';
import type { ServiceContext, Source } from './composeContext';
import { addNode, addTo, objectOf, take, tell, tellAt } from './composeContext';
import { memoryText } from './composeDeploy';
import { claimOf, isSmallText, isTrue, mountNode, resourceSource, secretFile, textIn } from './composeStorage';
import { labelOf } from './names';
import { isSensitive } from './sensitive';

const maxFilesOfFolder = 30;

/** Mounts of a service: claims, ConfigMaps of files, empty folders. */
export async function takeMounts(context: ServiceContext): Promise<void> {
  for (const [index, volume] of itemsOf(get(context.tree, 'volumes')).entries())
    if (isMap(volume)) await takeMount(context, volume, ['volumes', String(index)]);
  await takeVolumesFrom(context);
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

function mountChoice({ service, id }: ServiceContext, mountPath: string): Pick<ImportChoice, 'key' | 'kind' | 'node' | 'subject'> {
  return { key: `mount:${service}.${mountPath}`, kind: 'mount', node: id, subject: mountPath };
}

/** An empty folder, or nothing, because a person wants it so. */
function mountAsChosen(context: ServiceContext, volume: MapTree, keys: readonly string[], mountPath: string, as: 'emptyDir' | 'none'): void {
  if (as === 'none') return tell(context, 'lost', volume, keys, 'It is not mounted, as chosen.', 'Nothing.');
  addTo(context.data, 'volumeMounts', { type: 'emptyDir', name: labelOf(`empty${mountPath}`, 'empty'), mountPath });
  tell(context, 'changed', volume, keys, 'It is an empty folder that lasts as long as its pod, as chosen.', 'Nothing, if its files need not last.');
}

async function takeMount(context: ServiceContext, volume: MapTree, keys: readonly string[]): Promise<void> {
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

/** Mounts of other services, at the same places: those of named volumes, since a claim can be mounted by several pods. */
async function takeVolumesFrom(context: ServiceContext): Promise<void> {
  for (const [index, item] of itemsOf(get(context.tree, 'volumes_from')).entries()) {
    const keys = ['volumes_from', String(index)];
    const [other = '', mode = ''] = (textOf(item) ?? '').split(':');
    const volumes = itemsOf(get(context.project.root, 'services', other, 'volumes')).filter(isMap);
    if (other === 'container' || volumes.length === 0) continue;
    const own = new Set(itemsOf(get(context.tree, 'volumes')).map((volume) => textOf(get(volume, 'target'))));
    context.ledger.carry(item);
    for (const volume of volumes) {
      const target = textOf(get(volume, 'target')) ?? '';
      if (own.has(target)) continue;
      const isNamed = textOf(get(volume, 'type')) === 'volume' && (textOf(get(volume, 'source')) ?? '') !== '';
      // It is read only here where the one that gives it says so, or the one that takes it.
      if (isNamed) await takeMount(context, mode === 'ro' ? readOnly(volume) : volume, keys);
      else tellAt(context, 'lost', item.at, keys, `What "${other}" mounts at ${target} belongs to its pods alone.`, 'Name the volume, or repeat the mount.');
    }
  }
}

function readOnly(volume: MapTree): MapTree {
  return { ...volume, entries: new Map([...volume.entries, ['read_only', { at: volume.at, value: scalar(true, volume.at) }]]) };
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
  const choice = mountChoice(context, mountPath);
  const isExternal = source !== '' && isTrue(get(context.project.root, 'volumes', source, 'external'));
  const usual = source === '' ? 'emptyDir' : 'claim';
  const reason =
    source === ''
      ? 'It has no name, so nothing else uses it.'
      : isExternal
        ? 'The volume is made elsewhere.'
        : 'A named volume lasts longer than its containers.';
  const as = context.choices.offer({ ...choice, reason }, usual, ['claim', 'emptyDir', 'none']);
  if (as !== usual && as !== 'claim') return mountAsChosen(context, volume, keys, mountPath, as);
  if (source === '' && as === 'claim') {
    const id = claimOf(context, `${context.service}${mountPath}`, undefined, { at: volume.at, trees: [volume] });
    mountNode(context, id, { type: 'persistentVolumeClaim', mountPath });
    tellAt(context, 'changed', volume.at, keys, 'An anonymous volume becomes a claim, as chosen.', 'Nothing.');
    return;
  }
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
  if (isExternal) {
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
  mountNode(context, claimOf(context, source, definition, resourceSource(context, 'volumes', source, volume)), {
    type: 'persistentVolumeClaim',
    mountPath,
    subPath,
    readOnly: readOnly ? true : undefined,
  });
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

async function takeBind(context: ServiceContext, volume: MapTree, keys: readonly string[], mountPath: string): Promise<void> {
  const source = textOf(get(volume, 'source')) ?? '';
  const relative = context.project.relative(source);
  const choice = mountChoice(context, mountPath);
  const { choices } = context;
  if (relative === undefined) {
    const isDocker = source.endsWith('docker.sock');
    const reason = isDocker ? 'There is no Docker in a cluster.' : `"${source}" lies outside of the project's folder, on a machine that pods know nothing of.`;
    const as = choices.offer({ ...choice, reason }, 'none', isDocker ? ['none'] : ['none', 'emptyDir', 'claim']);
    if (as === 'claim') return mountClaim(context, volume, keys, mountPath, `The folder "${source}" becomes a claim, as chosen, which begins empty.`);
    if (as === 'emptyDir') return mountAsChosen(context, volume, keys, mountPath, as);
    const todo = isDocker ? 'Use the Kubernetes API with a service account.' : 'Put the files into the image, a ConfigMap or a claim.';
    return tell(context, 'lost', volume, keys, reason, todo);
  }
  for (const key of ['propagation', 'selinux', 'recursive']) {
    const option = get(volume, 'bind', key);
    if (option !== undefined) tell(context, 'lost', option, [...keys, 'bind', key], 'It is about folders of one machine.', 'Nothing.');
  }
  const files = await filesAt(context, relative);
  if (typeof files === 'string') return takeFolder(context, volume, keys, mountPath, relative, files);
  const [holds, looks] = [[...files.texts.values()].some((text) => isSensitive('', text)), [...files.texts.keys()].some((name) => secretFile.test(name))];
  const reason = holds ? 'What is in it is a secret.' : looks ? 'Its name looks like that of a secret.' : `"${relative}" is a small text.`;
  const as = choices.offer({ ...choice, reason }, holds || looks ? 'secret' : 'configMap', [
    ...(holds ? [] : ['configMap' as const]),
    'secret' as const,
    ...(files.isFolder ? ['claim' as const, 'emptyDir' as const] : []),
    'none' as const,
  ]);
  if (as === 'none' || as === 'emptyDir') return mountAsChosen(context, volume, keys, mountPath, as);
  if (as === 'claim') return mountClaim(context, volume, keys, mountPath, `The folder "${relative}" becomes a claim, as chosen, which begins empty.`);
  context.ledger.carry(...['type', 'source', 'target', 'read_only'].map((key) => get(volume, key)), get(volume, 'bind', 'create_host_path'));
  const hasSecrets = as === 'secret';
  const from = { at: volume.at, trees: [volume] };
  const id = hasSecrets ? secretOfFiles(context, relative, [...files.texts.keys()], from) : configOfFiles(context, relative, files.texts, from);
  const isScript = [...files.texts.values()].some((text) => text.startsWith('#!'));
  const type = hasSecrets ? 'secret' : 'configMap';
  const [key] = files.texts.keys();
  mountNode(context, id, { type, mountPath, subPath: files.isFolder ? undefined : key, mode: isScript ? '0755' : undefined });
  const told = hasSecrets
    ? `"${relative}" looks like a secret: only its name is taken, as a key of the Secret "${id}".`
    : `"${relative}" is taken as it is now, and cannot be written to.`;
  tellAt(
    context,
    'changed',
    volume.at,
    keys,
    told,
    hasSecrets ? 'Give its content when it is asked for.' : 'Import again, or edit the ConfigMap, when the file changes.',
  );
}

/** A folder of the machine. Of what is built it is part of the image; else it becomes a claim. */
function takeFolder(context: ServiceContext, volume: MapTree, keys: readonly string[], mountPath: string, relative: string, files: 'folder' | 'missing'): void {
  const isBuilt = get(context.tree, 'build') !== undefined;
  const reason = isBuilt ? `"${relative}" is a folder of the sources, which belong in the image that is built.` : 'A folder may be written to.';
  const as = context.choices.offer({ ...mountChoice(context, mountPath), reason }, isBuilt ? 'none' : 'claim', ['claim', 'emptyDir', 'none']);
  if (as === 'none' && isBuilt) return tell(context, 'lost', volume, keys, reason, 'Copy it in the Dockerfile.');
  if (as !== 'claim') return mountAsChosen(context, volume, keys, mountPath, as);
  const todo = files === 'missing' ? 'Nothing: it was empty.' : `Copy its files into the claim, or into the image at ${mountPath}.`;
  mountClaim(context, volume, keys, mountPath, `The folder "${relative}" becomes a claim, which begins empty.`, relative, todo);
}

/** A claim of the service's own in place of a folder of the machine. */
function mountClaim(
  context: ServiceContext,
  volume: MapTree,
  keys: readonly string[],
  mountPath: string,
  reason: string,
  name = mountPath,
  todo = `Copy its files into the claim, or into the image at ${mountPath}.`,
): void {
  context.ledger.carry(...['type', 'source', 'target', 'read_only'].map((key) => get(volume, key)), get(volume, 'bind', 'create_host_path'));
  const id = claimOf(context, `${context.service}-${name}`, undefined, { at: volume.at, trees: [volume] });
  mountNode(context, id, { type: 'persistentVolumeClaim', mountPath, readOnly: isTrue(get(volume, 'read_only')) ? true : undefined });
  tellAt(context, 'changed', volume.at, keys, reason, todo);
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

function configOfFiles(context: ServiceContext, path: string, texts: ReadonlyMap<string, string>, from: Source): string {
  const known = context.configs.get(path);
  if (known !== undefined) return known;
  const id = context.names.take(labelOf(`${path}-files`, 'files'));
  context.configs.set(path, id);
  addNode(context, id, 'configmap', id, { data: jsonObject(texts) }, from);
  return id;
}

function secretOfFiles(context: ServiceContext, path: string, keys: readonly string[], from: Source): string {
  const known = context.secrets.get(path);
  if (known !== undefined) return known;
  const id = context.names.take(labelOf(`${path}-files`, 'files'));
  context.secrets.set(path, id);
  addNode(context, id, 'secret', id, { keys }, from);
  return id;
}
