import type { Cluster as ClusterEntry } from '@kubernetes/client-node';
import type { Clock, Cluster, Logger } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { ProblemError, failure } from '../shared/problem';
import { cleanLine } from './clean';
import { KubeCluster } from './cluster';
import { checkConnection, headerProblems, proxySchemes } from './connection';
import type { AddressedConnection, ClusterConnection, PastedConnection } from './connection';
import { Credentials } from './credentials';
import type { Impersonation, ServerTrust } from './credentials';
import { loadKubeconfig } from './kubeconfig';
import type { KubeconfigSource, LoadedKubeconfig } from './kubeconfig';
import { impersonationOf, proofSourceOf } from './kubeconfigUser';
import type { ContextIssuer } from './kubeconfigUser';
import type { OidcTokens, TokenSource } from './oidc/tokens';
import { pemText } from './pem';
import type { AllowPrograms } from './programs';
import { bearerProof, certificateProof, FixedProof, TokenProof } from './proofs';
import type { ProofSource } from './proofs';
import { proxyFor } from './proxies';
import type { Environment, ProxySettings } from './proxies';

/** What any connection needs of its entry (extension, CLI, test). */
export interface ConnectionOptions {
  /**
   * Where KUBECONFIG, the proxy variables and the PATH of credential programs come from, and what those programs get. An editor
   * that was started from a dock passes the person's login shell's. Default: the process's environment.
   */
  readonly environment?: Environment;
  /** Without it a context whose user starts a program is refused. */
  readonly allowPrograms?: AllowPrograms;
  /** Told of tokens that an OpenID Connect issuer renewed; a kubeconfig is never written. */
  readonly onTokens?: (tokens: OidcTokens) => void | Promise<void>;
  /**
   * Where the tokens of a kubeconfig's OpenID Connect user come from instead; `own` are those of the kubeconfig itself. An editor
   * lets a person sign in when these have ended.
   */
  readonly tokensFor?: (user: ContextIssuer, own: TokenSource) => TokenSource;
  readonly proxy?: ProxySettings;
  /** Whose field sets watches keep; default `kubeorch`. */
  readonly fieldManager?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between 0 and 1; spreads retries. Default: Math.random. */
  readonly random?: () => number;
}

export interface ConnectOptions extends KubeconfigSource, ConnectionOptions {
  /** Default: the kubeconfig's current-context. */
  readonly context?: string;
}

/**
 * A Cluster for one context of a kubeconfig. Nothing is asked of the server yet, and nothing is ever written.
 * @throws ProblemError `target.kubeconfig`, `target.contextUnknown`, `target.none` or `target.signIn`
 */
export async function clusterFromKubeconfig(options: ConnectOptions): Promise<Cluster> {
  const loaded = await loadKubeconfig(options);
  return clusterOfContext(loaded, options.context ?? loaded.config.currentContext ?? '', options);
}

/**
 * A Cluster that was added by its address, or by the text of a kubeconfig. Nothing is asked of the server yet.
 * @throws ProblemError `connection.*`, and for a pasted kubeconfig what `clusterFromKubeconfig` throws
 */
export async function clusterFromConnection(connection: ClusterConnection, options: ConnectionOptions): Promise<Cluster> {
  if (connection.type === 'address') return clusterAt(connection, options);
  const loaded = await loadKubeconfig({ text: connection.text });
  const context = connection.context ?? loaded.config.currentContext ?? '';
  const [problem] = headerProblems(connection.headers);
  if (problem !== undefined) throw new ProblemError(problem);
  const key = fileKeyOf(loaded, context);
  if (key !== undefined) throw failure('connection.kubeconfigFile', { key });
  return clusterOfContext(loaded, context, options, connection);
}

function clusterAt(connection: AddressedConnection, options: ConnectionOptions): Cluster {
  const [problem] = checkConnection(connection);
  if (problem !== undefined) throw new ProblemError(problem);
  const { credentials } = connection;
  const given = (text: string | undefined): string | undefined => (text === undefined || text.trim() === '' ? undefined : text.trim());
  const ca = given(connection.ca);
  return made(
    {
      label: connection.label,
      server: new URL(connection.server),
      namespace: given(connection.namespace) ?? 'default',
      proxyUrl: given(connection.proxyUrl),
      trust: {
        ca: ca === undefined ? undefined : pemText(ca),
        caFile: undefined,
        servername: given(connection.tlsServerName),
        insecure: connection.insecure === true,
      },
      impersonation: undefined,
      headers: connection.headers ?? {},
      source:
        credentials.type === 'oidc'
          ? new TokenProof(credentials.tokens)
          : new FixedProof(
              credentials.type === 'clientCertificate'
                ? certificateProof(pemText(credentials.certificate), pemText(credentials.key))
                : bearerProof(credentials.token.trim(), 'token'),
            ),
    },
    options,
  );
}

