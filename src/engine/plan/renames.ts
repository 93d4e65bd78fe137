import { isJsonObject } from '../../shared/json';
import type { JsonValue } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { groupOf, refKey, refOf } from '../../shared/kubeObject';
import type { PlanRename } from '../../shared/plan';
import type { Problem } from '../../shared/problem';
import type { InventoryMember } from '../inventory';
import type { PreparedStep } from './planWorkflow';

/** How much of what a new object says an old one must say as well to be taken for the same under another node id. */
const alike = 0.6;

interface Side {
  readonly prepared: PreparedStep;
  readonly nodeId: string;
}

/** An object that no node makes any more, as it is on the cluster. */
interface Old extends Side {
  readonly object: KubeObject;
}

/**
 * Objects that come under another name or in another namespace: of a node that makes one of this kind now as before, or of a new node
 * that says the same as one that is gone. What could be either of two is told as neither.
 */
export function renamesOf(request: {
  readonly planned: readonly PreparedStep[];
  readonly deletions: readonly PreparedStep[];
  readonly members: readonly InventoryMember[];
  readonly ours: Iterable<KubeObject>;
  readonly nodeIds: ReadonlySet<string>;
}): readonly PlanRename[] {
  const memberOf = new Map(request.members.map((member) => [refKey(member), member]));
  const objectOf = new Map([...request.ours].map((object) => [refKey(refOf(object)), object]));
  const known = new Set(request.members.flatMap((member) => (member.unproven === true ? [] : [member.nodeId])));
  const old = request.deletions.flatMap((prepared): Old[] => {
    const [member, object] = [memberOf.get(refKey(prepared.step.ref)), objectOf.get(refKey(prepared.step.ref))];
    return member === undefined || object === undefined || prepared.step.problems.some(({ code }) => code === 'run.unlisted')
      ? []
      : [{ prepared, nodeId: member.nodeId, object }];
  });
  if (old.length === 0) return [];
  // What cannot be made as it is has to be read by itself.
  const made = request.planned.filter(({ step }) => step.action !== 'blocked' && step.action !== 'conflict');
  const now = made.map((prepared): Side => ({ prepared, nodeId: prepared.step.nodeId }));
  const likeness = likenessIn(old);
  const sameNode = onlyPairs(old, now, (before, after) => {
    if (before.nodeId !== after.nodeId || !isOfKind(before, after)) return 0;
    // A node that makes several of a kind may just make one less.
    return likeness(before, after) + (isNew(after) ? 1 : 0);
  });
  const taken = new Set<Side>(sameNode.flat());
  const gone = old.filter((one) => !taken.has(one) && !request.nodeIds.has(one.nodeId));
  const fresh = now.filter((one) => !taken.has(one) && isNew(one) && !known.has(one.nodeId));
  const otherNode = onlyPairs(gone, fresh, (before, after) => (isOfKind(before, after) ? likeness(before, after) : 0));
  return [...sameNode, ...otherNode].map(([before, after]) => renameOf(before, after));
}

function isOfKind({ prepared: { step: a } }: Side, { prepared: { step: b } }: Side): boolean {
  return a.ref.kind === b.ref.kind && groupOf(a.ref.apiVersion) === groupOf(b.ref.apiVersion);
}

function isNew({ prepared: { step } }: Side): boolean {
  return step.action === 'create' || step.action === 'adopt';
}

/** Pairs of the highest score first; two of one score that want the same partner get none. */
function onlyPairs(old: readonly Old[], now: readonly Side[], score: (before: Old, after: Side) => number): readonly (readonly [Old, Side])[] {
  const scored = old
    .flatMap((before) => now.map((after) => ({ before, after, score: score(before, after) })))
    .filter((one) => one.score > 0)
    .sort((a, b) => b.score - a.score);
  const pairs: (readonly [Old, Side])[] = [];
  const taken = new Set<Side>();
  for (const one of scored) {
    if (taken.has(one.before) || taken.has(one.after)) continue;
    const rivals = scored.filter((other) => other.score === one.score && (other.before === one.before || other.after === one.after));
    const free = rivals.filter(({ before, after }) => !taken.has(before) && !taken.has(after));
    if (free.length === 1) pairs.push([one.before, one.after]);
    for (const { before, after } of free) taken.add(before).add(after);
  }
  return pairs;
}

