// A window on sixty hostile folders at once, each of which wants something run, asked, read or written by being opened.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { hostileFolders, writeHostileFolder } from '../testing/hostileFolders';
import { nodeOf } from './gestures';
import { readTrace } from './traced';
import { Workbench } from './workbench';

export const canTrace = spawnSync('strace', ['-V']).status === 0;

const calm = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: calm
nodes:
  web: { type: deployment, image: 'nginx:1.27', port: 80 }
`;

/**
 * Opens the folders, looks at every view, and opens workflows in the canvas.
 * @param choose which of the folders' workflows are opened; the views list all of them in any case
 * @param there which of the folders there are; all sixty when it is left out
 */
export async function openHostileWindow(
  trust: 'granted' | 'undecided',
  choose: (name: string) => boolean,
  there: (name: string) => boolean = () => true,
): Promise<void> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'kubeorch-hostile-')));
  onTestFinished(() => rm(root, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  const [folders, outside, mark, program, trace] = ['folders', 'outside', 'ran', 'program', 'trace'].map((name) => join(root, name)) as [
    string,
    string,
    string,
    string,
    string,
  ];
  for (const folder of [folders, outside]) await mkdir(folder);
  await writeFile(join(outside, 'secret.txt'), 'nobody may read this');
  await writeFile(join(outside, 'evil.workflow.yaml'), calm);
  await writeFile(program, `#!/bin/sh\necho "$0 $*" >> ${mark}\n`);
  await chmod(program, 0o755);
  let asked = 0;
  const trap = createServer((socket) => {
    asked++;
    socket.destroy();
  });
  await new Promise<void>((resolve) => trap.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => trap.close(() => resolve())));

  const { port } = trap.address() as AddressInfo;
  const all = hostileFolders({ program, outside, port }).filter(({ name }) => there(name));
  for (const one of all) await writeHostileFolder(join(folders, one.name), one);
  await mkdir(join(folders, 'calm/.kubeorch'), { recursive: true });
  await writeFile(join(folders, 'calm/.kubeorch/calm.workflow.yaml'), calm);
  const file = join(root, 'all.code-workspace');
  const settings = {
    'kubeorch.kubeconfig': join(folders, 'kubeconfig-exec/kubeconfig'),
    'kubeorch.tools.helm': program,
    'kubeorch.tools.kustomize': program,
    'kubeorch.tools.allowRemote': true,
    'kubeorch.terminal.shell': program,
  };
  await writeFile(file, JSON.stringify({ folders: [...all.map(({ name }) => name), 'calm'].map((name) => ({ path: join(folders, name) })), settings }));

  const workbench = await Workbench.open({ folder: file, extension: 'development', trust, trace, name: `hostile-${trust}` });
  let open = true;
  const close = async (): Promise<void> => {
    if (open) await workbench.close();
    open = false;
  };
  onTestFinished(close);
  for (const view of ['Workflows', 'Runs', 'Clusters', 'Resources', 'Port Forwards']) await workbench.runCommand(`KubeOrch: Focus on ${view} View`);
  for (const { name, opens } of all) {
    if (opens === undefined || !choose(name)) continue;
    await workbench.openFile(opens);
    // A canvas, or the editor's own word that this cannot be shown.
    await workbench.page.locator('.monaco-editor-pane-placeholder:visible, iframe.webview:visible').first().waitFor();
  }
  await workbench.runCommand('KubeOrch: Search…');
  await workbench.asked('Type at least 3 characters.');
  await workbench.dismiss();
  // After all of this the extension still does its work.
  await workbench.openFile('calm.workflow.yaml');
  await nodeOf(await workbench.canvas(), 'web').waitFor();
  if (trust === 'undecided') await workbench.page.getByText('Restricted Mode').first().waitFor();
  await workbench.screenshot(`hostile-${trust}`);
  await close();

  const seen = await readTrace(trace);
  // The trace is one of this window: it has the file that was opened.
  expect(seen.opened).toContain(join(folders, 'calm/.kubeorch/calm.workflow.yaml'));
  expect(existsSync(mark)).toBe(false);
  // What the editor starts itself, such as its search and the person's login shell, says nothing of the folders.
  const ofTools = /^"(?:[^"]*\/)?(?:helm|kubectl|kustomize|kubeorch)"|sandbox\.js/;
  expect(seen.programs.filter((started) => started.includes(root) || ofTools.test(started))).toEqual([]);
  expect([asked, seen.addresses]).toEqual([0, []]);
  expect(seen.opened.filter((path) => path.startsWith(`${outside}/`))).toEqual([]);
  expect(seen.written.filter((path) => path.startsWith(root) || /\/\.(?:kube|config|cache)\//.test(path))).toEqual([]);
}
