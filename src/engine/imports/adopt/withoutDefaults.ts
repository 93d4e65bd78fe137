import type { OpenApi } from '../../../openapi/index';
import type { JsonObject, JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject, sameJson, valueAt, withValueAt } from '../../../shared/json';
import { completeObject } from '../manifests/meaning';
import { textOf } from '../manifests/podReader';

/** Names of fields that the API server fills in. Where one stands, leaving it out is tried; whether it may be is for the server's own rules to say. */
const filledIn: ReadonlySet<string> = new Set([
  'apiVersion', 'backoffLimit', 'completionMode', 'completions', 'concurrencyPolicy', 'defaultMode', 'divisor', 'dnsPolicy', 'externalTrafficPolicy', 'failedJobsHistoryLimit',
  'failureThreshold', 'fieldRef', 'imagePullPolicy', 'internalTrafficPolicy', 'manualSelector', 'maxSurge', 'maxUnavailable', 'medium', 'parallelism', 'partition', 'periodSeconds',
  'persistentVolumeClaimRetentionPolicy', 'podManagementPolicy', 'podReplacementPolicy', 'preemptionPolicy', 'progressDeadlineSeconds', 'protocol', 'readOnly', 'restartPolicy',
  'revisionHistoryLimit', 'rollingUpdate', 'schedulerName', 'scheme', 'securityContext', 'serviceAccount', 'sessionAffinity', 'strategy', 'successThreshold', 'successfulJobsHistoryLimit',
  'suspend', 'targetPort', 'terminationGracePeriodSeconds', 'terminationMessagePath', 'terminationMessagePolicy', 'timeoutSeconds', 'type', 'updateStrategy', 'volumeMode', 'whenDeleted', 'whenScaled',
]); // prettier-ignore

/** The object without what the API server would fill in with the same value. */
export function withoutServersDefaults(openApi: OpenApi, object: JsonObject): JsonObject {
  if (openApi.schemaOf(textOf(object['apiVersion']), textOf(object['kind'])) === undefined) return object;
  const whole = completeObject(openApi, object);
  const isSame = (one: JsonObject): boolean => sameJson(completeObject(openApi, one), whole);
  // Inner parts first, so that a map may go once all in it is gone.
  return without(object, candidates(object, []), isSame);
}

function without(object: JsonObject, paths: readonly JsonPath[], isSame: (one: JsonObject) => boolean): JsonObject {
  if (paths.length === 0) return object;
  const less = paths.reduce<JsonObject>(
    (made, path) => (valueAt(made, path) === undefined ? made : (withValueAt(made, path, undefined) as JsonObject)),
    object,
  );
  if (isSame(less)) return less;
  if (paths.length === 1) return object;
  const middle = Math.ceil(paths.length / 2);
  return without(without(object, paths.slice(0, middle), isSame), paths.slice(middle), isSame);
}

function candidates(value: JsonValue, path: JsonPath): readonly JsonPath[] {
  if (Array.isArray(value)) return (value as readonly JsonValue[]).flatMap((item, index) => candidates(item, [...path, index]));
  if (!isJsonObject(value)) return [];
  return Object.entries(value).flatMap(([key, item]): readonly JsonPath[] => {
    if (path.length === 0 && key !== 'spec') return [];
    const inner = candidates(item, [...path, key]);
    return filledIn.has(key) ? [...inner, [...path, key]] : inner;
  });
}
