import type { JsonObject } from '../../../shared/json';
import { isJsonObject, valueAt } from '../../../shared/json';
import type { KubeObject } from '../../../shared/kubeObject';
import { itemsAt, numberAt, textAt } from '../../status/verdict';

/** A container of a Pod with what the kubelet says of it. Debug containers are left out: they are no part of its health. */
export interface ContainerFacts {
  readonly name: string;
  /** An init container ends before the others begin; a sidecar is declared as one and runs on beside them. */
  readonly role: 'container' | 'init container' | 'sidecar';
  readonly ready: boolean;
  readonly restarts: number;
  readonly waiting?: { readonly reason: string; readonly message?: string };
  /** How its present or last run ended, when one has. */
  readonly ended?: Ending;
  readonly lastEnded?: Ending;
}

export interface Ending {
  readonly exitCode: number;
  readonly reason: string;
  /** `exit code 137 (OOMKilled)`, with the container's own last words when it left some. */
  readonly words: string;
}

/** Init containers and sidecars first, in the order in which they begin. */
export function containersOf(pod: KubeObject): readonly ContainerFacts[] {
  const sidecars = new Set(
    itemsAt(pod.spec, ['initContainers'])
      .filter((one) => textAt(one, ['restartPolicy']) === 'Always')
      .map((one) => textAt(one, ['name'])),
  );
  return [
    ...itemsAt(pod.status, ['initContainerStatuses']).map((one) => factsOf(one, sidecars.has(textAt(one, ['name'])) ? 'sidecar' : 'init container')),
    ...itemsAt(pod.status, ['containerStatuses']).map((one) => factsOf(one, 'container')),
  ];
}

function factsOf(status: JsonObject, role: ContainerFacts['role']): ContainerFacts {
  const reason = textAt(status, ['state', 'waiting', 'reason']);
  const message = textAt(status, ['state', 'waiting', 'message']);
  const ended = endingAt(status, ['state', 'terminated']);
  const lastEnded = endingAt(status, ['lastState', 'terminated']);
  return {
    name: textAt(status, ['name']) ?? '',
    role,
    ready: status['ready'] === true,
    restarts: numberAt(status, ['restartCount']) ?? 0,
    ...(reason === undefined ? {} : { waiting: { reason, ...(message === undefined ? {} : { message }) } }),
    ...(ended === undefined ? {} : { ended }),
    ...(lastEnded === undefined ? {} : { lastEnded }),
  };
}

function endingAt(status: JsonObject, path: readonly string[]): Ending | undefined {
  const terminated = valueAt(status, path);
  if (!isJsonObject(terminated)) return undefined;
  const exitCode = numberAt(terminated, ['exitCode']) ?? 0;
  const reason = textAt(terminated, ['reason']) ?? 'Error';
  const plain = reason === 'Error' || reason === 'Completed';
  const signal = signalNames.get(numberAt(terminated, ['signal']) ?? exitCode - signalBase);
  const named = plain ? signal : reason;
  const said = textAt(terminated, ['message']);
  return { exitCode, reason, words: `exit code ${String(exitCode)}${named === undefined ? '' : ` (${named})`}${said === undefined ? '' : `: ${said}`}` };
}

/** A process that a signal ended reports the signal's number on top of this. */
const signalBase = 128;
const signalNames: ReadonlyMap<number, string> = new Map([
  [1, 'SIGHUP'],
  [2, 'SIGINT'],
  [3, 'SIGQUIT'],
  [4, 'SIGILL'],
  [6, 'SIGABRT'],
  [7, 'SIGBUS'],
  [8, 'SIGFPE'],
  [9, 'SIGKILL'],
  [11, 'SIGSEGV'],
  [13, 'SIGPIPE'],
  [15, 'SIGTERM'],
]);

export function called({ role, name }: Pick<ContainerFacts, 'role' | 'name'>): string {
  return `${role} ${name}`;
}

export function capitalised(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}
