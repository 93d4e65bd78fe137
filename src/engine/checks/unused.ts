import type { Catalog } from '../../shared/catalog';
import { kindOf, relationsBetween } from '../../shared/catalog';
import { isJsonObject } from '../../shared/json';
import { isForUse, isUsing } from '../../shared/nodeOptions';
import type { ProblemFix } from '../../shared/problem';
import type { Workflow, WorkflowNode } from '../../shared/workflow';
import { objectName } from '../../shared/workflow';
import type { Steps } from '../steps';
import type { Findings } from './findings';

/** Workloads that a node is offered to be connected to. */
const mostOffered = 3;
/** Nodes whose texts are looked through in one step. */
const nodesPerStep = 200;

/**
 * Tells of ConfigMaps, Secrets, claims and ServiceAccounts that nothing in the workflow uses: no edge leads to or from them, no other node
 * says their name, and nobody said that it is meant. Where no node could use them there is nothing to tell, nor beside a chart or base,
 * whose objects may.
 */
export function* checkUnused(
  findings: Findings,
  workflow: Workflow,
  catalog: Catalog,
  /** Every text in a node's data that may be a name. */
  textsOf: (node: WorkflowNode) => readonly string[],
): Steps<void> {
  const connected = new Set(workflow.edges.flatMap(({ from, to }) => [from, to]));
  const types = new Set(workflow.nodes.map(({ type }) => type));
  const kinds = [...types].flatMap((type) => kindOf(catalog, type) ?? []);
  if (kinds.some(({ renderedBy }) => renderedBy !== undefined)) return;
  const usable = new Set(kinds.filter((kind) => isForUse(kind) && kinds.some((other) => isUsing(kind, other))).map(({ type }) => type));
  const loose = workflow.nodes.filter((node) => usable.has(node.type) && !connected.has(node.id) && !isMeantAlone(node));
  if (loose.length === 0) return;

  /** Who says a name; more than two are as good as two, since a node that says its own name is one of them. */
  const speakers = new Map<string, Set<string>>();
  for (const node of loose) for (const name of [node.id, objectName(node)]) speakers.set(name, new Set());
  const hear = (node: WorkflowNode): void => {
    for (const text of textsOf(node)) {
      const heard = speakers.get(text);
      if (heard !== undefined && heard.size < 2) heard.add(node.id);
    }
  };
  for (const [index, node] of workflow.nodes.entries()) {
    if (index % nodesPerStep === 0) yield;
    hear(node);
  }
  for (const environment of Object.values(workflow.environments)) for (const [id, data] of Object.entries(environment.set ?? {})) hear({ id, type: '', data });
  const isNamed = (node: WorkflowNode): boolean =>
    [node.id, objectName(node)].some((name) => [...(speakers.get(name) ?? [])].some((speaker) => speaker !== node.id));

  const users = new Map<string, readonly WorkflowNode[]>();
  for (const node of loose) {
    const kind = kindOf(catalog, node.type);
    if (isNamed(node) || kind === undefined || findings.hasError(node.id)) continue;
    let able = users.get(node.type);
    if (able === undefined) {
      const fitting = new Set(kinds.filter((other) => isUsing(kind, other)).map(({ type }) => type));
      users.set(node.type, (able = workflow.nodes.filter(({ type }) => fitting.has(type)).slice(0, mostOffered)));
    }
    findings.add('node.unused', { kind: kind.displayName, id: node.id }, ['nodes', node.id], {
      severity: 'info',
      fixes: [...able.map((user) => connection(catalog, node, user)), standalone(node)],
    });
  }
}

function isMeantAlone({ data }: WorkflowNode): boolean {
  const { options } = data;
  return isJsonObject(options) && options['standalone'] === true;
}

function connection(catalog: Catalog, node: WorkflowNode, user: WorkflowNode): ProblemFix {
  const [first, ...others] = relationsBetween(catalog, node.type, user.type);
  const relation = first === undefined || others.length === 0 ? {} : { relation: first.relation };
  return { code: 'fix.connect', args: { id: user.id }, edit: { type: 'connect', edge: { from: node.id, to: user.id, ...relation } } };
}

function standalone(node: WorkflowNode): ProblemFix {
  return { code: 'fix.standalone', args: {}, edit: { type: 'setField', id: node.id, path: ['options', 'standalone'], value: true } };
}
