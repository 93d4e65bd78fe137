import type { JsonObject, JsonPath } from '../../shared/json';
import { isJsonObject, jsonObject } from '../../shared/json';
import type { Problem, ProblemFix, TextRange } from '../../shared/problem';
import type { Workflow, WorkflowNode, WorkflowRanges } from '../../shared/workflow';
import type { ShapeFinding } from '../../shared/workflowFromJson';
import { workflowFromJson } from '../../shared/workflowFromJson';
import { LineIndex } from './lineIndex';
import { maxFindings } from './yamlOptions';
import type { PieceSizes, ReadText } from './pieceMemory';
import { PieceMemory } from './pieceMemory';
import { finished } from '../steps';
import type { SourceFinding } from './yamlSource';
import type { YamlNode } from './yamlTree';
import { YamlTree } from './yamlTree';

/** A workflow file as it was understood. */
export interface ParsedWorkflow {
  readonly text: string;
  /** Everything that could be read; a file of which nothing could be read gives an empty workflow. */
  readonly workflow: Workflow;
  /** What is wrong with the text and its shape, in the order of the text. Checks against the catalog come on top (`checkWorkflow`). */
  readonly problems: readonly Problem[];
  readonly ranges: WorkflowRanges;
  /** Where a value (or the key before it) stands; undefined when nothing of its own stands there. */
  readonly rangeAt: (path: JsonPath, what?: 'key' | 'value') => TextRange | undefined;
  /** The text is no sound YAML: the canvas shows what was read and edits nothing. */
  readonly broken: boolean;
  /** The syntax tree and lines, for edits and completion. */
  readonly tree: YamlTree;
  readonly lines: LineIndex;
  /** For each edge of the workflow, its index in the text's list. */
  readonly edgeIndexes: readonly number[];
}

/** Reads a workflow file. Never throws, whatever the text; time and memory grow with its length only. */
export function parseWorkflow(text: string): ParsedWorkflow {
  return finished(new WorkflowReader().steps(text));
}

/**
 * Reads versions of one text, one after the other. What did not change since the last one is not read again, and its nodes
 * stay the same objects; the result is that of `parseWorkflow` all the same.
 */
export class WorkflowReader {
  readonly #pieces: PieceMemory;
  readonly #nodes = new WeakMap<JsonObject, WorkflowNode>();

  constructor(sizes?: PieceSizes) {
    this.#pieces = new PieceMemory(sizes);
  }

