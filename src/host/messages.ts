import * as vscode from 'vscode';

/**
 * Text for a notification, a title of one, a question of an input box or what is wrong with an answer. There VS Code makes links of
 * `[words](target)`, also such that run commands (`command:…`). Names and messages of clusters and files come into these texts, so
 * that nothing in them may be read as a link.
 */
export function unlinked(text: string): string {
  return text.replaceAll(/\](?=\()/g, '] ');
}

// The overloads of the editor's own functions are kept: what differs is the first text only.
type Tell = (text: string, ...more: readonly string[]) => Thenable<string | undefined>;

/** `vscode.window.showInformationMessage` without links. */
export const tellInformation = ((text, ...more) =>
  vscode.window.showInformationMessage(unlinked(text), ...more)) as Tell as typeof vscode.window.showInformationMessage;

/** `vscode.window.showWarningMessage` without links. */
export const tellWarning = ((text, ...more) => vscode.window.showWarningMessage(unlinked(text), ...more)) as Tell as typeof vscode.window.showWarningMessage;

/** `vscode.window.showErrorMessage` without links. */
export const tellError = ((text, ...more) => vscode.window.showErrorMessage(unlinked(text), ...more)) as Tell as typeof vscode.window.showErrorMessage;

/** `vscode.window.showInputBox` without links in its question or in what it says of an answer. */
export function askForText(options: vscode.InputBoxOptions, token?: vscode.CancellationToken): Thenable<string | undefined> {
  const safe = { ...options };
  if (options.prompt !== undefined) safe.prompt = unlinked(options.prompt);
  if (options.validateInput !== undefined) {
    safe.validateInput = async (value) => {
      const wrong = await options.validateInput?.(value);
      if (typeof wrong === 'string') return unlinked(wrong);
      return wrong === undefined || wrong === null ? wrong : { ...wrong, message: unlinked(wrong.message) };
    };
  }
  return vscode.window.showInputBox(safe, token);
}
