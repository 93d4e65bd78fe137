import { canonicalQuantity, quantityNanos } from '../../openapi';
import { isJsonObject, valueAt } from '../../shared/json';
import type { JsonObject, JsonValue } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { groupOf, refKey, refOf } from '../../shared/kubeObject';
import type { Target } from '../../shared/plan';
import type { Problem } from '../../shared/problem';
import { limited } from '../limited';
import type { Cluster, KindRef } from '../ports';
import { ClusterError } from '../ports';
import { numberAt, textAt } from '../status/verdict';
import type { PreparedStep } from './planWorkflow';

interface Preflight {
  readonly cluster: Pick<Cluster, 'get' | 'list' | 'resourceOf' | 'mayI'>;
  readonly steps: readonly PreparedStep[];
  /** What this workflow has on the cluster now. */
  readonly live: readonly KubeObject[];
  readonly target: Target;
  readonly signal: AbortSignal | undefined;
}

/**
 * What a dry-run does not tell of the steps that would write: rights to delete and to keep the inventory, room in quotas for
 * the pods that workloads make, Secrets that images are pulled with, and budgets that a deletion passes by. Asks nothing when
 * nothing would be written. What may not be read is not judged.
 */
export async function preflightProblems(preflight: Preflight): Promise<readonly Problem[]> {
  const writing = preflight.steps.filter(({ step }) => ['create', 'change', 'replace', 'adopt', 'delete'].includes(step.action));
  if (writing.length === 0) return [];
  const found = await Promise.all([
    rightProblems(preflight, writing),
    quotaProblems(preflight, writing),
    pullSecretProblems(preflight, writing),
    budgetProblems(preflight, writing),
  ]);
  return found.flat();
}

/** Applies are judged by their dry-run; what else a run does is asked for by name of kind. */
async function rightProblems({ cluster, target, signal }: Preflight, writing: readonly PreparedStep[]): Promise<readonly Problem[]> {
  const wanted = new Map<string, { readonly kind: KindRef; readonly namespace: string; readonly verb: string }>();
  const want = (kind: KindRef, namespace: string, verb: string): unknown =>
    wanted.set(`${kind.apiVersion} ${kind.kind} ${namespace} ${verb}`, { kind, namespace, verb });
  for (const verb of ['create', 'update']) want({ apiVersion: 'v1', kind: 'ConfigMap' }, target.namespace, verb);
  for (const { step } of writing) if (step.action === 'delete' || step.action === 'replace') want(step.ref, step.ref.namespace, 'delete');
  const found = await limited(
    [...wanted.values()].map(({ kind, namespace, verb }) => async (): Promise<readonly Problem[]> => {
      const info = await cluster.resourceOf(kind, signal);
      if (info === undefined) return [];
      const { resource } = info;
      const allowed = await cluster.mayI({ verb, group: groupOf(kind.apiVersion), resource, namespace }, signal);
      return allowed ? [] : [{ code: 'cluster.mayNot', args: { verb, resource, namespace }, severity: 'error' }];
    }),
  );
  return found.flat();
}

/** Lists a kind in a namespace; nothing where that may not be done. */
async function listed({ cluster, signal }: Preflight, kind: KindRef, namespace: string): Promise<readonly KubeObject[]> {
  try {
    return await cluster.list(kind, { namespace, ...(signal === undefined ? {} : { signal }) });
  } catch (error) {
    if (error instanceof ClusterError && ['forbidden', 'not-found'].includes(error.failure.kind)) return [];
    throw error;
  }
}

function namespacesOf(steps: readonly PreparedStep[]): readonly string[] {
  return [...new Set(steps.map(({ step }) => step.ref.namespace))].filter((namespace) => namespace !== '');
}

async function quotaProblems(preflight: Preflight, writing: readonly PreparedStep[]): Promise<readonly Problem[]> {
  const growing = writing.filter(({ rendered }) => rendered !== undefined && podsOf(rendered.object) > 0);
  const live = new Map(preflight.live.map((object) => [refKey(refOf(object)), object]));
  const found = await limited(
    namespacesOf(growing).map((namespace) => async () => {
      const quotas = await listed(preflight, { apiVersion: 'v1', kind: 'ResourceQuota' }, namespace);
      if (quotas.length === 0) return [];
      const needed = new Map<string, bigint>();
      for (const { step, rendered } of growing) {
        if (step.ref.namespace !== namespace || rendered === undefined) continue;
        addUsage(needed, rendered.object, 1n);
        const before = live.get(refKey(step.ref));
        if (before !== undefined) addUsage(needed, before, -1n);
      }
      return quotas.flatMap((quota) => exceeded(quota, namespace, needed));
    }),
  );
  return found.flat();
}

function exceeded(quota: KubeObject, namespace: string, needed: ReadonlyMap<string, bigint>): readonly Problem[] {
  // A quota with scopes counts only some of the pods, and which ones is the server's to say.
  if (quota.spec?.['scopes'] !== undefined || quota.spec?.['scopeSelector'] !== undefined) return [];
  const hard = valueAt(quota.status, ['hard']);
  if (!isJsonObject(hard)) return [];
  return Object.entries(hard).flatMap(([resource, limit]): readonly Problem[] => {
    const more = needed.get(resource) ?? 0n;
    const left = nanos(limit) - nanos(valueAt(quota.status, ['used', resource]));
    if (more <= 0n || more <= left) return [];
    const shown = (amount: bigint): string => canonicalQuantity(`${amount < 0n ? 0n : amount}n`);
    const args = { quota: quota.metadata.name, namespace, resource, left: shown(left), needed: shown(more) };
    return [{ code: 'cluster.quota', args, severity: 'warning' }];
  });
}

