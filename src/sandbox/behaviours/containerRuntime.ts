// The life of one container of one pod: pulled, created, running, ready; crashing and starting again as its scenario says.
import { createHash } from 'node:crypto';
import { timestampOf } from '../clock';
import type { Container, ContainerState, ContainerStatus, Pod } from '../objectTypes';
import { environmentOf, MissingPart } from './podConfig';
import { exitCodeOf, isImageName, runsForMs, scenarioOf } from './scenarios';
import type { World } from './world';

/** One run of the container's process. */
export interface Instance {
  startedAtMs: number;
  finishedAtMs?: number;
  exitCode?: number;
  /** 0 for the first run, then one more for each restart. */
  attempt: number;
  id: string;
}

/** What the container needs from the pod around it. */
export interface PodContext {
  readonly world: World;
  /** The pod as it is stored now. */
  pod(): Pod;
  /** Images that are on the node already. */
  readonly images: Set<string>;
  /** The container's state has changed and is to be written. */
  changed(): void;
  /** An init container or a run-once container has ended. */
  finished(): void;
}

const maxBackOffMs = 300_000;
/** How long the process of a run-once container takes. */
const runOnceMs = 1_000;
const configRetryMs = 10_000;
const probePeriodMs = 10_000;

export class ContainerRuntime {
  readonly spec: Container;
  readonly isInit: boolean;
  /** Added to a running pod for a person to look around with; never ready, never started again. */
  readonly isDebug: boolean;
  readonly #context: PodContext;
  readonly #timers = new Set<() => void>();
  #state: ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #lastState: ContainerState = {};
  #restarts = 0;
  #started = false;
  #ready = false;
  #backOffMs = 0;
  #waitsForConfig = false;
  /** As it was when the container was created; a later change of its sources does not reach a running process. */
  environment: ReadonlyMap<string, string> = new Map();
  current: Instance | undefined;
  previous: Instance | undefined;

  constructor(spec: Container, isInit: boolean, context: PodContext, isDebug = false) {
    this.isDebug = isDebug;
    this.spec = spec;
    this.isInit = isInit;
    this.#context = context;
  }

  get podUid(): string {
    return this.#context.pod().metadata.uid ?? '';
  }

  get running(): boolean {
    return this.#state.running !== undefined;
  }

  get state(): ContainerState {
    return this.#state;
  }

  /** An init container that runs on beside the others. */
  get isSidecar(): boolean {
    return this.isInit && this.spec.restartPolicy === 'Always';
  }

  get succeeded(): boolean {
    return this.#state.terminated?.exitCode === 0;
  }

  get started(): boolean {
    return this.#started;
  }

  status(waitingReason: string): ContainerStatus {
    const image = this.spec.image ?? '';
    const untouched = this.#state.waiting?.reason === 'ContainerCreating';
    const ready = this.isInit && !this.isSidecar ? this.succeeded : this.#ready;
    const id = this.current ?? this.previous;
    return {
      ...(id === undefined ? {} : { containerID: `sandbox://${id.id}` }),
      image,
      imageID: this.current === undefined ? '' : `${image}@sha256:${createHash('sha256').update(image).digest('hex')}`,
      lastState: this.#lastState,
      name: this.spec.name,
      ready,
      restartCount: this.#restarts,
      started: this.#started,
      state: untouched ? { waiting: { reason: waitingReason } } : this.#state,
    };
  }

