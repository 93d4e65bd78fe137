import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster, KindRef } from '../engine/ports';
import { clusterFromKubeconfig } from '../kube';
import type { KubeObject } from '../shared/kubeObject';
import type { ContractTarget, Watching } from './contractRig';
import { configMap, watching } from './contractRig';
import { startFaultProxy } from './faultProxy';
import type { Fault, FaultProxy, LineStep, ProxiedRequest } from './faultProxy';
import { MemoryLogger } from './memoryLogger';
import { PacedClock } from './pacedClock';
import { until } from './until';

/** Numbers between 0 and 1 from a seed, so that a schedule that failed can be run again. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Round {
  readonly random: () => number;
  readonly proxy: FaultProxy;
}

interface WatchFault {
  readonly name: string;
  /** The faults while objects change; called once for each round. */
  readonly during: (round: Round) => (request: ProxiedRequest) => Fault | undefined;
  /** Done in the middle of the changes. */
  readonly halfWay?: (round: Round) => void | Promise<void>;
  /** Done when the faults end. */
  readonly heal?: (round: Round) => void | Promise<void>;
  /** The fault that never ends, for those that the reader has to live with. */
  readonly stays?: boolean;
  /** How much faster than real time the reader's clock runs. */
  readonly speed?: number;
  readonly dataBytes?: number;
}

const status = (code: number, reason: string): object => ({ kind: 'Status', apiVersion: 'v1', status: 'Failure', code, reason, message: reason });
const gone: Fault = { fault: 'answer', status: 410, body: status(410, 'Expired') };
const goneLine = JSON.stringify({ type: 'ERROR', object: status(410, 'Expired') });
const lines = (change: (line: string, index: number) => readonly LineStep[]): Fault => ({ fault: 'lines', change });
const onWatch = (choose: (request: ProxiedRequest, turn: number) => Fault | undefined) => {
  let turn = 0;
  return (request: ProxiedRequest): Fault | undefined => (request.watch ? choose(request, turn++) : undefined);
};

/** The fifteen faults of a watch's life, each as it can be made between client and server. */
export const watchFaultKinds: readonly WatchFault[] = [
  { name: '410 when the watch is opened', during: ({ random }) => onWatch(() => (random() < 0.5 ? gone : { fault: 'endAfter', delayMs: 30, clean: true })) },
  {
    name: '410 inside the stream',
    during: ({ random }) => onWatch(() => lines((line) => (random() < 0.3 ? [{ line: goneLine }, { end: true }] : [{ line }]))),
  },
  {
    name: 'a connection that stands and says nothing',
    speed: 200,
    during: ({ random }) => onWatch(() => lines((line) => (random() < 0.2 ? [{ hold: true }] : [{ line }]))),
    halfWay: ({ proxy }) => proxy.holdWatches(),
  },
  { name: 'lines in pieces', during: ({ random }) => onWatch(() => ({ fault: 'pieces', bytes: 1 + Math.floor(random() * 40) })), stays: true },
  { name: 'bad lines', during: ({ random }) => onWatch(() => lines((line) => (random() < 0.3 ? [{ raw: '{"type":"ADD\n' }, { line }] : [{ line }]))) },
  {
    name: 'objects near the size limit',
    dataBytes: 900_000,
    during: ({ random }) => onWatch(() => ({ fault: 'pieces', bytes: 1_000 + Math.floor(random() * 60_000) })),
    stays: true,
  },
  { name: 'every event twice', during: () => onWatch(() => lines((line) => [{ line }, { line }])), stays: true },
  {
    name: 'old events again',
    during: ({ random }) => {
      const old: string[] = [];
      return onWatch(() =>
        lines((line) => {
          old.push(line);
          return random() < 0.3 ? [{ line }, { line: old[Math.floor(random() * old.length)] ?? line }] : [{ line }];
        }),
      );
    },
  },
  {
    name: 'a server that comes back with an older state',
    during: ({ random }) => {
      const away = onWatch(() => (random() < 0.4 ? gone : { fault: 'endAfter', delayMs: 30, clean: false }));
      return (request) => (request.watch ? away(request) : request.method === 'GET' ? { fault: 'firstList' } : undefined);
    },
  },
  {
    name: 'versions that are no numbers',
    during: () => (request) => (request.path.includes('/configmaps') ? { fault: 'opaqueVersions' } : undefined),
    stays: true,
  },
  {
    name: 'pages that expire',
    during: ({ random }) => {
      const relist = onWatch(() => (random() < 0.5 ? gone : { fault: 'endAfter', delayMs: 30, clean: true }));
      return (request) => {
        if (request.watch) return relist(request);
        if (request.query.has('continue') && random() < 0.5) return gone;
        return request.query.has('limit') ? { fault: 'query', set: { limit: '3' } } : undefined;
      };
    },
  },
  {
    name: '429 when it lists again',
    during: ({ random }) => {
      const relist = onWatch(() => (random() < 0.6 ? gone : undefined));
      return (request) => {
        if (request.watch) return relist(request);
        return request.query.has('limit') && random() < 0.5
          ? { fault: 'answer', status: 429, headers: { 'retry-after': '1' }, body: status(429, 'TooManyRequests') }
          : undefined;
      };
    },
  },
  {
    name: 'bookmarks and ends',
    during: () =>
      onWatch(() =>
        lines((line) => {
          const version = (JSON.parse(line) as { object: { metadata: { resourceVersion: string } } }).object.metadata.resourceVersion;
          return [
            { line },
            { line: JSON.stringify({ type: 'BOOKMARK', object: { kind: 'ConfigMap', metadata: { resourceVersion: version } } }) },
            { end: true },
          ];
        }),
      ),
    stays: true,
  },
  {
    name: 'deletions while it is away',
    during: () => onWatch(() => ({ fault: 'answer', status: 410, body: status(410, 'Expired') })),
    halfWay: async ({ proxy }) => {
      await proxy.stop();
      await new Promise((resolve) => setTimeout(resolve, 30));
      await proxy.start();
    },
  },
  {
    name: 'a stream that ends every few seconds',
    during: ({ random }) => onWatch(() => ({ fault: 'endAfter', delayMs: 5 + random() * 45, clean: random() < 0.5 })),
    stays: true,
  },
];

