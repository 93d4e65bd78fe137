import { hash } from 'node:crypto';
import { homedir } from 'node:os';
import { delimiter, dirname, isAbsolute, join, resolve } from 'node:path';
import type { KubeConfig } from '@kubernetes/client-node';
import { LineCounter, parseDocument } from 'yaml';
import { isJsonObject } from '../shared/json';
import type { JsonObject, JsonValue } from '../shared/json';
import { failure } from '../shared/problem';
import { cleanLine } from './clean';
import { inClusterKubeconfig } from './inCluster';
import { readLimited } from './limitedFile';
import type { Environment } from './proxies';

/** Where to read from: one file, a text, or (neither) the list in KUBECONFIG and else `~/.kube/config`. */
export interface KubeconfigSource {
  readonly path?: string;
  readonly text?: string;
  /** Where KUBECONFIG, the proxy variables and the PATH of credential programs come from. Default: the process's environment. */
  readonly environment?: Environment;
  /** Default: the user's home folder. */
  readonly home?: string;
  /** Default: where Kubernetes puts a pod's own. Looked at last, when there is neither KUBECONFIG nor a file in the home folder. */
  readonly serviceAccountFolder?: string;
}

/** One context, as a picker shows it. */
export interface KubeContext {
  readonly name: string;
  readonly cluster: string;
  readonly user: string;
  /** `default` when the context names none. */
  readonly namespace: string;
  readonly server: string;
  /** Whether it is the kubeconfig's current-context. */
  readonly current: boolean;
}

/** Parts of a user that @kubernetes/client-node drops although they change who acts. */
export interface UserExtras {
  readonly tokenFile: string | undefined;
  /** The certificate authority of an OpenID Connect issuer, when it is a file. */
  readonly issuerAuthorityFile: string | undefined;
  readonly impersonateUid: string | undefined;
  readonly impersonateGroups: readonly string[];
  readonly impersonateExtra: Readonly<Record<string, readonly string[]>>;
}

/** A merged kubeconfig. Nothing here ever writes one. */
export interface LoadedKubeconfig {
  readonly config: KubeConfig;
  readonly extras: ReadonlyMap<string, UserExtras>;
  /** By cluster name: what a credential program is told besides the cluster's address. */
  readonly programConfigs: ReadonlyMap<string, JsonValue>;
  readonly contexts: readonly KubeContext[];
  /** The files, or `text`, for messages. */
  readonly label: string;
}

/** Far above a kubeconfig with a thousand contexts, far below what would stall the reader. */
const sizeLimit = 8 * 1024 * 1024;
const depthLimit = 100;
const nameLimit = 512;

/** Nesting that a recursive parser would pay for: open brackets and compact sequences on one line. */
function nestsTooDeep(text: string): boolean {
  let open = 0;
  for (const line of text.split('\n')) {
    const indent = line.length - line.trimStart().length;
    const dashes = /^(?:- +)*/.exec(line.trimStart())?.[0].length ?? 0;
    if (indent > depthLimit * 8 || dashes > depthLimit * 2) return true;
    for (const sign of line) {
      if (sign === '[' || sign === '{') open++;
      else if ((sign === ']' || sign === '}') && open > 0) open--;
      if (open > depthLimit) return true;
    }
  }
  return false;
}

/** Reads the YAML. Messages name file, line and column and never a piece of the text, which is full of credentials. */
function parseConfig(text: string, label: string): JsonObject {
  if (text.length > sizeLimit) throw failure('target.kubeconfig', { source: label, detail: `it has ${text.length} characters; the limit is ${sizeLimit}` });
  if (nestsTooDeep(text)) throw failure('target.kubeconfig', { source: label, detail: `it nests deeper than ${depthLimit} levels` });
  const lines = new LineCounter();
  let parsed: unknown;
  try {
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: false, prettyErrors: false });
    const [error] = document.errors;
    if (error !== undefined) {
      const place = lines.linePos(error.pos[0]);
      throw failure('target.kubeconfig', { source: label, detail: `the YAML is broken at line ${place.line}, column ${place.col}` });
    }
    parsed = document.toJS({ maxAliasCount: 100 });
  } catch (error) {
    if (error instanceof RangeError || error instanceof ReferenceError)
      throw failure('target.kubeconfig', { source: label, detail: 'its YAML nests or repeats itself without end' });
    throw error;
  }
  if (!isJsonObject(parsed)) throw failure('target.kubeconfig', { source: label, detail: 'it is not a map' });
  return parsed;
}