  /** Begins with the image. */
  run(): void {
    const { world, images } = this.#context;
    const image = this.spec.image ?? '';
    if (!isImageName(image)) {
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": invalid reference format`;
      this.#event('Warning', 'InspectFailed', message);
      this.#set({ waiting: { reason: 'InvalidImageName', message } });
      return;
    }
    if (scenarioOf(this.#context.pod(), this.spec) === 'image-pull') {
      this.#event('Normal', 'Pulling', `Pulling image "${image}"`);
      this.#after(world.delays.imagePullMs, () => {
        this.#pullFailed(image);
      });
      return;
    }
    if (images.has(image) && this.spec.imagePullPolicy !== 'Always') {
      this.#event('Normal', 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`);
      this.#create();
      return;
    }
    this.#event('Normal', 'Pulling', `Pulling image "${image}"`);
    const tookMs = images.has(image) ? Math.min(50, world.delays.imagePullMs) : world.delays.imagePullMs;
    this.#after(tookMs, () => {
      images.add(image);
      const took = `${String(tookMs)}ms`;
      this.#event(
        'Normal',
        'Pulled',
        `Successfully pulled image "${image}" in ${took} (${took} including waiting). Image size: ${String(imageBytes(image))} bytes.`,
      );
      this.#create();
    });
  }

  /** Tries again what failed for want of a ConfigMap or Secret. */
  poke(): void {
    if (!this.#waitsForConfig) return;
    this.stopTimers();
    this.#create();
  }

  /** The process is told to end and does. */
  terminate(): void {
    this.stopTimers();
    if (this.current === undefined || this.#state.running === undefined) return;
    // A server ends in peace when it is asked to; work that is broken off has not been done.
    const brokenOff = !this.isSidecar && (this.isInit || this.#context.pod().spec.restartPolicy !== 'Always');
    if (brokenOff) this.#end(143, 'Error');
    else this.#end(0, 'Completed');
  }

  /** The container's own process, where somebody speaks with it, has ended by itself. */
  exited(exitCode: number): void {
    if (this.running) this.#end(exitCode, exitCode === 0 ? 'Completed' : 'Error');
  }

  stopTimers(): void {
    for (const cancel of this.#timers) cancel();
    this.#timers.clear();
  }

  #create(): void {
    const { world } = this.#context;
    this.#waitsForConfig = false;
    try {
      this.environment = environmentOf(world.registry, this.#context.pod(), this.spec);
    } catch (error) {
      if (!(error instanceof MissingPart)) throw error;
      this.#waitsForConfig = true;
      this.#set({ waiting: { reason: 'CreateContainerConfigError', message: error.message } });
      this.#event('Warning', 'Failed', `Error: ${error.message}`);
      this.#after(configRetryMs, () => {
        this.#create();
      });
      return;
    }
    this.#event('Normal', 'Created', 'Container created');
    this.#after(world.delays.containerStartMs, () => {
      this.#start();
    });
  }

  #start(): void {
    const { world } = this.#context;
    const startedAtMs = world.clock.now();
    const attempt = this.#restarts;
    if (this.current !== undefined) this.previous = this.current;
    const pod = this.#context.pod();
    const id = createHash('sha256')
      .update(`${pod.metadata.uid ?? ''}/${this.spec.name}/${String(attempt)}`)
      .digest('hex');
    this.current = { startedAtMs, attempt, id };
    this.#state = { running: { startedAt: timestampOf(startedAtMs) } };
    this.#started = this.spec.startupProbe === undefined;
    this.#event('Normal', 'Started', 'Container started');
    this.#become();
    this.#context.changed();
  }

  /** What the scenario makes of a container that has just started. */
  #become(): void {
    const { world } = this.#context;
    const { delays } = world;
    const pod = this.#context.pod();
    if (this.isDebug) return;
    switch (scenarioOf(pod, this.spec)) {
      case 'crash-loop':
        this.#after(runsForMs(pod) ?? delays.crashAfterMs, () => {
          const code = exitCodeOf(pod);
          this.#crash(code, code === 0 ? 'Completed' : 'Error');
        });
        return;
      case 'oom':
        this.#after(runsForMs(pod) ?? delays.crashAfterMs, () => {
          this.#crash(137, 'OOMKilled');
        });
        return;
      case 'never-ready':
        this.#started = true;
        this.#after(delays.readinessMs, () => {
          this.#probeFails();
        });
        return;
      case 'failing-liveness':
        this.#readyAfter(this.#readinessDelayMs());
        this.#after(runsForMs(pod) ?? delays.crashAfterMs, () => {
          this.#event('Warning', 'Unhealthy', 'Liveness probe failed: the sandbox scenario failing-liveness lets no probe pass');
          this.#event('Normal', 'Killing', `Container ${this.spec.name} failed liveness probe, will be restarted`);
          this.#crash(137, 'Error');
        });
        return;
      case 'slow-start':
        this.#readyAfter(delays.slowStartMs);
        return;
      default:
        if ((this.isInit && !this.isSidecar) || (pod.spec.restartPolicy !== 'Always' && !this.isSidecar)) {
          this.#after(runsForMs(pod) ?? Math.min(runOnceMs, delays.readinessMs * 2), () => {
            this.#end(0, 'Completed');
            this.#context.finished();
          });
          if (this.isInit) return;
        }
        this.#readyAfter(this.#readinessDelayMs());
    }
  }

  /** Probes pass on their first try; without any, a container is ready as soon as it runs, give or take the kubelet's turn. */
  #readinessDelayMs(): number {
    const { startupProbe, readinessProbe } = this.spec;
    const initialMs = Math.max(startupProbe?.initialDelaySeconds ?? 0, readinessProbe?.initialDelaySeconds ?? 0) * 1000;
    return initialMs + this.#context.world.delays.readinessMs;
  }

  #readyAfter(delayMs: number): void {
    this.#after(delayMs, () => {
      this.#started = true;
      this.#ready = true;
      this.#context.changed();
    });
  }

  #probeFails(): void {
    this.#event('Warning', 'Unhealthy', 'Readiness probe failed: the sandbox scenario never-ready lets no probe pass');
    this.#after(probePeriodMs, () => {
      this.#probeFails();
    });
  }

  #crash(exitCode: number, reason: string): void {
    this.#end(exitCode, reason);
    const { world } = this.#context;
    const policy = this.#context.pod().spec.restartPolicy;
    if (policy === 'Never' && !this.isSidecar) {
      this.#context.finished();
      return;
    }
    // The first restart comes at once, each later one after twice the time of the one before.
    const delayMs = this.#backOffMs;
    this.#backOffMs = delayMs === 0 ? world.delays.backOffMs : Math.min(maxBackOffMs, delayMs * 2);
    if (delayMs === 0) {
      this.#restart();
      return;
    }
    this.#after(Math.min(1_000, delayMs / 2), () => {
      const pod = this.#context.pod();
      const name = `${pod.metadata.name}_${pod.metadata.namespace ?? ''}(${pod.metadata.uid ?? ''})`;
      this.#lastState = this.#state;
      const message = `back-off ${delayText(delayMs)} restarting failed container=${this.spec.name} pod=${name}`;
      this.#set({ waiting: { reason: 'CrashLoopBackOff', message } });
      this.#event('Warning', 'BackOff', `Back-off restarting failed container ${this.spec.name} in pod ${name}`);
      this.#after(delayMs, () => {
        this.#restart();
      });
    });
  }

  #restart(): void {
    if (this.#state.terminated) this.#lastState = this.#state;
    this.#restarts += 1;
    this.run();
  }

  #end(exitCode: number, reason: string): void {
    const { world } = this.#context;
    const now = world.clock.now();
    this.stopTimers();
    if (this.current !== undefined) this.current = { ...this.current, finishedAtMs: now, exitCode };
    this.#ready = false;
    this.#started = false;
    this.#set({
      terminated: {
        containerID: `sandbox://${this.current?.id ?? ''}`,
        exitCode,
        finishedAt: timestampOf(now),
        reason,
        startedAt: timestampOf(this.current?.startedAtMs ?? now),
      },
    });
  }

  #pullFailed(image: string): void {
    const { world } = this.#context;
    const why = `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ${image}: not found`;
    this.#event('Warning', 'Failed', `Failed to pull image "${image}": rpc error: code = NotFound desc = ${why}`);
    this.#event('Warning', 'Failed', 'Error: ErrImagePull');
    this.#set({ waiting: { reason: 'ErrImagePull', message: `rpc error: code = NotFound desc = ${why}` } });
    this.#backOffMs = this.#backOffMs === 0 ? world.delays.backOffMs : Math.min(maxBackOffMs, this.#backOffMs * 2);
    const delayMs = this.#backOffMs;
    this.#after(Math.min(1_000, delayMs / 2), () => {
      const back = `Back-off pulling image "${image}"`;
      this.#event('Normal', 'BackOff', back);
      this.#event('Warning', 'Failed', 'Error: ImagePullBackOff');
      this.#set({ waiting: { reason: 'ImagePullBackOff', message: `${back}: ErrImagePull: rpc error: code = NotFound desc = ${why}` } });
      this.#after(delayMs, () => {
        this.run();
      });
    });
  }

  #set(state: ContainerState): void {
    this.#state = state;
    this.#context.changed();
  }

  #event(type: 'Normal' | 'Warning', reason: string, message: string): void {
    const field = this.isDebug ? 'ephemeralContainers' : this.isInit ? 'initContainers' : 'containers';
    const fieldPath = `spec.${field}{${this.spec.name}}`;
    this.#context.world.events.record(this.#context.pod(), 'kubelet', { type, reason, message, fieldPath });
  }

  #after(delayMs: number, task: () => void): void {
    const cancel = this.#context.world.clock.after(delayMs, () => {
      this.#timers.delete(cancel);
      task();
    });
    this.#timers.add(cancel);
  }
}

function delayText(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return seconds < 60 ? `${String(seconds)}s` : `${String(Math.floor(seconds / 60))}m${String(seconds % 60)}s`;
}

/** The same image always has the same size, between 20 and 220 MB. */
function imageBytes(image: string): number {
  return 20_000_000 + (createHash('sha256').update(image).digest().readUInt32BE(0) % 200_000_000);
}
