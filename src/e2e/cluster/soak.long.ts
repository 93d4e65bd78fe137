import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster, WatchEvent } from '../../engine/ports';
import type { LogWords } from '../../host/logs/logSource';
import { LogStreams } from '../../host/logs/logStreams';
import { clusterFromKubeconfig } from '../../kube';
import type { KubeObject } from '../../shared/kubeObject';
import type { Disposable } from '../../shared/disposables';
import { MemoryLogger } from '../../testing/memoryLogger';
import { PacedClock } from '../../testing/pacedClock';
import { until } from '../../testing/until';
import { selfContainedKubeconfig } from './administrator';

// `src/e2e/cluster/cluster.sh up` and `kwok 2`, then `cluster.sh run npm run test:long -- soak`: for MINUTES (30), 500 simulated
// pods that change a hundred times a second, twenty real log streams, views that come and go, and an API server that is killed
// every two minutes. What the process holds must be the same at the end as when it had warmed up.
const minutes = Number(process.env['MINUTES'] ?? 30);
const changesPerSecond = 100;
const simulatedPods = 500;
const loggingPods = 20;
const killEveryMs = 120_000;
const namespace = `soak-${String(process.pid)}`;
const script = resolve(fileURLToPath(import.meta.url), '../cluster.sh');

const kinds = [
  ['v1', 'Pod'],
  ['v1', 'Service'],
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'PersistentVolumeClaim'],
  ['v1', 'Event'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'ReplicaSet'],
  ['apps/v1', 'StatefulSet'],
  ['apps/v1', 'DaemonSet'],
  ['batch/v1', 'Job'],
  ['batch/v1', 'CronJob'],
  ['networking.k8s.io/v1', 'Ingress'],
  ['networking.k8s.io/v1', 'NetworkPolicy'],
  ['autoscaling/v2', 'HorizontalPodAutoscaler'],
] as const;

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const deployment = (name: string, replicas: number, spec: object): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: { replicas, selector: { matchLabels: { app: name } }, template: { metadata: { labels: { app: name } }, spec: spec as never } },
});

const words: LogWords = {
  failure: (error) => (error instanceof Error ? error.message : String(error)),
  restarted: () => 'restarted',
  replaced: () => 'replaced',
  ended: () => 'ended',
  lost: () => 'lost',
  setAside: () => 'set aside',
};

interface Sample {
  readonly minute: number;
  readonly heapMiB: number;
  readonly rssMiB: number;
  readonly sockets: number;
  readonly files: number;
  readonly timers: number;
}

