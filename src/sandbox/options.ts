import type { Clock } from './clock';

/** How long the simulated machinery takes, all in milliseconds. */
export interface Delays {
  /** Controllers react to a change after this long. */
  reconcileMs: number;
  schedulingMs: number;
  imagePullMs: number;
  containerStartMs: number;
  /** From running to ready for a container without a readiness probe; a probe adds its own initialDelaySeconds. */
  readinessMs: number;
  /** From the delete call to the process's end, when the grace period is not shorter. */
  terminationMs: number;
  /** Until a load balancer or an ingress gets its address. */
  addressMs: number;
  /** How long a container of the crash-loop scenario runs. */
  crashAfterMs: number;
  /** First back-off after a crash or a failed pull; doubles up to five minutes, as the kubelet does. */
  backOffMs: number;
  /** How long the slow-start scenario needs to become ready. */
  slowStartMs: number;
}

export const defaultDelays: Delays = {
  reconcileMs: 2,
  schedulingMs: 15,
  imagePullMs: 250,
  containerStartMs: 120,
  readinessMs: 250,
  terminationMs: 300,
  addressMs: 1_000,
  crashAfterMs: 1_000,
  backOffMs: 10_000,
  slowStartMs: 20_000,
};

/** Somebody besides the administrator; what they may do, roles and bindings say. */
export interface SandboxUser {
  username: string;
  groups: readonly string[];
  uid?: string;
  extra?: Readonly<Record<string, readonly string[]>>;
}

export interface SandboxOptions {
  /** Default: the machine's clock. */
  clock?: Clock;
  /** Makes uids and generated names the same in every run. The access token is random in any case. */
  seed?: string;
  /** Loopback port; 0, the default, lets the system choose. */
  port?: number;
  /** The trimmed OpenAPI data; default: `openapi.json` beside the bundle, or the data of the openapi room. */
  openapiFile?: string;
  delays?: Partial<Delays>;
  /** Further users with tokens of their own from the start. */
  users?: readonly (SandboxUser & { token: string })[];
  /** Is told of a fault of the sandbox's own controllers, which go on; default: the process's standard error. */
  fault?: (error: unknown) => void;
  /** How many changes a watch can look back on before it is told 410 Gone; default 10,000. */
  historyLimit?: number;
}

/** A running sandbox inside this process. */
export interface RunningSandbox {
  /** `https://127.0.0.1:PORT` */
  readonly server: string;
  readonly port: number;
  /** PEM of the certificate, which is its own authority; it lives as long as the server. */
  readonly caPem: string;
  readonly token: string;
  /** A kubeconfig with one context named `kubeorch-sandbox`, as YAML text. It holds the token. */
  readonly kubeconfig: string;
  /** Lets another user in, with a fresh token and a kubeconfig that holds it. */
  addUser(user: SandboxUser): { readonly token: string; readonly kubeconfig: string };
  /** Makes a token worthless at once, also the administrator's; false when it was not valid. */
  revokeToken(token: string): boolean;
  /** Milliseconds since the last request ended; 0 while a request or a watch is open. Real time, whatever the clock. */
  idleMs(): number;
  /** Ends every stream and timer and frees the port. */
  close(): Promise<void>;
}