  /** The reading in steps of a few milliseconds. A reading that is given up has still been of use to the next one. */
  *steps(text: string): Generator<void, ParsedWorkflow> {
    const source = yield* this.#pieces.read(text);
    return parsedWorkflow(text, source, this.#nodes);
  }
}

function parsedWorkflow(text: string, source: ReadText, knownNodes: WeakMap<JsonObject, WorkflowNode>): ParsedWorkflow {
  const tree = new YamlTree(source.tree);
  const lines = new LineIndex(text);
  const problems: Problem[] = [];
  for (const finding of [...source.findings, ...tree.findings]) problems.push(sourceProblem(finding, lines));

  const root = tree.root;
  const isEmpty = root === undefined || root.kind === 'empty';
  const isMap = root !== undefined && isJsonObject(root.json);
  const findings: ShapeFinding[] = [];
  const { workflow, edgeIndexes } = workflowFromJson(isMap ? root.json : jsonObject(), {
    nodeIds: nodeIdsOf(tree),
    knownNodes,
    sourceText: (path) => {
      const node = tree.at(path)?.node;
      return node?.kind === 'scalar' ? node.source : undefined;
    },
    report: (finding) => {
      if (findings.length < maxFindings * 10) findings.push(finding);
    },
  });

  const rangeAt = (path: JsonPath, what: 'key' | 'value' = 'value'): TextRange | undefined => {
    const found = tree.at(path);
    if (found === undefined) return undefined;
    if (what === 'key') return found.entry === undefined ? undefined : lines.rangeOf(found.entry.keyStart, found.entry.keyEnd);
    return lines.rangeOf(found.node.start, found.node.end);
  };

  if (isMap) {
    for (const finding of findings) problems.push(shapeProblem(finding, rangeAt));
    problems.push(...ambiguousProblems(tree, lines));
  } else if (!source.broken) {
    const range = lines.rangeOf(root?.start ?? 0, root?.end ?? 0);
    problems.push({ code: isEmpty ? 'document.empty' : 'document.notAMap', args: {}, severity: 'error', range });
  }
  return {
    text,
    workflow,
    problems: problems.sort(byPlace),
    ranges: rangesOf(tree, lines, edgeIndexes),
    rangeAt,
    broken: source.broken || tree.findings.some((finding) => finding.code !== 'yaml.duplicateKey') || (!isMap && !isEmpty),
    tree,
    lines,
    edgeIndexes,
  };
}

/** Node ids in the order of the text; keys that a merge key brings in come last. */
function nodeIdsOf(tree: YamlTree): readonly string[] {
  const nodes = tree.at(['nodes'])?.node;
  if (nodes === undefined || !isJsonObject(nodes.json)) return [];
  const ids = new Set(nodes.entries.filter((entry) => !entry.isMerge).map((entry) => entry.key));
  for (const key of Object.keys(nodes.json)) ids.add(key);
  return [...ids];
}

function sourceProblem(finding: SourceFinding, lines: LineIndex): Problem {
  const { code, args, severity, start, end, related } = finding;
  const problem: Problem = { code, args, severity, range: lines.rangeOf(start, end) };
  return related === undefined ? problem : { ...problem, related: [{ range: lines.rangeOf(related.start, related.end), code, args }] };
}

function shapeProblem(finding: ShapeFinding, rangeAt: ParsedWorkflow['rangeAt']): Problem {
  const { code, args, severity, path, what } = finding;
  const range = placeOf(path, what, rangeAt);
  const [section, nodeId, ...field] = path;
  return {
    code,
    args,
    severity,
    range,
    ...(section === 'nodes' && typeof nodeId === 'string' ? { nodeId, ...(field.length > 0 ? { path: field } : {}) } : {}),
  };
}

/** The place of a finding, or of the nearest thing around it that has one: a value that comes from an alias has no place of its own. */
function placeOf(path: JsonPath, what: 'key' | 'value', rangeAt: ParsedWorkflow['rangeAt']): TextRange {
  const top: TextRange = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  if (path.length === 0) return top;
  for (let length = path.length; length > 0; length -= 1) {
    const range = rangeAt(path.slice(0, length), length === path.length ? what : 'key') ?? rangeAt(path.slice(0, length));
    if (range !== undefined) return range;
  }
  return top;
}

function ambiguousProblems(tree: YamlTree, lines: LineIndex): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { node, meaning, other } of tree.ambiguous) {
    const path = tree.pathAt(node.start);
    const fix = quoteFix(path, node);
    // Ids in edges and groups are read as they are written, so nothing is ambiguous about them; nor is a key.
    const found = tree.at(path)?.node;
    if (fix === undefined || found?.start !== node.start || found.kind !== 'scalar') continue;
    const [section, nodeId, ...field] = path;
    problems.push({
      code: 'yaml.ambiguousScalar',
      args: { text: node.source, meaning, other },
      severity: 'hint',
      range: lines.rangeOf(node.start, node.end),
      ...(section === 'nodes' && typeof nodeId === 'string' ? { nodeId, path: field } : {}),
      fixes: [fix],
    });
  }
  return problems;
}

function quoteFix(path: JsonPath, node: YamlNode): ProblemFix | undefined {
  const [section, id, ...field] = path;
  const fix = { code: 'fix.quote', args: { text: node.source } } as const;
  if (section === 'edges' || section === 'groups' || section === 'layout' || section === undefined) return undefined;
  if (section !== 'nodes') return { ...fix, edit: { type: 'setProperty', path, value: node.source } };
  if (typeof id !== 'string' || field.length === 0) return undefined;
  return { ...fix, edit: { type: 'setField', id, path: field, value: node.source } };
}

function rangesOf(tree: YamlTree, lines: LineIndex, edgeIndexes: readonly number[]): WorkflowRanges {
  const keys = Object.create(null) as Record<string, TextRange>;
  const nodes = Object.create(null) as Record<string, { readonly key: TextRange; readonly value: TextRange }>;
  for (const entry of tree.root?.entries ?? []) keys[entry.key] = lines.rangeOf(entry.keyStart, entry.keyEnd);
  for (const entry of tree.at(['nodes'])?.node.entries ?? []) {
    nodes[entry.key] = { key: lines.rangeOf(entry.keyStart, entry.keyEnd), value: lines.rangeOf(entry.value.start, entry.value.end) };
  }
  const items = tree.at(['edges'])?.node.items ?? [];
  const nowhere: TextRange = { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
  const edges = edgeIndexes.map((index) => {
    const node = items[index]?.value;
    return node === undefined ? nowhere : lines.rangeOf(node.start, node.end);
  });
  return { keys, nodes, edges };
}

function byPlace(a: Problem, b: Problem): number {
  const one = a.range?.start ?? { line: 0, character: 0 };
  const other = b.range?.start ?? { line: 0, character: 0 };
  return one.line - other.line || one.character - other.character;
}
