import type { ContainerState, ContainerStatus, Pod } from '../objectTypes';
import { ageOf, column, none, since, wide, type Printer } from './columns';

export const podPrinter: Printer = {
  columns: [
    column('Name'),
    column('Ready'),
    column('Status'),
    column('Restarts'),
    column('Age'),
    wide('IP'),
    wide('Node'),
    wide('Nominated Node'),
    wide('Readiness Gates'),
  ],
  cells(object, nowMs) {
    const pod = object as Pod;
    const seen = summaryOf(pod);
    const restarts = seen.lastRestart === '' ? String(seen.restarts) : `${String(seen.restarts)} (${since(seen.lastRestart, nowMs)} ago)`;
    const gates = pod.spec.readinessGates ?? [];
    const open = gates.filter((gate) => pod.status.conditions?.some((one) => one.type === gate.conditionType && one.status === 'True'));
    return [
      pod.metadata.name,
      `${String(seen.ready)}/${String(seen.total)}`,
      seen.status,
      restarts,
      ageOf(pod, nowMs),
      pod.status.podIP ?? none,
      pod.spec.nodeName ?? none,
      pod.status.nominatedNodeName ?? none,
      gates.length === 0 ? none : `${String(open.length)}/${String(gates.length)}`,
    ];
  },
  conditions(object) {
    const phase = (object as Pod).status.phase;
    if (phase === 'Succeeded') return [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }];
    if (phase === 'Failed') return [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }];
    return undefined;
  },
};

interface Summary {
  ready: number;
  total: number;
  status: string;
  restarts: number;
  /** Time of the last one; '' when it is not known or there was none. */
  lastRestart: string;
}

function terminatedText(state: NonNullable<ContainerState['terminated']>): string {
  if (state.reason !== '') return state.reason;
  return state.signal ? `Signal:${String(state.signal)}` : `ExitCode:${String(state.exitCode)}`;
}

/** The word that people know from `kubectl get pods`: the most telling of phase, container states and deletion. */
function summaryOf(pod: Pod): Summary {
  const init = initWord(pod);
  const { spec, status } = pod;
  const sidecars = (spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name);
  const summary: Summary = { ready: 0, total: spec.containers.length + sidecars.length, status: status.reason ?? status.phase, restarts: 0, lastRestart: '' };
  const counted: ContainerStatus[] = (status.initContainerStatuses ?? []).filter((one) => sidecars.includes(one.name));
  summary.ready = counted.filter((one) => one.ready && one.started === true).length;
  const initialized = status.conditions?.some((one) => one.type === 'Initialized' && one.status === 'True') === true;
  if (init !== undefined && !initialized) {
    summary.status = init;
    counted.splice(0, counted.length, ...(status.initContainerStatuses ?? []));
  } else {
    counted.push(...(status.containerStatuses ?? []));
    summarizeContainers(pod, summary);
  }
  for (const one of counted) {
    summary.restarts += one.restartCount;
    const finished = one.lastState.terminated?.finishedAt ?? '';
    if (one.restartCount > 0 && finished > summary.lastRestart) summary.lastRestart = finished;
  }
  if (pod.metadata.deletionTimestamp !== undefined && status.phase !== 'Succeeded' && status.phase !== 'Failed') summary.status = 'Terminating';
  return summary;
}

function summarizeContainers(pod: Pod, summary: Summary): void {
  let running = false;
  let failed = '';
  for (const { ready, state } of (pod.status.containerStatuses ?? []).toReversed()) {
    if (state.waiting) summary.status = state.waiting.reason;
    else if (state.terminated) {
      summary.status = terminatedText(state.terminated);
      if (state.terminated.exitCode !== 0) failed = summary.status;
    } else if (ready && state.running) {
      running = true;
      summary.ready += 1;
    }
  }
  if (summary.status !== 'Completed') return;
  const podReady = pod.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') === true;
  if (running && podReady) summary.status = 'Running';
  else if (failed !== '') summary.status = failed;
  else if (running) summary.status = 'NotReady';
}

/** `Init:…` while an init container has not done its part; undefined when all have. */
function initWord(pod: Pod): string | undefined {
  const specs = pod.spec.initContainers ?? [];
  for (const [index, { name, state, started }] of (pod.status.initContainerStatuses ?? []).entries()) {
    if (state.terminated?.exitCode === 0) continue;
    if (specs.find((one) => one.name === name)?.restartPolicy === 'Always' && started === true) continue;
    if (state.terminated) return `Init:${terminatedText(state.terminated)}`;
    if (state.waiting && state.waiting.reason !== 'PodInitializing') return `Init:${state.waiting.reason}`;
    return `Init:${String(index)}/${String(specs.length)}`;
  }
  return undefined;
}