function entries(parsed: JsonObject, list: string, label: string): JsonObject[] {
  const items = parsed[list] ?? [];
  if (!Array.isArray(items)) throw failure('target.kubeconfig', { source: label, detail: `${list} is not a list` });
  return (items as readonly JsonValue[]).map((item, index) => {
    const name = isJsonObject(item) ? item['name'] : undefined;
    const refuse = (why: string): never => {
      throw failure('target.kubeconfig', { source: label, detail: `${list}[${index}] ${why}` });
    };
    if (!isJsonObject(item) || typeof name !== 'string' || name === '') return refuse('has no name');
    if (name.length > nameLimit || cleanLine(name, nameLimit) !== name || name.includes('\n'))
      return refuse('has a name with control characters, or one that is too long');
    return item;
  });
}

function stringIn(object: JsonObject | undefined, key: string): string | undefined {
  const value = object?.[key];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function stringsIn(object: JsonObject | undefined, key: string): string[] {
  const value = object?.[key];
  return Array.isArray(value) ? (value as readonly JsonValue[]).filter((item) => typeof item === 'string') : [];
}

function extrasOf(user: JsonObject | undefined, folder: string): UserExtras {
  const tokenFile = stringIn(user, 'tokenFile');
  const extra = user?.['as-user-extra'];
  const provider = isJsonObject(user?.['auth-provider']) ? user['auth-provider']['config'] : undefined;
  const issuerAuthority = isJsonObject(provider) ? stringIn(provider, 'idp-certificate-authority') : undefined;
  return {
    tokenFile: tokenFile === undefined ? undefined : resolve(folder, tokenFile),
    issuerAuthorityFile: issuerAuthority === undefined ? undefined : resolve(folder, issuerAuthority),
    impersonateUid: stringIn(user, 'as-uid'),
    impersonateGroups: stringsIn(user, 'as-groups'),
    impersonateExtra: isJsonObject(extra) ? Object.fromEntries(Object.keys(extra).map((key) => [key, stringsIn(extra, key)])) : {},
  };
}

/** The extension of a cluster that is meant for credential programs (client.authentication.k8s.io). */
function programConfigOf(entry: JsonObject): JsonValue | undefined {
  const cluster = entry['cluster'];
  const extensions = isJsonObject(cluster) && Array.isArray(cluster['extensions']) ? (cluster['extensions'] as readonly JsonValue[]) : [];
  return extensions.filter(isJsonObject).find((extension) => extension['name'] === 'client.authentication.k8s.io/exec')?.['extension'];
}

/** A copy in which a relative program path stands against the file's folder and embedded data wins over a file, as kubectl has it. */
function prepared(parsed: JsonObject, folder: string | undefined, label: string): JsonObject {
  const users = entries(parsed, 'users', label).map((entry) => {
    const user = isJsonObject(entry['user']) ? entry['user'] : undefined;
    if (user === undefined) return entry;
    const copy: Record<string, JsonValue> = { ...user };
    if (stringIn(user, 'client-certificate-data') !== undefined) delete copy['client-certificate'];
    if (stringIn(user, 'client-key-data') !== undefined) delete copy['client-key'];
    // The package reads this key, which kubectl does not know, while it parses.
    delete copy['token-file'];
    const exec = user['exec'];
    const command = isJsonObject(exec) ? stringIn(exec, 'command') : undefined;
    if (folder !== undefined && isJsonObject(exec) && command !== undefined && /[/\\]/.test(command) && !isAbsolute(command))
      copy['exec'] = { ...exec, command: join(folder, command) };
    return { ...entry, user: copy };
  });
  const clusters = entries(parsed, 'clusters', label).map((entry) => {
    const cluster = isJsonObject(entry['cluster']) ? entry['cluster'] : undefined;
    if (cluster === undefined || stringIn(cluster, 'certificate-authority-data') === undefined) return entry;
    const copy: Record<string, JsonValue> = { ...cluster };
    delete copy['certificate-authority'];
    return { ...entry, cluster: copy };
  });
  return { 'current-context': stringIn(parsed, 'current-context') ?? '', contexts: entries(parsed, 'contexts', label), clusters, users };
}

interface SourceText {
  readonly label: string;
  /** Undefined for a pasted text: nothing in it may be relative to whatever folder happens to be current. */
  readonly folder: string | undefined;
  readonly text: string;
}

/** The files that a source means, whether they exist or not; none for a text. */
export function kubeconfigPaths(source: KubeconfigSource): readonly string[] {
  if (source.text !== undefined) return [];
  if (source.path !== undefined) return [source.path];
  const listed = listedIn(source);
  return listed.length > 0 ? listed : [join(source.home ?? homedir(), '.kube', 'config')];
}

function listedIn({ environment = process.env }: KubeconfigSource): readonly string[] {
  return (environment['KUBECONFIG'] ?? '').split(delimiter).filter((path) => path !== '');
}

async function textsOf(source: KubeconfigSource): Promise<SourceText[]> {
  if (source.text !== undefined) return [{ label: 'text', folder: undefined, text: source.text }];
  const environment = source.environment ?? process.env;
  const listed = listedIn(source);
  const paths = kubeconfigPaths(source);
  const texts: SourceText[] = [];
  for (const path of paths) {
    const label = cleanLine(path, 1_024);
    try {
      texts.push({ label, folder: dirname(resolve(path)), text: await readLimited(path, sizeLimit) });
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : '';
      if (code === 'ENOENT' && source.path === undefined && listed.length === 0) {
        const text = await inClusterKubeconfig(environment, source.serviceAccountFolder);
        if (text !== undefined) return [{ label: 'in-cluster', folder: '/', text }];
      }
      // In a list, as kubectl has it, a file that is not there counts for nothing.
      if (code === 'ENOENT' && paths.length > 1) continue;
      const why = code === 'ENOENT' ? 'there is no such file' : code === 'ETOOBIG' ? `it has more than ${sizeLimit} bytes` : `it cannot be opened (${code})`;
      throw failure('target.kubeconfig', { source: label, detail: why });
    }
  }
  if (texts.length === 0)
    throw failure('target.kubeconfig', { source: paths.map((path) => cleanLine(path, 256)).join(delimiter), detail: 'none of the files exists' });
  return texts;
}

/**
 * Loads and merges. Of two entries with one name the first wins, and so does the first current-context.
 * @throws ProblemError `target.kubeconfig` that names the file and the place.
 */
export async function loadKubeconfig(source: KubeconfigSource): Promise<LoadedKubeconfig> {
  // The package is large; whoever never talks to a cluster never loads it.
  const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
  const texts = await textsOf(source);
  const merged = new KubeConfig();
  const extras = new Map<string, UserExtras>();
  const programConfigs = new Map<string, JsonValue>();
  for (const { label, folder, text } of texts) {
    const parsed = parseConfig(text.startsWith('\ufeff') ? text.slice(1) : text, label);
    const ready = prepared(parsed, folder, label);
    const one = new KubeConfig();
    try {
      one.loadFromString(JSON.stringify(ready));
    } catch (error) {
      // These name an entry by its index ("clusters[0].cluster.server is missing") and quote nothing.
      throw failure('target.kubeconfig', { source: label, detail: cleanLine(error instanceof Error ? error.message : String(error), 512) });
    }
    if (folder !== undefined) one.makePathsAbsolute(folder);
    for (const entry of entries(parsed, 'clusters', label)) {
      const config = programConfigOf(entry);
      // The first entry of a name wins here as well, with what it has and with what it lacks.
      if (config !== undefined && !merged.clusters.some((known) => known.name === entry['name'])) programConfigs.set(entry['name'] as string, config);
    }
    for (const cluster of one.clusters) if (!merged.clusters.some((known) => known.name === cluster.name)) merged.addCluster(cluster);
    for (const user of one.users) if (!merged.users.some((known) => known.name === user.name)) merged.addUser(user);
    for (const context of one.contexts) if (!merged.contexts.some((known) => known.name === context.name)) merged.addContext(context);
    if ((merged.currentContext ?? '') === '') merged.setCurrentContext(one.currentContext);
    for (const entry of entries(parsed, 'users', label)) {
      const name = entry['name'] as string;
      if (!extras.has(name)) extras.set(name, extrasOf(isJsonObject(entry['user']) ? entry['user'] : undefined, folder ?? ''));
    }
  }
  const contexts = merged.contexts.map((context): KubeContext => ({
    name: context.name,
    cluster: cleanLine(context.cluster, nameLimit),
    user: cleanLine(context.user ?? '', nameLimit),
    namespace: cleanLine(context.namespace ?? 'default', nameLimit),
    server: cleanLine(withoutCredentials(merged.clusters.find((cluster) => cluster.name === context.cluster)?.server ?? ''), 2_048),
    current: context.name === merged.currentContext,
  }));
  return { config: merged, extras, programConfigs, contexts, label: texts.map((text) => text.label).join(delimiter) };
}

function withoutCredentials(server: string): string {
  return server.replace(/^([a-z]+:\/\/)[^/]*@/i, '$1');
}

/**
 * Stands for where a context leads and as whom: equal as long as its cluster, its user and its namespace are written the same, whatever
 * else the files say. Undefined when there is no such context. A SHA-256; nothing can be read from it.
 * @throws ProblemError `target.kubeconfig` that names the file and the place
 */
export async function contextDigest(source: KubeconfigSource, context: string): Promise<string | undefined> {
  const { config, extras, programConfigs } = await loadKubeconfig(source);
  const found = config.getContextObject(context);
  if (found === null) return undefined;
  const parts = [
    found.namespace,
    config.getCluster(found.cluster),
    programConfigs.get(found.cluster),
    found.user === undefined ? undefined : [config.getUser(found.user), extras.get(found.user)],
  ];
  return hash('sha256', JSON.stringify(parts), 'hex');
}

/** The contexts of a kubeconfig, in file order. */
export async function contextsOf(source: KubeconfigSource): Promise<readonly KubeContext[]> {
  return (await loadKubeconfig(source)).contexts;
}
