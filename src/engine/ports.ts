import type { Disposable } from '../shared/disposables';
import type { JsonObject } from '../shared/json';
import type { KubeObject, ObjectRef } from '../shared/kubeObject';
import type { StyledSpan } from '../shared/textStyle';

/**
 * The outside world as the engine sees it. Each entry (extension, CLI, tests) plugs in its own; nothing in the engine
 * reaches a clock, a file, a process or a network in any other way.
 */

/** Names one kind of object; the version matters. */
export interface KindRef {
  readonly apiVersion: string;
  readonly kind: string;
}

/** What discovery says about a kind. */
export interface ResourceInfo extends KindRef {
  /** Lower-case plural as in URLs. */
  readonly resource: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

export interface ApplyOptions {
  readonly dryRun?: boolean;
  /** Takes fields that others own. Never set without a person's explicit choice for this object. */
  readonly force?: boolean;
  /** The object must still be this one; another uid is answered as a conflict. */
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly fieldManager: string;
  readonly signal?: AbortSignal;
}

export interface DeleteOptions {
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan';
  readonly dryRun?: boolean;
  readonly signal?: AbortSignal;
}

/** One field that another manager owns, as a 409 names it. */
export interface ConflictCause {
  /** Path as the API server writes it: `.spec.replicas`. */
  readonly field: string;
  readonly manager: string;
  readonly message: string;
}

/** Why a request failed. `code` is the HTTP status; 0 when no answer came. Texts are cleaned at the port. */
export interface ClusterFailure {
  readonly kind:
    | 'unreachable'
    | 'unauthorized'
    | 'forbidden'
    | 'not-found'
    | 'conflict'
    | 'exists'
    | 'invalid'
    | 'gone'
    | 'too-many-requests'
    | 'timeout'
    | 'aborted'
    | 'unavailable'
    | 'protocol'
    | 'other';
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly causes: readonly { readonly reason: string; readonly field: string; readonly message: string }[];
  readonly conflicts: readonly ConflictCause[];
  /** From Retry-After, in milliseconds. */
  readonly retryAfterMs?: number;
  /** Whether the request may have reached the server and been acted on. */
  readonly uncertain: boolean;
}

/** Thrown by every request of the Cluster port. */
export class ClusterError extends Error {
  readonly failure: ClusterFailure;

  /** Each bundle has its own copy of this class; one that another bundle threw counts all the same. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === 'ClusterError' && 'failure' in value;
  }

  constructor(failure: ClusterFailure, options?: ErrorOptions) {
    super(failure.message, options);
    this.name = 'ClusterError';
    this.failure = failure;
  }
}

export interface ListQuery {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** What a watch with the same query holds will do, while it is in step with the server and with what we wrote ourselves; the field sets of others are not in it. */
  readonly watched?: true;
  readonly signal?: AbortSignal;
}

/** What a watch tells. `synced` comes after each full list, with every object that now exists already told. */
export type WatchEvent =
  | { readonly type: 'upsert'; readonly object: KubeObject }
  | { readonly type: 'delete'; readonly object: KubeObject }
  | { readonly type: 'synced' }
  /** The connection is lost or refused; what was told may be out of date until the next `synced` or `connected`. */
  | { readonly type: 'disconnected'; readonly failure: ClusterFailure; readonly sinceMs: number }
  | { readonly type: 'connected' };

export interface LogQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly follow: boolean;
  readonly tailLines?: number;
  /** Above 0 it replaces the tail. */
  readonly sinceSeconds?: number;
  readonly sinceTime?: string;
  readonly previous?: boolean;
  readonly signal?: AbortSignal;
}

/** One line without its line end. `timestamp` is RFC 3339 as the kubelet wrote it, or empty. */
export interface LogLine {
  readonly timestamp: string;
  readonly message: string;
  /** The colours that the program gave parts of the message; absent when it gave none. */
  readonly styles?: readonly StyledSpan[];
}

export interface ExecQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly signal?: AbortSignal;
}

/** How a command in a container ended. `exitCode` is undefined when the connection broke before the status came. */
export interface ExecExit {
  readonly exitCode?: number;
  readonly message: string;
  /** The status frame arrived: this is the command's own end, not a lost connection. */
  readonly clean: boolean;
}

