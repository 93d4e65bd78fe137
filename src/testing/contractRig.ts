import { afterAll, beforeAll } from 'vitest';
import type { Cluster, ClusterFailure, ExecSession, WatchEvent } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { clusterFromKubeconfig } from '../kube';
import type { KubeObject, ObjectRef } from '../shared/kubeObject';
import { startFaultProxy } from './faultProxy';
import type { FaultProxy } from './faultProxy';
import { MemoryLogger } from './memoryLogger';
import { PacedClock } from './pacedClock';
import { until } from './until';

export const fieldManager = 'kubeorch';
export const image = 'docker.io/library/probe:1';

/** A server that the contract holds for. */
export interface ContractTarget {
  /** Self-contained (embedded certificate authority), with the rights of an administrator. */
  readonly kubeconfig: string;
  /** Ends what the target started. */
  dispose(): Promise<void>;
}

export function configMap(namespace: string, name: string, data: Readonly<Record<string, string>>, more: Partial<KubeObject> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data, ...more };
}

export function pod(namespace: string, name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    // The account's token is not waited for; a namespace that was just made may not have one yet.
    spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent' }] },
  };
}

export async function failureOf(work: Promise<unknown>): Promise<ClusterFailure> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ClusterError)) throw new Error(`expected a ClusterError, got ${String(error)}`, { cause: error });
  return error.failure;
}

export async function outputOf(session: ExecSession): Promise<{ readonly out: string; readonly err: string; readonly exit: Awaited<ExecSession['exit']> }> {
  const texts = { 1: '', 2: '' };
  for await (const { channel, bytes } of session.output) texts[channel] += Buffer.from(bytes).toString('utf8');
  return { out: texts[1], err: texts[2], exit: await session.exit };
}

export interface Watching {
  readonly events: readonly WatchEvent[];
  /** What the watch says exists now: data by name. */
  copy(): Readonly<Record<string, KubeObject>>;
  count(type: WatchEvent['type']): number;
  stop(): void;
}

export function watching(
  cluster: Cluster,
  kind: string,
  namespace: string,
  query: { readonly labelSelector?: string; readonly fieldSelector?: string } = {},
): Watching {
  const events: WatchEvent[] = [];
  const copy: Record<string, KubeObject> = {};
  const subscription = cluster.watch({ apiVersion: 'v1', kind }, { namespace, ...query }, (event) => {
    events.push(event);
    if (event.type === 'upsert') copy[event.object.metadata.name] = event.object;
    if (event.type === 'delete') delete copy[event.object.metadata.name];
  });
  return { events, copy: () => copy, count: (type) => events.filter((event) => event.type === type).length, stop: () => subscription.dispose() };
}

/** What the tests of one suite share; filled before the first of them runs. */
export interface ContractRig {
  readonly namespace: string;
  readonly target: () => ContractTarget;
  readonly cluster: () => Cluster;
  /** Between a client and the same server. */
  readonly proxy: () => FaultProxy;
  readonly connect: (kubeconfig: string, clock?: PacedClock) => Promise<Cluster>;
  readonly ref: (kind: string, name: string) => ObjectRef;
  readonly apply: (object: KubeObject) => Promise<KubeObject>;
}

/** Opens the target around the tests of the surrounding suite, with a namespace and one running pod, `shell`. */
export function contractRig(open: () => Promise<ContractTarget>): ContractRig {
  const namespace = `contract-${Date.now().toString(36)}`;
  const logger = new MemoryLogger();
  const opened: Cluster[] = [];
  let target: ContractTarget | undefined;
  let cluster: Cluster | undefined;
  let proxy: FaultProxy | undefined;
  const filled = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error('the suite has not begun');
    return value;
  };
  const rig: ContractRig = {
    namespace,
    target: () => filled(target),
    cluster: () => filled(cluster),
    proxy: () => filled(proxy),
    connect: async (text, clock = new PacedClock()) => {
      const made = await clusterFromKubeconfig({ text, clock, logger, environment: {} });
      opened.push(made);
      return made;
    },
    ref: (kind, name) => ({ apiVersion: 'v1', kind, namespace, name }),
    apply: (object) => rig.cluster().apply(object, { fieldManager }),
  };
  beforeAll(async () => {
    target = await open();
    cluster = await rig.connect(target.kubeconfig);
    proxy = await startFaultProxy(target.kubeconfig);
    await rig.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    await rig.apply(pod(namespace, 'shell'));
    await until('the pod runs', async () => (await rig.cluster().get(rig.ref('Pod', 'shell')))?.status?.['phase'] === 'Running', 60_000);
  });
  afterAll(async () => {
    await cluster?.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
    for (const one of opened) one.dispose();
    await proxy?.close();
    await target?.dispose();
  });
  return rig;
}
