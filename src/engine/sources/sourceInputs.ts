import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import { failure } from '../../shared/problem';
import { sha256Hex, sha256OfBytes } from '../digest';
import type { SourceFiles } from '../ports';
import { readYamlData } from '../template/yamlData';

/** What a rendering depends on of the workspace's files. */
export interface SourceInputs {
  /** Over the names and bytes of all of it; equal means that a program would write the same again. */
  readonly digest: string;
  /** Something that a program would fetch from the network, in the file's own words. */
  readonly remote?: string;
  /** Templates that ask the cluster, and functions that make values up with the templates that use them. */
  readonly asksCluster: readonly string[];
  readonly makesUp: ReadonlyMap<string, readonly string[]>;
}

/** Functions of chart templates whose result is another one each time. */
const randomFunctions =
  /\b(rand(?:AlphaNum|Alpha|Numeric|Ascii|Bytes|Int)|uuidv4|genPrivateKey|genCA(?:WithKey)?|genSelfSignedCert(?:WithKey)?|genSignedCert(?:WithKey)?|htpasswd|bcrypt)\b/g;

/** Longer templates are not looked through: the bound keeps this linear in what a person can have written. */
const maxTemplateBytes = 1024 * 1024;

/** Reads a chart of the workspace whole. Throws `source.missing`, `source.notAChart`, `source.outside` and `source.tooMuch`. */
export async function chartInputs(files: SourceFiles, path: string, signal?: AbortSignal): Promise<SourceInputs> {
  const found = await files.look(path);
  if (found === undefined) throw failure('source.missing', { path });
  const parts: string[] = [];
  const asksCluster: string[] = [];
  const makesUp = new Map<string, string[]>();
  let isChart = !found.folder;
  for await (const { name, bytes } of files.walk(path, signal)) {
    parts.push(name, await sha256OfBytes(bytes));
    if (name === 'Chart.yaml') isChart = true;
    if (!/(^|\/)templates\//.test(name) || bytes.length > maxTemplateBytes) continue;
    for (const action of actionsOf(new TextDecoder().decode(bytes))) {
      if (/\blookup\s/.test(action) && !asksCluster.includes(name)) asksCluster.push(name);
      for (const [word] of action.matchAll(randomFunctions)) makesUp.set(word, [...new Set([...(makesUp.get(word) ?? []), name])]);
    }
  }
  if (!isChart) throw failure('source.notAChart', { path });
  return { digest: await sha256Hex(JSON.stringify(parts)), asksCluster, makesUp };
}

/** What stands between `{{` and `}}`, comments left out. */
function* actionsOf(text: string): Generator<string> {
  for (let at = text.indexOf('{{'); at >= 0; at = text.indexOf('{{', at)) {
    const end = text.indexOf('}}', at);
    if (end < 0) return;
    const action = text.slice(at + 2, end);
    if (!/^-?\s*\/\*/.test(action)) yield action;
    at = end + 2;
  }
}

const kustomizationNames = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];
/** Keys of a kustomization whose entries are files or folders with a kustomization of their own. */
const rootKeys = ['resources', 'bases', 'components', 'generators', 'transformers', 'validators'];
const maxBases = 200;

/**
 * Reads a base of the workspace and all that it is made of. Bases outside of the workspace are refused; what would come from
 * the network is told. Throws as `chartInputs` does, and `source.notABase`.
 */
export async function baseInputs(files: SourceFiles, path: string, signal?: AbortSignal): Promise<SourceInputs> {
  const seen = new Map<string, string>();
  const open = [path];
  let remote: string | undefined;
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    const found = await files.look(next);
    if (found === undefined) throw failure('source.missing', { path: next });
    if (seen.has(found.path)) continue;
    if (seen.size >= maxBases) throw failure('source.tooManyBases', { limit: String(maxBases) });
    const parts: string[] = [];
    const kustomizations: string[] = [];
    for await (const { name, bytes } of files.walk(found.path, signal)) {
      parts.push(name, await sha256OfBytes(bytes));
      if (kustomizationNames.includes(name)) kustomizations.push(new TextDecoder().decode(bytes));
    }
    if (kustomizations.length === 0) throw failure('source.notABase', { path: next });
    seen.set(found.path, await sha256Hex(JSON.stringify(parts)));
    for (const text of kustomizations) {
      const content = readYamlData(text);
      // What cannot be looked at must not be followed by a program that understands it.
      if (!content.ok || !isJsonObject(content.data)) throw failure('source.unreadable', { path: next, detail: content.ok ? 'it is no map' : content.detail });
      remote ??= addressIn(content.data);
      for (const entry of rootsOf(content.data)) {
        const place = joined(found.path, entry);
        const there = place === undefined ? undefined : await files.look(place);
        if (place === undefined) throw failure('source.outside', { path: entry });
        if (there === undefined) remote ??= entry;
        else if (there.folder) open.push(place);
      }
    }
  }
  const parts = [...seen].sort(([a], [b]) => (a < b ? -1 : 1));
  return { digest: await sha256Hex(JSON.stringify(parts)), asksCluster: [], makesUp: new Map(), ...(remote === undefined ? {} : { remote }) };
}

/** The entries that name files or folders; one with a line break is a document of its own. Kustomize does not look at the case of a key. */
function rootsOf(kustomization: JsonObject): readonly string[] {
  return Object.entries(kustomization).flatMap(([key, list]) => {
    if (!rootKeys.includes(key.toLowerCase())) return [];
    return Array.isArray(list) ? (list as readonly JsonValue[]).filter((entry) => typeof entry === 'string').filter((entry) => !entry.includes('\n')) : [];
  });
}

/** Keys whose values are no places: they end up in objects as they are. */
const plainKeys = new Set(['commonannotations', 'commonlabels', 'labels', 'annotations', 'images', 'literals', 'nameprefix', 'namesuffix', 'namespace']);
/** `https://…`, `git::ssh://…`, `git@…`, and the same behind `name=`. */
const address = /^(?:[^=\s]+=)?(?:[a-z][a-z0-9+.-]*::)?(?:[a-z][a-z0-9+.-]*:\/\/|git@)\S*$/i;

/** A text in it that is an address: whatever its key, a program may follow it. */
function addressIn(value: JsonValue): string | undefined {
  if (typeof value === 'string') return address.test(value) ? value : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [key, item] of Object.entries(value)) {
    const found = plainKeys.has(key.toLowerCase()) ? undefined : addressIn(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A path from a folder of the workspace; undefined when it leads out of it. */
function joined(folder: string, entry: string): string | undefined {
  if (entry.startsWith('/')) return undefined;
  const steps = folder === '.' ? [] : folder.split('/');
  for (const step of entry.split('/')) {
    if (step === '' || step === '.') continue;
    if (step !== '..') steps.push(step);
    else if (steps.pop() === undefined) return undefined;
  }
  return steps.length === 0 ? '.' : steps.join('/');
}
