import { deepStrictEqual, match, ok, strictEqual } from 'node:assert/strict';
import {
  commands,
  extensions,
  languages,
  Position,
  Range,
  tasks,
  TabInputCustom,
  Uri,
  window,
  workspace,
  WorkspaceEdit,
  type CodeAction,
  type CodeLens,
  type CompletionList,
  type Diagnostic,
  type DocumentSymbol,
  type Hover,
  type TextDocument,
} from 'vscode';
import { suiteRunner } from './runner';

const giveUpAfterMs = 60_000;

async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const giveUpAt = Date.now() + giveUpAfterMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error(`${what} did not come.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function place(name: string): Uri {
  const folder = workspace.workspaceFolders?.[0];
  ok(folder, 'a folder is open');
  return Uri.joinPath(folder.uri, '.kubeorch', `${name}.workflow.yaml`);
}

/** Writes a workflow and shows it as text. `|` in the text, if there is one, is where the cursor goes. */
async function textOf(name: string, body: string): Promise<{ document: TextDocument; cursor: Position }> {
  const head = `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: ${name}\n`;
  const at = head.length + body.indexOf('|');
  await workspace.fs.writeFile(place(name), new TextEncoder().encode(head + body.replace('|', '')));
  const document = await workspace.openTextDocument(place(name));
  await window.showTextDocument(document, { preview: false });
  return { document, cursor: document.positionAt(at) };
}

/** A code that leads to documentation carries its address beside it. */
function codeOf({ code }: Diagnostic): string | number | undefined {
  return typeof code === 'object' ? code.value : code;
}

const diagnosticWith = (document: TextDocument, code: string): Promise<Diagnostic> =>
  until(`A diagnostic ${code}`, () => languages.getDiagnostics(document.uri).find((one) => one.source === 'kubeorch' && codeOf(one) === code));

/** Applies the quick fix with this title, as the light bulb does, and gives the text that comes of it. */
async function fixed(document: TextDocument, { range }: Diagnostic, title: RegExp): Promise<string> {
  const actions = await commands.executeCommand<CodeAction[]>('vscode.executeCodeActionProvider', document.uri, range, 'quickfix');
  const action = actions.find((one) => title.test(one.title));
  ok(action?.edit, `there is a fix ${title}; offered: ${actions.map((one) => one.title).join(' | ')}`);
  ok(await workspace.applyEdit(action.edit));
  return document.getText();
}

async function labelsAt({ document, cursor }: { document: TextDocument; cursor: Position }): Promise<string[]> {
  const list = await commands.executeCommand<CompletionList>('vscode.executeCompletionItemProvider', document.uri, cursor);
  return list.items.map((item) => (typeof item.label === 'string' ? item.label : item.label.label));
}

const statusIn = (document: TextDocument): string | undefined => /^status: *(\w+)/m.exec(document.getText())?.[1];

const web = '  web: # the page\n    type: deployment\n    image: nginx:1.27\n    port: 80\n';
const worker = '  worker:\n    type: deployment\n    image: busybox:1\n';

export const run = suiteRunner(() => {
  describe('a workflow file as text', () => {
    it('is outlined: nodes with the edges that leave them', async () => {
      const { document } = await textOf('outlined', `environments:\n  staging: {context: kind}\nnodes:\n${web}${worker}edges:\n  - worker -> web\n`);
      const symbols = await until('An outline', async () => {
        const found = await commands.executeCommand<DocumentSymbol[] | undefined>('vscode.executeDocumentSymbolProvider', document.uri);
        return found?.some(({ name }) => name === 'worker') === true ? found : undefined;
      });
      const ours = symbols.filter(({ name }) => ['environments', 'web', 'worker'].includes(name));
      deepStrictEqual(
        ours.map(({ name, detail, children }) => [name, detail, children.map((child) => child.name)]),
        [
          ['environments', 'staging', []],
          ['web', 'Deployment', []],
          ['worker', 'Deployment', ['→ web']],
        ],
      );
      strictEqual(document.getText(ours[1]?.selectionRange), 'web');
    });

    it('says where broken YAML breaks', async () => {
      const { document } = await textOf('broken', 'nodes:\n  web: {type: deployment\n');
      const found = await until('A diagnostic', () => languages.getDiagnostics(document.uri)[0]);
      strictEqual(found.source, 'kubeorch');
      strictEqual(found.severity, 0);
      ok(found.range.start.line >= 4, `it points to the place, not to line ${found.range.start.line + 1}`);
    });

    it('names the path of a cycle at one of its edges', async () => {
      const { document } = await textOf(
        'cycle',
        `nodes:\n${web}${worker}edges:\n  - { from: web, to: worker, relation: depends-on }\n  - { from: worker, to: web, relation: depends-on }\n`,
      );
      const found = await diagnosticWith(document, 'edge.cycle');
      match(found.message, /web.*worker.*web|worker.*web.*worker/);
      match(document.getText(found.range), /from: (web|worker)/);
    });

    it('turns an edge to nowhere to the node that was meant, and keeps every comment', async () => {
      const { document } = await textOf('nowhere', `nodes:\n${web}  web-svc: { type: service, port: 80 }\nedges:\n  # opens it\n  - web-svc -> wbe # a slip\n`);
      const before = document.getText();
      const found = await diagnosticWith(document, 'edge.unknownNode');
      match(found.message, /"wbe"/);
      match(document.getText(found.range), /wbe/);
      strictEqual(await fixed(document, found, /Connect to "web"/), before.replace('-> wbe', '-> web'));
    });

    it('changes an unknown type to the one that was meant', async () => {
      const { document } = await textOf('types', `nodes:\n  web:\n    type: deploymnt # so close\n    image: nginx:1.27\n`);
      const before = document.getText();
      const found = await diagnosticWith(document, 'node.unknownType');
      match(document.getText(found.range), /deploymnt/);
      strictEqual(await fixed(document, found, /Change the type to "deployment"/), before.replace('deploymnt', 'deployment'));
      await until('The end of the diagnostic', () =>
        languages.getDiagnostics(document.uri).some((one) => codeOf(one) === 'node.unknownType') ? undefined : true,
      );
    });

    it('adds a field that is missing', async () => {
      const { document } = await textOf('missing', `nodes:\n  # the page\n  web:\n    type: deployment # runs for ever\n`);
      const found = await diagnosticWith(document, 'node.missingField');
      match(found.message, /image/);
      const after = await fixed(document, found, /^Add "image/);
      match(after, /  # the page\n  web:\n    type: deployment # runs for ever\n    image: /);
    });

    it('completes types, fields and the ends of edges, and explains a field', async () => {
      const types = await labelsAt(await textOf('complete-type', 'nodes:\n  web:\n    type: |\n'));
      ok(types.includes('deployment') && types.includes('service'), types.join());
      const fields = await labelsAt(await textOf('complete-field', `nodes:\n${web}    |\n`));
      ok(fields.includes('replicas') && !fields.includes('image'), fields.join());
      const ends = await labelsAt(await textOf('complete-edge', `nodes:\n${web}${worker}edges:\n  - worker -> |\n`));
      ok(ends.includes('web'), ends.join());
      const { document, cursor } = await textOf('hover', `nodes:\n  web:\n    type: deployment\n    image: nginx:1.27\n    repl|icas: 2\n`);
      const [hover] = await commands.executeCommand<Hover[]>('vscode.executeHoverProvider', document.uri, cursor);
      ok(hover, 'there is a hover');
      strictEqual(document.getText(hover.range), 'replicas');
    });

    it('completes and explains the object that a node is patched with, and that a template makes', async () => {
      const fields = await labelsAt(await textOf('complete-patch', `nodes:\n${web}    patch:\n      spec:\n        |\n`));
      ok(fields.includes('minReadySeconds') && !fields.includes('image'), fields.join());
      const { document, cursor } = await textOf('hover-patch', `nodes:\n${web}    patch:\n      spec:\n        strategy:\n          ty|pe: Recreate\n`);
      const [hover] = await commands.executeCommand<Hover[]>('vscode.executeHoverProvider', document.uri, cursor);
      ok(hover, 'there is a hover');
      match(
        hover.contents
          .map((part) => (typeof part === 'string' ? part : part.value))
          .join()
          .replaceAll('&nbsp;', ' '),
        /Recreate, RollingUpdate/,
      );
      const file = Uri.joinPath(place('x'), '../templates/mine/template.yaml');
      await workspace.fs.writeFile(file, new TextEncoder().encode('apiVersion: apps/v1\nkind: Deployment\nspec:\n  \n'));
      const template = await workspace.openTextDocument(file);
      ok((await labelsAt({ document: template, cursor: new Position(3, 2) })).includes('minReadySeconds'));
      await workspace.fs.delete(Uri.joinPath(file, '..'), { recursive: true });
    });

    it('judges a custom kind by the definition in a file of the workspace, as soon as there is one', async () => {
      const { document } = await textOf(
        'widgets',
        'nodes:\n  a:\n    type: manifest\n    manifest:\n      apiVersion: acme.com/v1\n      kind: Widget\n      metadata: { name: a }\n      spec: { sise: 1 }\n',
      );
      const file = Uri.joinPath(place('x'), '../../crds/widget.yaml');
      const schema = '{ type: object, properties: { spec: { type: object, properties: { size: { type: integer } } } } }';
      const versions = `[{ name: v1, served: true, storage: true, schema: { openAPIV3Schema: ${schema} } }]`;
      const spec = `{ group: acme.com, scope: Namespaced, names: { kind: Widget, plural: widgets }, versions: ${versions} }`;
      await workspace.fs.writeFile(
        file,
        new TextEncoder().encode(`apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: widgets.acme.com }\nspec: ${spec}\n`),
      );
      const found = await diagnosticWith(document, 'object.misspelt');
      match(document.getText(found.range), /sise/);
      match(await fixed(document, found, /size/), /\bsize: 1\b/);
      await workspace.fs.delete(Uri.joinPath(file, '..'), { recursive: true });
    });

    it('trims names and images when it is saved, and nothing else', async () => {
      const { document } = await textOf('trim', `nodes:\n  web:\n    type: deployment\n    image: " nginx:1.27  " # pinned\n    port: 80\n`);
      const edit = new WorkspaceEdit();
      edit.insert(document.uri, new Position(document.lineCount, 0), '# the end\n');
      ok(await workspace.applyEdit(edit));
      const before = document.getText();
      ok(await document.save());
      match(document.getText(), /image: "?nginx:1\.27"? # pinned/);
      strictEqual(document.getText().replace(/image: .* # pinned/, ''), before.replace(/image: .* # pinned/, ''));
    });

    it('goes on with the same workflow after the language mode was changed and back', async () => {
      const { document } = await textOf('mode', `status: draft\nnodes:\n${web}`);
      await commands.executeCommand('kubeorch.publish', document.uri);
      await languages.setTextDocumentLanguage(document, 'plaintext');
      await languages.setTextDocumentLanguage(document, 'yaml');
      await commands.executeCommand('kubeorch.unpublish', document.uri);
      strictEqual(statusIn(document), 'draft');
      const type = document.getText().indexOf('deployment');
      const edit = new WorkspaceEdit();
      edit.replace(document.uri, new Range(document.positionAt(type), document.positionAt(type + 'deployment'.length)), 'deploymnt');
      ok(await workspace.applyEdit(edit));
      await diagnosticWith(document, 'node.unknownType');
    });
  });

  describe('what commands do to a workflow file', () => {
    it('publishes, unpublishes and archives only where the rules allow it', async () => {
      const { document } = await textOf('rules', `status: draft # for now\nnodes:\n${web}`);
      const becomes = async (command: string, status: string): Promise<void> => {
        await commands.executeCommand(`kubeorch.${command}`, document.uri);
        strictEqual(statusIn(document), status, command);
      };
      await becomes('archive', 'draft');
      await becomes('publish', 'published');
      await becomes('publish', 'published');
      await becomes('archive', 'archived');
      await becomes('unpublish', 'archived');
      await becomes('publish', 'published');
      await becomes('unpublish', 'draft');
      match(document.getText(), /^status: draft # for now$/m);
    });

    it('says above the text what can be done with it, and does it to that file', async () => {
      const { document } = await textOf('lenses', `# begins below\nnodes:\n${web}`);
      const lenses = await until('The lenses', async () => {
        const found = await commands.executeCommand<CodeLens[]>('vscode.executeCodeLensProvider', document.uri, 10);
        return found.length === 3 ? found : undefined;
      });
      deepStrictEqual(
        lenses.map(({ command }) => command?.title.replace(/^\$\([a-z-]+\) /, '')),
        ['Open Canvas', 'Plan', 'Deploy…'],
      );
      const [canvas] = lenses;
      strictEqual(document.lineAt(canvas?.range.start.line ?? -1).text, 'kind: Workflow');
      await commands.executeCommand(canvas?.command?.command ?? '', ...((canvas?.command?.arguments ?? []) as unknown[]));
      await until('The canvas', () => {
        const input = window.tabGroups.activeTabGroup.activeTab?.input;
        return (input instanceof TabInputCustom && input.uri.path === document.uri.path) || undefined;
      });
    });

    it('validates a file as a task, and puts what it finds into the Problems view', async () => {
      await workspace.fs.writeFile(
        place('task'),
        new TextEncoder().encode('apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: task\nnodes:\n  web: { type: nothing }\n'),
      );
      const all = await tasks.fetchTasks({ type: 'kubeorch' });
      const task = all.find(({ name }) => name === 'validate task');
      ok(task, `offered: ${all.map(({ name }) => name).join(', ')}`);
      const ended = new Promise<number | undefined>((resolve) => {
        const following = tasks.onDidEndTaskProcess((event) => {
          if (event.execution.task.name !== task.name) return;
          following.dispose();
          resolve(event.exitCode);
        });
      });
      await tasks.executeTask(task);
      strictEqual(await ended, 2);
      const [found] = await until('The finding', () => {
        const those = languages.getDiagnostics(place('task'));
        return those.length > 0 ? those : undefined;
      });
      strictEqual(found?.range.start.line, 4);
      await workspace.fs.delete(place('task'));
    });

    it('makes each edit one undo step', async () => {
      const { document } = await textOf('undo', `status: draft\nnodes:\n${web}`);
      const texts = [document.getText()];
      for (const command of ['publish', 'archive', 'publish']) {
        await commands.executeCommand(`kubeorch.${command}`, document.uri);
        texts.push(document.getText());
      }
      await window.showTextDocument(document);
      for (const expected of texts.slice(0, -1).reverse()) {
        await commands.executeCommand('undo');
        strictEqual(document.getText(), expected);
      }
      for (const expected of texts.slice(1)) {
        await commands.executeCommand('redo');
        strictEqual(document.getText(), expected);
      }
    });

    it('loses no edit of either side when somebody types at the same time', async () => {
      const { document } = await textOf('together', `status: draft\nnodes:\n${web}`);
      const type = async (line: string): Promise<void> => {
        await until(`The line ${line}`, async () => {
          const edit = new WorkspaceEdit();
          edit.insert(document.uri, new Position(0, 0), `${line}\n`);
          return (await workspace.applyEdit(edit)) || undefined;
        });
      };
      for (let round = 0; round < 10; round++) {
        const command = round % 2 === 0 ? 'kubeorch.publish' : 'kubeorch.unpublish';
        await Promise.all([type(`# round ${round}`), commands.executeCommand(command, document.uri), type(`# again ${round}`)]);
        strictEqual(statusIn(document), round % 2 === 0 ? 'published' : 'draft', `round ${round}`);
      }
      const typed = document
        .getText()
        .split('\n')
        .filter((line) => /^# (round|again) \d$/.test(line));
      strictEqual(new Set(typed).size, 20);
      strictEqual(typed.length, 20);
    });

    it('copies the example only where there is none', async () => {
      const example = place('voting');
      const own = new TextEncoder().encode('# mine\n');
      await workspace.fs.writeFile(example, own);
      await commands.executeCommand('kubeorch.openExample');
      deepStrictEqual([...(await workspace.fs.readFile(example))], [...own]);
      const input = window.tabGroups.activeTabGroup.activeTab?.input;
      ok(input instanceof TabInputCustom && input.uri.path === example.path, 'what is there is opened');
      await commands.executeCommand('workbench.action.closeActiveEditor');
      await workspace.fs.delete(example);
      await commands.executeCommand('kubeorch.openExample');
      const extension = extensions.getExtension('kubeorch.kubeorch');
      ok(extension);
      const original = await workspace.fs.readFile(Uri.joinPath(extension.extensionUri, 'templates/workspaces/voting/.kubeorch/voting.workflow.yaml'));
      deepStrictEqual([...(await workspace.fs.readFile(example))], [...original]);
    });
  });
});
