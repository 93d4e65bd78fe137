// Rules for Events, which two groups serve. The fields are called by the names of the stored object, as the API server calls them.
import type { JsonMap } from '../mutableJson';
import { isMap, sameValue } from '../mutableJson';
import type { FieldErrors } from './fieldErrors';
import { mapOf, numberOf, text } from './fieldErrors';
import { qualifiedNameErrors } from './syntax';

const isNewer = (event: JsonMap): boolean => event['apiVersion'] === 'events.k8s.io/v1';
const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== '';

export function checkEvent(errors: FieldErrors, event: JsonMap): void {
  const newer = isNewer(event);
  const about = text(mapOf(event[newer ? 'regarding' : 'involvedObject'])['namespace']);
  const namespace = text(mapOf(event['metadata'])['namespace']);
  const mismatch = (): void => errors.invalid('involvedObject.namespace', about, 'does not match event.namespace');
  if (!isSet(event['eventTime'])) {
    if (about === '' ? namespace !== '' && namespace !== 'default' : about !== namespace) mismatch();
    return;
  }
  if (about === '' && namespace !== 'default' && namespace !== 'kube-system') mismatch();
  const controllerField = newer ? 'reportingController' : 'reportingComponent';
  const controller = text(event[controllerField]);
  if (controller === '') errors.required(controllerField);
  errors.invalidEach(controllerField, controller, qualifiedNameErrors(controller));
  for (const field of ['reportingInstance', 'action', 'reason']) {
    const value = text(event[field]);
    if (value === '') errors.required(field);
    if (value.length > 128) errors.invalid(field, '', 'can have at most 128 characters');
  }
  if (text(event[newer ? 'note' : 'message']).length > 1024) errors.invalid('message', '', 'can have at most 1024 characters');
}

/** What the newer group asks of a new event besides. */
export function checkNewEvent(errors: FieldErrors, event: JsonMap): void {
  if (!isNewer(event)) return;
  if (isMap(event['series'])) {
    if ((numberOf(event['series']['count']) ?? 0) < 2) errors.invalid('series.count', '', 'should be at least 2');
    if (!isSet(event['series']['lastObservedTime'])) errors.required('series.lastObservedTime');
  }
  if (!isSet(event['eventTime'])) errors.required('eventTime');
  if (event['type'] !== 'Normal' && event['type'] !== 'Warning') errors.invalid('type', '', `has invalid value: ${text(event['type'])}`);
  if (isSet(event['deprecatedFirstTimestamp'])) errors.invalid('firstTimestamp', '', 'needs to be unset');
  if (isSet(event['deprecatedLastTimestamp'])) errors.invalid('lastTimestamp', '', 'needs to be unset');
  if ((numberOf(event['deprecatedCount']) ?? 0) !== 0) errors.invalid('count', '', 'needs to be unset');
  const source = mapOf(event['deprecatedSource']);
  if (isSet(source['component']) || isSet(source['host'])) errors.invalid('source', '', 'needs to be unset');
}

/** By the newer group only the series of an event may change. */
export function checkEventUpdate(errors: FieldErrors, next: JsonMap, live: JsonMap): void {
  if (!isNewer(next)) return;
  for (const [field, stored = field] of [
    ['regarding', 'involvedObject'],
    ['reason'],
    ['note', 'message'],
    ['deprecatedSource', 'source'],
    ['deprecatedFirstTimestamp', 'firstTimestamp'],
    ['deprecatedLastTimestamp', 'lastTimestamp'],
    ['deprecatedCount', 'count'],
    ['type'],
    ['eventTime'],
    ['action'],
    ['related'],
    ['reportingController'],
    ['reportingInstance'],
  ] as const) {
    if (!sameValue(next[field] ?? null, live[field] ?? null)) errors.invalid(stored, next[field] ?? null, 'field is immutable');
  }
}
