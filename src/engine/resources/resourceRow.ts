import type { KubeObject } from '../../shared/kubeObject';
import type { ResourceRow } from '../../shared/resource';
import { healthOf } from '../status/healthOf';
import { oneLine } from '../status/verdict';
import { ageOf } from './age';
import { factsOf, troubleOf } from './facts';
import { listStatus } from './listStatus';
import { typeNameOf } from './resourceTypes';

/** One object as a list shows it, from the object alone. Pure; a strange object gives a poorer row and never throws. */
export function resourceRow(object: KubeObject, nowMs: number): ResourceRow {
  const { metadata } = object;
  const word = listStatus(object, nowMs);
  const reason = reasonOf(object, nowMs);
  const facts = factsOf(object, nowMs).flatMap(({ brief }) => brief ?? []);
  return {
    name: oneLine(metadata.name),
    namespace: oneLine(metadata.namespace ?? ''),
    type: typeNameOf(object),
    word,
    ...(reason === undefined ? {} : { reason }),
    summary: [...(metadata.deletionTimestamp === undefined ? [] : ['being deleted']), ...facts].join(' · '),
    age: ageOf(metadata.creationTimestamp, nowMs),
    createdAt: metadata.creationTimestamp ?? '',
  };
}

/** The canvas's rules tell a Pod that crashes from one that runs, which its phase does not. */
function reasonOf(object: KubeObject, nowMs: number): string | undefined {
  const health = healthOf(object, { nowMs });
  if (health.state !== 'error') return undefined;
  return health.reason ?? (object.kind === 'Pod' ? troubleOf(object) : 'Error');
}
