import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict';
import { commands, extensions, window, workspace } from 'vscode';
import { suiteRunner } from './runner';

/** Long enough for anything that would wake the extension at startup to have done so. */
const quietMs = 3000;

export const run = suiteRunner(() => {
  describe('a folder without workflows', () => {
    it('does not wake the extension, not even with other YAML files open', async () => {
      const extension = extensions.getExtension('kubeorch.kubeorch');
      ok(extension, 'the extension is installed');
      await window.showTextDocument(await workspace.openTextDocument({ language: 'yaml', content: 'kind: Workflow\n' }));
      await new Promise((resolve) => setTimeout(resolve, quietMs));
      strictEqual(extension.isActive, false);
    });

    it('wakes it with the first command, which registers no command that the manifest does not declare', async () => {
      const extension = extensions.getExtension('kubeorch.kubeorch');
      ok(extension, 'the extension is installed');
      await commands.executeCommand('kubeorch.refresh');
      strictEqual(extension.isActive, true);
      const { contributes } = extension.packageJSON as {
        contributes: { commands: { command: string }[]; views: Record<string, { id: string }[]> };
      };
      const declared = new Set(contributes.commands.map(({ command }) => command));
      // VS Code itself makes commands of each view's id: to focus, move and hide it.
      const views = Object.values(contributes.views).flatMap((list) => list.map(({ id }) => `${id}.`));
      const registered = (await commands.getCommands(true)).filter((name) => name.startsWith('kubeorch.') && !views.some((view) => name.startsWith(view)));
      deepStrictEqual(
        registered.filter((name) => !declared.has(name)),
        [],
      );
      deepStrictEqual(
        [...declared].filter((name) => !registered.includes(name)),
        [],
      );
    });
  });
});
