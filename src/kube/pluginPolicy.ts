import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { isJsonObject } from '../shared/json';
import type { JsonValue } from '../shared/json';
import { failure } from '../shared/problem';
import { cleanLine } from './clean';
import { readLimited } from './limitedFile';
import type { Environment } from './proxies';

/** What a person's kuberc says of credential programs (kubectl.config.k8s.io, Kubernetes 1.35). */
export type PluginPolicy = { readonly type: 'AllowAll' } | { readonly type: 'DenyAll' } | { readonly type: 'Allowlist'; readonly commands: readonly string[] };

const sizeLimitBytes = 1024 * 1024;

/**
 * Reads the file that KUBERC names, else `~/.kube/kuberc`; no file, or KUBERC=off, allows all. A file that cannot be understood
 * allows nothing: who wrote it meant to forbid something.
 * @throws ProblemError `target.kubeconfig` that names the file
 */
export async function pluginPolicyOf(environment: Environment, home: string): Promise<PluginPolicy> {
  const named = environment['KUBERC'] ?? '';
  if (named === 'off' || environment['KUBECTL_KUBERC'] === 'false') return { type: 'AllowAll' };
  const path = named === '' ? join(home, '.kube', 'kuberc') : named;
  const refuse = (detail: string): never => {
    throw failure('target.kubeconfig', { source: cleanLine(path, 1_024), detail });
  };
  let text: string;
  try {
    text = await readLimited(path, sizeLimitBytes);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code === 'ENOENT' && named === '') return { type: 'AllowAll' };
    return refuse(`it cannot be opened (${code})`);
  }
  const document = parseDocument(text, { prettyErrors: false });
  if (document.errors.length > 0) return refuse('its YAML is broken');
  let parsed: unknown;
  try {
    parsed = document.toJS({ maxAliasCount: 100 });
  } catch {
    return refuse('its YAML repeats itself without end');
  }
  if (parsed === null) return { type: 'AllowAll' };
  if (!isJsonObject(parsed)) return refuse('it is not a map');
  const type = parsed['credentialPluginPolicy'] ?? '';
  const list = parsed['credentialPluginAllowlist'];
  if (type !== 'Allowlist') {
    if (type !== '' && type !== 'AllowAll' && type !== 'DenyAll') return refuse('its credentialPluginPolicy is not AllowAll, DenyAll or Allowlist');
    if (list !== undefined && list !== null) return refuse('it has a credentialPluginAllowlist, but its credentialPluginPolicy is not Allowlist');
    return { type: type === 'DenyAll' ? 'DenyAll' : 'AllowAll' };
  }
  const entries = Array.isArray(list) ? (list as readonly JsonValue[]) : [];
  if (entries.length === 0) return refuse('its credentialPluginAllowlist is empty');
  const commands = entries.map((entry) => {
    const command = isJsonObject(entry) ? (entry['command'] ?? entry['name']) : undefined;
    return typeof command === 'string' && command !== '' ? command : refuse('an entry of its credentialPluginAllowlist names no command');
  });
  return { type, commands };
}
