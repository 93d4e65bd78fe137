import * as vscode from 'vscode';
import type { EnvironmentObjects, Export } from '../../engine/index';
import type { Files } from '../../engine/ports';
import { failure } from '../../shared/problem';
import type { OpenApi } from '../../openapi/index';
import { askForText, tellInformation, tellWarning, unlinked } from '../messages';
import type { OpenWorkflow } from '../openWorkflows';
import type { Engine } from '../rooms';
import type { CommandTable } from './commands';
import type { WorkflowActions } from './workflowActions';

interface Parts {
  readonly engine: Engine;
  readonly openApi: OpenApi;
  readonly actions: Pick<WorkflowActions, 'workflowFor' | 'refuseErrors'>;
  readonly filesOf: (folder: vscode.Uri) => Files;
}

type Form = 'manifests' | 'kustomize' | 'argocd';

/** What is written, the file of it that is opened, and where to by itself. */
interface Made extends Export {
  readonly first: string;
  readonly folder: string;
}

/** Writes a workflow for other tools, over nothing that is there unless that is allowed. */
export function exportCommands(parts: Parts): CommandTable {
  const { actions, filesOf } = parts;
  return {
    exportWorkflow: async (subject) => {
      const workflow = await actions.workflowFor(subject?.type === 'workflow' ? subject.uri : undefined);
      if (workflow === undefined) return;
      const { open } = workflow;
      actions.refuseErrors(workflow);
      const title = unlinked(vscode.l10n.t('Export {0}', open.state.workflow.name));
      const form = await pickForm(title);
      const made = form === undefined ? undefined : await make[form](parts, workflow, title);
      if (made === undefined) return;
      if (made.files.length === 0) throw new Error(vscode.l10n.t('There is nothing to write: {0}', leftOutWords(made)));
      const place = await pickPlace(title, open.folder, made.folder);
      if (place !== undefined) await write(filesOf(place.root), place, made);
    },
  };
}

async function pickForm(title: string): Promise<Form | undefined> {
  const items: readonly (vscode.QuickPickItem & { readonly form: Form })[] = [
    { label: `$(files) ${vscode.l10n.t('Plain Manifests')}`, detail: vscode.l10n.t('A file for each Kubernetes object.'), form: 'manifests' },
    {
      label: `$(layers) ${vscode.l10n.t('Kustomize Base')}`,
      detail: vscode.l10n.t("A base, and an overlay for each of the file's environments."),
      form: 'kustomize',
    },
    {
      label: `$(git-merge) ${vscode.l10n.t('Argo CD Application')}`,
      detail: vscode.l10n.t('One file, by which Argo CD deploys a folder that was exported and pushed.'),
      form: 'argocd',
    },
  ];
  return (await vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('In which form?') }))?.form;
}

/** Each form: asks for what it needs, and makes the files. Undefined when the person gave up. */
const make: Readonly<Record<Form, (parts: Parts, workflow: OpenWorkflow, title: string) => Promise<Made | undefined>>> = {
  manifests: async ({ engine }, workflow, title) => {
    const environment = await pickEnvironment(workflow, title);
    if (environment === undefined) return undefined;
    const made = await rendering(title, async (signal) => engine.exportManifests((await objectsOf(engine, workflow, environment.name, signal)).objects));
    return made === undefined ? undefined : { ...made, first: made.files[0]?.path ?? '', folder: `deploy/${workflow.open.state.workflow.name}` };
  },
  kustomize: async ({ engine, openApi }, workflow, title) => {
    const { name, environments } = workflow.open.state.workflow;
    const made = await rendering(title, async (signal) => {
      const base = await objectsOf(engine, workflow, undefined, signal);
      const others: EnvironmentObjects[] = [];
      for (const environment of Object.keys(environments)) others.push(await objectsOf(engine, workflow, environment, signal));
      return engine.exportKustomize(base, others, openApi);
    });
    return made === undefined ? undefined : { ...made, first: 'base/kustomization.yaml', folder: `deploy/${name}` };
  },
  argocd: async ({ engine }, workflow, title) => {
    const { workflow: authored } = workflow.open.state;
    const environment = await pickEnvironment(workflow, title);
    if (environment === undefined) return undefined;
    const repository = await askForText({
      title,
      prompt: vscode.l10n.t('The repository, as Argo CD reaches it. Without a password: what is in the address is in the file.'),
      placeHolder: 'https://git.example.com/shop.git',
      ignoreFocusOut: true,
      validateInput: notEmpty,
    });
    if (repository === undefined) return undefined;
    const path = await askForText({
      title,
      prompt: vscode.l10n.t('The folder in the repository that Argo CD deploys'),
      value: `deploy/${authored.name}${environment.name === undefined ? '/base' : `/overlays/${environment.name}`}`,
      ignoreFocusOut: true,
      validateInput: notEmpty,
    });
    if (path === undefined) return undefined;
    const { name, text } = engine.argoApplicationOf(authored, environment.name, {
      repository: repository.trim(),
      path: path.trim(),
      ...{ revision: 'HEAD', project: 'default', argoNamespace: 'argocd', server: 'https://kubernetes.default.svc', automated: false },
    });
    const file = `${name}.application.yaml`;
    return { files: [{ path: file, text }], leftOut: [], first: file, folder: 'argocd' };
  },
};

