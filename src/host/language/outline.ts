import * as vscode from 'vscode';
import type { ParsedWorkflow } from '../../engine/index';
import type { Catalog } from '../../shared/catalog';
import { kindOf, relationOfTypes } from '../../shared/catalog';
import { editorRange } from './diagnostics';

/**
 * A workflow file as a tree: its environments, and its nodes with the edges that leave them. It is the canvas for whoever works in the
 * text: outline, breadcrumbs and "Go to Symbol" show it.
 */
export function outlineOf({ workflow, ranges, edgeIndexes }: ParsedWorkflow, catalog: Catalog): vscode.DocumentSymbol[] {
  const symbols: vscode.DocumentSymbol[] = [];
  const environments = ranges.keys['environments'];
  if (environments !== undefined && Object.keys(workflow.environments).length > 0) {
    const range = editorRange(environments);
    symbols.push(new vscode.DocumentSymbol('environments', Object.keys(workflow.environments).join(', '), vscode.SymbolKind.Namespace, range, range));
  }
  const types = new Map(workflow.nodes.map((node) => [node.id, node.type]));
  for (const node of workflow.nodes) {
    const place = Object.hasOwn(ranges.nodes, node.id) ? ranges.nodes[node.id] : undefined;
    // What a merge key brings in stands somewhere else.
    if (place === undefined) continue;
    const whole = editorRange({ start: place.key.start, end: place.value.end });
    const symbol = new vscode.DocumentSymbol(
      node.id,
      kindOf(catalog, node.type)?.displayName ?? node.type,
      vscode.SymbolKind.Object,
      whole,
      editorRange(place.key),
    );
    workflow.edges.forEach((edge, index) => {
      const at = ranges.edges[index];
      if (edge.from !== node.id || at === undefined || edgeIndexes[index] === undefined) return;
      const relation = relationOfTypes(catalog, node.type, types.get(edge.to) ?? '', edge.relation);
      const range = editorRange(at);
      symbol.children.push(new vscode.DocumentSymbol(`→ ${edge.to}`, relation?.label ?? edge.relation ?? '', vscode.SymbolKind.Interface, range, range));
    });
    symbols.push(symbol);
  }
  return symbols;
}
