import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { RequestOptions } from 'node:https';
import type { KubeConfig, User } from '@kubernetes/client-node';
import type { Clock } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { isJsonObject } from '../shared/json';
import { failureWithoutAnswer } from './failures';
import type { LoadedKubeconfig } from './kubeconfig';
import type { SignIn } from './reviews';

/** A program, or an old built-in provider that may start one, which a kubeconfig wants to run to get credentials. */
export interface ProgramRequest {
  readonly context: string;
  readonly user: string;
  readonly source: string;
  readonly kind: 'exec' | 'auth-provider';
  /** The auth-provider's name; empty for exec. */
  readonly provider: string;
  /** The program; for an auth-provider the provider's name. */
  readonly command: string;
  readonly args: readonly string[];
  /** Names of the variables that it is given; the values may be secret. */
  readonly environment: readonly string[];
  /** Changes with command, arguments and environment: consent is given to this digest and to nothing else. */
  readonly digest: string;
}

/** Asked before any program runs. A kubeconfig is foreign text; without a clear yes nothing of it is started. */
export type AllowPrograms = (request: ProgramRequest) => Promise<boolean>;

/** How to reach the server and as whom, right now. */
export interface Access {
  readonly server: URL;
  readonly tls: {
    readonly ca?: string | Buffer;
    readonly cert?: string | Buffer;
    readonly key?: string | Buffer;
    readonly servername?: string;
    readonly rejectUnauthorized?: boolean;
  };
  readonly headers: Readonly<Record<string, string>>;
  /** Literal secrets, for redaction. */
  readonly secrets: readonly string[];
  /** Equal for accesses that may share connections: server and TLS material. */
  readonly connectionKey: string;
  readonly signIn: SignIn;
  /** Counts renewals, so that of many requests refused at once only the first one renews. */
  readonly generation: number;
}

const programTimeoutMs = 60_000;
/** The package keeps a program's answer until it expires; asking it is cheap, but it reads certificate files each time. */
const programAgeMs = 10_000;
/** Kubernetes itself re-reads token files once a minute. */
const fileAgeMs = 60_000;

/** The credentials of one context, kept until they age or are refused. */
export class Credentials {
  readonly server: URL;
  readonly proxyUrl: string | undefined;
  readonly #loaded: LoadedKubeconfig;
  readonly #context: string;
  /** Where programs are looked for; an editor started from a dock has another PATH than the person's shell. */
  readonly #path: string | undefined;
  readonly #clock: Clock;
  readonly #maxAgeMs: number;
  #config: KubeConfig | undefined;
  #access: Promise<Access> | undefined;
  #madeAtMs = 0;
  #generation = 0;

  constructor(loaded: LoadedKubeconfig, context: string, server: URL, path: string | undefined, clock: Clock) {
    this.#path = path;
    this.#loaded = loaded;
    this.#context = context;
    this.#clock = clock;
    this.server = server;
    this.proxyUrl = this.#cluster()?.proxyUrl;
    const user = this.#user();
    this.#maxAgeMs =
      user?.exec !== undefined && user.exec !== null ? programAgeMs : user?.authProvider ? fileAgeMs : this.#tokenFile() === undefined ? Infinity : fileAgeMs;
  }

