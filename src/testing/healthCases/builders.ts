import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { Related } from '../../engine/status/verdict';

/** When everything is judged. */
export const nowMs = Date.parse('2026-03-01T12:00:00Z');

/**
 * A sentence; the verdict as `state reason hint`, with `-` for what is not there; a part of the message; the object; and what
 * is known around it.
 */
export type HealthCase = readonly [says: string, verdict: string, words: string, object: KubeObject, around?: Omit<Related, 'nowMs'>];

export interface Parts {
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
  readonly metadata?: object;
  readonly [field: string]: unknown;
}

/** An object an hour old. */
export function object(apiVersion: string, kind: string, { metadata, ...parts }: Parts = {}): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: { name: 'it', namespace: 'shop', uid: 'it', generation: 1, creationTimestamp: '2026-03-01T11:00:00Z', ...metadata },
    ...parts,
  };
}

export const condition = (type: string, status: string, reason = '', message = ''): JsonObject => ({ type, status, reason, message });

/** A Pod of endless life; `uid-of-pod` names it in warnings. */
export function pod(status: JsonObject, spec: JsonObject = {}, metadata: object = {}): KubeObject {
  return object('v1', 'Pod', { spec: { restartPolicy: 'Always', ...spec }, status, metadata: { name: 'web-1', uid: 'uid-of-pod', ...metadata } });
}

export const pendingPod = (...containerStatuses: JsonObject[]): KubeObject => pod({ phase: 'Pending', containerStatuses });
export const runningPod = (...containerStatuses: JsonObject[]): KubeObject =>
  pod({ phase: 'Running', conditions: [condition('Ready', 'False', 'ContainersNotReady', 'containers with unready status: [web]')], containerStatuses });
export const readyPod = pod({ phase: 'Running', conditions: [condition('Ready', 'True')] });

export const waits = (reason: string, message = '', more: JsonObject = {}): JsonObject => ({
  name: 'web',
  ready: false,
  restartCount: 0,
  state: { waiting: { reason, message } },
  ...more,
});
export const loops = (exitCode: number, reason = 'Error', more: JsonObject = {}): JsonObject =>
  waits('CrashLoopBackOff', 'back-off 40s restarting failed container', {
    restartCount: 4,
    lastState: { terminated: { exitCode, reason } },
    ...more,
  });
export const ended = (exitCode: number, reason = 'Error', more: JsonObject = {}): JsonObject => ({
  name: 'web',
  ready: false,
  restartCount: 0,
  state: { terminated: { exitCode, reason } },
  ...more,
});

/** One warning about an object, half a minute old. */
export function warned(uid: string, reason: string, message: string, count = 1, secondsAgo = 30): Pick<Related, 'warnings'> {
  return { warnings: new Map([[uid, [{ reason, message, count, lastSeenMs: nowMs - secondsAgo * 1000 }]]]) };
}
