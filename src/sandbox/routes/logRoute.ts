import { badRequest, invalid } from '../apiStatus';
import type { ContainerRuntime, Instance } from '../behaviours/containerRuntime';
import type { Kubelet } from '../behaviours/kubelet';
import type { Clock } from '../clock';
import type { Exchange } from '../exchange';
import { ContainerLog, logTimestamp, type LogLine } from '../logs/containerLog';
import type { Pod } from '../objectTypes';
import type { Storage } from '../storage';

export interface LogParts {
  kubelet: Kubelet;
  clock: Clock;
  storage: Storage;
}

interface LogOptions {
  follow: boolean;
  timestamps: boolean;
  /** Lines before this time are left out. */
  sinceMs: number;
  tailLines: number | undefined;
  limitBytes: number | undefined;
}

/** Which container a request without a name means, and whether a named one is there; the same rule for logs and exec. */
export function containerName(pod: Pod, asked: string): string {
  const names = pod.spec.containers.map((one) => one.name);
  const init = (pod.spec.initContainers ?? []).map((one) => one.name);
  if (asked !== '') {
    const debug = (pod.spec.ephemeralContainers ?? []).map((one) => one.name);
    if (names.includes(asked) || init.includes(asked) || debug.includes(asked)) return asked;
    throw badRequest(`container ${asked} is not valid for pod ${pod.metadata.name}`);
  }
  const chosen = pod.metadata.annotations?.['kubectl.kubernetes.io/default-container'];
  if (chosen !== undefined && names.includes(chosen)) return chosen;
  const [only] = names;
  if (only !== undefined && names.length === 1) return only;
  const others = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : '';
  throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names.join(' ')}]${others}`);
}

function instanceOf(runtime: ContainerRuntime | undefined, pod: Pod, name: string, previous: boolean): Instance {
  if (previous) {
    // While a crashed container waits for its next start, the run that crashed is the previous one already.
    const instance = runtime?.running === true ? runtime.previous : runtime?.state.waiting !== undefined ? runtime.current : runtime?.previous;
    if (instance === undefined) throw badRequest(`previous terminated container "${name}" in pod "${pod.metadata.name}" not found`);
    return instance;
  }
  if (runtime?.current !== undefined) return runtime.current;
  const reason = runtime?.state.waiting?.reason ?? 'ContainerCreating';
  const why = reason === 'ErrImagePull' ? "image can't be pulled" : reason === 'ImagePullBackOff' ? 'trying and failing to pull image' : reason;
  throw badRequest(`container "${name}" in pod "${pod.metadata.name}" is waiting to start: ${why}`);
}

function optionsOf(exchange: Exchange, clock: Clock, pod: string): LogOptions {
  const refuse = (field: string, reason: string, message: string): never => {
    throw invalid('', 'PodLogOptions', pod, [{ reason, message, field }]);
  };
  const count = (name: string, least: number): number | undefined => {
    const value = exchange.count(name);
    if (value !== undefined && value < least) {
      const bound = least === 0 ? 'must be greater than or equal to 0' : 'must be greater than 0';
      refuse(name, 'FieldValueInvalid', `Invalid value: ${String(value)}: ${bound}`);
    }
    return value;
  };
  const seconds = count('sinceSeconds', 1);
  const time = exchange.param('sinceTime');
  if (seconds !== undefined && time !== '') refuse('[]', 'FieldValueForbidden', 'Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified');
  const sinceMs = time === '' ? (seconds === undefined ? 0 : clock.now() - seconds * 1000) : Date.parse(time);
  if (Number.isNaN(sinceMs)) throw badRequest(`invalid value for sinceTime: "${time}" is not a time`);
  return {
    follow: exchange.flag('follow'),
    timestamps: exchange.flag('timestamps'),
    sinceMs,
    tailLines: count('tailLines', 0),
    limitBytes: count('limitBytes', 1),
  };
}

/** Answers `/log`: what has been said, and with `follow` what is said until the run ends or the client leaves. */
export function serveLog(parts: LogParts, exchange: Exchange, pod: Pod): void {
  const options = optionsOf(exchange, parts.clock, pod.metadata.name);
  const name = containerName(pod, exchange.param('container'));
  // A pod without a node has nobody who could say anything; a real server answers with nothing as well.
  if (pod.spec.nodeName === undefined || pod.spec.nodeName === '') {
    exchange.send(204, 'text/plain', '');
    return;
  }
  const runtime = parts.kubelet.containerOf(pod, name);
  const instance = instanceOf(runtime, pod, name, exchange.flag('previous'));
  const image = runtime?.spec.image ?? '';
  const speaker = { image, pod: pod.metadata.name, container: name };
  exchange.start(200, 'text/plain');
  exchange.flushHead();
  new LogStream(parts, exchange, options, () => new ContainerLog(speaker, latest(runtime, instance))).start(pod.metadata.uid ?? '');
}

/** The same run as it is by now: it may have ended since. */
function latest(runtime: ContainerRuntime | undefined, instance: Instance): Instance {
  for (const one of [runtime?.current, runtime?.previous]) if (one?.id === instance.id) return one;
  return { ...instance, finishedAtMs: instance.finishedAtMs ?? instance.startedAtMs };
}

class LogStream {
  readonly #parts: LogParts;
  readonly #exchange: Exchange;
  readonly #options: LogOptions;
  readonly #log: () => ContainerLog;
  #next = 0;
  #sentBytes = 0;
  #done = false;
  #cancelTimer: (() => void) | undefined;
  #stopListening: (() => void) | undefined;

  constructor(parts: LogParts, exchange: Exchange, options: LogOptions, log: () => ContainerLog) {
    this.#parts = parts;
    this.#exchange = exchange;
    this.#options = options;
    this.#log = log;
  }

  start(podUid: string): void {
    const nowMs = this.#parts.clock.now();
    const log = this.#log();
    const all = log.count(nowMs);
    this.#next = this.#firstLine(log, all, nowMs);
    const { tailLines } = this.#options;
    if (tailLines !== undefined) this.#next = Math.max(this.#next, all - tailLines);
    this.#exchange.onClose(() => {
      this.#stop();
    });
    this.#stopListening = this.#parts.storage.onChange((change) => {
      if (change.object.metadata.uid !== podUid) return;
      if (change.type === 'DELETED') this.#finish();
      else this.#advance();
    });
    this.#advance();
  }

  /** The first line that is not too old: the lines stand in the order of their times. */
  #firstLine(log: ContainerLog, count: number, nowMs: number): number {
    let low = 0;
    let high = count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (log.line(middle, nowMs).atMs < this.#options.sinceMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #advance(): void {
    if (this.#done) return;
    this.#cancelTimer?.();
    const nowMs = this.#parts.clock.now();
    const log = this.#log();
    const count = log.count(nowMs);
    let text = '';
    for (; this.#next < count && !this.#full(text); this.#next++) text += this.#format(log.line(this.#next, nowMs));
    this.#send(text);
    const nextAtMs = log.nextAtMs(nowMs);
    if (!this.#options.follow || nextAtMs === undefined || this.#full('')) this.#finish();
    else {
      this.#cancelTimer = this.#parts.clock.after(Math.max(1, nextAtMs - nowMs), () => {
        this.#advance();
      });
    }
  }

  #full(pending: string): boolean {
    const { limitBytes } = this.#options;
    return limitBytes !== undefined && this.#sentBytes + Buffer.byteLength(pending) >= limitBytes;
  }

  #format(line: LogLine): string {
    return this.#options.timestamps ? `${logTimestamp(line.atMs)} ${line.text}\n` : `${line.text}\n`;
  }

  #send(text: string): void {
    if (text === '') return;
    let bytes: Buffer = Buffer.from(text);
    const { limitBytes } = this.#options;
    if (limitBytes !== undefined) bytes = bytes.subarray(0, limitBytes - this.#sentBytes);
    this.#sentBytes += bytes.length;
    this.#exchange.write(bytes);
  }

  #finish(): void {
    if (this.#done) return;
    this.#stop();
    this.#exchange.response.end();
  }

  #stop(): void {
    this.#done = true;
    this.#cancelTimer?.();
    this.#stopListening?.();
  }
}
