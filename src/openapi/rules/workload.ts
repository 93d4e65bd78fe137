import type { Json, JsonMap } from '../mutableJson';
import { isMap, sameValue } from '../mutableJson';
import { isTimeZone, parseCronSchedule } from '../cronSchedule';
import { checkClaimSpec } from './data';
import type { FieldErrors } from './fieldErrors';
import { mapOf, maps, numberOf, text } from './fieldErrors';
import { checkImmutable, checkSelector, isEmptySelector, labelsOf, selectorMatches } from './metadata';
import { checkPodTemplate } from './pod';
import { dnsLabelErrors } from './syntax';

/** Replicas, selector and template: what Deployment, ReplicaSet, StatefulSet and DaemonSet share. */
function checkScaled(errors: FieldErrors, spec: JsonMap, kind: string): void {
  errors.nonNegative('spec.replicas', spec['replicas']);
  const selector = spec['selector'];
  if (!isMap(selector)) {
    // For a DaemonSet it is enough that the labels below match nothing.
    if (kind !== 'DaemonSet') errors.required('spec.selector');
  } else {
    checkSelector(errors, 'spec.selector', selector);
    if (isEmptySelector(selector)) errors.invalid('spec.selector', selector, `empty selector is invalid for ${kind.toLowerCase()}`);
  }
  const template = mapOf(spec['template']);
  // Without a selector nothing matches; an empty one matches everything.
  if (!isMap(selector) || (!isEmptySelector(selector) && !selectorMatches(selector, labelsOf(template)))) {
    errors.invalid('spec.template.metadata.labels', labelsOf(template), '`selector` does not match template `labels`');
  }
  checkPodTemplate(errors, 'spec.template', template);
  const podSpec = mapOf(template['spec']);
  if (podSpec['restartPolicy'] !== 'Always') errors.notSupported('spec.template.spec.restartPolicy', podSpec['restartPolicy'], ['Always']);
  if (podSpec['activeDeadlineSeconds'] !== undefined)
    errors.forbidden('spec.template.spec.activeDeadlineSeconds', `activeDeadlineSeconds in ${kind} is not Supported`);
  errors.nonNegative('spec.minReadySeconds', spec['minReadySeconds']);
  errors.nonNegative('spec.revisionHistoryLimit', spec['revisionHistoryLimit']);
}

export function checkDeployment(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  checkScaled(errors, spec, 'Deployment');
  checkDeploymentStrategy(errors, mapOf(spec['strategy']));
  const deadline = numberOf(spec['progressDeadlineSeconds']);
  if (deadline === undefined) return;
  errors.nonNegative('spec.progressDeadlineSeconds', deadline);
  if (deadline <= (numberOf(spec['minReadySeconds']) ?? 0)) errors.invalid('spec.progressDeadlineSeconds', deadline, 'must be greater than minReadySeconds');
}

function checkDeploymentStrategy(errors: FieldErrors, strategy: JsonMap): void {
  const type = text(strategy['type']);
  const rolling = strategy['rollingUpdate'];
  if (type === 'Recreate') {
    if (isMap(rolling)) errors.forbidden('spec.strategy.rollingUpdate', "may not be specified when strategy `type` is 'Recreate'");
  } else if (type === 'RollingUpdate') checkRollingUpdate(errors, mapOf(rolling));
  else errors.notSupported('spec.strategy', strategy, ['Recreate', 'RollingUpdate']);
}

function checkRollingUpdate(errors: FieldErrors, rolling: JsonMap): void {
  const at = 'spec.strategy.rollingUpdate';
  for (const key of ['maxUnavailable', 'maxSurge']) checkIntOrPercent(errors, `${at}.${key}`, rolling[key]);
  if (amount(rolling['maxUnavailable']) === 0 && amount(rolling['maxSurge']) === 0)
    errors.invalid(`${at}.maxUnavailable`, rolling['maxUnavailable'], 'may not be 0 when `maxSurge` is 0');
  checkNotAboveAll(errors, `${at}.maxUnavailable`, rolling['maxUnavailable']);
}

