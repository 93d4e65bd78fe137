import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { KindRef } from '../ports';
import type { RenderedObject } from '../render';
import { conditionOf, itemsAt, oneLine, textAt } from '../status/verdict';
import { refFromRendered } from '../status/watchPlan';
import type { ClusterView, Seen } from './clusterView';
import { kinds } from './clusterView';
import { keyFix, targetFix } from './fixes';
import type { JudgedCheck, Judging } from './judging';
import { asDrift, hidden, judged, listed, present, textOf } from './judging';
import { podSpecOf } from './podPorts';

/** An autoscaler and what it scales: whether the target is there, whether metrics come, whether shares have a whole. */
export function scaleChecks(judging: Judging, autoscaler: RenderedObject, workload: RenderedObject | undefined): readonly JudgedCheck[] {
  const { nodeId } = autoscaler;
  const { check, object } = present(judging, autoscaler, 'object-exists');
  if (object === undefined) return [check];
  const target = { apiVersion: textAt(object.spec, ['scaleTargetRef', 'apiVersion']) ?? '', kind: textAt(object.spec, ['scaleTargetRef', 'kind']) ?? '' };
  const name = textAt(object.spec, ['scaleTargetRef', 'name']) ?? '';
  if (workload !== undefined && (name !== workload.object.metadata.name || target.kind !== workload.object.kind)) {
    const isFiles = textAt(autoscaler.object.spec, ['scaleTargetRef', 'name']) === name;
    const args = { found: `${target.kind} "${name}"`, kind: workload.object.kind, name: workload.object.metadata.name };
    const finding = judged(nodeId, 'target-exists', 'error', 'target.other', args, isFiles ? targetFix(judging.intent, nodeId, workload) : undefined);
    return [check, isFiles ? finding : asDrift(finding)];
  }
  const seen = judging.view.find(target, object.metadata.namespace ?? '', name);
  if (!seen.known) return [check, hidden(nodeId, 'target-exists', seen)];
  const args = { kind: target.kind, name };
  if (seen.value === undefined) return [check, judged(workload?.nodeId ?? nodeId, 'target-exists', 'error', 'target.missing', args)];
  return [check, judged(nodeId, 'target-exists', 'pass', 'target.pass', args), ...requestChecks(nodeId, object, seen.value), metricsCheck(nodeId, object)];
}

function metricsCheck(nodeId: string, autoscaler: KubeObject): JudgedCheck {
  const able = conditionOf(autoscaler, 'AbleToScale');
  const active = conditionOf(autoscaler, 'ScalingActive');
  const trouble = [active, able].find((condition) => condition?.status === 'False' && condition.reason !== 'ScalingDisabled');
  if (trouble !== undefined)
    return judged(nodeId, 'metrics-available', 'error', 'metrics.missing', { detail: oneLine(`${trouble.reason}: ${trouble.message}`) });
  if (active === undefined) return judged(nodeId, 'metrics-available', 'unknown', 'metrics.waiting');
  return judged(nodeId, 'metrics-available', 'pass', 'metrics.pass');
}

/** A share in percent is of what containers request; without a request there is nothing to be a share of. */
function requestChecks(nodeId: string, autoscaler: KubeObject, workload: KubeObject): readonly JudgedCheck[] {
  const shares = itemsAt(autoscaler.spec, ['metrics']).flatMap((metric) => {
    const resource = valueAt(metric, ['resource']);
    return isJsonObject(resource) && valueAt(resource, ['target', 'type']) === 'Utilization' ? (textAt(resource, ['name']) ?? []) : [];
  });
  if (shares.length === 0) return [];
  for (const resource of shares) {
    for (const container of itemsAt(podSpecOf(workload), ['containers'])) {
      const requested = valueAt(container, ['resources', 'requests', resource]) ?? valueAt(container, ['resources', 'limits', resource]);
      if (requested !== undefined) continue;
      return [judged(nodeId, 'requests-set', 'error', 'requests.missing', { resource, container: textOf(container['name']) })];
    }
  }
  return [judged(nodeId, 'requests-set', 'pass', 'requests.pass')];
}

/** One object that a pod spec needs, with the keys of it that it asks for by name. */
export interface Source {
  readonly kind: KindRef;
  readonly name: string;
  readonly keys: readonly string[];
}

