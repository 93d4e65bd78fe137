import type { CheckName, CheckStatus, DiagnosisCheck, DiagnosisCode, FixType } from '../../shared/diagnosis';
import type { JsonValue } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { refKey } from '../../shared/kubeObject';
import type { FixCode } from '../../shared/problem';
import type { EdgeIdentity } from '../../shared/workflow';
import { edgeKey } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import type { ResolvedEdge, ResolvedWorkflow } from '../relations';
import type { RenderedObject } from '../render';
import type { KindRef } from '../ports';
import { refFromRendered } from '../status/watchPlan';
import type { ClusterView, Seen } from './clusterView';

/** What the file wants: its relations, and the objects that it makes for the present target, found by node and by name. */
export interface Intent {
  readonly resolved: ResolvedWorkflow;
  readonly objects: readonly RenderedObject[];
  /** The environment whose overrides count in `resolved`. */
  readonly environment?: string;
  objectsOf(nodeId: string): readonly RenderedObject[];
  /** The node's object of this name, if one of this workflow's nodes makes it. */
  maker(kind: KindRef, namespace: string, name: string): RenderedObject | undefined;
  edgesFrom(nodeId: string): readonly ResolvedEdge[];
  relationOf(edge: EdgeIdentity): string | undefined;
}

export function intentOf(parts: Pick<Intent, 'resolved' | 'objects' | 'environment'>): Intent {
  const byNode = new Map<string, RenderedObject[]>();
  const byKey = new Map<string, RenderedObject>();
  for (const one of parts.objects) {
    pushTo(byNode, one.nodeId, one);
    byKey.set(refKey(refFromRendered(one)), one);
  }
  const bySource = new Map<string, ResolvedEdge[]>();
  const relations = new Map<string, string>();
  for (const resolved of parts.resolved.edges) {
    pushTo(bySource, resolved.edge.from, resolved);
    if (resolved.rule !== undefined) relations.set(edgeKey(resolved.edge), resolved.rule.relation);
  }
  return {
    ...parts,
    objectsOf: (nodeId) => byNode.get(nodeId) ?? [],
    maker: (kind, namespace, name) => byKey.get(refKey({ ...kind, namespace, name })),
    edgesFrom: (nodeId) => bySource.get(nodeId) ?? [],
    relationOf: (edge) => relations.get(edgeKey(edge)),
  };
}

function pushTo<T>(lists: Map<string, T[]>, key: string, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** What a person has to say before a fix can be made. */
export interface FixQuestion {
  readonly about: 'path' | 'addressRange';
  readonly suggested: string;
}

/** An edit of the file that mends a hop. With a question, the edit is made of its answer. */
export interface DiagnosisFix {
  readonly fixType: FixType;
  readonly code: FixCode;
  readonly args: Readonly<Record<string, string>>;
  readonly question?: FixQuestion;
  /** Undefined when the answer is none that can be used. */
  edit(answer: string): WorkflowEdit | undefined;
}

/** A check with what mends it, as the engine keeps it. */
export interface JudgedCheck extends DiagnosisCheck {
  readonly fix?: DiagnosisFix;
}

export interface Judging {
  readonly intent: Intent;
  readonly view: ClusterView;
}

type Args = Readonly<Record<string, string | number>>;

export function judged(nodeId: string, name: CheckName, status: CheckStatus, code: DiagnosisCode, args: Args = {}, fix?: DiagnosisFix): JudgedCheck {
  const texts = Object.fromEntries(Object.entries(args).map(([key, value]) => [key, String(value)]));
  return { name, status, code, args: texts, nodeId, autoFixable: fix !== undefined, ...(fix === undefined ? {} : { fixType: fix.fixType, fix }) };
}

/** The same finding, where the file wants something else than the cluster has. */
export function asDrift(check: JudgedCheck): JudgedCheck {
  return { ...check, isDrift: true };
}

/** What could not be looked at is said as such. */
export function hidden(nodeId: string, name: CheckName, seen: Extract<Seen<unknown>, { known: false }>): JudgedCheck {
  return judged(nodeId, name, 'unknown', `hidden.${seen.why}`, { what: seen.what });
}

/** The first object that a node makes. */
export function renderedOf(intent: Intent, nodeId: string): RenderedObject | undefined {
  return intent.objectsOf(nodeId)[0];
}

/** A node's object on the cluster. */
export function liveOf(judging: Judging, one: RenderedObject): Seen<KubeObject | undefined> {
  const { apiVersion, kind, namespace, name } = refFromRendered(one);
  return judging.view.find({ apiVersion, kind }, namespace, name);
}

/** Whether a node's object is there, as a check, and the object when it is. */
export function present(judging: Judging, one: RenderedObject, name: CheckName): { readonly check: JudgedCheck; readonly object: KubeObject | undefined } {
  const seen = liveOf(judging, one);
  if (!seen.known) return { check: hidden(one.nodeId, name, seen), object: undefined };
  const { kind, metadata } = one.object;
  const args = { kind, name: metadata.name };
  if (seen.value === undefined) return { check: judged(one.nodeId, name, 'error', 'exists.missing', args), object: undefined };
  return { check: judged(one.nodeId, name, 'pass', 'exists.pass', args), object: seen.value };
}

/** Names for a sentence; a long list is cut. */
export function listed(names: Iterable<string>): string {
  const all = [...new Set(names)];
  const shown = all.slice(0, 5).join(', ');
  if (all.length === 0) return '–';
  return all.length > 5 ? `${shown}, …` : shown;
}

export function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