/** A percentage above 100 means nothing. */
export function checkNotAboveAll(errors: FieldErrors, field: string, value: Json | undefined): void {
  if (typeof value === 'string' && isPercent(value) && parseInt(value, 10) > 100) errors.invalid(field, value, 'must not be greater than 100%');
}

function isPercent(value: string): boolean {
  return /^\d+%$/.test(value);
}

function amount(value: Json | undefined): number {
  return typeof value === 'string' ? (isPercent(value) ? parseInt(value, 10) : 0) : (numberOf(value) ?? 0);
}

export function checkIntOrPercent(errors: FieldErrors, field: string, value: Json | undefined): void {
  if (typeof value === 'string') {
    if (!isPercent(value))
      errors.invalid(
        field,
        value,
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
      );
  } else errors.nonNegative(field, value);
}

export function checkDeploymentUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  checkImmutable(errors, 'spec.selector', mapOf(next['spec'])['selector'], mapOf(live['spec'])['selector']);
}

export function checkReplicaSet(errors: FieldErrors, object: JsonMap): void {
  checkScaled(errors, mapOf(object['spec']), 'ReplicaSet');
}

export function checkDaemonSet(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  checkScaled(errors, spec, 'DaemonSet');
  const strategy = mapOf(spec['updateStrategy']);
  if (strategy['type'] === 'OnDelete') return;
  if (strategy['type'] !== 'RollingUpdate') return errors.notSupported('spec.updateStrategy', strategy, ['OnDelete', 'RollingUpdate']);
  const rolling = mapOf(strategy['rollingUpdate']);
  const at = 'spec.updateStrategy.rollingUpdate';
  for (const key of ['maxUnavailable', 'maxSurge']) {
    checkIntOrPercent(errors, `${at}.${key}`, rolling[key]);
    checkNotAboveAll(errors, `${at}.${key}`, rolling[key]);
  }
  const moves = ['maxUnavailable', 'maxSurge'].filter((key) => amount(rolling[key]) !== 0);
  if (moves.length === 2) errors.invalid(`${at}.maxSurge`, rolling['maxSurge'], 'may not be set when maxUnavailable is non-zero');
  if (moves.length === 0) errors.required(`${at}.maxUnavailable`, 'cannot be 0 when maxSurge is 0');
}

export function checkRevision(errors: FieldErrors, object: JsonMap): void {
  errors.nonNegative('revision', object['revision']);
}

export function checkNewRevision(errors: FieldErrors, object: JsonMap): void {
  if (!isMap(object['data'])) errors.required('data', 'data is mandatory');
}

export function checkStatefulSet(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  const policy = text(spec['podManagementPolicy']);
  if (policy !== 'OrderedReady' && policy !== 'Parallel') errors.invalid('spec.podManagementPolicy', policy, "must be 'OrderedReady' or 'Parallel'");
  const strategy = mapOf(spec['updateStrategy']);
  if (strategy['type'] === 'OnDelete') {
    if (isMap(strategy['rollingUpdate']))
      errors.invalid('spec.updateStrategy.rollingUpdate', strategy['rollingUpdate'], "only allowed for updateStrategy 'RollingUpdate'");
  } else if (strategy['type'] !== 'RollingUpdate') errors.invalid('spec.updateStrategy', strategy, "must be 'RollingUpdate' or 'OnDelete'");
  errors.nonNegative('spec.updateStrategy.rollingUpdate.partition', mapOf(strategy['rollingUpdate'])['partition']);
  for (const [key, value] of Object.entries(mapOf(spec['persistentVolumeClaimRetentionPolicy']))) {
    if (value !== 'Retain' && value !== 'Delete') errors.notSupported(`spec.persistentVolumeClaimRetentionPolicy.${key}`, value, ['Delete', 'Retain']);
  }
  errors.nonNegative('spec.ordinals.start', mapOf(spec['ordinals'])['start']);
  const service = text(spec['serviceName']);
  if (service !== '') errors.invalidEach('spec.serviceName', service, dnsLabelErrors(service));
  for (const [index, claim] of maps(spec['volumeClaimTemplates']).entries())
    checkClaimSpec(errors, `spec.volumeClaimTemplates[${index}].spec`, mapOf(claim['spec']));
  checkScaled(errors, withClaimVolumes(spec), 'StatefulSet');
}

