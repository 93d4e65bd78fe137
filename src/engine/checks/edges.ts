import type { Catalog } from '../../shared/catalog';
import { handlesOf, kindOf, relationOfTypes, relationsBetween } from '../../shared/catalog';
import type { Problem, ProblemFix } from '../../shared/problem';
import type { Workflow, WorkflowEdge, WorkflowNode } from '../../shared/workflow';
import { edgeKey, edgeOptionKeys, nodeById } from '../../shared/workflow';
import type { ApplyOrder } from '../order';
import type { ResolvedWorkflow } from '../relations';
import type { Findings } from './findings';
import { nearest } from './nearest';

/** Which options mean something on an edge of a relation. */
const optionsOf: Readonly<Record<string, readonly string[]>> = {
  mounts: ['mountPath', 'subPath', 'as', 'readOnly'],
  'depends-on': ['ready'],
};

/** `healthy`, `applied`, or the type of a condition, with the status that it must have when that is not True. */
const readyWord = /^(?:healthy|applied|(?:[a-z0-9.-]+\/)?[A-Z][A-Za-z0-9_.-]*(?:=(?:True|False|Unknown))?)$/;

/** Wrong edges that are offered another end. A suggestion looks at all nodes and edges, and a hostile file has any number of both. */
const mostMended = 50;

/** Checks every edge of the file: ends, relation, handle, options, doubles. */
export function checkEdges(findings: Findings, workflow: Workflow, catalog: Catalog): void {
  let mended = 0;
  const isMended = (): boolean => ++mended <= mostMended;
  const seen = new Set<string>();
  workflow.edges.forEach((edge, index) => {
    const key = edgeKey(edge);
    if (seen.has(key)) findings.add('edge.duplicate', {}, ['edges'], { severity: 'warning', range: findings.edgeRange(index) });
    else checkEdge(findings, workflow, catalog, edge, index, isMended);
    seen.add(key);
  });
}

function checkEdge(findings: Findings, workflow: Workflow, catalog: Catalog, edge: WorkflowEdge, index: number, isMended: () => boolean): void {
  const range = findings.edgeRange(index);
  const [from, to] = [nodeById(workflow, edge.from), nodeById(workflow, edge.to)];
  if (from === undefined || to === undefined) {
    if (from === undefined)
      findings.add('edge.unknownSource', { id: edge.from }, ['edges'], {
        range: findings.edgeRange(index, 'from'),
        fixes: isMended() ? endFixes(workflow, catalog, edge, 'from') : [removeFix(edge)],
      });
    if (to === undefined)
      findings.add('edge.unknownNode', { id: edge.to }, ['edges'], {
        range: findings.edgeRange(index, 'to'),
        fixes: isMended() ? endFixes(workflow, catalog, edge, 'to') : [removeFix(edge)],
      });
    return;
  }
  if (from === to) return findings.add('edge.self', {}, ['edges'], { range, fixes: [removeFix(edge)] });
  const [fromKind, toKind] = [kindOf(catalog, from.type), kindOf(catalog, to.type)];
  if (fromKind === undefined || toKind === undefined) return;

  const possible = relationsBetween(catalog, from.type, to.type);
  const names = { from: fromKind.displayName, to: toKind.displayName };
  if (possible.length === 0) {
    const turned = relationsBetween(catalog, to.type, from.type).length > 0;
    return findings.add('edge.notAllowed', names, ['edges'], { range, fixes: [...(turned && isMended() ? turnFixes(workflow, edge) : []), removeFix(edge)] });
  }
  const rule = relationOfTypes(catalog, from.type, to.type, edge.relation);
  if (rule === undefined) {
    const args = { relation: edge.relation ?? '', ...names, possible: possible.map((one) => one.relation).join(', ') };
    return findings.add('edge.relationUnknown', args, ['edges'], { range });
  }
  if (edge.handle !== undefined && !handlesOf(fromKind, from.data).some((handle) => handle.id === edge.handle)) {
    findings.add('edge.handleUnknown', { handle: edge.handle, id: from.id }, ['edges'], { range });
  }
  const meant = optionsOf[rule.relation] ?? [];
  for (const option of edgeOptionKeys) {
    if (edge[option] !== undefined && !meant.includes(option))
      findings.add('edge.noEffect', { key: option, relation: rule.relation }, ['edges'], { severity: 'info', range });
  }
  if (rule.relation === 'depends-on' && edge.ready !== undefined && !readyWord.test(edge.ready)) {
    const detail = 'say "healthy", "applied", or a condition of its status such as "Available" or "Progressing=False"';
    findings.add('node.invalidValue', { field: 'ready', detail }, ['edges'], { range });
  }
  if (edge.mountPath !== undefined && !edge.mountPath.startsWith('/')) {
    findings.add('node.invalidValue', { field: 'mountPath', detail: 'a path begins with "/"' }, ['edges'], { range });
  }
}

