import type { KubeObject } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import { conditionOf, textAt, unsettled, verdict } from './verdict';

/**
 * For kinds without rules of their own, after kstatus: `Stalled` and `Reconciling` first, then `Ready` or `Available`;
 * an object that says nothing of the kind is well.
 */
export function genericHealth(object: KubeObject): NodeStatus {
  const early = unsettled(object, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return early;
  const standard = standardConditions(object);
  if (standard !== undefined) return standard;
  if (object.kind === 'CustomResourceDefinition') return definitionHealth(object);
  if (object.kind === 'Namespace' && textAt(object.status, ['phase']) === 'Terminating') return verdict('pending', 'Being deleted', { reason: 'Terminating' });
  const says = conditionOf(object, 'Ready') ?? conditionOf(object, 'Available');
  if (says === undefined) return object.kind === 'APIService' ? verdict('pending', 'Waiting to be processed') : verdict('healthy', 'Present');
  if (says.status === 'True') return verdict('healthy', says.message === '' ? says.type : says.message);
  return verdict('partial', says.message === '' ? `Not ${says.type.toLowerCase()}` : says.message, says.reason === '' ? {} : { reason: says.reason });
}

/** The two conditions that any controller may use to speak to tools; they win over a kind's own rules. */
export function standardConditions(object: KubeObject): NodeStatus | undefined {
  const stalled = conditionOf(object, 'Stalled');
  if (stalled?.status === 'True')
    return verdict('error', stalled.message === '' ? 'Stalled' : stalled.message, { reason: stalled.reason === '' ? 'Stalled' : stalled.reason });
  const reconciling = conditionOf(object, 'Reconciling');
  if (reconciling?.status === 'True')
    return verdict(
      'pending',
      reconciling.message === '' ? 'Reconciling' : reconciling.message,
      reconciling.reason === '' ? {} : { reason: reconciling.reason },
    );
  return undefined;
}

function definitionHealth(definition: KubeObject): NodeStatus {
  const names = conditionOf(definition, 'NamesAccepted');
  if (names?.status === 'False') return verdict('error', `Its names are not accepted: ${names.message}`, { reason: names.reason });
  const established = conditionOf(definition, 'Established');
  if (established === undefined || established.reason === 'Installing') return verdict('pending', 'Being installed');
  if (established.status !== 'True') return verdict('error', `Not established: ${established.message}`, { reason: established.reason });
  const structure = conditionOf(definition, 'NonStructuralSchema');
  if (structure?.status === 'True') return verdict('error', `Its schema has violations: ${structure.message}`, { reason: structure.reason });
  return verdict('healthy', 'Established');
}