/** Claims stand for volumes of their names, which containers may mount. */
function withClaimVolumes(spec: JsonMap): JsonMap {
  const claims = maps(spec['volumeClaimTemplates']).map((claim) => text(mapOf(claim['metadata'])['name']));
  const template = mapOf(spec['template']);
  const pod = mapOf(template['spec']);
  const volumes = maps(pod['volumes']).filter((volume) => !claims.includes(text(volume['name'])));
  const all = [...claims.map((name) => ({ name, persistentVolumeClaim: { claimName: name } })), ...volumes];
  return claims.length === 0 ? spec : { ...spec, template: { ...template, spec: { ...pod, volumes: all } } };
}

const mutableOfStatefulSet = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

export function checkStatefulSetUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  const rest = (spec: JsonMap): JsonMap => Object.fromEntries(Object.entries(spec).filter(([key]) => !mutableOfStatefulSet.includes(key)));
  if (!sameValue(rest(mapOf(next['spec'])), rest(mapOf(live['spec'])))) {
    errors.forbidden('spec', `updates to statefulset spec for fields other than ${mutableOfStatefulSet.map((one) => `'${one}'`).join(', ')} are forbidden`);
  }
}

export function checkJob(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  checkJobSpec(errors, 'spec', spec);
  const selector = spec['selector'];
  if (!isMap(selector)) errors.required('spec.selector');
  else checkSelector(errors, 'spec.selector', selector);
  const labels = labelsOf(mapOf(spec['template']));
  if (isMap(selector) && spec['manualSelector'] !== true && !selectorMatches(selector, generatedLabels(mapOf(object['metadata']))))
    errors.invalid('spec.selector', selector, '`selector` not auto-generated');
  if (!isMap(selector) || !selectorMatches(selector, labels))
    errors.invalid('spec.template.metadata.labels', labels, '`selector` does not match template `labels`');
  if (isMap(selector) && spec['manualSelector'] !== true) checkGeneratedLabels(errors, labels, mapOf(object['metadata']));
}

function generatedLabels(metadata: JsonMap): JsonMap {
  const [uid, name] = [text(metadata['uid']), text(metadata['name'])];
  return { 'controller-uid': uid, 'job-name': name, 'batch.kubernetes.io/controller-uid': uid, 'batch.kubernetes.io/job-name': name };
}

/** The labels by which a job finds its own pods and nobody else's. */
function checkGeneratedLabels(errors: FieldErrors, labels: JsonMap, metadata: JsonMap): void {
  for (const prefix of ['', 'batch.kubernetes.io/']) {
    for (const [key, wanted] of [
      ['controller-uid', metadata['uid']],
      ['job-name', metadata['name']],
    ] as const) {
      const found = labels[`${prefix}${key}`];
      const field = `spec.template.metadata.labels[${prefix}${key}]`;
      if (found === undefined) errors.required(field, `must be '${text(wanted)}'`);
      else if (found !== wanted) errors.invalid(field, found, `must be '${text(wanted)}'`);
    }
  }
}

