import { isJsonObject, valueAt } from '../../shared/json';
import type { JsonObject, JsonValue } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import { readyCondition } from './genericHealth';
import type { HealthRule } from './verdict';
import { conditionOf, deletionHealth, itemsAt, textAt, unsettled, verdict } from './verdict';

const none = { ready: 0, desired: 0 };

/** For the parts of a platform that workloads stand on: names, rights, budgets, definitions. Most are well when they exist. */
export const platformRules: readonly (readonly [string, HealthRule])[] = [
  ['/Namespace', namespaceHealth],
  ['/PersistentVolume', volumeHealth],
  ['/ResourceQuota', quotaHealth],
  ['rbac.authorization.k8s.io/Role', roleHealth],
  ['rbac.authorization.k8s.io/ClusterRole', roleHealth],
  ['rbac.authorization.k8s.io/RoleBinding', bindingHealth],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', bindingHealth],
  ['apiextensions.k8s.io/CustomResourceDefinition', definitionHealth],
  ['apiregistration.k8s.io/APIService', apiServiceHealth],
];

function namespaceHealth(namespace: KubeObject): NodeStatus {
  const early = unsettled(namespace, none, false);
  if (early !== undefined) return early;
  if (textAt(namespace.status, ['phase']) === 'Terminating') return deletionHealth(namespace, none);
  return verdict('healthy', textAt(namespace.status, ['phase']) ?? 'Present');
}

function volumeHealth(volume: KubeObject): NodeStatus {
  const early = unsettled(volume, none, false);
  if (early !== undefined) return early;
  const phase = textAt(volume.status, ['phase']);
  const claim = textAt(volume.spec, ['claimRef', 'name']);
  const capacity = textAt(volume.spec, ['capacity', 'storage']);
  const facts = { ...(phase === undefined ? {} : { phase }), ...(capacity === undefined ? {} : { capacity }) };
  const said = textAt(volume.status, ['message']);
  switch (phase) {
    case 'Failed':
      return verdict('error', said ?? 'Its automatic reclamation failed', { ...facts, reason: textAt(volume.status, ['reason']) ?? 'Failed' });
    case 'Released':
      return verdict('partial', 'Its claim is gone; the data is kept and no other claim can take it', { ...facts, reason: 'Released' });
    case 'Pending':
      return verdict('pending', said ?? 'Not yet available', facts);
    case 'Bound':
      return verdict('healthy', claim === undefined ? 'Bound' : `Bound to ${claim}`, facts);
    default:
      return verdict('healthy', phase ?? 'Present', facts);
  }
}

/** How far a budget is used is a fact; what it refuses is told where it is refused. */
function quotaHealth(quota: KubeObject): NodeStatus {
  const early = unsettled(quota, none, false);
  if (early !== undefined) return early;
  const hard = valueAt(quota.status, ['hard']) ?? valueAt(quota.spec, ['hard']);
  const limits = isJsonObject(hard) ? Object.entries(hard) : [];
  const used = valueAt(quota.status, ['used']);
  const usedOf = (name: string): string => (isJsonObject(used) && Object.hasOwn(used, name) ? quantityText(used[name]) : '?');
  return verdict('healthy', limits.length === 0 ? 'No limits' : limits.map(([name, limit]) => `${name} ${usedOf(name)}/${quantityText(limit)}`).join(', '));
}

/** A quantity is text or a number. */
function quantityText(value: JsonValue | undefined): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

function roleHealth(role: KubeObject): NodeStatus {
  const rules = itemsAt(role as unknown as JsonObject, ['rules']).length;
  return unsettled(role, none, false) ?? verdict('healthy', rules === 1 ? '1 rule' : `${String(rules)} rules`);
}

function bindingHealth(binding: KubeObject): NodeStatus {
  const body = binding as unknown as JsonObject;
  const subjects = itemsAt(body, ['subjects']).length;
  const role = `${textAt(body, ['roleRef', 'kind']) ?? 'Role'} ${textAt(body, ['roleRef', 'name']) ?? ''}`.trim();
  return unsettled(binding, none, false) ?? verdict('healthy', `${role} for ${subjects === 1 ? '1 subject' : `${String(subjects)} subjects`}`);
}

function definitionHealth(definition: KubeObject): NodeStatus {
  const early = unsettled(definition, none, false);
  if (early !== undefined) return early;
  if (conditionOf(definition, 'Terminating')?.status === 'True') return deletionHealth(definition, none);
  const names = conditionOf(definition, 'NamesAccepted');
  if (names?.status === 'False') return verdict('error', `Its names are not accepted: ${names.message}`, { reason: names.reason });
  const established = conditionOf(definition, 'Established');
  if (established === undefined || established.reason === 'Installing') return verdict('pending', 'Being installed');
  if (established.status !== 'True') return verdict('error', `Not established: ${established.message}`, { reason: established.reason });
  const structure = conditionOf(definition, 'NonStructuralSchema');
  if (structure?.status === 'True') return verdict('error', `Its schema has violations: ${structure.message}`, { reason: structure.reason });
  return verdict('healthy', 'Established');
}

function apiServiceHealth(service: KubeObject): NodeStatus {
  return unsettled(service, none, false) ?? readyCondition(service) ?? verdict('pending', 'Waiting to be processed');
}