  /** The access to use now. Concurrent callers share one lookup. */
  current(): Promise<Access> {
    if (this.#access !== undefined && this.#clock.now() - this.#madeAtMs < this.#maxAgeMs) return this.#access;
    this.#madeAtMs = this.#clock.now();
    const made = this.#make();
    this.#access = made;
    made.catch(() => {
      if (this.#access === made) this.#access = undefined;
    });
    return made;
  }

  /** After a 401: forgets what was cached, programs' answers included. Does nothing when that was done since `refused` was made. */
  renew(refused: Access): void {
    if (refused.generation !== this.#generation) return;
    this.#generation++;
    this.#access = undefined;
    this.#config = undefined;
  }

  #cluster(): ReturnType<KubeConfig['getCluster']> {
    const config = this.#loaded.config;
    return config.getCluster(config.getContextObject(this.#context)?.cluster ?? '');
  }

  #user(): User | null {
    const config = this.#loaded.config;
    return config.getUser(config.getContextObject(this.#context)?.user ?? '');
  }

  #tokenFile(): string | undefined {
    return this.#loaded.extras.get(this.#user()?.name ?? '')?.tokenFile;
  }

  async #freshConfig(): Promise<KubeConfig> {
    const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
    const fresh = new KubeConfig();
    const cluster = this.#cluster();
    // Without a user the package would leave out the cluster's certificate authority too, so nobody is a user here.
    const known: User = structuredClone(this.#user() ?? { name: '' });
    const tokenFile = this.#loaded.extras.get(known.name)?.tokenFile;
    const user: User = {
      ...known,
      ...(known.exec ? { exec: withExecInfo(known.exec as ExecUser, await withCertificate(cluster), this.#path) } : {}),
      ...(tokenFile === undefined || known.token ? {} : { token: (await readFile(tokenFile, 'utf8')).trim() }),
    };
    fresh.loadFromOptions({
      clusters: cluster === null ? [] : [structuredClone(cluster)],
      users: [user],
      contexts: [{ name: this.#context, cluster: cluster?.name ?? '', user: user.name }],
      currentContext: this.#context,
    });
    return fresh;
  }

  async #make(): Promise<Access> {
    const generation = this.#generation;
    const user = this.#user();
    const program: unknown = isJsonObject(user?.exec) ? user.exec['command'] : user?.authProvider?.name;
    try {
      // Token files are read while the configuration is made, so their age decides over it as well.
      if (this.#config === undefined || this.#tokenFile() !== undefined) this.#config = await this.#freshConfig();
      const options: RequestOptions = {};
      await this.#inTime(this.#config.applyToHTTPSOptions(options));
      return this.#accessFrom(options, generation);
    } catch (error) {
      if (error instanceof ClusterError) throw error;
      // No cause is kept: a program's own words may hold credentials.
      throw failureWithoutAnswer('unauthorized', sentenceFor(error, user, program), false, {
        reason: 'Credentials',
        secrets: [user?.password ?? '', user?.token ?? ''],
      });
    }
  }

  #accessFrom(options: RequestOptions, generation: number): Access {
    const headers: Record<string, string> = {};
    for (const [name, value] of Object.entries(options.headers ?? {})) if (typeof value === 'string') headers[name.toLowerCase()] = value.trim();
    if (typeof options.auth === 'string') headers['authorization'] = `Basic ${Buffer.from(options.auth).toString('base64')}`;
    const extras = this.#loaded.extras.get(this.#user()?.name ?? '');
    if (extras?.impersonateUid !== undefined) headers['impersonate-uid'] = extras.impersonateUid;
    const extra = Object.entries(extras?.impersonateExtra ?? {});
    // Several values would be several headers of one name, which not every connection here can send.
    if ((extras?.impersonateGroups.length ?? 0) > 1 || extra.some(([, values]) => values.length > 1)) {
      throw failureWithoutAnswer('unauthorized', 'impersonating with more than one group, or more than one value of an extra, is not supported', false, {
        reason: 'Credentials',
      });
    }
    for (const [key, [value]] of extra) if (value !== undefined) headers[`impersonate-extra-${encodeURIComponent(key).toLowerCase()}`] = value;
    if (extras?.impersonateGroups[0] !== undefined) headers['impersonate-group'] = extras.impersonateGroups[0];
    const material = (value: RequestOptions['ca']): string | Buffer | undefined => (typeof value === 'string' || Buffer.isBuffer(value) ? value : undefined);
    const ca = material(options.ca);
    const cert = material(options.cert);
    const key = material(options.key as RequestOptions['cert']);
    const tls = {
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
      ...(options.servername === undefined ? {} : { servername: options.servername }),
      ...(options.rejectUnauthorized === undefined ? {} : { rejectUnauthorized: options.rejectUnauthorized }),
    };
    const hash = createHash('sha256');
    for (const part of [this.server.origin, this.proxyUrl ?? '', ca ?? '', cert ?? '', key ?? '', options.servername ?? '', String(options.rejectUnauthorized)])
      hash.update(part).update('\0');
    const authorization = headers['authorization'] ?? '';
    const password = this.#user()?.password;
    const secrets = [authorization.replace(/^\w+ /, ''), password ?? '', typeof key === 'string' ? key : ''].filter((secret) => secret !== '');
    return { server: this.server, tls, headers, secrets, connectionKey: hash.digest('hex'), signIn: { method: 'none' }, generation };
  }

  /** A program that waits for a person who cannot see it must not hold every request forever. */
  async #inTime(work: Promise<void>): Promise<void> {
    const waiting = new AbortController();
    const late = this.#clock.sleep(programTimeoutMs, waiting.signal).then(
      () => {
        throw new Error(`no credentials after ${programTimeoutMs / 1_000} s`);
      },
      () => undefined,
    );
    try {
      await Promise.race([work, late]);
    } finally {
      waiting.abort();
    }
  }
}

interface ExecUser {
  readonly apiVersion?: unknown;
  readonly env?: unknown;
  readonly provideClusterInfo?: unknown;
}

/** The cluster with its certificate authority embedded, since programs are told of it by content. */
async function withCertificate(cluster: ReturnType<KubeConfig['getCluster']>): Promise<ReturnType<KubeConfig['getCluster']>> {
  return cluster?.caFile === undefined ? cluster : { ...cluster, caData: (await readFile(cluster.caFile)).toString('base64') };
}

/** Programs are told what asks them by KUBERNETES_EXEC_INFO; the package leaves it out. */
function withExecInfo(exec: ExecUser, cluster: ReturnType<KubeConfig['getCluster']>, path: string | undefined): object {
  const info = {
    apiVersion: typeof exec.apiVersion === 'string' ? exec.apiVersion : 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    spec: {
      interactive: false,
      ...(exec.provideClusterInfo === true && cluster !== null
        ? {
            cluster: {
              server: cluster.server,
              ...(cluster.tlsServerName === undefined ? {} : { 'tls-server-name': cluster.tlsServerName }),
              ...(cluster.skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
              ...(cluster.caData === undefined ? {} : { 'certificate-authority-data': cluster.caData }),
              ...(cluster.proxyUrl === undefined ? {} : { 'proxy-url': cluster.proxyUrl }),
            },
          }
        : {}),
    },
  };
  const env = Array.isArray(exec.env) ? (exec.env as readonly unknown[]) : [];
  return {
    ...exec,
    env: [...(path === undefined ? [] : [{ name: 'PATH', value: path }]), ...env, { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }],
  };
}

function sentenceFor(error: unknown, user: User | null, program: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  if (typeof program !== 'string') return code === 'ENOENT' ? 'a certificate, key or token file of the kubeconfig does not exist' : message;
  const hint: unknown = isJsonObject(user?.exec) ? user.exec['installHint'] : undefined;
  if (code === 'ENOENT')
    return `the credential program "${program}" was not found (PATH: ${process.env['PATH'] ?? ''})${typeof hint === 'string' ? `. ${hint}` : ''}`;
  return `the credential program "${program}" failed: ${message}`;
}

/** What the user of a context would start, or undefined when it starts nothing. */
export function programOf(loaded: LoadedKubeconfig, context: string): (ProgramRequest & { readonly interactive: boolean }) | undefined {
  const user = loaded.config.getUser(loaded.config.getContextObject(context)?.user ?? '');
  if (user === null || (!user.exec && !user.authProvider)) return undefined;
  const settings: unknown = user.exec || user.authProvider?.config?.exec;
  const exec = isJsonObject(settings) ? settings : undefined;
  const command = typeof exec?.['command'] === 'string' ? exec['command'] : (user.authProvider?.name ?? '');
  const args = Array.isArray(exec?.['args']) ? exec['args'].map((argument: unknown) => String(argument)) : [];
  const env = Array.isArray(exec?.['env']) ? exec['env'].filter(isJsonObject) : [];
  const digest = createHash('sha256')
    .update(JSON.stringify([user.name, user.exec ?? null, user.authProvider ?? null]))
    .digest('hex');
  return {
    context,
    user: user.name,
    source: loaded.label,
    kind: user.exec ? 'exec' : 'auth-provider',
    provider: user.exec ? '' : String(user.authProvider.name),
    command,
    args,
    environment: env.map((variable) => (typeof variable['name'] === 'string' ? variable['name'] : '')),
    digest,
    interactive: exec?.['interactiveMode'] === 'Always',
  };
}
