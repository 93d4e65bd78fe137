import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster } from '../engine/ports';
import { clusterFromKubeconfig } from '../kube';
import type { KubeObject } from '../shared/kubeObject';
import type { ContractTarget, Watching } from './contractRig';
import { configMap, watching } from './contractRig';
import { MemoryLogger } from './memoryLogger';
import { PacedClock } from './pacedClock';
import { seeded } from './watchFaults';
import { until } from './until';

const names = 60;
const atOnce = 8;
/** Operations between two moments at which everything is still and the copies are compared. */
const burst = 250;

const identity = (object: KubeObject): string => `${object.metadata.name} ${object.metadata.uid ?? ''} ${object.metadata.resourceVersion ?? ''}`;
const sorted = (objects: Iterable<KubeObject>): readonly string[] => [...objects].map(identity).sort();

/**
 * Random creations, changes, label moves and deletions, several at once, against a plain model of what the server was told; at
 * each quiet point every watch's copy must be the model: the whole kind, the part that a selector chooses, and one object.
 */
export function watchModel(name: string, open: () => Promise<ContractTarget>, operations: number, seeds: readonly number[]): void {
  describe(`copies under random operations, on ${name}`, () => {
    let target: ContractTarget;
    let cluster: Cluster;
    const logger = new MemoryLogger();
    beforeAll(async () => {
      target = await open();
      cluster = await clusterFromKubeconfig({ text: target.kubeconfig, clock: new PacedClock(), logger, environment: {} });
    });
    afterAll(async () => {
      cluster?.dispose();
      await target?.dispose();
    });

    test.each(seeds)(`${operations} operations, seed %i: every copy is the model at every quiet point`, async (seed) => {
      const random = seeded(seed);
      const namespace = `model-${seed}-${Date.now().toString(36)}`;
      await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager: 'kubeorch' });
      const model = new Map<string, KubeObject>();
      const watches: readonly { readonly watch: Watching; readonly holds: (object: KubeObject) => boolean }[] = [
        { watch: watching(cluster, 'ConfigMap', namespace, { labelSelector: 'of=model' }), holds: () => true },
        { watch: watching(cluster, 'ConfigMap', namespace, { labelSelector: 'of=model,on=yes' }), holds: ({ metadata }) => metadata.labels?.['on'] === 'yes' },
        { watch: watching(cluster, 'ConfigMap', namespace, { fieldSelector: 'metadata.name=one-7' }), holds: ({ metadata }) => metadata.name === 'one-7' },
      ];
      const counts = { write: 0, delete: 0, compared: 0 };
      /** One name is changed by one writer at a time: only then does the model know which answer came last. */
      const operate = async (object: string): Promise<void> => {
        if (model.has(object) && random() < 0.3) {
          counts.delete++;
          await cluster.delete({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: object });
          model.delete(object);
          return;
        }
        counts.write++;
        const labels = { of: 'model', on: random() < 0.5 ? 'yes' : 'no' };
        const wanted = configMap(namespace, object, { turn: String(Math.floor(random() * 1e9)) }, { metadata: { name: object, namespace, labels } });
        model.set(object, await cluster.apply(wanted, { fieldManager: 'kubeorch', force: true }));
      };
      try {
        for (let done = 0; done < operations; done += burst) {
          const turns = Array.from({ length: Math.min(burst, operations - done) }, (_, nth) => nth);
          const busy = new Set<string>();
          const worker = async (): Promise<void> => {
            while (turns.pop() !== undefined) {
              let object: string;
              do object = `one-${Math.floor(random() * names)}`;
              while (busy.has(object));
              busy.add(object);
              await operate(object);
              busy.delete(object);
            }
          };
          await Promise.all(Array.from({ length: atOnce }, worker));
          for (const { watch, holds } of watches) {
            const expected = JSON.stringify(sorted([...model.values()].filter(holds)));
            await until(`${expected} in the copy`, () => JSON.stringify(sorted(Object.values(watch.copy()))) === expected, 30_000);
            counts.compared++;
          }
        }
        expect(logger.lines.filter((line) => line.startsWith('error'))).toEqual([]);
        console.log(
          `random operations on ${name}: seed ${seed}, ${counts.write} writes and ${counts.delete} deletions, ${counts.compared} comparisons, no mismatch`,
        );
      } finally {
        for (const { watch } of watches) watch.stop();
        await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
      }
    });
  });
}