function nanos(value: JsonValue | undefined): bigint {
  return typeof value === 'string' || typeof value === 'number' ? (quantityNanos(value) ?? 0n) : 0n;
}

/** How many pods an object makes as long as it stands; 0 for those of which only the cluster can tell. */
function podsOf({ kind, spec }: KubeObject): number {
  if (kind === 'Deployment' || kind === 'StatefulSet' || kind === 'ReplicaSet') return numberAt(spec, ['replicas']) ?? 1;
  if (kind === 'Job') return numberAt(spec, ['parallelism']) ?? 1;
  return kind === 'Pod' ? 1 : 0;
}

function podSpecOf({ kind, spec }: KubeObject): JsonValue | undefined {
  if (kind === 'Pod') return spec;
  return valueAt(spec, kind === 'CronJob' ? ['jobTemplate', 'spec', 'template', 'spec'] : ['template', 'spec']);
}

const one = 1_000_000_000n;

function addUsage(into: Map<string, bigint>, object: KubeObject, sign: bigint): void {
  const pods = BigInt(Math.max(0, Math.floor(podsOf(object))));
  const add = (resource: string, amount: bigint): unknown => into.set(resource, (into.get(resource) ?? 0n) + sign * pods * amount);
  add('pods', one);
  add('count/pods', one);
  const containers = valueAt(podSpecOf(object), ['containers']);
  for (const container of Array.isArray(containers) ? (containers as readonly JsonValue[]) : []) {
    for (const part of ['requests', 'limits'] as const) {
      for (const resource of ['cpu', 'memory'] as const) {
        const amount = nanos(valueAt(container, ['resources', part, resource]));
        add(`${part}.${resource}`, amount);
        if (part === 'requests') add(resource, amount);
      }
    }
  }
}

async function pullSecretProblems({ cluster, signal, steps }: Preflight, writing: readonly PreparedStep[]): Promise<readonly Problem[]> {
  const made = new Set(steps.flatMap(({ step }) => (step.ref.kind === 'Secret' && step.action !== 'delete' ? [`${step.ref.namespace}/${step.ref.name}`] : [])));
  const uses = new Map<string, { readonly secret: string; readonly step: PreparedStep['step'] }>();
  for (const { step, rendered } of writing) {
    const wanted = rendered === undefined ? undefined : valueAt(podSpecOf(rendered.object), ['imagePullSecrets']);
    for (const item of Array.isArray(wanted) ? (wanted as readonly JsonValue[]) : []) {
      const secret = isJsonObject(item) ? textAt(item, ['name']) : undefined;
      if (secret !== undefined && !made.has(`${step.ref.namespace}/${secret}`)) uses.set(`${step.ref.namespace}/${secret}`, { secret, step });
    }
  }
  const found = await limited(
    [...uses.values()].map(({ secret, step }) => async (): Promise<readonly Problem[]> => {
      const { kind, name, namespace } = step.ref;
      if (await exists(cluster, { apiVersion: 'v1', kind: 'Secret', namespace, name: secret }, signal)) return [];
      return [{ code: 'cluster.pullSecret', args: { kind, name, secret, namespace }, severity: 'warning', nodeId: step.nodeId }];
    }),
  );
  return found.flat();
}

/** What may not be read is taken to be there. */
async function exists(cluster: Pick<Cluster, 'get'>, ref: ObjectRef, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    return (await cluster.get(ref, signal)) !== undefined;
  } catch (error) {
    if (error instanceof ClusterError && error.failure.kind === 'forbidden') return true;
    throw error;
  }
}

/** A budget guards against evictions. It does not guard against the deletion of what makes the pods. */
async function budgetProblems(preflight: Preflight, writing: readonly PreparedStep[]): Promise<readonly Problem[]> {
  const live = new Map(preflight.live.map((object) => [refKey(refOf(object)), object]));
  const ending = writing.filter(({ step }) => {
    const object = live.get(refKey(step.ref));
    return (step.action === 'delete' || step.action === 'replace') && object !== undefined && podsOf(object) > 0;
  });
  const found = await limited(
    namespacesOf(ending).map((namespace) => async () => {
      const budgets = await listed(preflight, { apiVersion: 'policy/v1', kind: 'PodDisruptionBudget' }, namespace);
      return ending.flatMap(({ step }): readonly Problem[] => {
        const labels = valueAt(live.get(refKey(step.ref))?.spec, ['template', 'metadata', 'labels']);
        if (step.ref.namespace !== namespace || !isJsonObject(labels)) return [];
        const { kind, name } = step.ref;
        return budgets
          .filter((budget) => selects(valueAt(budget.spec, ['selector']), labels))
          .map((budget) => ({ code: 'cluster.budget', args: { kind, name, budget: budget.metadata.name }, severity: 'warning' }));
      });
    }),
  );
  return found.flat();
}

/** A selector of expressions is the server's to judge; it selects nothing here. */
function selects(selector: JsonValue | undefined, labels: JsonObject): boolean {
  const wanted = valueAt(selector, ['matchLabels']);
  if (!isJsonObject(wanted) || valueAt(selector, ['matchExpressions']) !== undefined) return false;
  return Object.entries(wanted).every(([key, value]) => labels[key] === value);
}