describe('half an hour of everything', () => {
  const clock = new PacedClock();
  const logger = new MemoryLogger();
  const undo: (() => void)[] = [];
  let cluster: Cluster;
  let writer: Cluster;
  const pods = new Map<string, KubeObject>();
  let lines = 0;

  beforeAll(async () => {
    const text = await selfContainedKubeconfig();
    cluster = await clusterFromKubeconfig({ text, clock, logger, environment: {} });
    writer = await clusterFromKubeconfig({ text, clock: new PacedClock(), logger: new MemoryLogger(), environment: {} });
    await writer.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager: 'soak' });
    const container = { name: 'main', image: 'docker.io/library/probe:1', imagePullPolicy: 'IfNotPresent' };
    await writer.apply(deployment('talks', loggingPods, { terminationGracePeriodSeconds: 0, containers: [container] }), { fieldManager: 'soak' });
    await writer.apply(
      deployment('many', simulatedPods, {
        containers: [container],
        nodeSelector: { type: 'kwok' },
        tolerations: [{ key: 'kwok.x-k8s.io/node', operator: 'Exists' }],
      }),
      { fieldManager: 'soak' },
    );
  });
  afterAll(async () => {
    for (const step of undo.reverse()) step();
    cluster?.dispose();
    await until(
      'the API server answers once more',
      async () => {
        try {
          await writer.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
          return true;
        } catch {
          // It may be on its way back from the last kill.
          return false;
        }
      },
      60_000,
    );
    writer?.dispose();
  });

  const follow = (onEvent: (kind: string, event: WatchEvent) => void): Disposable[] =>
    kinds.map(([apiVersion, kind]) => cluster.watch({ apiVersion, kind }, { namespace }, (event) => onEvent(kind, event)));

  test(`${minutes} minutes: memory, sockets, watches and timers stay flat`, async () => {
    const held = follow((kind, event) => {
      if (kind !== 'Pod') return;
      if (event.type === 'upsert') pods.set(event.object.metadata.name, event.object);
      if (event.type === 'delete') pods.delete(event.object.metadata.name);
    });
    undo.push(() => held.forEach((watch) => watch.dispose()));
    const ready = (name: string): KubeObject[] =>
      [...pods.values()].filter((pod) => pod.metadata.labels?.['app'] === name && pod.status?.['phase'] === 'Running');
    await until(
      `${simulatedPods} simulated and ${loggingPods} real pods run`,
      () => ready('many').length === simulatedPods && ready('talks').length === loggingPods,
      180_000,
    );

    const streams = new LogStreams({ clock, log: logger, words });
    undo.push(() => streams.dispose());
    const logs: { clear(): void }[] = [];
    for (const pod of ready('talks')) {
      const source = {
        namespace,
        pod: pod.metadata.name,
        podUid: pod.metadata.uid ?? '',
        terminating: false,
        container: 'main',
        type: 'container',
        restarts: 0,
        started: true,
      } as const;
      const opened = streams.open(cluster, source, { type: 'tail' }, 50);
      logs.push(opened.container);
      const listening = opened.container.follow({ lines: (more) => (lines += more.length), failed: () => undefined, ended: () => undefined });
      undo.push(
        () => opened.dispose(),
        () => listening.dispose(),
      );
    }

    const stopping = new AbortController();
    let changes = 0;
    let refused = 0;
    const write = async (): Promise<void> => {
      const names = ready('many').map((pod) => pod.metadata.name);
      for (let turn = 0; !stopping.signal.aborted; turn++) {
        const startedAtMs = performance.now();
        await Promise.all(
          Array.from({ length: 10 }, async (_, nth) => {
            const name = names[(turn * 10 + nth) % names.length] ?? '';
            try {
              await writer.mergePatch({ apiVersion: 'v1', kind: 'Pod', namespace, name }, { metadata: { annotations: { turn: String(turn) } } });
              changes++;
            } catch {
              // Refused while the server is away; the next turn writes again.
              refused++;
            }
          }),
        );
        const leftMs = 10_000 / changesPerSecond - (performance.now() - startedAtMs);
        if (leftMs > 0) await new Promise((resume) => setTimeout(resume, leftMs));
      }
    };
    const writing = write();
    let kills = 0;
    const killing = setInterval(() => {
      kills++;
      promisify(execFile)(script, ['restart', 'apiserver']).catch((error: unknown) => logger.error('the API server could not be restarted', error));
    }, killEveryMs);
    undo.push(
      () => clearInterval(killing),
      () => stopping.abort(),
    );

    const samples: Sample[] = [];
    const beginsAtMs = performance.now();
    let views = 0;
    for (let minute = 1; minute <= minutes; minute++) {
      while (performance.now() < beginsAtMs + minute * 60_000 - 5_000) {
        // A view comes and goes: every kind once more, shared with what is there.
        const view = follow(() => undefined);
        await new Promise((resume) => setTimeout(resume, 700));
        view.forEach((watch) => watch.dispose());
        views++;
        await new Promise((resume) => setTimeout(resume, 300));
      }
      await new Promise((resume) => setTimeout(resume, Math.max(0, beginsAtMs + minute * 60_000 - performance.now())));
      // What is kept to be scrolled back to grows up to its bound by design; here only what should not grow is measured.
      for (const log of logs) log.clear();
      collect();
      collect();
      const { heapUsed, rss } = process.memoryUsage();
      const sample = {
        minute,
        heapMiB: heapUsed / 1_048_576,
        rssMiB: rss / 1_048_576,
        sockets: process.getActiveResourcesInfo().filter((resource) => /TCP|TLS/.test(resource)).length,
        files: readdirSync('/proc/self/fd').length,
        timers: clock.waiting,
      };
      samples.push(sample);
      console.log(
        `minute ${minute}: heap ${sample.heapMiB.toFixed(1)} MiB, resident ${sample.rssMiB.toFixed(0)} MiB, ${sample.sockets} sockets, ${sample.files} files, ${sample.timers} timers; ${changes} changes (${refused} refused), ${lines} log lines, ${views} views, ${kills} kills`,
      );
    }
    stopping.abort();
    clearInterval(killing);
    await writing;
    const mean = (part: readonly Sample[], field: keyof Sample): number => part.reduce((sum, sample) => sum + sample[field], 0) / part.length;
    const third = Math.max(1, Math.floor(samples.length / 3));
    const early = samples.slice(Math.min(2, samples.length - 1), Math.min(2, samples.length - 1) + third);
    const late = samples.slice(-third);
    const hours = (third * 2) / 60;
    console.log(
      `heap: ${((mean(late, 'heapMiB') - mean(early, 'heapMiB')) / hours).toFixed(2)} MiB an hour; ${lines} log lines; ${kills} kills; ${changes} changes`,
    );
    expect(lines).toBeGreaterThan(loggingPods * 60 * minutes * 0.8);
    // The server was away for some seconds after each kill and no longer, or this soaked nothing.
    expect(changes).toBeGreaterThan(changesPerSecond * 60 * minutes * 0.6);
    expect(mean(late, 'heapMiB') - mean(early, 'heapMiB')).toBeLessThan(3);
    expect(Math.max(...late.map((sample) => sample.sockets))).toBeLessThanOrEqual(Math.max(...early.map((sample) => sample.sockets)) + 2);
    expect(Math.max(...late.map((sample) => sample.timers))).toBeLessThanOrEqual(Math.max(...early.map((sample) => sample.timers)) + 5);
    expect(pods.size).toBe(simulatedPods + loggingPods);
  });
});
