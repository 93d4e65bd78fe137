// The life of one pod on the node: volumes, init containers one by one, containers side by side, and the status of it all.
import { sameValue } from '../objects';
import type { Condition, Container, Pod, PodStatus } from '../objectTypes';
import { nodeAddress } from '../nodeFacts';
import { withCondition } from './conditions';
import { ContainerRuntime, type PodContext } from './containerRuntime';
import { mountProblem } from './podConfig';
import { podScenarioOf } from './scenarios';
import { nowText, type World } from './world';

const firstMountRetryMs = 500;
const maxMountRetryMs = 122_000;

export class PodRuntime implements PodContext {
  readonly world: World;
  readonly images: Set<string>;
  readonly ip: string;
  readonly init: readonly ContainerRuntime[];
  readonly main: readonly ContainerRuntime[];
  /** Debug containers, in the order in which they were added. */
  readonly debug: ContainerRuntime[] = [];
  readonly #uid: string;
  readonly #startTime: string;
  #pod: Pod;
  #step: 'volumes' | 'init' | 'main' | 'stopping' = 'volumes';
  #mountRetryMs = firstMountRetryMs;
  #cancelRetry: (() => void) | undefined;
  #cancelStop: (() => void) | undefined;

  constructor(world: World, pod: Pod, ip: string, images: Set<string>) {
    this.world = world;
    this.images = images;
    this.ip = ip;
    this.#pod = pod;
    this.#uid = pod.metadata.uid ?? '';
    this.#startTime = nowText(world);
    this.init = (pod.spec.initContainers ?? []).map((spec) => new ContainerRuntime(spec, true, this));
    this.main = pod.spec.containers.map((spec) => new ContainerRuntime(spec, false, this));
  }

  pod(): Pod {
    const { namespace = '', name } = this.#pod.metadata;
    const stored = this.world.registry.storage.get(this.world.registry.kinds.named('pods'), namespace, name);
    if (stored !== undefined && stored.metadata.uid === this.#uid) this.#pod = stored as Pod;
    return this.#pod;
  }

  container(name: string): ContainerRuntime | undefined {
    return [...this.main, ...this.init, ...this.debug].find((one) => one.spec.name === name);
  }

  start(): void {
    this.#mount();
    this.changed();
  }

  /** Something that the pod may be waiting for has changed. */
  poke(): void {
    if (this.#step === 'volumes') this.#mount();
    else for (const one of [...this.init, ...this.main]) one.poke();
  }

  /** Starts debug containers that the pod has been given since. */
  addDebugContainers(pod: Pod): void {
    if (this.#step === 'volumes' || this.#step === 'stopping') return;
    for (const spec of pod.spec.ephemeralContainers ?? []) {
      if (this.debug.some((one) => one.spec.name === spec.name)) continue;
      const added = new ContainerRuntime(spec, false, this, true);
      this.debug.push(added);
      added.run();
    }
  }

  /** Ends the containers within the grace period, then lets go of the pod. */
  stop(graceMs: number, gone: () => void): void {
    if (this.#step === 'stopping') return;
    this.#step = 'stopping';
    this.#cancelRetry?.();
    const running = [...this.init, ...this.main].filter((one) => one.running);
    for (const one of running) {
      const fieldPath = `spec.${one.isInit ? 'initContainers' : 'containers'}{${one.spec.name}}`;
      this.world.events.record(this.pod(), 'kubelet', { type: 'Normal', reason: 'Killing', message: `Stopping container ${one.spec.name}`, fieldPath });
    }
    for (const one of [...this.init, ...this.main, ...this.debug]) one.stopTimers();
    const takesMs = running.length === 0 ? 0 : Math.min(graceMs, this.world.delays.terminationMs);
    this.#cancelStop = this.world.clock.after(takesMs, () => {
      for (const one of [...this.init, ...this.main, ...this.debug]) one.terminate();
      gone();
    });
  }

  /** The pod has gone without waiting for us. */
  abandon(): void {
    this.#step = 'stopping';
    this.#cancelRetry?.();
    this.#cancelStop?.();
    for (const one of [...this.init, ...this.main, ...this.debug]) one.stopTimers();
  }

  finished(): void {
    if (this.#step === 'init') this.#nextInit();
    this.changed();
  }

  changed(): void {
    if (this.#step === 'init') this.#nextInit();
    const pod = this.pod();
    const status = this.#status(pod);
    if (!sameValue(status, pod.status)) this.world.registry.write(this.world.registry.kinds.named('pods'), { ...pod, status }, 'kubelet', 'status');
  }

  #mount(): void {
    this.#cancelRetry?.();
    const pod = this.pod();
    const problem = podScenarioOf(pod) === 'failed-mount' ? failedMount(pod) : mountProblem(this.world.registry, pod);
    if (problem !== undefined) {
      this.world.events.record(pod, 'kubelet', { type: 'Warning', reason: 'FailedMount', message: problem });
      this.#cancelRetry = this.world.clock.after(this.#mountRetryMs, () => {
        this.#mountRetryMs = Math.min(maxMountRetryMs, this.#mountRetryMs * 2);
        this.#mount();
      });
      return;
    }
    this.#step = 'init';
    this.#nextInit();
  }

  /** Starts the first init container that has not done its part, or the main containers when all have. */
  #nextInit(): void {
    for (const one of this.init) {
      if (one.succeeded || (one.isSidecar && one.started)) continue;
      if (one.current === undefined && one.state.waiting?.reason === 'ContainerCreating' && !this.#begun.has(one)) {
        this.#begun.add(one);
        one.run();
      }
      return;
    }
    this.#step = 'main';
    for (const one of this.main) one.run();
    this.addDebugContainers(this.pod());
  }

