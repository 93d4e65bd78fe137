import type { OpenApi } from '../openapi';
import { Allocation } from './allocation';
import { startBehaviours } from './behaviours/behaviours';
import type { Kubelet } from './behaviours/kubelet';
import { bootCluster } from './boot';
import { guardedClock, systemClock, type Clock } from './clock';
import { Kinds } from './kinds';
import { defaultDelays, type SandboxOptions } from './options';
import { randomness } from './randomness';
import { Registry } from './registry';
import { semanticsOf } from './semantics/semantics';
import { Storage } from './storage';

/** A cluster without a port: objects, and what becomes of them. */
export interface Cluster {
  readonly registry: Registry;
  readonly kubelet: Kubelet;
  readonly clock: Clock;
  /** Stops all timers; objects stay readable. */
  close(): void;
}

/** Makes a fresh cluster. `caPem` is what its pods find as the authority of the API server. */
export function startCluster(openApi: OpenApi, options: SandboxOptions, caPem: string): Cluster {
  const fault = options.fault ?? tellFault;
  const clock = guardedClock(options.clock ?? systemClock(), fault);
  const random = randomness(options.seed);
  const kinds = new Kinds(openApi);
  const storage = new Storage(options.historyLimit ?? 10_000);
  const allocation = new Allocation(storage, kinds.named('services'), random);
  const registry = new Registry({ kinds, openApi, storage, semantics: semanticsOf(openApi), allocation, clock, random });
  const delays = { ...defaultDelays, ...options.delays };
  const behaviours = startBehaviours({ registry, clock, delays, caPem, fault }, openApi);
  bootCluster(registry, clock, openApi.version);
  return {
    registry,
    kubelet: behaviours.kubelet,
    clock,
    close: () => {
      behaviours.close();
    },
  };
}

function tellFault(error: unknown): void {
  process.stderr.write(`sandbox: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
}