/** The first key of a context's own cluster and user that names a file. */
function fileKeyOf(loaded: LoadedKubeconfig, context: string): string | undefined {
  const found = loaded.config.getContextObject(context);
  const user = loaded.config.getUser(found?.user ?? '');
  const extras = loaded.extras.get(user?.name ?? '');
  const files = [
    ['certificate-authority', loaded.config.getCluster(found?.cluster ?? '')?.caFile],
    ['client-certificate', user?.certFile],
    ['client-key', user?.keyFile],
    ['tokenFile', extras?.tokenFile],
    ['idp-certificate-authority', extras?.issuerAuthorityFile],
  ] as const;
  return files.find(([, path]) => typeof path === 'string' && path !== '')?.[0];
}

async function clusterOfContext(loaded: LoadedKubeconfig, context: string, options: ConnectionOptions, pasted?: PastedConnection): Promise<Cluster> {
  if (context === '') throw failure('target.none');
  const entry = loaded.contexts.find((one) => one.name === context);
  if (entry === undefined) throw failure('target.contextUnknown', { context: cleanLine(context, 256), source: loaded.label });
  const refuse = (detail: string): never => {
    throw failure('target.kubeconfig', { source: loaded.label, detail: cleanLine(detail, 1_024) });
  };
  const found = loaded.config.getContextObject(context);
  const cluster = loaded.config.getCluster(found?.cluster ?? '');
  if (cluster === null) return refuse(`context "${context}" names the cluster "${found?.cluster ?? ''}", which is not there`);
  if (found?.user !== undefined && loaded.config.getUser(found.user) === null)
    return refuse(`context "${context}" names the user "${found.user}", who is not there`);
  if (!URL.canParse(cluster.server)) return refuse(`the server of cluster "${cluster.name}" is no URL`);
  const server = new URL(cluster.server);
  // Over plain HTTP everybody on the way would read the token.
  if (server.protocol !== 'https:') return refuse(`the server of cluster "${cluster.name}" must begin with https://`);
  if (server.username !== '' || server.password !== '') return refuse(`the server of cluster "${cluster.name}" holds credentials in its URL`);
  if (server.search !== '' || server.hash !== '') return refuse(`the server of cluster "${cluster.name}" has a query or a fragment`);
  const proxyUrl = textOf(cluster.proxyUrl);
  if (proxyUrl !== undefined && !URL.canParse(proxyUrl)) return refuse(`the proxy-url of cluster "${cluster.name}" is no URL`);
  const trust = trustOf(cluster);
  if (trust.insecure && (trust.ca ?? trust.caFile) !== undefined)
    return refuse(`cluster "${cluster.name}" has a certificate authority and insecure-skip-tls-verify; only one of them can be meant`);
  let source: ProofSource;
  let impersonation: Impersonation | undefined;
  try {
    impersonation = impersonationOf(loaded, context);
    source = await proofSourceOf(loaded, context, cluster, { ...options, environment: options.environment ?? process.env });
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    const detail = error instanceof ClusterError ? error.failure.message : error instanceof Error ? error.message : String(error);
    throw failure('target.signIn', { context: cleanLine(context, 256), source: loaded.label, detail: cleanLine(detail) });
  }
  try {
    return made(
      {
        label: pasted?.label ?? context,
        server,
        namespace: pasted?.namespace ?? entry.namespace,
        proxyUrl,
        trust,
        impersonation,
        headers: pasted?.headers ?? {},
        source,
      },
      options,
    );
  } catch (error) {
    source.dispose();
    if (error instanceof ProblemError && error.problem.code === 'connection.proxyUrl')
      return refuse(`the proxy for cluster "${cluster.name}" must be a URL that begins with http://, https:// or socks5://`);
    throw error;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function trustOf(cluster: ClusterEntry): ServerTrust {
  const data = textOf(cluster.caData);
  return {
    ca: data === undefined ? undefined : Buffer.from(data, 'base64').toString('utf8'),
    caFile: data === undefined ? textOf(cluster.caFile) : undefined,
    servername: textOf(cluster.tlsServerName),
    insecure: cluster.skipTLSVerify,
  };
}

interface Made {
  readonly label: string;
  readonly server: URL;
  readonly namespace: string;
  readonly proxyUrl: string | undefined;
  readonly trust: ServerTrust;
  readonly impersonation: Impersonation | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly source: ProofSource;
}

/** @throws ProblemError `connection.proxyUrl`; the URL itself is not shown, since it may hold a password */
function made({ label, server, namespace, proxyUrl, trust, impersonation, headers, source }: Made, options: ConnectionOptions): Cluster {
  let proxy: URL | undefined;
  try {
    proxy = proxyFor(server, proxyUrl, options.proxy, options.environment ?? process.env);
  } catch {
    throw failure('connection.proxyUrl');
  }
  if (proxy !== undefined && !proxySchemes.includes(proxy.protocol)) throw failure('connection.proxyUrl');
  return new KubeCluster({
    label,
    defaultNamespace: namespace,
    credentials: new Credentials({ server, proxy, trust, impersonation, headers, source, clock: options.clock }),
    proxy,
    fieldManager: options.fieldManager ?? 'kubeorch',
    clock: options.clock,
    logger: options.logger,
    random: options.random ?? Math.random,
  });
}
