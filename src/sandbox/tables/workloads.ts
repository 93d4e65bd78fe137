import { conditionOf } from '../behaviours/conditions';
import type { KubeObject } from '../objects';
import { selectorText } from '../selectors';
import type { Deployment, PodTemplate, ReplicaSet } from '../objectTypes';
import type { Autoscaler, ControllerRevision, CronJob, DaemonSet, Job, MetricSpec, StatefulSet } from '../workloadTypes';
import { ageOf, column, durationText, imagesOf, labelsText, namesOf, none, since, whole, wide, type Printer } from './columns';

const podColumns = [wide('Containers'), wide('Images'), wide('Selector')];

export const deploymentPrinter: Printer = {
  columns: [column('Name'), column('Ready'), column('Up-to-date'), column('Available'), column('Age'), ...podColumns],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as Deployment;
    return [
      metadata.name,
      `${String(status.readyReplicas ?? 0)}/${String(spec.replicas)}`,
      status.updatedReplicas ?? 0,
      status.availableReplicas ?? 0,
      ageOf(object, nowMs),
      namesOf(spec.template.spec.containers),
      imagesOf(spec.template.spec.containers),
      selectorText(spec.selector),
    ];
  },
};

export const replicaSetPrinter: Printer = {
  columns: [column('Name'), whole('Desired'), whole('Current'), whole('Ready'), column('Age'), ...podColumns],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as ReplicaSet;
    return [
      metadata.name,
      spec.replicas,
      status.replicas,
      status.readyReplicas ?? 0,
      ageOf(object, nowMs),
      namesOf(spec.template.spec.containers),
      imagesOf(spec.template.spec.containers),
      selectorText(spec.selector),
    ];
  },
};

function podCells(template: PodTemplate): [string, string] {
  return [namesOf(template.spec.containers), imagesOf(template.spec.containers)];
}

export const statefulSetPrinter: Printer = {
  columns: [column('Name'), column('Ready'), column('Age'), wide('Containers'), wide('Images')],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as StatefulSet;
    return [metadata.name, `${String(status.readyReplicas ?? 0)}/${String(spec.replicas)}`, ageOf(object, nowMs), ...podCells(spec.template)];
  },
};

export const daemonSetPrinter: Printer = {
  columns: [
    column('Name'),
    whole('Desired'),
    whole('Current'),
    whole('Ready'),
    whole('Up-to-date'),
    whole('Available'),
    column('Node Selector'),
    column('Age'),
    ...podColumns,
  ],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as DaemonSet;
    return [
      metadata.name,
      status.desiredNumberScheduled ?? 0,
      status.currentNumberScheduled ?? 0,
      status.numberReady ?? 0,
      status.updatedNumberScheduled ?? 0,
      status.numberAvailable ?? 0,
      labelsText(spec.template.spec.nodeSelector),
      ageOf(object, nowMs),
      ...podCells(spec.template),
      selectorText(spec.selector),
    ];
  },
};

export const controllerRevisionPrinter: Printer = {
  columns: [column('Name'), column('Controller'), column('Revision'), column('Age')],
  cells(object, nowMs) {
    const owner = object.metadata.ownerReferences?.find((one) => one.controller === true);
    const group = owner?.apiVersion.includes('/') === true ? `.${owner.apiVersion.split('/')[0] ?? ''}` : '';
    const controller = owner === undefined ? none : `${owner.kind.toLowerCase()}${group}/${owner.name}`;
    return [object.metadata.name, controller, (object as ControllerRevision).revision, ageOf(object, nowMs)];
  },
};

function jobWord({ metadata, status }: Job): string {
  const holds = (type: string): boolean => conditionOf(status.conditions, type)?.status === 'True';
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (metadata.deletionTimestamp !== undefined) return 'Terminating';
  return ['Suspended', 'FailureTarget', 'SuccessCriteriaMet'].find(holds) ?? 'Running';
}

export const jobPrinter: Printer = {
  columns: [column('Name'), column('Status'), column('Completions'), column('Duration'), column('Age'), ...podColumns],
  cells(object, nowMs) {
    const job = object as Job;
    const { spec, status } = job;
    const done = String(status.succeeded ?? 0);
    const parallelism = spec.parallelism ?? 0;
    const completions =
      spec.completions === undefined ? `${done}/1${parallelism > 1 ? ` of ${String(parallelism)}` : ''}` : `${done}/${String(spec.completions)}`;
    const endMs = status.completionTime === undefined ? nowMs : Date.parse(status.completionTime);
    const duration = status.startTime === undefined ? '' : durationText(endMs - Date.parse(status.startTime));
    return [object.metadata.name, jobWord(job), completions, duration, ageOf(object, nowMs), ...podCells(spec.template), selectorText(spec.selector)];
  },
};

export const cronJobPrinter: Printer = {
  columns: [
    column('Name'),
    column('Schedule'),
    column('Timezone'),
    column('Suspend', { type: 'boolean' }),
    whole('Active'),
    column('Last Schedule'),
    column('Age'),
    ...podColumns,
  ],
  cells(object, nowMs) {
    const { metadata, spec, status } = object as CronJob;
    return [
      metadata.name,
      spec.schedule,
      spec.timeZone ?? none,
      spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
      status.active?.length ?? 0,
      status.lastScheduleTime === undefined ? none : since(status.lastScheduleTime, nowMs),
      ageOf(object, nowMs),
      ...podCells(spec.jobTemplate.spec.template),
      selectorText(spec.jobTemplate.spec.selector) || none,
    ];
  },
};

/** A metric as `current/target`; sources other than resources have no figures in the sandbox. */
function metricText(metric: MetricSpec, current: NonNullable<Autoscaler['status']['currentMetrics']>[number] | undefined): string {
  if (metric.resource === undefined) return '<unknown>';
  const { name, target } = metric.resource;
  if (target.averageValue !== undefined) return `${name}: ${current?.resource?.current.averageValue ?? '<unknown>'}/${target.averageValue}`;
  const used = current?.resource?.current.averageUtilization;
  const wanted = target.averageUtilization;
  return `${name}: ${used === undefined ? '<unknown>' : `${String(used)}%`}/${wanted === undefined ? '<auto>' : `${String(wanted)}%`}`;
}

function metricsText({ spec, status }: Autoscaler): string {
  const all = (spec.metrics ?? []).map((metric, index) => metricText(metric, status.currentMetrics?.[index]));
  if (all.length === 0) return none;
  return all.length > 2 ? `${all.slice(0, 2).join(', ')} + ${String(all.length - 2)} more...` : all.join(', ');
}

export const autoscalerPrinter: Printer = {
  columns: [column('Name'), column('Reference'), column('Targets'), column('MinPods'), column('MaxPods'), column('Replicas'), column('Age')],
  cells(object: KubeObject, nowMs) {
    const scaler = object as Autoscaler;
    const { spec, status } = scaler;
    return [
      object.metadata.name,
      `${spec.scaleTargetRef.kind}/${spec.scaleTargetRef.name}`,
      metricsText(scaler),
      spec.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
      spec.maxReplicas,
      status.currentReplicas ?? 0,
      ageOf(object, nowMs),
    ];
  },
};
