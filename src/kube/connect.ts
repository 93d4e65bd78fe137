import type { Clock, Cluster, Logger } from '../engine/ports';
import { failure } from '../shared/problem';
import { cleanLine } from './clean';
import { KubeCluster } from './cluster';
import type { AllowPrograms } from './credentials';
import { Credentials, programOf } from './credentials';
import { loadKubeconfig } from './kubeconfig';
import type { KubeconfigSource } from './kubeconfig';
import { proxyFor } from './proxies';
import type { ProxySettings } from './proxies';

export interface ConnectOptions extends KubeconfigSource {
  /** Default: the kubeconfig's current-context. */
  readonly context?: string;
  /** Without it a context whose user starts a program is refused. */
  readonly allowPrograms?: AllowPrograms;
  readonly proxy?: ProxySettings;
  /** Whose field sets watches keep; default `kubeorch`. */
  readonly fieldManager?: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Between 0 and 1; spreads retries. Default: Math.random. */
  readonly random?: () => number;
}

/**
 * A Cluster for one context of a kubeconfig. Nothing is asked of the server yet, and nothing is ever written.
 * @throws ProblemError `target.kubeconfig`, `target.contextUnknown` or `target.none`
 */
export async function clusterFromKubeconfig(options: ConnectOptions): Promise<Cluster> {
  const loaded = await loadKubeconfig(options);
  const context = options.context ?? loaded.config.currentContext ?? '';
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
  if (cluster.proxyUrl !== undefined && !URL.canParse(cluster.proxyUrl)) return refuse(`the proxy-url of cluster "${cluster.name}" is no URL`);
  const program = programOf(loaded, context);
  if (program !== undefined) {
    const { interactive, ...request } = program;
    // The package runs these two through a shell; Kubernetes itself took them out years ago.
    if (request.kind === 'auth-provider' && (request.provider === 'gcp' || request.provider === 'azure')) {
      return refuse(`the user of context "${context}" has the removed auth-provider "${request.provider}"; use its credential program (exec) instead`);
    }
    if (interactive) return refuse(`the credential program "${program.command}" needs a terminal (interactiveMode: Always)`);
    const allowed = options.allowPrograms === undefined ? false : await options.allowPrograms(request);
    if (!allowed) return refuse(`the user of context "${context}" gets credentials by running "${program.command}", which was not allowed`);
  }
  const environment = options.environment ?? process.env;
  let proxy: URL | undefined;
  try {
    proxy = proxyFor(server, cluster.proxyUrl, options.proxy, environment);
  } catch {
    // It may hold a password, so it is not shown.
    return refuse('the proxy of the settings or of the environment is no URL');
  }
  return new KubeCluster({
    label: context,
    defaultNamespace: entry.namespace,
    credentials: new Credentials(loaded, context, server, options.environment?.['PATH'], options.clock),
    proxy,
    fieldManager: options.fieldManager ?? 'kubeorch',
    clock: options.clock,
    logger: options.logger,
    random: options.random ?? Math.random,
  });
}