export function checkJobSpec(errors: FieldErrors, at: string, spec: JsonMap): void {
  for (const key of ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished'])
    errors.nonNegative(`${at}.${key}`, spec[key]);
  const template = mapOf(spec['template']);
  checkPodTemplate(errors, `${at}.template`, template);
  const policy = text(mapOf(template['spec'])['restartPolicy']);
  if (policy === 'Always') errors.required(`${at}.template.spec.restartPolicy`, 'valid values: "OnFailure", "Never"');
  if (spec['completionMode'] === 'Indexed' && spec['completions'] === undefined) errors.required(`${at}.completions`, 'when completion mode is Indexed');
  const mode = spec['completionMode'];
  if (mode !== undefined && mode !== 'Indexed' && mode !== 'NonIndexed') errors.notSupported(`${at}.completionMode`, mode, ['Indexed', 'NonIndexed']);
  checkIndexes(errors, at, spec, policy);
  if (isMap(spec['podFailurePolicy']))
    checkFailurePolicy(errors, `${at}.podFailurePolicy`, spec['podFailurePolicy'], policy, spec['backoffLimitPerIndex'] !== undefined);
  const replacement = text(spec['podReplacementPolicy']);
  if (replacement !== '' && replacement !== 'Failed' && replacement !== 'TerminatingOrFailed')
    errors.notSupported(`${at}.podReplacementPolicy`, replacement, ['Failed', 'TerminatingOrFailed']);
  else if (isMap(spec['podFailurePolicy']) && replacement === 'TerminatingOrFailed') errors.notSupported(`${at}.podReplacementPolicy`, replacement, ['Failed']);
}

/** What goes only with numbered pods. */
function checkIndexes(errors: FieldErrors, at: string, spec: JsonMap, restartPolicy: string): void {
  const indexed = spec['completionMode'] === 'Indexed';
  const limit = spec['backoffLimitPerIndex'];
  const most = numberOf(spec['maxFailedIndexes']);
  const completions = numberOf(spec['completions']);
  errors.nonNegative(`${at}.backoffLimitPerIndex`, limit);
  errors.nonNegative(`${at}.maxFailedIndexes`, spec['maxFailedIndexes']);
  if (limit !== undefined && !indexed) errors.invalid(`${at}.backoffLimitPerIndex`, limit, 'requires indexed completion mode');
  if (limit !== undefined && restartPolicy === 'OnFailure')
    errors.invalid(`${at}.template.spec.restartPolicy`, restartPolicy, 'only "Never" is supported when backoffLimitPerIndex is specified');
  if (most !== undefined && limit === undefined) errors.required(`${at}.backoffLimitPerIndex`, 'when maxFailedIndexes is specified');
  if (most !== undefined && completions !== undefined && most > completions)
    errors.invalid(`${at}.maxFailedIndexes`, most, 'must be less than or equal to completions');
  if (isMap(spec['successPolicy'])) {
    if (!indexed) errors.invalid(`${at}.successPolicy`, spec['successPolicy'], 'requires indexed completion mode');
    if (maps(spec['successPolicy']['rules']).length === 0)
      errors.required(`${at}.successPolicy.rules`, 'at least one rules must be specified when the successPolicy is specified');
  }
}

const failureActions = ['Count', 'FailIndex', 'FailJob', 'Ignore'];

function checkFailurePolicy(errors: FieldErrors, at: string, policy: JsonMap, restartPolicy: string, perIndex: boolean): void {
  if (restartPolicy === 'OnFailure')
    errors.invalid(
      at.replace('podFailurePolicy', 'template.spec.restartPolicy'),
      restartPolicy,
      'only "Never" is supported when podFailurePolicy is specified',
    );
  for (const [index, rule] of maps(policy['rules']).entries()) {
    const here = `${at}.rules[${index}]`;
    const action = text(rule['action']);
    const codes = rule['onExitCodes'];
    const conditions = maps(rule['onPodConditions']);
    if (action === '') errors.required(`${here}.action`, `valid values: ${failureActions.map((one) => `"${one}"`).join(', ')}`);
    else if (!failureActions.includes(action)) errors.notSupported(`${here}.action`, action, failureActions);
    else if (action === 'FailIndex' && !perIndex) errors.invalid(`${here}.action`, action, 'requires the backoffLimitPerIndex to be set');
    if (!isMap(codes) && conditions.length === 0) errors.invalid(here, rule, 'specifying one of OnExitCodes and OnPodConditions is required');
    if (isMap(codes) && conditions.length > 0) errors.invalid(here, rule, 'specifying both OnExitCodes and OnPodConditions is not supported');
    if (!isMap(codes)) continue;
    const operator = text(codes['operator']);
    const values = Array.isArray(codes['values']) ? codes['values'] : [];
    if (operator !== 'In' && operator !== 'NotIn') errors.notSupported(`${here}.onExitCodes.operator`, operator, ['In', 'NotIn']);
    if (values.length === 0) errors.invalid(`${here}.onExitCodes.values`, values, 'at least one value is required');
    if (operator === 'In' && values.includes(0)) errors.invalid(`${here}.onExitCodes.values[${values.indexOf(0)}]`, 0, 'must not be 0 for the In operator');
  }
}

export function checkJobUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  const [now, before] = [mapOf(next['spec']), mapOf(live['spec'])];
  if (now['completionMode'] !== 'Indexed') checkImmutable(errors, 'spec.completions', now['completions'], before['completions']);
  else if (now['completions'] !== before['completions'] && now['completions'] !== now['parallelism'])
    errors.invalid('spec.completions', now['completions'], 'can only be modified in tandem with parallelism');
  for (const key of ['selector', 'completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'])
    checkImmutable(errors, `spec.${key}`, now[key], before[key]);
  // The pods of a suspended job that never ran may still be labelled, placed and sized anew.
  const waiting = before['suspend'] === true && mapOf(live['status'])['startTime'] === undefined;
  if (!waiting) checkImmutable(errors, 'spec.template', now['template'], before['template']);
  else checkImmutable(errors, 'spec.template.spec', fixedPodSpec(now), fixedPodSpec(before));
}

