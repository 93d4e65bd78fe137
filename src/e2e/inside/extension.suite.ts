import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { commands, extensions, TabInputCustom, Uri, window, workspace } from 'vscode';
import { suiteRunner } from './runner';

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly customEditors: readonly { readonly viewType: string }[];
  };
}

function product() {
  const extension = extensions.getExtension('kubeorch.kubeorch');
  ok(extension, 'the extension is installed');
  return { extension, manifest: extension.packageJSON as Manifest };
}

async function workflowFile(): Promise<Uri> {
  const [file] = await workspace.findFiles('.kubeorch/*.workflow.yaml');
  ok(file, 'the workspace has a workflow file');
  return file;
}

export const run = suiteRunner(() => {
  describe('the extension in its host', () => {
    it('opens a workflow file in the canvas editor without changing it', async () => {
      const file = await workflowFile();
      const before = await workspace.fs.readFile(file);
      await commands.executeCommand('vscode.open', file);
      const input = window.tabGroups.activeTabGroup.activeTab?.input;
      ok(input instanceof TabInputCustom, 'the tab is a custom editor');
      strictEqual(input.viewType, product().manifest.contributes.customEditors[0]?.viewType);
      strictEqual(window.tabGroups.activeTabGroup.activeTab?.isDirty, false);
      deepStrictEqual(await workspace.fs.readFile(file), before);
    });

    it('registers every command that its manifest declares', async () => {
      const { extension, manifest } = product();
      await extension.activate();
      const registered = new Set(await commands.getCommands(true));
      deepStrictEqual(
        manifest.contributes.commands.map(({ command }) => command).filter((command) => !registered.has(command)),
        [],
      );
    });
  });
});
