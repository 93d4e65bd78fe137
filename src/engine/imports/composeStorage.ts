import type { JsonValue } from '../../shared/json';
import { jsonObject } from '../../shared/json';
import { entriesOf, get, itemsOf, textOf } from './compose/tree';
import type { Entry, ScalarTree, Tree } from './compose/tree';
import type { ComposeContext, ServiceContext, Source } from './composeContext';
import { addNode, addTo, objectOf, tell, tellAt } from './composeContext';
import { labelOf } from './names';
import { isSensitive } from './sensitive';

/** What the API server takes in one ConfigMap, with room for its keys; a workflow file should not hold more either. */
const maxConfigCharacters = 500_000;
/** Files that are secrets by what they are called. */
export const secretFile = /(?:^|[._-])(?:env|pem|key|p12|pfx|jks|crt|cert|htpasswd|netrc|pgpass|id_(?:rsa|ed25519|ecdsa))$|secret|password|credential/i;

/** The node of a named volume, made when the first service asks for it. */
export function claimOf(context: ComposeContext, source: string, definition: Tree | undefined, from: Source): string {
  const known = context.claims.get(source);
  if (known !== undefined) return known;
  const id = context.names.take(labelOf(source, 'claim'));
  context.claims.set(source, id);
  const given = textOf(get(definition, 'name')) ?? '';
  const name = given === '' || given === `${context.project.name}_${source}` ? id : labelOf(given, id);
  addNode(
    context,
    id,
    'persistentvolumeclaim',
    name,
    {
      storage: '10Gi',
      accessModes: ['ReadWriteOnce'],
      annotations: annotationsOf(context, definition, `volumes.${source}`),
    },
    from,
  );
  return id;
}

/** Mounts a node of the workflow: by its edge alone, or in words where one edge cannot say it. */
export function mountNode(context: ServiceContext, node: string, mount: Readonly<Record<string, JsonValue | undefined>>): void {
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

export async function textIn(context: ComposeContext, path: string): Promise<string | undefined> {
  try {
    return await context.files.read(path);
  } catch {
    // A folder, or a link that leads out of the project: neither has a text.
    return undefined;
  }
}

export function isSmallText(texts: readonly string[]): boolean {
  return texts.reduce((sum, text) => sum + text.length, 0) <= maxConfigCharacters && texts.every((text) => !/[\u0000\uFFFD]/.test(text));
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
  const found = await fileNode(context, source, key, definition, section, mount);
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
  mount: Tree,
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
  const from = resourceSource(context, section, source, mount);
  const annotations = annotationsOf(context, definition, path);
  const addSecretNode = (): FileNode => {
    (section === 'configs' ? context.configs : context.secrets).set(path, id);
    addNode(context, id, 'secret', id, { keys: [key], annotations }, from);
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
  addNode(context, id, 'configmap', id, { data: jsonObject([[key, text]]), annotations }, from);
  return { type, node: id };
}

/** A volume, config or secret of the project as the source of its node; what mounts it where the project does not define it. */
export function resourceSource(context: ComposeContext, section: string, name: string, mount: Tree): Source {
  const found: Entry | undefined = entriesOf(get(context.project.root, section)).find(([key]) => key === name)?.[1];
  return found === undefined ? { at: mount.at, trees: [mount] } : { at: found.at, trees: [found.value] };
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