function removeFix(edge: WorkflowEdge): ProblemFix {
  return { code: 'fix.removeEdge', args: {}, edit: { type: 'disconnect', edge } };
}

/** Removing an edge to nowhere, or leading it to the node that was probably meant. */
function endFixes(workflow: Workflow, catalog: Catalog, edge: WorkflowEdge, end: 'from' | 'to'): readonly ProblemFix[] {
  const other = nodeById(workflow, end === 'from' ? edge.to : edge.from);
  if (other === undefined) return [removeFix(edge)];
  const fits = (node: WorkflowNode): boolean =>
    node.id !== other.id && relationsBetween(catalog, ...(end === 'from' ? ([node.type, other.type] as const) : ([other.type, node.type] as const))).length > 0;
  const ids = nearest(
    edge[end],
    workflow.nodes.filter(fits).map((node) => node.id),
  );
  const retargets = ids.flatMap((id): readonly ProblemFix[] => {
    const changed = { ...edge, [end]: id };
    return isTaken(workflow, changed)
      ? []
      : [
          {
            code: 'fix.retargetEdge',
            args: { id },
            edit: {
              type: 'composite',
              edits: [
                { type: 'disconnect', edge },
                { type: 'connect', edge: changed },
              ],
            },
          },
        ];
  });
  return [...retargets, removeFix(edge)];
}

/** The edge the other way round; what names a place at its old beginning is left out. */
function turnFixes(workflow: Workflow, edge: WorkflowEdge): readonly ProblemFix[] {
  const turned: WorkflowEdge = { from: edge.to, to: edge.from };
  if (isTaken(workflow, turned)) return [];
  return [
    {
      code: 'fix.turnEdge',
      args: { from: turned.from, to: turned.to },
      edit: {
        type: 'composite',
        edits: [
          { type: 'disconnect', edge },
          { type: 'connect', edge: turned },
        ],
      },
    },
  ];
}

function isTaken(workflow: Workflow, edge: WorkflowEdge): boolean {
  const key = edgeKey(edge);
  return workflow.edges.some((one) => edgeKey(one) === key);
}

/** Tells of a cycle at its first edge in the file, and of its other edges as related places. */
export function checkCycle(findings: Findings, resolved: ResolvedWorkflow, order: ApplyOrder): void {
  const { cycle } = order;
  if (cycle === undefined) return;
  const steps = new Set(cycle.slice(1).flatMap((id, index) => [`${cycle[index]} ${id}`, `${id} ${cycle[index]}`]));
  const indexes = resolved.edges.flatMap(({ edge, rule }, index) =>
    rule !== undefined && rule.order !== 'none' && steps.has(`${edge.from} ${edge.to}`) ? [index] : [],
  );
  const args = { path: cycle.join(' -> ') };
  const [first, ...others] = indexes;
  const related: Problem['related'] = others.map((index) => ({ range: findings.edgeRange(index), code: 'edge.cycle', args }));
  findings.add('edge.cycle', args, ['edges'], { ...(first === undefined ? {} : { range: findings.edgeRange(first) }), related });
}