/** How much of what the new object says the old one says as well; 0 when it is too little to take one for the other. */
function likenessIn(old: readonly Old[]): (before: Old, after: Side) => number {
  const said = new Map(old.map((one) => [one, new Set(saidBy(one.object, one.nodeId))]));
  const wanted = new Map<Side, readonly string[]>();
  return (before, after) => {
    const { rendered } = after.prepared;
    if (rendered === undefined) return 0;
    let lines = wanted.get(after);
    if (lines === undefined) wanted.set(after, (lines = saidBy(rendered.object, after.nodeId, rendered.secretKeys)));
    const there = said.get(before) ?? new Set();
    const images = lines.filter((line) => line.includes('.image='));
    if (lines.length === 0 || (images.length > 0 && !images.some((image) => there.has(image)))) return 0;
    const share = lines.filter((line) => there.has(line)).length / lines.length;
    return share < alike ? 0 : share;
  };
}

/** What an object says apart from its names, a line for each value; of a Secret only its keys. */
function saidBy({ kind, metadata, ...rest }: KubeObject, nodeId: string, secretKeys: readonly string[] = []): readonly string[] {
  if (kind === 'Secret') return [...new Set([...secretKeys, ...Object.keys(isJsonObject(rest.data) ? rest.data : {})])].map((key) => `data.${key}`);
  const lines: string[] = [];
  const walk = (value: JsonValue | undefined, path: string): void => {
    if (Array.isArray(value)) (value as readonly JsonValue[]).forEach((item, index) => walk(item, `${path}[${index}]`));
    else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) walk(item, `${path}.${key}`);
    // Names differ by nature, and labels say them again.
    else if (value !== undefined && value !== metadata.name && value !== nodeId && !path.includes('.labels.')) lines.push(`${path}=${JSON.stringify(value)}`);
  };
  for (const [key, value] of Object.entries(rest)) if (key !== 'apiVersion' && key !== 'status') walk(value, key);
  return lines;
}

function renameOf(before: Old, { prepared, nodeId }: Side): PlanRename {
  const [from, to] = [before.prepared.step.ref, prepared.step.ref];
  const isMove = from.namespace !== to.namespace;
  const args = {
    kind: from.kind,
    before: isMove ? `${from.namespace}/${from.name}` : from.name,
    now: isMove ? `${to.namespace}/${to.name}` : to.name,
  };
  const problems: Problem[] = [];
  const isDeleted = before.prepared.step.action === 'delete';
  if (from.kind === 'PersistentVolumeClaim')
    problems.push({ code: isDeleted ? 'run.renamedDataLost' : 'run.renamedData', args, severity: isDeleted ? 'warning' : 'info' });
  if (from.kind === 'StatefulSet' && hasClaims(before.object)) problems.push({ code: 'run.renamedClaims', args, severity: 'warning' });
  if (from.kind === 'Secret')
    problems.push({ code: isDeleted ? 'run.renamedValuesLost' : 'run.renamedValues', args, severity: isDeleted ? 'warning' : 'info' });
  if (from.kind === 'Service') problems.push({ code: 'run.renamedAddress', args, severity: 'info' });
  return { nodeId, ...(before.nodeId === nodeId ? {} : { nodeBefore: before.nodeId }), from, to, problems };
}

function hasClaims({ spec }: KubeObject): boolean {
  const templates = isJsonObject(spec) ? spec['volumeClaimTemplates'] : undefined;
  return Array.isArray(templates) && templates.length > 0;
}