/** A running command. Output comes as bytes, in order; the reader paces it by how fast it takes chunks. */
export interface ExecSession extends Disposable {
  /** Ends when the command has ended; `channel` is stdout (1) or stderr (2). */
  readonly output: AsyncIterable<{ readonly channel: 1 | 2; readonly bytes: Uint8Array }>;
  readonly exit: Promise<ExecExit>;
  /** Resolves when the bytes have left for the server. */
  write(bytes: Uint8Array): Promise<void>;
  endInput(): void;
  resize(columns: number, rows: number): void;
}

export interface AccessQuery {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name?: string;
  readonly subresource?: string;
}

/** Who the cluster takes us for (SelfSubjectReview), with what the credentials themselves say of it. */
export interface Identity {
  readonly user: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
  /** How we signed in: shown to people and never used to decide anything. */
  readonly method: 'client-certificate' | 'token' | 'token-file' | 'basic' | 'program' | 'oidc' | 'none';
  /** The OIDC issuer or the credential program. */
  readonly provider?: string;
  /** Milliseconds since the epoch; absent when the credentials do not say. */
  readonly expiresAtMs?: number;
}

/** What SelfSubjectRulesReview answers for one namespace. `incomplete` says that the server could not tell everything. */
export interface AccessRules {
  readonly rules: readonly {
    readonly verbs: readonly string[];
    readonly groups: readonly string[];
    readonly resources: readonly string[];
    readonly names: readonly string[];
  }[];
  readonly incomplete: boolean;
}

export interface AttachQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly signal?: AbortSignal;
}

export interface ForwardQuery {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  readonly signal?: AbortSignal;
}

/** A container to look into a running pod with: added beside the others, and gone only with the pod itself. */
export interface DebugContainerQuery {
  readonly namespace: string;
  readonly pod: string;
  /** Name of the new container; another one of this name is a conflict. */
  readonly name: string;
  readonly image: string;
  /** The container whose processes it shall see. */
  readonly target?: string;
  /** Default: the image's own. */
  readonly command?: readonly string[];
}

/** One TCP connection into a pod. Disposing closes it at once. */
export interface ForwardedConnection extends Disposable {
  /** What the pod sends, in order; ends when it closes its side, throws ClusterError when the way there breaks. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Resolves when the bytes have left for the server. */
  write(bytes: Uint8Array): Promise<void>;
  /** No more input will come. */
  end(): void;
}

