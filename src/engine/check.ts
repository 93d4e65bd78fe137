import type { OpenApi } from '../openapi/index';
import type { Problem, ProblemFix } from '../shared/problem';
import type { Workflow, WorkflowNode } from '../shared/workflow';
import { dnsLabel, nodeById } from '../shared/workflow';
import type { LoadedCatalog } from './catalog';
import { checkCycle, checkEdges } from './checks/edges';
import { checkEnvironments } from './checks/environments';
import { textOf } from './checks/fields';
import type { FindingSink, ToldFinding } from './checks/findings';
import { Findings } from './checks/findings';
import { checkNode } from './checks/nodes';
import { checkUnused } from './checks/unused';
import { checkDoubles, checkTemplates, judgeBy, structureFindings } from './checks/objects';
import type { ParsedWorkflow } from './document/parse';
import { applyOrder } from './order';
import { NodeMemory } from './nodeMemory';
import type { ResolvedWorkflow } from './relations';
import { resolveWorkflow } from './relations';
import { renderSteps } from './render';
import type { SourceResults } from './sources/renderSources';
import type { Steps } from './steps';
import { finished } from './steps';
import { valueText } from './valueText';

export interface CheckRequest {
  readonly parsed: ParsedWorkflow;
  /** The relations of the parsed workflow, where they are worked out already. */
  readonly resolved?: ResolvedWorkflow;
  readonly loaded: LoadedCatalog;
  /** The file's own name, which should go with the workflow's. */
  readonly fileName?: string;
  /** With it, rendered objects are checked against the structure of the Kubernetes API too. */
  readonly openApi?: OpenApi;
  /** What programs made of the nodes that they render, when they last did. */
  readonly sources?: SourceResults;
}

/**
 * Everything that is wrong with a workflow, with places in its text and repairs, in the order of the text: what parsing
 * found, and what kinds, edges, environments and the objects to be made say. Never throws for anything in the file.
 */
export function checkWorkflow(request: CheckRequest): readonly Problem[] {
  return finished(checkSteps(request, new NodeMemory()));
}

/** The same in steps of a few milliseconds, in which nodes that `memory` knows as they are cost next to nothing. */
export function* checkSteps(request: CheckRequest, memory: NodeMemory): Steps<readonly Problem[]> {
  const { parsed, loaded, fileName, openApi, sources } = request;
  const { workflow } = parsed;
  // What a broken text leaves out would be missed everywhere else: only its own problems are told.
  if (parsed.broken) return parsed.problems;
  const findings = new Findings(parsed);
  checkNames(findings, workflow, fileName);
  const namespace = workflow.namespace ?? '';
  const resolved = request.resolved ?? resolveWorkflow(workflow, loaded.catalog);
  const known = memory.of(resolved, [loaded, workflow.namespace, sources, openApi]);
  yield;
  const rendered = yield* renderSteps(resolved, { loaded, namespace: workflow.namespace, ...(sources === undefined ? {} : { sources }) }, known);
  for (const node of workflow.nodes) {
    const mine = known(node);
    if (mine.checked === undefined) {
      mine.checked = checkedNode(resolved, loaded, node);
      yield;
    }
    findings.addAll(mine.checked);
  }
  yield;
  checkEdges(findings, workflow, loaded.catalog);
  yield;
  checkCycle(findings, resolved, applyOrder(resolved));
  tellContradictions(findings, resolved);
  yield;
  checkDoubles(findings, rendered, namespace === '' ? "the target's" : namespace);
  checkTemplates(findings, rendered);
  tellSources(findings, workflow, sources);
  yield* checkUnused(findings, workflow, loaded.catalog, (node) => memory.textsOf(node));
  yield* checkEnvironments(findings, workflow, loaded);
  if (openApi !== undefined) {
    const judge = judgeBy(openApi);
    for (const node of workflow.nodes) {
      const mine = known(node);
      // What follows from one error need not be told again.
      if (mine.rendered === undefined || findings.hasError(node.id)) continue;
      if (mine.judged === undefined) {
        const judged: (readonly ToldFinding[])[] = [];
        for (const one of mine.rendered.objects) {
          judged.push(structureFindings(node, one, judge));
          yield;
        }
        mine.judged = judged;
      }
      for (const told of mine.judged) if (!findings.hasError(node.id)) findings.addAll(told);
    }
  }
  return [...parsed.problems, ...findings.problems].sort(byPlace);
}

function checkedNode(resolved: ResolvedWorkflow, loaded: LoadedCatalog, node: WorkflowNode): readonly ToldFinding[] {
  const told: ToldFinding[] = [];
  const sink: FindingSink = { add: (code, args, path, options = {}) => void told.push({ code, args, path, options }) };
  checkNode(sink, resolved, loaded, node, (path) => ['nodes', node.id, ...path]);
  return told;
}

/** Names outside of nodes and edges: the file's, the namespace, and node ids in groups and layout. */
function checkNames(findings: Findings, workflow: Workflow, fileName: string | undefined): void {
  if (fileName !== undefined && workflow.name !== '' && fileName !== `${workflow.name}.workflow.yaml`) {
    findings.add('document.nameMismatch', { file: fileName, name: workflow.name }, ['name'], { severity: 'warning' });
  }
  const { namespace } = workflow;
  if (namespace !== undefined && !dnsLabel.test(namespace)) findings.add('node.invalidName', { value: namespace }, ['namespace']);
  for (const [name, group] of Object.entries(workflow.groups)) {
    group.nodes.forEach((id, index) => {
      if (nodeById(workflow, id) === undefined) findings.add('document.reservedNode', { id }, ['groups', name, 'nodes', index], { severity: 'warning' });
    });
  }
  for (const id of Object.keys(workflow.layout)) {
    if (nodeById(workflow, id) !== undefined) continue;
    const path = ['layout', id];
    findings.add('document.reservedNode', { id }, path, {
      severity: 'warning',
      what: 'key',
      fixes: [{ code: 'fix.removeKey', args: { key: id }, edit: { type: 'setProperty', path } }],
    });
  }
}

function tellContradictions(findings: Findings, resolved: ResolvedWorkflow): void {
  for (const { nodeId, path, authored, derived, other, edge } of resolved.contradictions) {
    const place = ['nodes', nodeId, ...path];
    const args = { field: textOf(path), value: valueText(authored), node: other, derived: valueText(derived) };
    const key = textOf(path);
    const stands = findings.stands(place);
    const fixes: readonly ProblemFix[] = [
      ...(stands ? [{ code: 'fix.takeFromEdge', args: { field: key, node: other }, edit: { type: 'setField', id: nodeId, path } } as const] : []),
      { code: 'fix.removeEdge', args: {}, edit: { type: 'disconnect', edge } },
    ];
    // Where the value itself comes from an edge, two edges disagree, and the later one is the place to look at.
    const range = stands ? {} : { range: findings.edgeRange(resolved.workflow.edges.indexOf(edge)) };
    findings.add('node.contradiction', args, place, { severity: 'warning', ...range, fixes });
  }
}

/** What the last rendering of charts and bases had to say, as long as their nodes are there. */
function tellSources(findings: Findings, workflow: Workflow, sources: SourceResults | undefined): void {
  for (const node of workflow.nodes) {
    for (const { code, args, severity, path = [] } of sources?.get(node.id)?.problems ?? [])
      findings.add(code, args, ['nodes', node.id, ...path], { severity });
  }
}

function byPlace(a: Problem, b: Problem): number {
  const one = a.range?.start ?? { line: 0, character: 0 };
  const other = b.range?.start ?? { line: 0, character: 0 };
  return one.line - other.line || one.character - other.character;
}
