import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Workflow } from '../../shared/workflow';
import { nodeById } from '../../shared/workflow';
import type { ConflictSide } from '../../shared/workflowConflict';
import { conflictParts } from '../../shared/workflowConflict';
import { isSameMeaning, workflowDiff } from '../../shared/workflowDiff';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { conflictSides } from './conflictSides';
import { editText } from './editText';
import { parseWorkflow } from './parse';
import { resolveConflicts, textOfSide } from './resolveConflicts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeorch-merge-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** What git makes of two branches that left the same text; `clean` when it has no question. */
async function merged(base: string, ours: string, theirs: string): Promise<{ readonly clean: boolean; readonly text: string }> {
  const write = async (name: string, text: string): Promise<string> => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const files = [await write('ours', ours), await write('base', base), await write('theirs', theirs)];
  return new Promise((resolve, reject) => {
    execFile('git', ['merge-file', '-p', '-L', 'HEAD', '-L', 'base', '-L', 'cache', ...files], (error, stdout) => {
      if (error !== null && typeof error.code !== 'number') reject(new Error('git could not be started', { cause: error }));
      else resolve({ clean: error === null, text: stdout });
    });
  });
}

function edited(text: string, ...edits: readonly WorkflowEdit[]): string {
  const result = editText(text, { type: 'composite', edits });
  if (!result.ok) throw new Error(result.detail);
  return result.text;
}

const base = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
description: Web shop
nodes:
  # The page that customers see.
  web:
    type: deployment # the one with the traffic
    image: ghcr.io/acme/web:1.4
    replicas: 2
  web-svc:
    type: service
    port: 80
  db:
    type: statefulset
    image: postgres:17
edges:
  - web-svc -> web
layout:
  db: [0, 300]
  web: [0, 100]
