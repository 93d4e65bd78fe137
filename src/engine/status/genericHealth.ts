import type { KubeObject } from '../../shared/kubeObject';
import type { NodeState, NodeStatus } from '../../shared/nodeStatus';
import { conditionOf, textAt, unsettled, verdict } from './verdict';

/**
 * For kinds without rules of their own, after kstatus: `Stalled` and `Reconciling` first, then `Ready` or `Available`, then
 * a phase that names a state; an object that says nothing of the kind is well.
 */
export function genericHealth(object: KubeObject): NodeStatus {
  const early = unsettled(object, { ready: 0, desired: 0 }, false);
  if (early !== undefined) return early;
  return standardConditions(object) ?? readyCondition(object) ?? phaseHealth(object) ?? verdict('healthy', 'Present');
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

export function readyCondition(object: KubeObject): NodeStatus | undefined {
  const says = conditionOf(object, 'Ready') ?? conditionOf(object, 'Available');
  if (says === undefined) return undefined;
  if (says.status === 'True') return verdict('healthy', says.message === '' ? says.type : says.message);
  return verdict('partial', says.message === '' ? `Not ${says.type.toLowerCase()}` : says.message, says.reason === '' ? {} : { reason: says.reason });
}

/** Words of older kinds, which have a phase where others have conditions. One that is not among them says nothing. */
const phases: ReadonlyMap<string, NodeState> = new Map<string, NodeState>([
  ['failed', 'error'],
  ['failure', 'error'],
  ['error', 'error'],
  ['degraded', 'error'],
  ['pending', 'pending'],
  ['creating', 'pending'],
  ['initializing', 'pending'],
  ['provisioning', 'pending'],
  ['progressing', 'pending'],
  ['inprogress', 'pending'],
  ['updating', 'pending'],
  ['upgrading', 'pending'],
  ['terminating', 'pending'],
  ['deleting', 'pending'],
  ['suspended', 'suspended'],
  ['paused', 'suspended'],
]);

function phaseHealth(object: KubeObject): NodeStatus | undefined {
  const phase = textAt(object.status, ['phase']);
  const state = phase === undefined ? undefined : phases.get(phase.toLowerCase());
  if (phase === undefined || state === undefined) return undefined;
  const said = textAt(object.status, ['message']);
  return verdict(state, said === undefined ? `Phase ${phase}` : said, { phase, reason: textAt(object.status, ['reason']) ?? phase });
}