/** What stays of a waiting job's pod spec whatever is changed: all but placement and resources. */
function fixedPodSpec(spec: JsonMap): JsonMap {
  const { affinity: _affinity, nodeSelector: _selector, tolerations: _tolerations, schedulingGates: _gates, ...rest } = mapOf(mapOf(spec['template'])['spec']);
  const unsized = (containers: Json | undefined): JsonMap[] => maps(containers).map(({ resources: _resources, ...container }) => container);
  return { ...rest, containers: unsized(rest['containers']), initContainers: unsized(rest['initContainers']) };
}

export function checkCronJob(errors: FieldErrors, object: JsonMap): void {
  const spec = mapOf(object['spec']);
  const name = text(mapOf(object['metadata'])['name']);
  // Eleven more characters go to the time in the names of its jobs.
  if (name.length > 52) errors.invalid('metadata.name', name, 'must be no more than 52 characters');
  const inner = mapOf(mapOf(spec['jobTemplate'])['spec']);
  if (isMap(inner['selector'])) errors.invalid('spec.jobTemplate.spec.selector', inner['selector'], '`selector` will be auto-generated');
  if (inner['manualSelector'] === true) errors.notSupported('spec.jobTemplate.spec.manualSelector', true, ['false', 'nil']);
  const schedule = text(spec['schedule']);
  if (schedule === '') errors.required('spec.schedule');
  else checkSchedule(errors, schedule, text(spec['timeZone']));
  const timeZone = spec['timeZone'];
  if (timeZone !== undefined && !isTimeZone(text(timeZone))) errors.invalid('spec.timeZone', timeZone, `unknown time zone ${text(timeZone)}`);
  for (const key of ['startingDeadlineSeconds', 'successfulJobsHistoryLimit', 'failedJobsHistoryLimit']) errors.nonNegative(`spec.${key}`, spec[key]);
  if (!['Allow', 'Forbid', 'Replace'].includes(text(spec['concurrencyPolicy'])))
    errors.notSupported('spec.concurrencyPolicy', spec['concurrencyPolicy'], ['Allow', 'Forbid', 'Replace']);
  checkJobSpec(errors, 'spec.jobTemplate.spec', mapOf(mapOf(spec['jobTemplate'])['spec']));
}

function checkSchedule(errors: FieldErrors, schedule: string, timeZone: string): void {
  if (schedule.includes('TZ')) {
    const both = timeZone === '' ? 'use timeZone field instead' : 'cannot use both timeZone field and TZ or CRON_TZ in schedule';
    errors.invalid('spec.schedule', schedule, `cannot use TZ or CRON_TZ in schedule, ${both}`);
    return;
  }
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    errors.invalid('spec.schedule', schedule, error instanceof Error ? error.message : String(error));
  }
}
