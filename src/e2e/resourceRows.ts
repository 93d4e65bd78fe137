// The rows of the Resources view, as a hand opens them.
import type { Locator } from 'playwright-core';
import type { Workbench } from './workbench';

/** Shows the view, with the room of the others: rows that are out of sight are not drawn. */
export async function showResources(workbench: Workbench): Promise<void> {
  await workbench.runCommand('KubeOrch: Focus on Resources View');
  await closeOtherViews(workbench, 'Resources');
}

/** Gives one view of the side bar the room of the others. */
export async function closeOtherViews(workbench: Workbench, open: string): Promise<void> {
  for (const name of ['Workflows', 'Clusters', 'Resources', 'Port Forwards', 'Runs', 'Versions', 'Builds', 'Registries']) {
    const header = workbench.page.locator(`.pane-header[aria-label^="${name}"]`);
    if (name !== open && (await header.getAttribute('aria-expanded')) === 'true') await header.click();
  }
}

/** Rows of the view by their label and, where that is not enough, their description. */
export function resourceRows(workbench: Workbench): (label: string, description?: RegExp) => Locator {
  const view = workbench.page.locator('.pane', { has: workbench.page.locator('.pane-header[aria-label^="Resources"]') });
  return (label, description) => {
    const named = view.locator('.monaco-list-row').filter({ has: workbench.page.locator('.label-name', { hasText: new RegExp(`^${label}$`) }) });
    return description === undefined ? named : named.filter({ has: workbench.page.locator('.label-description', { hasText: description }) });
  };
}

/** Opens a row and waits until what is below it has come. */
export async function openRow(row: Locator): Promise<void> {
  await row.first().click();
  await row.first().and(row.page().locator('[aria-expanded="true"]')).waitFor();
}

/** Opens the row of a cluster and waits until it tells that it is online: it is read a second time for that, and all rows below it with it. */
export async function openCluster(row: ReturnType<typeof resourceRows>, cluster: string): Promise<void> {
  await openRow(row(cluster));
  await row(cluster, /online/).waitFor();
}

/** Opens the row of a kind and waits until it tells how many there are: it is read a second time for that, and what is below it with it. */
export async function openKind(row: ReturnType<typeof resourceRows>, kind: string): Promise<void> {
  await openRow(row(kind));
  await row(kind, /^\d/).waitFor();
}

/** Chooses from a row's menu. */
export async function fromMenu(workbench: Workbench, row: Locator, title: string): Promise<void> {
  await row.first().click({ button: 'right' });
  const item = workbench.page.getByRole('menuitem', { name: title, exact: true });
  await item.waitFor();
  // By keyboard: for a tenth of a second a menu takes no click, lest the one that opened it chooses.
  while (!(await item.evaluate((element) => element === document.activeElement))) await workbench.page.keyboard.press('ArrowDown');
  await workbench.page.keyboard.press('Enter');
  await item.waitFor({ state: 'detached' });
}