function notEmpty(text: string): string | undefined {
  return text.trim() === '' ? vscode.l10n.t('It cannot be empty.') : undefined;
}

async function pickEnvironment({ open }: OpenWorkflow, title: string): Promise<{ readonly name: string | undefined } | undefined> {
  const { environments, namespace } = open.state.workflow;
  const names = Object.keys(environments);
  if (names.length === 0) return { name: undefined };
  const items = [
    { label: vscode.l10n.t('Without an Environment'), description: namespace ?? '', name: undefined },
    ...names.map((name) => ({ label: name, description: environments[name]?.namespace ?? namespace ?? '', name })),
  ];
  return vscode.window.showQuickPick(items, { title, placeHolder: vscode.l10n.t('As which environment?') });
}

/** The objects in the order in which they are applied; charts and bases are rendered without a cluster. */
async function objectsOf(engine: Engine, { open, sources }: OpenWorkflow, environment: string | undefined, signal: AbortSignal): Promise<EnvironmentObjects> {
  const { workflow, loaded } = open.state;
  const namespace = engine.namespaceOf(workflow, environment);
  const rendered = await sources.renderForExport(environment, signal);
  const request = { workflow, loaded, namespace, sources: rendered, ...(environment === undefined ? {} : { environment }) };
  const { objects, resolved } = engine.renderWorkflow(request);
  const { order } = engine.applyOrder(resolved);
  return { name: environment ?? '', namespace, objects: order.flatMap((id) => objects.filter((one) => one.nodeId === id)) };
}

/** Undefined when it was cancelled. */
function rendering(title: string, work: (signal: AbortSignal) => Promise<Export>): Thenable<Export | undefined> {
  return vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (_, token) => {
    const cancel = new AbortController();
    token.onCancellationRequested(() => cancel.abort());
    try {
      return await work(cancel.signal);
    } catch (error) {
      if (cancel.signal.aborted) return undefined;
      throw error;
    }
  });
}

/** A folder below a root that nothing leads out of. */
interface Place {
  readonly root: vscode.Uri;
  /** Empty for the root itself. */
  readonly folder: string;
}

async function pickPlace(title: string, root: vscode.Uri, proposed: string): Promise<Place | undefined> {
  const here = { label: `$(folder) ${proposed}`, description: vscode.l10n.t('in this folder') };
  const other = { label: `$(folder-opened) ${vscode.l10n.t('Another Folder…')}` };
  const picked = await vscode.window.showQuickPick([here, other], { title, placeHolder: vscode.l10n.t('Where to?') });
  if (picked === undefined) return undefined;
  if (picked === here) return { root, folder: proposed };
  const dialog = { canSelectFolders: true, canSelectFiles: false, defaultUri: root, title, openLabel: vscode.l10n.t('Export') };
  const chosen = (await vscode.window.showOpenDialog(dialog))?.[0];
  return chosen === undefined ? undefined : { root: chosen, folder: '' };
}

/** Files that are named in a question. */
const mostNamed = 10;

/** Writes all files or, when some are there and may not be replaced, none; opens the first, and says what was left out. */
async function write(files: Files, { root, folder }: Place, made: Made): Promise<void> {
  const at = (path: string): string => (folder === '' ? path : `${folder}/${path}`);
  const wanted = await Promise.all(made.files.map(async ({ path, text }) => ({ path: at(path), text, present: await files.read(at(path)) })));
  const changed = wanted.filter(({ text, present }) => present !== undefined && present !== text);
  if (changed.length > 0) {
    const names = changed.slice(0, mostNamed).map(({ path }) => path);
    if (changed.length > mostNamed) names.push('…');
    const replace = vscode.l10n.t('Replace');
    const question = vscode.l10n.t('Replace what is there? Files with other content: {0}', changed.length);
    if ((await tellWarning(question, { modal: true, detail: names.join('\n') }, replace)) !== replace) throw new vscode.CancellationError();
  }
  for (const { path, text, present } of wanted) {
    if (present === text) continue;
    if (present !== undefined) await files.replace(path, text);
    else if (!(await files.createExclusive(path, text))) throw failure('import.taken', { file: path });
  }
  await vscode.window.showTextDocument(vscode.Uri.joinPath(root, at(made.first)), { preview: false });
  void tellInformation(vscode.l10n.t('Exported to {0}. Files: {1}', vscode.workspace.asRelativePath(vscode.Uri.joinPath(root, folder)), made.files.length));
  if (made.leftOut.length > 0) void tellWarning(leftOutWords(made));
}

function leftOutWords({ leftOut }: Export): string {
  const names = leftOut.slice(0, mostNamed).map(({ kind, name }) => `${kind}/${name}`);
  if (leftOut.length > mostNamed) names.push('…');
  if (names.length === 0) return vscode.l10n.t('the workflow makes no object.');
  return vscode.l10n.t(
    'Left out: {0}. The values are in no file: make them on the cluster, or with a tool that seals secrets, before the rest is applied.',
    names.join(', '),
  );
}
