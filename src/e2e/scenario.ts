// How a scenario in the real VS Code is written: a file `scenarios/<name>.e2e.ts` with
//
//   scenario('a drawn edge is one undo step', { workspace: 'voting' }, async (workbench) => { … });
//
// It opens a window on a copy of the workspace, and afterwards closes it with everything that was started. It fails on any
// error on the console, and leaves out/screenshots/failed-<name>.png behind when it fails for another reason. Input goes
// through `workbench.page.mouse` and `.keyboard` or Playwright's locators, so that it takes the road of a person's input;
// what came of it is read from the page, from `await workbench.canvas()`, or from the files in `workbench.folder`.
import { cp, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished, test } from 'vitest';
import { sandboxStateDir, stopSandbox } from '../sandbox/index';
import { editorKind, projectRoot } from './editor';
import { Workbench, type WorkbenchOptions } from './workbench';

export interface ScenarioOptions extends Partial<Omit<WorkbenchOptions, 'folder' | 'name'>> {
  /** The name of a folder in templates/workspaces, or files by their path. An empty folder when it is left out. */
  readonly workspace?: string | Readonly<Record<string, string>>;
  /** How long the whole scenario may take; windows need ten seconds to open on a small machine. */
  readonly timeoutMs?: number;
}

/** Defines one test in a window of its own. */
export function scenario(name: string, options: ScenarioOptions, run: (workbench: Workbench) => Promise<void>): void {
  const { workspace, timeoutMs = 400_000, ...window } = options;
  test(name, { timeout: timeoutMs }, async (context) => {
    if (options.trust === 'undecided' && editorKind() === 'desktop') context.skip('test-electron always turns workspace trust off on the desktop');
    const slug = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 60);
    const folder = await workspaceCopy(workspace ?? {});
    // One list, undone from its end, also when the test ran into its time limit.
    const undo: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 })];
    onTestFinished(async () => {
      const failures: unknown[] = [];
      for (const step of undo.splice(0).reverse()) await step().catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
    }, 120_000);
    // A sandbox outlives the window on purpose, and must not outlive the test.
    undo.push(() => stopSandbox(sandboxStateDir(folder)));
    const workbench = await Workbench.open({ extension: 'development', ...window, folder, name: slug });
    undo.push(() => workbench.close());
    undo.push(async () => {
      if (context.task.result?.state === 'fail') await workbench.screenshot(`failed-${slug}`);
    });
    await run(workbench);
  });
}

async function workspaceCopy(workspace: string | Readonly<Record<string, string>>): Promise<string> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'kubeorch-workspace-')));
  if (typeof workspace === 'string') {
    await cp(join(projectRoot, 'templates/workspaces', workspace), folder, { recursive: true });
    return folder;
  }
  for (const [path, text] of Object.entries(workspace)) {
    const file = join(folder, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  return folder;
}
