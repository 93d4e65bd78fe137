import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as engine from '../../engine';
import type { Cluster } from '../../engine/ports';
import { LogStreams } from '../../host/logs/logStreams';
import { NodeLogs } from '../../host/logs/nodeLogs';
import { ResourceFollower } from '../../host/resources/resourceFollower';
import { followedSources } from '../../host/resources/followedSources';
import { clusterFromKubeconfig } from '../../kube';
import { systemClock } from '../../node/systemClock';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { fieldManager, image } from '../../testing/contractRig';
import { MemoryLogger } from '../../testing/memoryLogger';
import { until } from '../../testing/until';
import { selfContainedKubeconfig } from './administrator';

const namespace = `logs-${Date.now().toString(36)}`;
const words = {
  failure: (error: unknown) => (error instanceof Error ? error.message : String(error)),
  restarted: ({ lastExit }: { readonly lastExit?: { readonly exitCode: number } }) => `restarted after exit ${String(lastExit?.exitCode)}`,
  replaced: (before: string, after: string) => `${before} was replaced by ${after}`,
  ended: ({ container }: { readonly container: string }) => `${container} ended`,
  lost: (_: unknown, count: number) => `${count} lost`,
  setAside: (pattern: string) => `${pattern} set aside`,
};
/** A container of busybox's shell. */
const shell = (name: string, script: string) => ({ name, image, imagePullPolicy: 'IfNotPresent', command: ['/bin/sh', '-c', script] });

describe('logs on a real cluster', () => {
  let cluster: Cluster;
  const log = new MemoryLogger();
  const clock = systemClock();

  beforeAll(async () => {
    cluster = await clusterFromKubeconfig({ text: await selfContainedKubeconfig(), clock, logger: log });
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager });
    // Pods are refused until the namespace's own account has been made.
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', namespace, name: 'default' };
    await until('the account', async () => (await cluster.get(account)) !== undefined, 30_000);
  });
  afterAll(async () => {
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
    cluster.dispose();
  });

  /** The logs of a pod or a workload, as the resources view opens them. */
  function view(ref: Pick<ObjectRef, 'apiVersion' | 'kind' | 'name'>) {
    const streams = new LogStreams({ clock, log, words });
    const logs = new NodeLogs({ streams, cluster, clock, log, words, tailLines: 100, describe: () => ({ nodeId: 'x', namespace, cluster: 'real' }) });
    const followed = followedSources(engine);
    const follower = new ResourceFollower({
      cluster,
      clusterUid: 'real',
      ref: { ...ref, namespace },
      engine,
      clock,
      words: words.failure,
      absent: 'absent',
      publish: followed.look,
      onError: (error) => log.error('The follower failed.', error),
    });
    const following = followed.follow(follower)((sources) => logs.setSources(sources));
    const shown = (): string[] => logs.lines.map((line) => (line.mark === undefined ? `${line.container}: ${line.message}` : `(${line.message})`));
    const end = (): void => {
      following.dispose();
      follower.dispose();
      logs.dispose();
      expect(streams.size).toBe(0);
    };
    return { logs, shown, end };
  }
  const podOf = (name: string, spec: Record<string, unknown>): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    spec: { terminationGracePeriodSeconds: 1, ...spec },
  });

  test('two containers and the one that ran before them come in the order of time', async () => {
    await cluster.apply(
      podOf('merged', {
        initContainers: [shell('setup', 'echo prepared')],
        containers: [
          shell('one', 'for i in 1 2 3 4 5 6; do echo tick $i; sleep 1; done; sleep 600'),
          shell('two', 'sleep 0.5; for i in 1 2 3 4 5 6; do echo tock $i; sleep 1; done; sleep 600'),
        ],
      }),
      { fieldManager },
    );
    // Begun late, so that there is a history of each to be put in order.
    await until(
      'all have spoken',
      async () => {
        const status = (await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'merged' }))?.status;
        return status?.['phase'] === 'Running';
      },
      60_000,
    );
    await clock.sleep(4000);
    const { logs, shown, end } = view({ apiVersion: 'v1', kind: 'Pod', name: 'merged' });
    await until('the last of both', () => shown().includes('one: tick 6') && shown().includes('two: tock 6'), 30_000);
    expect(shown()[0]).toBe('setup: prepared');
    const times = logs.lines.filter((line) => line.mark === undefined).map((line) => line.timestamp);
    expect(times.length).toBe(13);
    expect(times).toEqual(times.toSorted());
    expect(shown()).toContain('(setup ended)');
    end();
  });

  test('a container that crashes again and again keeps telling, and its last run can be read', async () => {
    await cluster.apply(podOf('crash', { restartPolicy: 'Always', containers: [shell('main', 'echo begin $$; echo fatal: no database; exit 3')] }), {
      fieldManager,
    });
    const { logs, shown, end } = view({ apiVersion: 'v1', kind: 'Pod', name: 'crash' });
    await until('a restart', () => shown().some((line) => line === '(restarted after exit 3)'), 90_000);
    // The second run may not have said its last word yet.
    await until('two runs', () => shown().filter((line) => line === 'main: fatal: no database').length >= 2, 30_000);
    await logs.setOrigin({ type: 'previous' });
    expect(shown().at(-1)).toBe('main: fatal: no database');
    expect(shown().some((line) => line.startsWith('('))).toBe(false);
    end();
  });

  test('a pod that is deleted under the view is read to its last word, and its successor follows: nothing is lost or said twice', async () => {
    const script = 'trap "echo goodbye; exit 0" TERM; echo hello; i=0; while true; do i=$((i+1)); echo tick $i; sleep 0.2; done';
    const deployment = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'web', namespace },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'web' } },
        template: { metadata: { labels: { app: 'web' } }, spec: { terminationGracePeriodSeconds: 5, containers: [shell('main', script)] } },
      },
    } as unknown as KubeObject;
    await cluster.apply(deployment, { fieldManager });
    const { logs, shown, end } = view({ apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' });
    // Followed from before there was a pod at all; a cluster that has just been made takes a while to run its first one.
    await until('a first line', () => shown().includes('main: tick 3'), 120_000);
    const first = logs.lines.find((line) => line.message === 'hello')?.pod ?? '';
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: first });
    const saidBy = (isFirst: boolean): readonly string[] =>
      logs.lines.filter((line) => line.mark === undefined && (line.pod === first) === isFirst).map((line) => line.message);
    await until('the successor', () => saidBy(false).includes('tick 5'), 60_000);
    await until('the last word', () => saidBy(true).includes('goodbye'), 30_000);
    await until('the mark', () => shown().some((line) => line.startsWith(`(${first} was replaced by web-`)), 30_000);
    const ticks = (count: number): readonly string[] => Array.from({ length: count }, (_, at) => `tick ${at + 1}`);
    expect(saidBy(true)).toEqual(['hello', ...ticks(saidBy(true).length - 2), 'goodbye']);
    expect(saidBy(false)).toEqual(['hello', ...ticks(saidBy(false).length - 1)]);
    end();
  });
});
