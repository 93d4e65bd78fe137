// An extension host that is killed again and again, at any moment of editing, deploying and writing versions. Of what the canvas was told is
// in the document nothing may be missing, the document must be the edits up to one of them and nothing else, and whatever stands below
// .kubeorch must be whole.
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import type { Frame } from 'playwright-core';
import { expect, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { sandboxStateDir, stopSandbox } from '../sandbox/index';
import { between, pick, randomOf } from '../testing/writeScenarios';
import type { Random } from '../testing/writeScenarios';
import { fieldOf, nodeOf } from './gestures';
import { Workbench } from './workbench';

const file = '.kubeorch/shop.workflow.yaml';
const ids = ['a', 'b', 'c', 'd'] as const;

type Replicas = Readonly<Record<string, number>>;

/** A limit for what will never come: long runs have none of their own. */
const patienceMs = 120_000;

/** The whole file, whatever was edited: only these numbers change. */
const textOf = (replicas: Replicas): string => `# Kept by hand.
apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
nodes:
${ids.map((id) => `  ${id}: { type: deployment, image: 'nginx:1.27', replicas: ${String(replicas[id])} } # ${id}\n`).join('')}layout:
${ids.map((id, index) => `  ${id}: [${String((index % 2) * 340)}, ${String(Math.floor(index / 2) * 240)}]\n`).join('')}`;

/** What a canvas did since it was opened: every edit, in its order, and how many of them the host has answered. */
interface Edits {
  readonly states: Replicas[];
  acknowledged(): Promise<number>;
}

/** Notes the host's answers to edits as the page hears them. They are numbered by the page, in the order of the edits. */
async function listen(canvas: Frame): Promise<() => Promise<number>> {
  await canvas.evaluate(() => {
    const seen = { acknowledged: 0 };
    addEventListener('message', ({ data }: MessageEvent<{ kind?: string; result?: { editId?: string } | null }>) => {
      const number = data.kind === 'response' ? /-(\d+)$/.exec(data.result?.editId ?? '')?.[1] : undefined;
      if (number !== undefined) seen.acknowledged = Math.max(seen.acknowledged, Number(number));
    });
    (globalThis as unknown as { seenEdits: typeof seen }).seenEdits = seen;
  });
  return () => canvas.evaluate(() => (globalThis as unknown as { seenEdits: { acknowledged: number } }).seenEdits.acknowledged);
}

export interface KillFigures {
  moments: number;
  edits: number;
  acknowledged: number;
  /** Edits that the canvas showed, of which nobody had said yet that they were made, and that were gone. */
  unacknowledgedGone: number;
  versions: number;
  runs: number;
  /** Passing names that a killed process left. */
  leftovers: number;
  /** From a death until the editor had everything in a backup, and until the window was at work again. */
  backupMs: number[];
  restartMs: number[];
}

class Window {
  readonly workbench: Workbench;
  readonly #random: Random;
  /** The next number, so that no two edits write the same. */
  #next = 2;
  #now: Replicas = Object.fromEntries(ids.map((id) => [id, 1]));

  constructor(workbench: Workbench, random: Random) {
    this.workbench = workbench;
    this.#random = random;
  }

  /** The canvas of a window that has just been loaded. */
  async begin(): Promise<{ readonly canvas: Frame; readonly edits: Edits }> {
    const canvas = await this.workbench.canvas();
    for (const id of ids) await nodeOf(canvas, id).waitFor();
    return { canvas, edits: { states: [this.#now], acknowledged: await listen(canvas) } };
  }

  async edit(canvas: Frame, edits: Edits): Promise<void> {
    const id = pick(this.#random, ids);
    // The run that died with the host before counts as going on until its time is over.
    const anyway = canvas.getByRole('button', { name: 'Edit anyway' });
    if (await anyway.isVisible()) await anyway.click();
    await nodeOf(canvas, id).locator('.card-header').click();
    await fieldOf(canvas, 'Replicas').fill(String(this.#next));
    this.#now = { ...this.#now, [id]: this.#next };
    edits.states.push(this.#now);
    this.#next += 1;
    await fieldOf(canvas, 'Replicas').press('Enter');
  }

  /** What the document turned out to hold is what the next edits are made on. */
  goOnFrom(state: Replicas): void {
    this.#now = state;
  }
}

/** Every file below .kubeorch is whole. @returns how many passing names were left, and what else there is to count */
async function checkFiles(folder: string): Promise<{ readonly leftovers: number; readonly versions: number; readonly runs: number }> {
  const root = join(folder, '.kubeorch');
  const counts = { leftovers: 0, versions: 0, runs: 0 };
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(root, path);
    if (name.endsWith('.tmp')) {
      counts.leftovers += 1;
      continue;
    }
    const text = await readFile(path, 'utf8');
    const digest = /^versions\/shop\/\d{4}-([0-9a-f]{8})\.yaml$/.exec(name)?.[1];
    if (digest !== undefined) {
      counts.versions += 1;
      expect(createHash('sha256').update(text).digest('hex').slice(0, 8), name).toBe(digest);
    } else if (name.endsWith('.meta.yaml')) expect(parse(text), name).toMatchObject({ createdAt: expect.any(String) as string });
    else if (name.endsWith('.ndjson')) {
      counts.runs += 1;
      expect(text.endsWith('\n'), name).toBe(true);
      for (const line of text.trimEnd().split('\n')) expect(() => JSON.parse(line) as unknown, `${name}: ${line}`).not.toThrow();
    } else if (name.includes('.numbers/')) expect(text, name).toMatch(/^[0-9a-f]{64}$/);
  }
  return counts;
}

/** Kills the extension host at so many moments. */
export async function killedHosts(moments: number, seed: number): Promise<KillFigures> {
  const random = randomOf(seed);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'kubeorch-killed-')));
  onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 }));
  onTestFinished(async () => {
    await stopSandbox(sandboxStateDir(folder));
  });
  await mkdir(join(folder, '.kubeorch'));
  await writeFile(join(folder, file), textOf(Object.fromEntries(ids.map((id) => [id, 1]))));
  const workbench = await Workbench.open({
    folder,
    extension: 'vsix',
    isKilled: true,
    settings: { 'kubeorch.target': 'sandbox' },
    name: `killed-${String(seed)}`,
  });
  onTestFinished(() => workbench.close());
  onTestFinished(async ({ task }) => {
    if (task.result?.state === 'fail') await workbench.screenshot('failed-kill');
  });
  const window = new Window(workbench, random);
  const figures: KillFigures = {
    moments: 0,
    edits: 0,
    acknowledged: 0,
    unacknowledgedGone: 0,
    versions: 0,
    runs: 0,
    leftovers: 0,
    backupMs: [],
    restartMs: [],
  };
  const onDisk = (): Promise<string> => readFile(join(folder, file), 'utf8');

  await workbench.openFile(file);
  for (let moment = 0; moment < moments; moment++) {
    const { canvas, edits } = await window.begin();
    const doing = pick(random, ['edits', 'edits', 'run', 'version'] as const);
    const about = `moment ${String(moment)}, ${doing}`;
    await window.edit(canvas, edits);
    if (doing === 'run') {
      await canvas.locator('.target-chip[data-state="live"]').waitFor();
      await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
      await canvas.locator('#accept-plan:not([disabled])').click();
    } else if (doing === 'version') {
      await workbench.runCommand('KubeOrch: Create Version…');
      await workbench.answer(`v${String(moment)}`, 'A name');
      await workbench.accept('A tag');
      await workbench.accept('What is it?');
    }
    // From here on the next moments are each as good as any other.
    const dead = new AbortController();
    const death = (async () => {
      await workbench.page.waitForTimeout(between(random, 0, doing === 'version' ? 150 : 3_000));
      await workbench.killExtensionHost();
      dead.abort();
    })();
    // A canvas whose workflow runs is locked.
    if (doing === 'edits') while (!dead.signal.aborted) await window.edit(canvas, edits);
    await death;
    const diedAt = performance.now();
    const acknowledged = await edits.acknowledged();
    figures.moments += 1;
    figures.edits += edits.states.length - 1;
    figures.acknowledged += acknowledged;
    // A run saves what it deploys.
    expect(edits.states.map(textOf), about).toContain(await onDisk());
    Object.assign(figures, await checkFiles(folder));

    /** The newest edit that a text holds. */
    const newestIn = (texts: readonly string[]): number => edits.states.findLastIndex((state) => texts.some((text) => text.endsWith(textOf(state))));
    await expect
      .poll(async () => newestIn([await onDisk(), ...(await workbench.backups())]), { message: about, timeout: patienceMs })
      .toBeGreaterThanOrEqual(acknowledged);
    figures.backupMs.push(performance.now() - diedAt);
    const from = performance.now();
    await workbench.reload();
    const shown = await workbench.canvas();
    for (const id of ids) await nodeOf(shown, id).waitFor();
    await shown
      .locator('.react-flow__pane')
      .first()
      .click({ position: { x: 12, y: 12 } });
    await workbench.page.keyboard.press('ControlOrMeta+S');
    await expect
      .poll(async () => `${String(await workbench.page.locator('.tab.dirty').count())} unsaved; on the disk edit ${String(newestIn([await onDisk()]))}`, {
        message: `${about}, of ${String(edits.states.length - 1)} edits ${String(acknowledged)} acknowledged`,
        timeout: patienceMs,
      })
      .toMatch(/^0 unsaved/);
    figures.restartMs.push(performance.now() - from);
    const text = await onDisk();
    const at = newestIn([text]);
    expect(at, `${about}: ${String(acknowledged)} edits were acknowledged, and the document says\n${text}`).toBeGreaterThanOrEqual(acknowledged);
    for (const [id, replicas] of Object.entries(edits.states[at] ?? {}))
      await nodeOf(shown, id).locator('.card-row', { hasText: 'Replicas' }).getByText(String(replicas), { exact: true }).waitFor();
    figures.unacknowledgedGone += edits.states.length - 1 - at;
    window.goOnFrom(edits.states[at] ?? {});
  }
  return figures;
}
