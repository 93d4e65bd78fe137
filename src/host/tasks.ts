import * as vscode from 'vscode';
import type { TargetChoice, Targets } from './clusters/targets';
import { fileName, projectFolder, workflowFiles } from './views/workflowFiles';

/** What a task runs, of the command line's commands. */
const taskCommands = ['validate', 'render', 'plan', 'deploy', 'status'] as const;
/** Those that every workflow is offered: a deploy asks in its terminal before it does anything. */
const offered = ['validate', 'plan', 'deploy'] as const;
const onCluster: ReadonlySet<string> = new Set(['plan', 'deploy', 'status']);

interface TaskWish {
  readonly command: string;
  readonly workflow: string;
  readonly arguments: readonly string[];
}

/** Reads what a `tasks.json` says; undefined where it is not of our making. */
function wishOf({ type, ...rest }: vscode.TaskDefinition): TaskWish | undefined {
  const { command, workflow, arguments: more = [] } = rest as Partial<Record<'command' | 'workflow' | 'arguments', unknown>>;
  if (type !== 'kubeorch' || typeof command !== 'string' || !taskCommands.some((one) => one === command) || typeof workflow !== 'string') return undefined;
  return { command, workflow, arguments: Array.isArray(more) ? more.filter((one) => typeof one === 'string') : [] };
}

/** How the command line is told of the target that the folder is set to; what the task says itself comes first. */
function targetArguments(choice: TargetChoice | undefined, own: readonly string[]): readonly string[] {
  if (own.some((one) => /^--(?:sandbox|env|context)(?:=|$)/.test(one))) return [];
  switch (choice?.type) {
    case 'sandbox':
      return ['--sandbox'];
    case 'environment':
      return ['--env', choice.name];
    case 'context':
      return ['--context', choice.context];
    // The credentials of an added cluster do not leave the editor: the command line says that it needs a target.
    case 'added':
    case undefined:
      return [];
  }
}

/** Tasks of type `kubeorch`: the command line on a workflow, in a terminal, with findings in the Problems view. */
export class WorkflowTasks implements vscode.TaskProvider {
  readonly #targets: Pick<Targets, 'choiceFor'>;
  readonly #program: string;

  constructor(targets: Pick<Targets, 'choiceFor'>, extensionUri: vscode.Uri) {
    this.#targets = targets;
    this.#program = vscode.Uri.joinPath(extensionUri, 'dist', 'kubeorch.mjs').fsPath;
  }

  async provideTasks(): Promise<vscode.Task[]> {
    const files = await workflowFiles();
    return files.flatMap(({ uri }) => {
      const folder = vscode.workspace.getWorkspaceFolder(uri);
      if (folder === undefined || uri.scheme !== 'file') return [];
      return offered.map((command) =>
        this.#task(
          { type: 'kubeorch', command, workflow: `.kubeorch/${fileName(uri)}` },
          { command, workflow: `.kubeorch/${fileName(uri)}`, arguments: [] },
          folder,
        ),
      );
    });
  }

  resolveTask(task: vscode.Task): vscode.Task | undefined {
    const wish = wishOf(task.definition);
    const folder = typeof task.scope === 'object' ? task.scope : vscode.workspace.workspaceFolders?.[0];
    return wish === undefined || folder === undefined ? undefined : this.#task(task.definition, wish, folder);
  }

  #task(definition: vscode.TaskDefinition, wish: TaskWish, folder: vscode.WorkspaceFolder): vscode.Task {
    const file = vscode.Uri.joinPath(folder.uri, wish.workflow);
    const target = onCluster.has(wish.command) ? targetArguments(this.#targets.choiceFor(projectFolder(file)), wish.arguments) : [];
    const execution = new vscode.ProcessExecution(process.execPath, [this.#program, wish.command, wish.workflow, ...target, ...wish.arguments], {
      cwd: folder.uri.fsPath,
      // The editor's own program is a Node when it is told so.
      env: { ELECTRON_RUN_AS_NODE: '1' },
    });
    const name = `${wish.command} ${wish.workflow.replace(/^.*\/|\.workflow\.yaml$/g, '')}`;
    return new vscode.Task(definition, folder, name, 'kubeorch', execution, '$kubeorch');
  }
}