/** One cluster with one identity. All answers are raw JSON, cleaned of what no terminal or page may see. */
export interface Cluster extends Disposable {
  readonly label: string;
  readonly server: string;
  /** The namespace of the context, `default` when it names none. */
  readonly defaultNamespace: string;
  /** UID of the kube-system namespace, asked once and kept; falls back to a hash of server and CA where it may not be read. */
  clusterUid(signal?: AbortSignal): Promise<string>;
  /** The server's version, such as `v1.36.3`. */
  version(signal?: AbortSignal): Promise<string>;
  /** Undefined when the cluster does not serve the kind. */
  resourceOf(kind: KindRef, signal?: AbortSignal): Promise<ResourceInfo | undefined>;
  resources(signal?: AbortSignal): Promise<readonly ResourceInfo[]>;
  get(ref: ObjectRef, signal?: AbortSignal): Promise<KubeObject | undefined>;
  list(kind: KindRef, query: ListQuery): Promise<readonly KubeObject[]>;
  /** How many objects of a kind there are, without reading them; undefined when the server does not tell. */
  count(kind: KindRef, query?: Pick<ListQuery, 'namespace' | 'signal'>): Promise<number | undefined>;
  /** As a read of this cluster would answer it: with digests in place of a Secret's values, which are never read. */
  asRead(object: KubeObject): KubeObject;
  apply(object: KubeObject, options: ApplyOptions): Promise<KubeObject>;
  create(object: KubeObject, options?: { readonly dryRun?: boolean; readonly fieldManager?: string; readonly signal?: AbortSignal }): Promise<KubeObject>;
  /** PUT with the object's own resourceVersion as the guard. */
  replace(object: KubeObject, options?: { readonly fieldManager?: string; readonly signal?: AbortSignal }): Promise<KubeObject>;
  /** Merge patch (RFC 7386). */
  mergePatch(ref: ObjectRef, patch: JsonObject, options?: { readonly fieldManager?: string; readonly signal?: AbortSignal }): Promise<KubeObject>;
  /** False when it was not there. */
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<boolean>;
  /** List and watch that survives every fault until disposed; shared by count per kind, namespace and selector. */
  watch(kind: KindRef, query: Omit<ListQuery, 'signal'>, onEvent: (event: WatchEvent) => void): Disposable;
  /** Watches that wait for their next attempt make it now. */
  retryNow(): void;
  /** Lines until the log ends (not following) or the container does; throws ClusterError when it is cut. */
  logs(query: LogQuery): AsyncIterable<LogLine>;
  /** The same lines in the portions they came in, none of them empty: for logs that are faster than a turn per line. */
  logBatches(query: LogQuery): AsyncIterable<readonly LogLine[]>;
  exec(query: ExecQuery): Promise<ExecSession>;
  /** The streams of a container's own first process. Its end is the session's end; closing the session leaves it running. */
  attach(query: AttachQuery): Promise<ExecSession>;
  /** One TCP connection to a port of a pod. Resolves when the way to the pod's node stands; a port on which nobody listens is told by the first read. */
  forward(query: ForwardQuery): Promise<ForwardedConnection>;
  /** Adds an ephemeral container with a terminal. Resolves with the pod when the server has taken it; starting it takes longer. */
  addDebugContainer(query: DebugContainerQuery, signal?: AbortSignal): Promise<KubeObject>;
  whoAmI(signal?: AbortSignal): Promise<Identity>;
  /** Milliseconds that one light request took, connecting included where that was needed. Fails with `timeout` after 5 s. */
  ping(signal?: AbortSignal): Promise<number>;
  /** SelfSubjectRulesReview: what we may do in a namespace, as far as the server can tell. */
  rules(namespace: string, signal?: AbortSignal): Promise<AccessRules>;
  /** What the API server says of its own health, a line per component. `ok: false` is its answer; not being answered throws. */
  probe(path: '/livez' | '/readyz', signal?: AbortSignal): Promise<{ readonly ok: boolean; readonly text: string }>;
  /** SelfSubjectAccessReview. */
  mayI(query: AccessQuery, signal?: AbortSignal): Promise<boolean>;
  /** The cluster's own OpenAPI v3 document of a group and version, when it serves one. */
  openApi(groupVersion: string, signal?: AbortSignal): Promise<JsonObject | undefined>;
}

/** Every timer goes through here, so that tests run on a virtual clock. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Calls back once after `delayMs`. */
  after(delayMs: number, callback: () => void): Disposable;
  /** Resolves after `delayMs`; rejects with the signal's reason when aborted first. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}

export interface SecretKey {
  readonly clusterUid: string;
  readonly namespace: string;
  readonly workflow: string;
  readonly nodeId: string;
  readonly key: string;
}

/** Secret values. Only the apply step of a run reads them. */
export interface Secrets {
  get(key: SecretKey): Promise<string | undefined>;
}

/** Files below one folder. Paths are relative with forward slashes; anything that leaves the folder is refused. */
export interface Files {
  /** Undefined when there is no such file. */
  read(path: string): Promise<string | undefined>;
  /** Names in a folder, sorted; empty when there is none. */
  list(folder: string): Promise<readonly { readonly name: string; readonly folder: boolean }[]>;
  /** Fails when the file exists: the way version numbers stay unique. Makes missing folders. */
  createExclusive(path: string, text: string): Promise<boolean>;
  /** Replaces the whole file in one step (temporary file and rename). Makes missing folders. */
  replace(path: string, text: string): Promise<void>;
  /** Adds at the end and has reached the disk when it resolves. Makes missing folders. */
  append(path: string, text: string): Promise<void>;
}

export interface ProcessOptions {
  readonly cwd?: string;
  /** All of it: nothing of this process's own environment is handed on. */
  readonly env: Readonly<Record<string, string>>;
  readonly input?: string;
  readonly timeoutMs: number;
  /** More output than this ends the program. */
  readonly outputLimitBytes: number;
  /** More memory than this ends the program, where the machine can tell how much it has. */
  readonly memoryLimitBytes?: number;
  readonly signal?: AbortSignal;
}

