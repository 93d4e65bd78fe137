import { beforeEach, expect, test, vi } from 'vitest';
import type { PlanAsked } from '../../shared/plan';
import type { OpenWorkflow } from '../openWorkflows';
import type { OfferedBefore } from './pruneOffer';
import { offerPrune } from './pruneOffer';

const editor = vi.hoisted(() => ({ wish: 'ask', answer: 'Plan with Deletions' as string | undefined, told: [] as string[] }));
vi.mock('vscode', () => ({
  l10n: { t: (text: string, ...args: readonly unknown[]) => text.replaceAll(/\{(\d)\}/g, (_, index: string) => String(args[Number(index)])) },
  window: { showInformationMessage: (text: string) => Promise.resolve((editor.told.push(text), editor.answer)) },
  workspace: { getConfiguration: () => ({ get: () => editor.wish }) },
}));

beforeEach(() => {
  editor.wish = 'ask';
  editor.answer = 'Plan with Deletions';
  editor.told.length = 0;
});

const prune = { prune: { named: [] } };
function workflow(removedNodes: readonly string[], more: { readonly broken?: boolean; readonly running?: string; readonly plan?: object } = {}): OpenWorkflow {
  return {
    open: { document: { uri: { toString: () => 'file:///shop' } }, state: { parsed: { broken: more.broken === true } } },
    runs: { running: more.running, plans: { shown: more.plan ?? null } },
    drift: { removedNodes },
  } as unknown as OpenWorkflow;
}
async function saved(offered: OfferedBefore, of: OpenWorkflow): Promise<readonly PlanAsked[]> {
  const planned: PlanAsked[] = [];
  await offerPrune(of, offered, (asked) => Promise.resolve(void planned.push(asked)));
  return planned;
}

test('a save asks once about nodes that were deployed and are gone, and plans only after a yes', async () => {
  const offered: OfferedBefore = new Map();
  expect(await saved(offered, workflow([]))).toEqual([]);
  expect(await saved(offered, workflow(['old']))).toEqual([prune]);
  expect(editor.told).toEqual(['"old" was deployed and is gone from the file. What it made is left running.']);
  expect(await saved(offered, workflow(['old']))).toEqual([]);
  editor.answer = undefined;
  expect(await saved(offered, workflow(['old', 'older']))).toEqual([]);
  expect(editor.told.at(-1)).toBe('2 nodes that were deployed are gone from the file: old, older. What they made is left running.');
  // One that came back and goes again is news.
  await saved(offered, workflow([]));
  await saved(offered, workflow(['old']));
  expect(editor.told).toHaveLength(3);
});

test('nothing is asked while a run goes on, a plan is shown or the text is broken', async () => {
  for (const more of [{ broken: true }, { running: 'r' }, { plan: {} }]) expect(await saved(new Map(), workflow(['old'], more))).toEqual([]);
  expect(editor.told).toEqual([]);
});

test('the setting plans at once, or never', async () => {
  editor.wish = 'plan';
  expect(await saved(new Map(), workflow(['old']))).toEqual([prune]);
  editor.wish = 'never';
  expect(await saved(new Map(), workflow(['old']))).toEqual([]);
  expect(editor.told).toEqual([]);
});
