import { homedir } from 'node:os';
import type { Cluster as ClusterEntry, User } from '@kubernetes/client-node';
import type { Clock } from '../engine/ports';
import { isJsonObject } from '../shared/json';
import type { JsonObject, JsonValue } from '../shared/json';
import { cleanLine } from './clean';
import type { Impersonation } from './credentials';
import { loadKubeconfig } from './kubeconfig';
import type { KubeconfigSource, LoadedKubeconfig } from './kubeconfig';
import { credentialFileBytes, readLimited } from './limitedFile';
import { RefreshingTokens } from './oidc/refreshingTokens';
import type { OidcClient } from './oidc/issuer';
import type { OidcTokens, TokenSource } from './oidc/tokens';
import { pluginPolicyOf } from './pluginPolicy';
import { ProgramProof, programSettings } from './programs';
import type { AllowPrograms } from './programs';
import { badCredentials, bearerProof, certificateProof, FileProof, FixedProof, joined, nobody, TokenProof } from './proofs';
import type { Proof, ProofSource } from './proofs';
import type { Environment, ProxySettings } from './proxies';

export interface UserOptions {
  readonly environment: Environment;
  readonly home?: string;
  readonly proxy?: ProxySettings;
  readonly allowPrograms?: AllowPrograms;
  readonly onTokens?: (tokens: OidcTokens) => void | Promise<void>;
  readonly tokensFor?: (user: ContextIssuer, own: TokenSource) => TokenSource;
  readonly clock: Clock;
}

/** Whatever stands where a text belongs and is none counts for nothing, as an empty text does. */
function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function decoded(value: unknown): string | undefined {
  const base64 = text(value);
  return base64 === undefined ? undefined : Buffer.from(base64, 'base64').toString('utf8');
}

/**
 * Where the credentials of a kubeconfig's user come from. What is written down goes before what would have to be run, and a
 * program is asked for only after a clear yes.
 * @throws Error or ClusterError in one clean line
 */
export async function proofSourceOf(loaded: LoadedKubeconfig, context: string, cluster: ClusterEntry, options: UserOptions): Promise<ProofSource> {
  const user = loaded.config.getUser(loaded.config.getContextObject(context)?.user ?? '');
  if (user === null) return new FixedProof(nobody);
  const files = {
    token: loaded.extras.get(user.name)?.tokenFile,
    certificate: text(user.certFile),
    key: text(user.keyFile),
  };
  const token = text(user.token)?.trim();
  const certificate = decoded(user.certData);
  const key = decoded(user.keyData);
  if ((certificate ?? files.certificate) !== undefined && (key ?? files.key) === undefined) throw new Error('its client certificate has no key');
  const exec: unknown = user.exec;
  const written = token ?? files.token ?? text(user.username);
  if (isJsonObject(user.authProvider)) {
    if (isJsonObject(exec)) throw new Error('its user has both exec and auth-provider');
    if (written === undefined) return issuerSource(loaded, context, user, options);
  }
  if (isJsonObject(exec) && written === undefined) return programSource(loaded, context, user, exec, cluster, options);
  const make = (contents: Readonly<Record<'token' | 'certificate' | 'key', string | undefined>>): Proof => {
    const certificatePem = certificate ?? contents.certificate;
    const keyPem = key ?? contents.key;
    const shown = certificatePem === undefined || keyPem === undefined ? undefined : certificateProof(certificatePem, keyPem);
    const said = bearerOf(contents.token?.trim(), token) ?? basicOf(user);
    return shown === undefined ? (said ?? nobody) : said === undefined ? shown : joined(shown, said);
  };
  const named = Object.fromEntries(Object.entries(files).filter(([, path]) => path !== undefined));
  return Object.keys(named).length === 0
    ? new FixedProof(make({ token: undefined, certificate: undefined, key: undefined }))
    : new FileProof(named, make, options.clock);
}

/** A token file that others renew goes before the token that stands beside it. */
function bearerOf(fromFile: string | undefined, written: string | undefined): Proof | undefined {
  if (fromFile !== undefined) return bearerProof(fromFile, 'token-file');
  return written === undefined ? undefined : bearerProof(written, 'token');
}

function basicOf(user: User): Proof | undefined {
  const name = text(user.username);
  if (name === undefined) return undefined;
  const password = text(user.password) ?? '';
  const encoded = Buffer.from(`${name}:${password}`).toString('base64');
  return { authorization: `Basic ${encoded}`, signIn: { method: 'basic' }, secrets: [encoded, password] };
}

/** As whom the user of a context wants to act, when that is another. */
export function impersonationOf(loaded: LoadedKubeconfig, context: string): Impersonation | undefined {
  const user = loaded.config.getUser(loaded.config.getContextObject(context)?.user ?? '');
  const extras = loaded.extras.get(user?.name ?? '');
  if (user === null || extras === undefined) return undefined;
  const { impersonateUid: uid, impersonateGroups: groups, impersonateExtra: extra } = extras;
  const name = text(user.impersonateUser);
  if (name === undefined && uid === undefined && groups.length === 0 && Object.keys(extra).length === 0) return undefined;
  return { user: name, uid, groups, extra };
}