/** ConfigMaps, Secrets and claims without which the pods cannot start, each once. */
export function sourcesOf(podSpec: JsonValue | undefined): readonly Source[] {
  const found = new Map<string, { readonly kind: KindRef; readonly name: string; readonly keys: Set<string> }>();
  const add = (kind: KindRef, holder: JsonValue | undefined, field: string, keys: readonly (string | undefined)[]): void => {
    const name = textAt(holder, [field]);
    if (name === undefined || valueAt(holder, ['optional']) === true) return;
    const key = `${kind.kind}/${name}`;
    const source = found.get(key) ?? { kind, name, keys: new Set<string>() };
    for (const each of keys) if (each !== undefined) source.keys.add(each);
    found.set(key, source);
  };
  const itemKeys = (holder: JsonValue | undefined): readonly (string | undefined)[] => itemsAt(holder, ['items']).map((item) => textAt(item, ['key']));
  for (const volume of itemsAt(podSpec, ['volumes'])) {
    add(kinds.configMap, volume['configMap'], 'name', itemKeys(volume['configMap']));
    add(kinds.secret, volume['secret'], 'secretName', itemKeys(volume['secret']));
    add(kinds.claim, volume['persistentVolumeClaim'], 'claimName', []);
    for (const projected of itemsAt(volume, ['projected', 'sources'])) {
      add(kinds.configMap, projected['configMap'], 'name', itemKeys(projected['configMap']));
      add(kinds.secret, projected['secret'], 'name', itemKeys(projected['secret']));
    }
  }
  for (const container of [...itemsAt(podSpec, ['containers']), ...itemsAt(podSpec, ['initContainers'])]) {
    for (const source of itemsAt(container, ['envFrom'])) {
      add(kinds.configMap, source['configMapRef'], 'name', []);
      add(kinds.secret, source['secretRef'], 'name', []);
    }
    for (const variable of itemsAt(container, ['env'])) {
      const [map, secret] = [valueAt(variable, ['valueFrom', 'configMapKeyRef']), valueAt(variable, ['valueFrom', 'secretKeyRef'])];
      add(kinds.configMap, map, 'name', [textAt(map, ['key'])]);
      add(kinds.secret, secret, 'name', [textAt(secret, ['key'])]);
    }
  }
  return [...found.values()].map(({ kind, name, keys }) => ({ kind, name, keys: [...keys] }));
}

/** Whether what is mounted is there with the keys that are asked for, and a claim has its volume. */
export function sourceChecks(judging: Judging, nodeId: string, namespace: string, source: Source): readonly JudgedCheck[] {
  const { kind, name } = source;
  const seen = judging.view.find(kind, namespace, name);
  if (!seen.known) return [hidden(nodeId, 'source-exists', seen)];
  const args = { kind: kind.kind, name };
  const maker = judging.intent.maker(kind, namespace, name);
  if (seen.value === undefined) return [judged(maker?.nodeId ?? nodeId, 'source-exists', 'error', 'source.missing', { ...args, namespace })];
  const checks = [judged(nodeId, 'source-exists', 'pass', 'source.pass', args)];
  if (kind === kinds.claim) return [...checks, claimCheck(maker?.nodeId ?? nodeId, seen.value)];
  const held = { ...seen.value.data, ...binaryDataOf(seen.value) };
  const missing = source.keys.find((key) => !Object.hasOwn(held, key));
  if (missing !== undefined) {
    const fix = maker === undefined ? undefined : keyFix(judging.intent, maker.nodeId, missing);
    const finding = judged(maker?.nodeId ?? nodeId, 'key-exists', 'error', 'key.missing', { ...args, key: missing, known: listed(Object.keys(held)) }, fix);
    return [...checks, maker !== undefined && fix === undefined ? asDrift(finding) : finding];
  }
  return source.keys.length === 0 ? checks : [...checks, judged(nodeId, 'key-exists', 'pass', 'key.pass', args)];
}

function binaryDataOf(object: KubeObject): JsonObject {
  const found = (object as unknown as JsonObject)['binaryData'];
  return isJsonObject(found) ? found : {};
}