`;
const ours = base.replace('replicas: 2', 'replicas: 3 # for the sale').replace('Web shop', 'Web shop, ours').replace('db: [0, 300]', 'db: [9, 300]');
const theirs = base
  .replace('replicas: 2', 'replicas: 5 # measured')
  .replace('Web shop', 'Web shop, theirs')
  .replace('db: [0, 300]', 'cache: [5, 5]\n  db: [8, 300]')
  .replace('  web-svc:\n', '  # Answers in a millisecond.\n  cache:\n    type: deployment\n    image: redis:8 # no data\n  web-svc:\n')
  .replace('edges:\n', 'edges:\n  - { from: web, to: cache, relation: depends-on }\n');

const picksOf =
  (side: ConflictSide, sideOf: Readonly<Record<string, ConflictSide>> = {}) =>
  (text: string) => {
    const sides = conflictSides(text);
    const parts = conflictParts(parseWorkflow(sides?.ours ?? '').workflow, parseWorkflow(sides?.theirs ?? '').workflow);
    return Object.fromEntries(parts.map(({ key }) => [key, sideOf[key] ?? side]));
  };

function textOf(resolved: ReturnType<typeof resolveConflicts>): string {
  if (!resolved.ok) throw new Error(resolved.reason);
  return resolved.text;
}

describe('two branches that git merges', () => {
  test('are read as two sides when they changed the same lines', async () => {
    const { clean, text } = await merged(base, ours, theirs);
    expect(clean).toBe(false);
    expect(conflictSides(text)).toMatchObject({ ourName: 'HEAD', theirName: 'cache' });
    const [mine, other] = [parseWorkflow(textOfSide(text, 'ours') ?? ''), parseWorkflow(textOfSide(text, 'theirs') ?? '')];
    // What git merged by itself stands on both sides, so that only its questions are asked.
    expect(conflictParts(mine.workflow, other.workflow).map(({ key }) => key)).toContain('node:web');
    expect(nodeById(mine.workflow, 'web')?.data['replicas']).toBe(3);
    expect(nodeById(other.workflow, 'web')?.data['replicas']).toBe(5);
  });

  test('are resolved node by node, and the text that is kept keeps its comments', async () => {
    const { text } = await merged(base, ours, theirs);
    expect(resolveConflicts(text, {})).toEqual({ ok: false, reason: 'open' });
    expect(resolveConflicts(base, {})).toEqual({ ok: false, reason: 'no-conflict' });
    const made = textOf(resolveConflicts(text, picksOf('ours', { 'node:web': 'theirs', 'node:cache': 'theirs' })(text)));
    const { workflow, broken } = parseWorkflow(made);
    expect(broken).toBe(false);
    expect(nodeById(workflow, 'web')?.data['replicas']).toBe(5);
    expect(workflow.description).toBe('Web shop, ours');
    for (const comment of ['# measured', '# The page that customers see.', '# the one with the traffic', '# Answers in a millisecond.', '# no data'])
      expect(made).toContain(comment);
    expect(made).not.toContain('# for the sale');
    // Positions are never asked about: ours win, theirs are added.
    expect(workflow.layout['db']).toEqual([9, 300]);
    expect(workflow.layout['cache']).toEqual([5, 5]);
  });

  test('are resolved with the whole of a side, byte by byte but for positions', async () => {
    const { text } = await merged(base, ours, theirs);
    const whole = textOf(resolveConflicts(text, picksOf('theirs')(text)));
    expect(whole).toBe(textOfSide(text, 'theirs'));
    const windows = text.replaceAll('\n', '\r\n');
    expect(textOf(resolveConflicts(windows, picksOf('theirs')(windows)))).toBe(whole.replaceAll('\n', '\r\n'));
  });

  test('may both have added and removed nodes with their edges', async () => {
    const mine = edited(base, { type: 'removeNodes', ids: ['web-svc'] });
    const other = edited(base, { type: 'setField', id: 'web-svc', path: ['port'], value: 8080 });
    const { clean, text } = await merged(base, mine, other);
    expect(clean).toBe(false);
    const kept = parseWorkflow(textOf(resolveConflicts(text, picksOf('theirs', { 'property:description': 'ours' })(text)))).workflow;
    expect(nodeById(kept, 'web-svc')?.data['port']).toBe(8080);
    const gone = parseWorkflow(textOf(resolveConflicts(text, picksOf('ours')(text)))).workflow;
    expect(nodeById(gone, 'web-svc')).toBeUndefined();
    expect(gone.edges).toEqual([]);
  });

  test('of which one is no sound YAML can only be taken whole', async () => {
    const { text } = await merged(base, base.replace('replicas: 2', 'replicas: 3'), base.replace('replicas: 2', 'replicas: [2'));
    expect(resolveConflicts(text, { 'node:web': 'ours' })).toEqual({ ok: false, reason: 'broken' });
    expect(parseWorkflow(textOfSide(text, 'ours') ?? '').broken).toBe(false);
  });

  const nodeIds = ['alpha', 'beta', 'delta', 'gamma', 'omega', 'sigma'];
  const written = (lines: number): string =>
    `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nnodes:\n${nodeIds
      .map((id, at) => `  ${id}:\n    type: deployment\n    image: ${id}:${at}\n${Array.from({ length: lines }, (_, n) => `    x-${n}: ${at}\n`).join('')}`)
      .join('')}`;
  const edits = (id: string): fc.Arbitrary<WorkflowEdit> =>
    fc.oneof(
      fc.constantFrom('2.0', '3.1').map((tag): WorkflowEdit => ({ type: 'setField', id, path: ['image'], value: `${id}:${tag}` })),
      fc.integer({ min: 1, max: 9 }).map((replicas): WorkflowEdit => ({ type: 'setField', id, path: ['replicas'], value: replicas })),
      fc.constant<WorkflowEdit>({ type: 'setField', id, path: ['labels', 'tier'], value: 'front' }),
      fc.constant<WorkflowEdit>({ type: 'removeNodes', ids: [id] }),
    );

  test('merge clean when they edit different nodes more than a line apart, and mean both edits', async () => {
    const cases = fc
      .tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 3, max: 5 }), fc.integer({ min: 1, max: 3 }))
      .chain(([first, second, lines]) => fc.tuple(fc.constant(lines), edits(nodeIds[first] ?? ''), edits(nodeIds[second] ?? '')));
    await fc.assert(
      fc.asyncProperty(cases, async ([lines, one, other]) => {
        const before = written(lines);
        const { clean, text } = await merged(before, edited(before, one), edited(before, other));
        expect(clean).toBe(true);
        expect(meansSame(parseWorkflow(text).workflow, parseWorkflow(edited(before, one, other)).workflow)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('that edit the same node are always resolved to what was picked', async () => {
    const cases = fc.tuple(edits('beta'), edits('beta'), edits('gamma'), edits('gamma'), fc.boolean(), fc.boolean());
    await fc.assert(
      fc.asyncProperty(cases, async ([a, b, c, d, first, second]) => {
        const before = written(1);
        const { clean, text } = await merged(before, edited(before, a, c), edited(before, b, d));
        if (clean) return;
        const sideOf = (theirsWins: boolean): ConflictSide => (theirsWins ? 'theirs' : 'ours');
        const made = textOf(resolveConflicts(text, picksOf('ours', { 'node:beta': sideOf(first), 'node:gamma': sideOf(second) })(text)));
        const result = parseWorkflow(made);
        expect(result.broken).toBe(false);
        for (const [id, side] of [['beta', sideOf(first)] as const, ['gamma', sideOf(second)] as const])
          expect(nodeById(result.workflow, id)).toEqual(nodeById(parseWorkflow(textOfSide(text, side) ?? '').workflow, id));
      }),
      { numRuns: 40 },
    );
  });
});

function meansSame(a: Workflow, b: Workflow): boolean {
  return isSameMeaning(workflowDiff(a, b));
}