  readonly #begun = new Set<ContainerRuntime>();

  #status(pod: Pod): PodStatus {
    const initialized = this.#step === 'main' || (this.#step === 'stopping' && this.init.every((one) => one.succeeded || one.isSidecar));
    const waiting = initialized || this.init.length === 0 ? 'ContainerCreating' : 'PodInitializing';
    const containerStatuses = this.main.map((one) => one.status(waiting));
    const initContainerStatuses = this.init.map((one) => one.status('PodInitializing'));
    const ephemeralContainerStatuses = this.debug.map((one) => one.status('ContainerCreating'));
    const phase = this.#phase(pod, initialized);
    const { conditions: _before, containerStatuses: _old, initContainerStatuses: _oldInit, ...kept } = pod.status;
    return {
      ...kept,
      phase,
      conditions: this.#conditions(pod, phase, initialized),
      hostIP: nodeAddress,
      hostIPs: [{ ip: nodeAddress }],
      ...(this.#step === 'volumes' ? {} : { podIP: this.ip, podIPs: [{ ip: this.ip }] }),
      startTime: this.#startTime,
      observedGeneration: pod.metadata.generation ?? 1,
      containerStatuses,
      ...(initContainerStatuses.length > 0 ? { initContainerStatuses } : {}),
      ...(ephemeralContainerStatuses.length > 0 ? { ephemeralContainerStatuses } : {}),
    };
  }

  #phase(pod: Pod, initialized: boolean): PodStatus['phase'] {
    const always = pod.spec.restartPolicy === 'Always' || pod.spec.restartPolicy === undefined;
    if (this.init.some((one) => one.state.terminated !== undefined && !one.succeeded) && pod.spec.restartPolicy === 'Never') return 'Failed';
    if (!initialized || this.main.some((one) => one.current === undefined)) return 'Pending';
    if (always || this.main.some((one) => one.state.terminated === undefined)) return 'Running';
    if (this.main.every((one) => one.succeeded)) return 'Succeeded';
    return pod.spec.restartPolicy === 'OnFailure' ? 'Running' : 'Failed';
  }

  #conditions(pod: Pod, phase: PodStatus['phase'], initialized: boolean): Condition[] {
    const observedGeneration = pod.metadata.generation ?? 1;
    const stopping = this.#step === 'stopping';
    const unready = this.main.filter((one) => !one.status('').ready).map((one) => one.spec.name);
    const gates = pod.spec.readinessGates?.filter((gate) => pod.status.conditions?.find((one) => one.type === gate.conditionType)?.status !== 'True') ?? [];
    const done = phase === 'Succeeded';
    const truth = (type: string, good: boolean, reason: string, message: string): Condition => ({
      type,
      status: good ? 'True' : 'False',
      observedGeneration,
      lastProbeTime: null,
      ...(good && !done ? {} : reason === '' ? {} : { reason, ...(message === '' ? {} : { message }) }),
    });
    const names = (containers: readonly Container[]): string => `containers with incomplete status: [${containers.map((one) => one.name).join(' ')}]`;
    const waitingInit = this.init.filter((one) => !one.succeeded && !one.started).map((one) => one.spec);
    const unreadyText = done ? '' : `containers with unready status: [${unready.join(' ')}]`;
    const notReady = done ? 'PodCompleted' : 'ContainersNotReady';
    const containersReady = unready.length === 0 && initialized;
    const wanted = [
      truth('PodReadyToStartContainers', this.#step !== 'volumes' && !done && !(stopping && this.main.every((one) => !one.running)), '', ''),
      truth('Initialized', initialized, done ? 'PodCompleted' : 'ContainersNotInitialized', done ? '' : names(waitingInit)),
      gates.length > 0 && containersReady
        ? truth('Ready', false, 'ReadinessGatesNotReady', `corresponding condition of pod readiness gate "${gates[0]?.conditionType ?? ''}" does not exist.`)
        : truth('Ready', containersReady, notReady, unreadyText),
      truth('ContainersReady', containersReady, notReady, unreadyText),
      truth('PodScheduled', true, '', ''),
    ];
    let conditions = pod.status.conditions ?? [];
    const now = nowText(this.world);
    for (const condition of wanted) conditions = withCondition(conditions, condition, now);
    const order = [...wanted.map((one) => one.type)];
    return [
      ...conditions.filter((one) => order.includes(one.type)).sort((a, b) => order.indexOf(a.type) - order.indexOf(b.type)),
      ...conditions.filter((one) => !order.includes(one.type)),
    ];
  }
}

/** What the kubelet says when the storage behind a volume does not answer. */
function failedMount(pod: Pod): string {
  const volume = pod.spec.volumes?.[0]?.name ?? 'data';
  return `Unable to attach or mount volumes: unmounted volumes=[${volume}], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition`;
}