export interface ProcessEnd {
  /** Undefined when a signal ended it. */
  readonly exitCode?: number;
  /** Why we ended it; what it wrote until then is not whole. */
  readonly stopped?: 'timeout' | 'output' | 'memory' | 'cancelled';
  readonly stdout: string;
  /** Its beginning; complaints are short. */
  readonly stderr: string;
}

/** Starts programs. Never a shell; arguments are passed as they are, and what a program starts ends with it. */
export interface Processes {
  /** Rejects only when the program cannot be started, with the system's word for it as `code`. */
  run(file: string, args: readonly string[], options: ProcessOptions): Promise<ProcessEnd>;
}

/** Programs that make objects of charts and bases. */
export const sourcePrograms = ['helm', 'kustomize', 'kubectl'] as const;
export type SourceProgram = (typeof sourcePrograms)[number];

/** Which programs of this machine may be started to render charts and bases. */
export interface SourceTools {
  /** Asked before each start: false in a workspace that is not trusted. */
  isAllowed(): boolean;
  /** Whether a program may fetch from the network what a node names. */
  isRemoteAllowed(): boolean;
  /** The absolute path of the program and a digest of its file; else where it was looked for, and whether a person chose that place. */
  find(program: SourceProgram): Promise<{ readonly path: string; readonly digest: string } | { readonly searched: string; readonly chosen: boolean }>;
  /** The person's own environment, of which programs get a small part. */
  environment(): Promise<Readonly<Record<string, string | undefined>>>;
}

/** One file of a chart or base; `name` is its path below the folder that was asked for, with forward slashes. */
export interface SourceFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Charts and bases of a workspace as they lie on the disk. Links are followed, and nothing outside the workspace is ever told. */
export interface SourceFiles {
  /** The absolute place of a path of the workspace, links resolved. Undefined when nothing is there; throws `source.outside`. */
  look(path: string): Promise<{ readonly place: string; readonly folder: boolean; readonly path: string } | undefined>;
  /** Everything at a path, in order of name. Throws `source.outside` for a link that leads out, `source.tooMuch` beyond the limits. */
  walk(path: string, signal?: AbortSignal): AsyncIterable<SourceFile>;
  /** A new empty folder of its own, with its content gone when it is disposed. */
  scratch(): Promise<{ readonly place: string; dispose(): Promise<void> }>;
}

/** A program that runs in a terminal of its own, or where the machine gives none, on pipes. */
export interface PtyProcess extends Disposable {
  /** What it writes, in order. On pipes `error` says that it came on the second one; a terminal has only one. */
  onData(listener: (text: string, error: boolean) => void): Disposable;
  /** Called once, after everything that it wrote; undefined when a signal ended it. */
  onExit(listener: (exitCode: number | undefined) => void): Disposable;
  write(text: string): void;
  resize(columns: number, rows: number): void;
  /** Ends it with everything that it started: asked first, and not asked again after a moment. */
  end(): void;
}

export interface Pty {
  /** Whether programs get a real terminal here. */
  readonly isTerminal: boolean;
  /** Never a shell. Throws when the program cannot be started, with the system's word for it as `code`. */
  open(
    file: string,
    args: readonly string[],
    options: { readonly cwd: string; readonly env: Readonly<Record<string, string>>; readonly columns: number; readonly rows: number },
  ): PtyProcess;
}

/** Programs of this machine that bring source, build images or bring them to a local cluster. */
export const buildPrograms = ['git', 'docker', 'podman', 'buildah', 'nixpacks', 'kind', 'minikube', 'k3d', 'ctr'] as const;
export type BuildProgram = (typeof buildPrograms)[number];

/** Which programs may be started for a build. */
export interface BuildTools {
  /** Asked before each start: false in a workspace that is not trusted. */
  isAllowed(): boolean;
  /** The absolute path, or undefined when the program is not installed. */
  find(program: BuildProgram): Promise<string | undefined>;
  /** The person's own environment: builders find their storage, proxies and sign-ins by it. */
  environment(): Promise<Readonly<Record<string, string | undefined>>>;
}

export interface Logger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string, error?: unknown): void;
}
