import * as vscode from 'vscode';
import type { App, TreeNode } from './app';
import { workflowLenses } from './language/codeLenses';
import { tellError } from './messages';
import { systemClock } from '../node/systemClock';
import { CalmRefresh } from './views/calmRefresh';

/**
 * Activation only registers: every part that does work is in the bundle that the first use loads. What is registered is
 * read from the manifest, so that a command or view is declared in one place.
 */
export function activate(context: vscode.ExtensionContext): void {
  let loading: Promise<App> | undefined;
  const app = (): Promise<App> => {
    loading ??= import('./app').then(({ createApp }) => createApp(context));
    loading.then(
      () => undefined,
      // A failed start is tried again by the next use instead of being remembered for ever.
      () => (loading = undefined),
    );
    return loading;
  };
  /** Starts the rest without anyone waiting for it; a failure is told, because nothing else would. */
  const wake = (): void => {
    app().catch((error: unknown) => tellError(vscode.l10n.t('KubeOrch could not start: {0}', error instanceof Error ? error.message : String(error))));
  };
  shutdown = async () => {
    if (loading !== undefined) await (await loading).shutdown();
  };

  const manifest = context.extension.packageJSON as Manifest;
  for (const { command } of manifest.contributes.commands) {
    context.subscriptions.push(vscode.commands.registerCommand(command, async (...args: unknown[]) => (await app()).runCommand(command, args)));
  }
  for (const { id } of manifest.contributes.views.kubeorch) {
    const changed = new vscode.EventEmitter<TreeNode | undefined>();
    const calm = new CalmRefresh<TreeNode>(systemClock(), (node) => changed.fire(node));
    let following = false;
    const provider: vscode.TreeDataProvider<TreeNode> = {
      onDidChangeTreeData: changed.event,
      getTreeItem: (node) => node.item,
      // Only top rows are ever revealed.
      getParent: () => undefined,
      getChildren: async (node) => {
        const { views } = await app();
        const view = views.get(id);
        if (view === undefined) throw new Error(`No view is called ${id}.`);
        if (!following) {
          following = true;
          context.subscriptions.push(view.onDidChange((node) => calm.changed(node)));
          context.subscriptions.push(tree.onDidChangeVisibility(({ visible }) => view.setVisible?.(visible)));
          view.setVisible?.(tree.visible);
          if (view.attach !== undefined) context.subscriptions.push(view.attach(tree));
        }
        return calm.list(node, () => view.children(node));
      },
    };
    const tree = vscode.window.createTreeView(id, { treeDataProvider: provider, showCollapseAll: id === 'kubeorch.resources' });
    context.subscriptions.push(calm, changed, tree);
  }

  context.subscriptions.push(
    vscode.window.registerCustomEditorProvider(
      'kubeorch.canvas',
      { resolveCustomTextEditor: async (document, panel) => (await app()).openCanvas(document, panel) },
      { supportsMultipleEditorsPerDocument: true },
    ),
  );
  for (const viewType of ['kubeorch.compare', 'kubeorch.logs', 'kubeorch.overview', 'kubeorch.resource']) {
    context.subscriptions.push(
      vscode.window.registerWebviewPanelSerializer(viewType, {
        deserializeWebviewPanel: async (panel, saved: unknown) => (await app()).restoreTab(panel, saved),
      }),
    );
  }
  const sessionsChanged = new vscode.EventEmitter<vscode.AuthenticationProviderAuthenticationSessionsChangeEvent>();
  let followingSessions = false;
  const accounts = async (): Promise<App['accounts']> => {
    const { accounts: source } = await app();
    if (!followingSessions) {
      followingSessions = true;
      // VS Code asks for the sessions anew; which ones changed it finds out itself.
      context.subscriptions.push(source.onDidChange(() => sessionsChanged.fire({ added: [], removed: [], changed: [] })));
    }
    return source;
  };
  context.subscriptions.push(
    sessionsChanged,
    vscode.authentication.registerAuthenticationProvider(
      'kubeorch-oidc',
      vscode.l10n.t('Kubernetes (OpenID Connect)'),
      {
        onDidChangeSessions: sessionsChanged.event,
        getSessions: async (scopes) => {
          const sessions = await (await accounts()).sessions();
          return sessions.filter((session) => (scopes ?? []).every((scope) => session.scopes.includes(scope)));
        },
        createSession: async () => (await accounts()).create(),
        removeSession: async (id) => (await accounts()).remove(id),
      },
      { supportsMultipleAccounts: true },
    ),
    vscode.window.registerUriHandler({ handleUri: async (uri) => (await app()).handleUri(uri) }),
  );
  const selector: vscode.DocumentFilter = { pattern: '**/.kubeorch/*.workflow.yaml' };
  const catalogFiles: vscode.DocumentFilter = { pattern: '**/.kubeorch/{plugins,templates}/**/*.yaml' };
  context.subscriptions.push(
    vscode.languages.registerCompletionItemProvider(
      [selector, catalogFiles],
      { provideCompletionItems: async (document, position) => (await app()).language.completions(document, position) },
      ' ',
      ':',
      '-',
      '>',
    ),
    vscode.languages.registerHoverProvider([selector, catalogFiles], {
      provideHover: async (document, position) => (await app()).language.hover(document, position),
    }),
    vscode.languages.registerCodeActionsProvider(
      [selector, catalogFiles],
      { provideCodeActions: async (document, range, { diagnostics }) => (await app()).language.codeActions(document, range, diagnostics) },
      { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] },
    ),
    vscode.languages.registerDocumentSymbolProvider(
      selector,
      { provideDocumentSymbols: async (document) => (await app()).language.outline(document) },
      { label: 'KubeOrch' },
    ),
    vscode.tasks.registerTaskProvider('kubeorch', {
      provideTasks: async () => (await app()).tasks.provideTasks(),
      resolveTask: async (task) => (await app()).tasks.resolveTask(task),
    }),
    vscode.languages.registerCodeLensProvider(
      // Only a file can be planned: what git has of it is looked at.
      { ...selector, scheme: 'file' },
      { provideCodeLenses: (document) => workflowLenses(document) },
    ),
    vscode.workspace.onWillSaveTextDocument((event) => {
      if (vscode.languages.match(selector, event.document) > 0) event.waitUntil(app().then(({ language }) => language.cleaning(event.document)));
    }),
    vscode.workspace.onDidOpenTextDocument((document) => {
      if (vscode.languages.match([selector, catalogFiles], document) > 0) wake();
    }),
  );
  // What is already open as text, say after a reload, wants its diagnostics too.
  if (vscode.workspace.textDocuments.some((document) => vscode.languages.match([selector, catalogFiles], document) > 0)) wake();
}

/** VS Code asks the module, not what `activate` returned, to end: so this one binding belongs to the module. */
let shutdown: () => Promise<void> = () => Promise.resolve();

export function deactivate(): Promise<void> {
  return shutdown();
}

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string }[];
    readonly views: { readonly kubeorch: readonly { readonly id: string }[] };
  };
}