/** A context whose user signs in at an OpenID Connect issuer. */
export interface ContextIssuer extends Pick<OidcClient, 'issuer' | 'clientId' | 'clientSecret' | 'ca'> {
  readonly context: string;
  /** The kubeconfig, for people. */
  readonly source: string;
  readonly server: string;
  readonly scopes: readonly string[];
}

/**
 * The contexts of the kubeconfig whose users sign in at an OpenID Connect issuer, for a person to choose from. One that is
 * incomplete is left out.
 */
export async function issuersOf(source: KubeconfigSource): Promise<readonly ContextIssuer[]> {
  const loaded = await loadKubeconfig(source);
  const found: ContextIssuer[] = [];
  for (const { name } of loaded.contexts) {
    const context = loaded.config.getContextObject(name);
    const user = loaded.config.getUser(context?.user ?? '');
    const cluster = loaded.config.getCluster(context?.cluster ?? '');
    if (user === null || cluster === null || user.authProvider?.name !== 'oidc') continue;
    try {
      found.push(await issuerOf(loaded, name, user));
    } catch {
      // Opening this context says what is missing; here it only means that nobody can sign in to it.
    }
  }
  return found;
}

async function issuerOf(loaded: LoadedKubeconfig, context: string, user: User): Promise<ContextIssuer> {
  const name = cleanLine(String(user.authProvider.name), 128);
  // Kubernetes took the others out years ago; some of them would run a program of their own.
  if (name !== 'oidc') throw new Error(`its user has the removed auth-provider "${name}"; use a credential program (exec) instead`);
  const config: unknown = user.authProvider.config;
  const settings: JsonObject = isJsonObject(config) ? config : {};
  const issuer = text(settings['idp-issuer-url']);
  const clientId = text(settings['client-id']);
  if (issuer === undefined || clientId === undefined) throw new Error('its auth-provider oidc needs idp-issuer-url and client-id');
  const authorityFile = loaded.extras.get(user.name)?.issuerAuthorityFile;
  const embedded = text(settings['idp-certificate-authority-data']);
  const ca =
    embedded ??
    (authorityFile === undefined
      ? undefined
      : await readLimited(authorityFile, credentialFileBytes).catch(() => {
          throw badCredentials('the idp-certificate-authority file that the kubeconfig names cannot be read');
        }));
  const clientSecret = text(settings['client-secret']);
  return {
    context,
    source: loaded.label,
    // As it is shown: without what its URL may hold of credentials.
    server: loaded.contexts.find(({ name }) => name === context)?.server ?? '',
    issuer,
    clientId,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...(ca === undefined ? {} : { ca }),
    scopes: (text(settings['extra-scopes']) ?? '')
      .split(',')
      .map((scope) => scope.trim())
      .filter((scope) => scope !== ''),
  };
}

async function issuerSource(loaded: LoadedKubeconfig, context: string, user: User, options: UserOptions): Promise<ProofSource> {
  const found = await issuerOf(loaded, context, user);
  const config: unknown = user.authProvider.config;
  const settings: JsonObject = isJsonObject(config) ? config : {};
  const { issuer, clientId, clientSecret, ca, scopes } = found;
  const optional = {
    clientSecret,
    idToken: text(settings['id-token']),
    refreshToken: text(settings['refresh-token']),
    scopes: scopes.length === 0 ? undefined : scopes,
    ca,
    proxy: options.proxy,
    onTokens: options.onTokens,
  };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  const own = new RefreshingTokens({ issuer, clientId, environment: options.environment, clock: options.clock, ...given });
  return new TokenProof(options.tokensFor?.(found, own) ?? own);
}

async function programSource(
  loaded: LoadedKubeconfig,
  context: string,
  user: User,
  exec: JsonObject,
  cluster: ClusterEntry,
  options: UserOptions,
): Promise<ProofSource> {
  const settings = programSettings(exec, await clusterInfo(cluster, loaded.programConfigs.get(cluster.name)));
  const source = new ProgramProof({
    settings,
    context,
    user: user.name,
    source: loaded.label,
    environment: options.environment,
    policy: await pluginPolicyOf(options.environment, options.home ?? homedir()),
    allow: options.allowPrograms,
    clock: options.clock,
  });
  await source.prepare();
  return source;
}

/** The cluster as programs are told of it: with its certificate authority by content. */
async function clusterInfo(cluster: ClusterEntry, config: JsonValue | undefined): Promise<JsonObject> {
  const file = text(cluster.caFile);
  const fromFile = async (path: string): Promise<string> => {
    try {
      return Buffer.from(await readLimited(path, credentialFileBytes)).toString('base64');
    } catch {
      throw badCredentials('the certificate authority file that the kubeconfig names cannot be read');
    }
  };
  const authority = text(cluster.caData) ?? (file === undefined ? undefined : await fromFile(file));
  return {
    server: cluster.server,
    ...(text(cluster.tlsServerName) === undefined ? {} : { 'tls-server-name': cluster.tlsServerName ?? '' }),
    ...(cluster.skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(authority === undefined ? {} : { 'certificate-authority-data': authority }),
    ...(text(cluster.proxyUrl) === undefined ? {} : { 'proxy-url': cluster.proxyUrl ?? '' }),
    ...(config === undefined ? {} : { config }),
  };
}