function claimCheck(nodeId: string, claim: KubeObject): JudgedCheck {
  const phase = textAt(claim.status, ['phase']);
  const { name } = claim.metadata;
  if (phase === 'Lost') return judged(nodeId, 'claim-bound', 'error', 'claim.lost', { name });
  if (phase !== 'Bound') return judged(nodeId, 'claim-bound', 'warning', 'claim.pending', { name });
  return judged(nodeId, 'claim-bound', 'pass', 'claim.pass', { volume: textAt(claim.spec, ['volumeName']) ?? '' });
}

/** An edge from a ConfigMap, Secret or claim to a workload. */
export function mountChecks(judging: Judging, from: RenderedObject, workload: RenderedObject): readonly JudgedCheck[] {
  const source = present(judging, from, 'object-exists');
  const target = present(judging, workload, 'target-exists');
  // An edge of something that is not there while its user is, is what keeps the pods from starting.
  if (target.object === undefined) return source.object === undefined ? [source.check] : [source.check, target.check];
  const { namespace, name, kind } = refFromRendered(from);
  const used = sourcesOf(podSpecOf(target.object)).find((one) => one.kind.kind === kind && one.name === name);
  if (used === undefined) {
    const optional = mentions(podSpecOf(target.object), name);
    return [source.check, target.check, ...(optional ? [] : [asDrift(judged(workload.nodeId, 'source-exists', 'error', 'source.unused', { kind, name }))])];
  }
  return [target.check, ...sourceChecks(judging, workload.nodeId, namespace, used)];
}

/** Whether a name stands anywhere in a pod spec: what is optional there is no fault when it is away. */
function mentions(value: JsonValue | undefined, name: string): boolean {
  if (value === name) return true;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).some((item) => mentions(item, name));
  return isJsonObject(value) && Object.values(value).some((item) => mentions(item, name));
}

/** Everything that the pods of a workload need to start. */
export function workloadSourceChecks(judging: Judging, workload: RenderedObject, live: KubeObject): readonly JudgedCheck[] {
  const { namespace } = refFromRendered(workload);
  return sourcesOf(podSpecOf(live)).flatMap((source) => sourceChecks(judging, workload.nodeId, namespace, source));
}

/** Whether the pods of a workload run as the service account that an edge leads from. */
export function accountChecks(judging: Judging, account: RenderedObject, workload: RenderedObject): readonly JudgedCheck[] {
  const source = present(judging, account, 'object-exists');
  const target = present(judging, workload, 'target-exists');
  if (source.object === undefined || target.object === undefined) return [source.check, ...(source.object === undefined ? [] : [target.check])];
  const found = textAt(podSpecOf(target.object), ['serviceAccountName']) ?? 'default';
  const { name } = account.object.metadata;
  if (found === name) return [source.check, target.check, judged(workload.nodeId, 'account-used', 'pass', 'account.pass', { name })];
  return [source.check, target.check, asDrift(judged(workload.nodeId, 'account-used', 'error', 'account.other', { found, name }))];
}

/** Whether a binding on the cluster gives a role to a service account. */
export function grantChecks(judging: Judging, role: RenderedObject, bindings: readonly RenderedObject[], account: RenderedObject): readonly JudgedCheck[] {
  const source = present(judging, role, 'object-exists');
  const target = present(judging, account, 'target-exists');
  if (source.object === undefined || target.object === undefined) return [source.check, ...(source.object === undefined ? [] : [target.check])];
  const { name } = account.object.metadata;
  const seen = bindings.map((binding) => findRendered(judging.view, binding));
  const blind = seen.find((one) => !one.known);
  const gives = seen.some(
    (one) =>
      one.known &&
      itemsAt(one.value as unknown as JsonObject, ['subjects']).some((subject) => subject['kind'] === 'ServiceAccount' && subject['name'] === name),
  );
  if (gives) return [source.check, target.check, judged(role.nodeId, 'subject-bound', 'pass', 'binding.pass', { name })];
  if (blind !== undefined && !blind.known) return [source.check, target.check, hidden(role.nodeId, 'subject-bound', blind)];
  return [source.check, target.check, asDrift(judged(role.nodeId, 'subject-bound', 'error', 'binding.missing', { name }))];
}

function findRendered(view: ClusterView, one: RenderedObject): Seen<KubeObject | undefined> {
  const { apiVersion, kind, namespace, name } = refFromRendered(one);
  return view.find({ apiVersion, kind }, namespace, name);
}