/** What a copy and a list must agree in. */
function shape(objects: Iterable<KubeObject>): readonly string[] {
  return [...objects]
    .map(({ metadata, data }) => `${metadata.name} ${metadata.uid ?? ''} ${JSON.stringify(data?.['turn'])} ${JSON.stringify(data).length}`)
    .sort();
}

/**
 * For each fault and seed: objects come, change and go while the proxy does harm between a reader and the server; afterwards
 * the reader's copy is what the server lists. The time that takes is on the reader's clock, which runs `speed` times as fast as
 * the real one: at 1 the printed figures are real, above it they hold the machine's own slowness `speed` times over. Seeds of
 * one fault run `atOnce` at a time.
 */
export function watchFaults(name: string, open: () => Promise<ContractTarget>, seeds: readonly number[], speed = 20, atOnce = 1): void {
  describe(`a watch through faults, on ${name}`, () => {
    const namespace = `faults-${Date.now().toString(36)}`;
    const kind: KindRef = { apiVersion: 'v1', kind: 'ConfigMap' };
    const healedAfterMs: number[] = [];
    let rounds = 0;
    let target: ContractTarget;
    let writer: Cluster;

    beforeAll(async () => {
      target = await open();
      writer = await clusterFromKubeconfig({ text: target.kubeconfig, clock: new PacedClock(), logger: new MemoryLogger(), environment: {} });
      await writer.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager: 'kubeorch' });
    });
    afterAll(async () => {
      await writer?.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
      writer?.dispose();
      await target?.dispose();
    });

    for (const [index, fault] of watchFaultKinds.entries()) {
      const batches = Array.from({ length: Math.ceil(seeds.length / atOnce) }, (_, batch) => seeds.slice(batch * atOnce, (batch + 1) * atOnce));
      test.each(batches.map((batch) => [batch.join(', '), batch] as const))(
        `${fault.name}, seed %s: the copy is what the server lists`,
        async (_, batch) => {
          // All of them end before the first failure is told: what a round has open must not outlive its test.
          const outcomes = await Promise.allSettled(batch.map((seed) => round(fault, index, seed)));
          for (const [nth, outcome] of outcomes.entries()) {
            if (outcome.status === 'rejected') throw new Error(`seed ${batch[nth]} failed`, { cause: outcome.reason });
            expect(outcome.value.copy, `seed ${batch[nth]}`).toEqual(outcome.value.listed);
            expect(outcome.value.errors, `seed ${batch[nth]}`).toEqual([]);
          }
        },
        90_000 + 10_000 * atOnce,
      );
    }
    async function round(
      fault: WatchFault,
      index: number,
      seed: number,
    ): Promise<{ readonly copy: readonly string[]; readonly listed: readonly string[]; readonly errors: readonly string[] }> {
      const random = seeded(seed * 1_000 + index);
      const proxy = await startFaultProxy(target.kubeconfig);
      const clock = new PacedClock(fault.speed ?? speed);
      const logger = new MemoryLogger();
      const reader = await clusterFromKubeconfig({ text: proxy.kubeconfig, clock, logger, environment: {}, random });
      let watch: Watching | undefined;
      try {
        const label = `f${index}-${seed}`;
        const write = (one: number, turn: number): Promise<KubeObject> =>
          writer.apply(
            configMap(
              namespace,
              `${label}-${one}`,
              { turn: String(turn), ...(fault.dataBytes === undefined ? {} : { bulk: 'x'.repeat(Math.floor(fault.dataBytes * random())) }) },
              {
                metadata: { name: `${label}-${one}`, namespace, labels: { of: label } },
              },
            ),
            { fieldManager: 'kubeorch', force: true },
          );
        for (let one = 0; one < 4; one++) await write(one, 0);
        const hurt = { random, proxy };
        watch = watching(reader, kind.kind, namespace, { labelSelector: `of=${label}` });
        await until('the first list', () => (watch?.count('synced') ?? 0) > 0);
        proxy.fault = fault.during(hurt);
        if (fault.speed === undefined) proxy.endWatches();
        const turns = fault.dataBytes === undefined ? 24 : 6;
        for (let turn = 1; turn <= turns; turn++) {
          const one = Math.floor(random() * 8);
          if (random() < 0.3) await writer.delete({ ...kind, namespace, name: `${label}-${one}` });
          else await write(one, turn);
          if (turn === turns / 2) await fault.halfWay?.(hurt);
          if (random() < 0.3) await new Promise((resolve) => setTimeout(resolve, random() * 20));
        }
        // What comes and goes at the end leaves the same objects as before it, so the copy may equal the list while it is still
        // behind. The mark is the last thing that is written: a copy that has it, has heard of everything.
        await write(8, turns + 1);
        await writer.delete({ ...kind, namespace, name: `${label}-8` });
        await write(9, turns + 2);
        if (fault.stays !== true) proxy.fault = () => undefined;
        await fault.heal?.(hurt);
        const healed = clock.now();
        const listed = shape(await writer.list(kind, { namespace, labelSelector: `of=${label}` }));
        await until(
          `${String(listed)} in the copy, which is ${String(shape(Object.values(watch.copy())))}`,
          () => JSON.stringify(shape(Object.values(watch?.copy() ?? {}))) === JSON.stringify(listed),
          60_000,
        );
        rounds++;
        // A lost peer is noticed by its silence, and a fault that stays never heals: neither is healing time.
        if (fault.speed === undefined && fault.stays !== true) healedAfterMs.push(clock.now() - healed);
        // The right state must also stay: nothing old may arrive after it.
        await new Promise((resolve) => setTimeout(resolve, 30));
        return { copy: shape(Object.values(watch.copy())), listed, errors: logger.lines.filter((line) => line.startsWith('error')) };
      } finally {
        watch?.stop();
        reader.dispose();
        await proxy.close();
      }
    }

    test('every round was counted', () => {
      const sorted = [...healedAfterMs].sort((a, b) => a - b);
      const at = (share: number): number => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Infinity);
      console.log(
        `watch faults on ${name}: ${rounds} rounds, seeds ${seeds.join(' ')}, copy = list in all; ${sorted.filter((ms) => ms <= 2_000).length} of ${sorted.length} healings within 2 s, right again after ${at(0.5)} ms (median), ${at(0.9)} ms (p90), ${at(0.99)} ms (p99)`,
      );
      expect(rounds).toBe(watchFaultKinds.length * seeds.length);
    });
  });
}
