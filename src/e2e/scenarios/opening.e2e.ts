import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/voting.workflow.yaml';

/** Opens the example and waits until all of its nodes are painted. */
async function openVoting(workbench: Workbench): Promise<void> {
  await workbench.openFile(file);
  const canvas = await workbench.canvas();
  for (const node of ['vote', 'result', 'worker', 'redis', 'db']) await canvas.locator(`.react-flow__node[data-id="${node}"]`).waitFor();
}

for (const extension of ['development', 'vsix'] as const) {
  scenario(`the example opens as a canvas in every theme and stays as it is, from ${extension}`, { workspace: 'voting', extension }, async (workbench) => {
    const before = await readFile(join(workbench.folder, file));
    await openVoting(workbench);
    for (const theme of ['dark', 'light', 'high-contrast'] as const) {
      await workbench.setTheme(theme);
      await workbench.screenshot(`opening-${extension}-${theme}`);
    }
    expect(await readFile(join(workbench.folder, file))).toEqual(before);
  });
}

scenario('the example opens in Restricted Mode', { workspace: 'voting', trust: 'undecided' }, async (workbench) => {
  await openVoting(workbench);
  await workbench.page.getByText('Restricted Mode').first().waitFor();
});

const broken = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: voting\nnodes:\n  web: {type: deployment\n';

scenario('broken YAML still opens, says where it breaks and is left alone', { workspace: { [file]: broken } }, async (workbench) => {
  await workbench.openFile(file);
  await workbench.canvas();
  await workbench.runCommand('View: Toggle Problems');
  await workbench.page.locator('.markers-panel .monaco-list-row', { hasText: 'voting.workflow.yaml' }).first().waitFor();
  expect(await workbench.page.locator('.tab.dirty').count()).toBe(0);
  expect(await readFile(join(workbench.folder, file), 'utf8')).toBe(broken);
  await workbench.screenshot('broken-yaml');
});
