import * as vscode from 'vscode';
import { isCatalogFile, isWorkflowFile } from '../views/workflowFiles';
import type { WorkflowDocuments } from '../documents';
import type { Engine } from '../rooms';
import { fixWords } from '../words';
import type { Completion, HoverText, JudgedCheck, TemplateFile } from '../../engine/index';
import { findingRange } from '../diagnostics/liveFindings';
import { editorRange } from './diagnostics';
import { fileActions } from './fileProblems';
import type { ImageTags } from './imageTags';
import { outlineOf } from './outline';

/** Completion, hover, quick fixes and the cleaning before a save, for workflow files opened as text. */
export interface Language {
  completions(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.CompletionItem[]>;
  hover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined>;
  codeActions(document: vscode.TextDocument, range: vscode.Range, shown: readonly vscode.Diagnostic[]): Promise<vscode.CodeAction[]>;
  cleaning(document: vscode.TextDocument): Promise<vscode.TextEdit[]>;
  outline(document: vscode.TextDocument): Promise<vscode.DocumentSymbol[]>;
}

/** Red Hat's YAML extension completes from the same schema; two lists of the same words would only be in the way. */
const yamlExtension = 'redhat.vscode-yaml';

const itemKinds = {
  key: vscode.CompletionItemKind.Property,
  value: vscode.CompletionItemKind.EnumMember,
  node: vscode.CompletionItemKind.Reference,
  type: vscode.CompletionItemKind.Class,
} as const;

function itemOf(completion: Completion): vscode.CompletionItem {
  const item = new vscode.CompletionItem(completion.label, itemKinds[completion.kind]);
  item.insertText = completion.insertText;
  if (completion.detail !== undefined) item.detail = completion.detail;
  if (completion.documentation !== undefined) item.documentation = new vscode.MarkdownString().appendText(completion.documentation);
  item.range = editorRange(completion.range);
  return item;
}

function hoverOf(found: HoverText | undefined): vscode.Hover | undefined {
  // Text of templates is somebody's words: shown as text, never as markup with commands.
  return found === undefined ? undefined : new vscode.Hover(new vscode.MarkdownString().appendText(found.text), editorRange(found.range));
}

/** What a file of the workspace makes objects with; partials and fields are parts of something that is not known here. */
function templateFile(uri: vscode.Uri): TemplateFile | undefined {
  if (!isCatalogFile(uri)) return undefined;
  if (/\/\.kubeorch\/plugins\/[^/]+\.yaml$/.test(uri.path)) return 'plugin';
  return /\/\.kubeorch\/templates\/[^/]+\/template\.yaml$/.test(uri.path) ? 'template' : undefined;
}

/** A code that leads to documentation carries its address beside it. */
function codeOf({ code }: vscode.Diagnostic): string | number | undefined {
  return typeof code === 'object' ? code.value : code;
}

/** `mendable` tells what the cluster shows to be wrong in a file that is open, as far as an edit of the file mends it. */
export function createLanguage(
  engine: Engine,
  documents: WorkflowDocuments,
  tags: ImageTags,
  mendable: (document: vscode.TextDocument) => readonly JudgedCheck[],
): Language {
  const quiet = (): boolean => vscode.extensions.getExtension(yamlExtension)?.isActive === true;
  return {
    async completions(document, position) {
      // Nobody else knows tags: they are told beside the other extension's words, too.
      const own = isWorkflowFile(document.uri) ? await tags.completions(document, position) : [];
      if (own.length > 0 || quiet()) return own;
      const file = templateFile(document.uri);
      if (file !== undefined)
        return engine.templateCompletionsAt(document.getText(), { line: position.line, character: position.character }, file, documents.openApi).map(itemOf);
      const { loaded, parsed, openApi } = (await documents.of(document)).state;
      const facts = { catalog: loaded.catalog, openApi, parsed };
      return engine.completionsAt(document.getText(), { line: position.line, character: position.character }, facts).map(itemOf);
    },
    async hover(document, position) {
      if (quiet()) return undefined;
      const file = templateFile(document.uri);
      if (file !== undefined)
        return hoverOf(engine.templateHoverAt(document.getText(), { line: position.line, character: position.character }, file, documents.openApi));
      const { loaded, parsed, openApi } = (await documents.of(document)).state;
      const found = engine.hoverAt(document.getText(), { line: position.line, character: position.character }, { catalog: loaded.catalog, openApi, parsed });
      return hoverOf(found);
    },
    async codeActions(document, range, shown) {
      if (isCatalogFile(document.uri)) return fileActions(documents, document, range, shown);
      const { problems, text, parsed } = (await documents.of(document)).state;
      const actions: vscode.CodeAction[] = [];
      for (const problem of problems) {
        if (problem.fixes === undefined || problem.range === undefined || editorRange(problem.range).intersection(range) === undefined) continue;
        for (const fix of problem.fixes) {
          const outcome = engine.editText(text, fix.edit);
          if (!outcome.ok || outcome.edits.length === 0) continue;
          const action = new vscode.CodeAction(fixWords(fix), vscode.CodeActionKind.QuickFix);
          action.edit = new vscode.WorkspaceEdit();
          action.edit.set(
            document.uri,
            outcome.edits.map((part) =>
              vscode.TextEdit.replace(new vscode.Range(document.positionAt(part.start), document.positionAt(part.end)), part.newText),
            ),
          );
          action.isPreferred = actions.length === 0;
          const place = editorRange(problem.range);
          action.diagnostics = shown.filter((diagnostic) => codeOf(diagnostic) === problem.code && diagnostic.range.isEqual(place));
          actions.push(action);
        }
      }
      for (const check of mendable(document)) {
        const place = editorRange(findingRange(parsed.ranges, check.nodeId));
        // What has to be asked first is offered by the command.
        const edit = check.fix === undefined || check.fix.question !== undefined || place.intersection(range) === undefined ? undefined : check.fix.edit('');
        const outcome = edit === undefined ? undefined : engine.editText(text, edit);
        if (check.fix === undefined || outcome === undefined || !outcome.ok || outcome.edits.length === 0) continue;
        const label = fixWords(check.fix);
        const action = new vscode.CodeAction(label, vscode.CodeActionKind.QuickFix);
        action.edit = new vscode.WorkspaceEdit();
        // Only when the person has seen the change and said yes to it.
        for (const part of outcome.edits)
          action.edit.replace(document.uri, new vscode.Range(document.positionAt(part.start), document.positionAt(part.end)), part.newText, {
            needsConfirmation: true,
            label,
          });
        action.diagnostics = shown.filter((diagnostic) => diagnostic.code === check.code && diagnostic.range.isEqual(place));
        actions.push(action);
      }
      return actions;
    },
    async outline(document) {
      const { loaded, parsed } = (await documents.of(document)).state;
      return outlineOf(parsed, loaded.catalog);
    },
    async cleaning(document) {
      if (!isWorkflowFile(document.uri)) return [];
      const { text, workflow, parsed } = (await documents.of(document)).state;
      if (parsed.broken) return [];
      const edit = engine.cleaningEdit(workflow);
      const outcome = edit === undefined ? undefined : engine.editText(text, edit);
      if (outcome === undefined || !outcome.ok) return [];
      return outcome.edits.map((part) =>
        vscode.TextEdit.replace(new vscode.Range(document.positionAt(part.start), document.positionAt(part.end)), part.newText),
      );
    },
  };
}
