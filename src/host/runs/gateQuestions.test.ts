import { beforeEach, describe, expect, test, vi } from 'vitest';
import * as vscode from 'vscode';
import type { GatePaused } from '../../engine/index';
import { wordsOfAnswer } from './gateQuestions';

interface Box {
  readonly title?: string;
  readonly prompt?: string;
  readonly placeHolder?: string;
  readonly validateInput?: (text: string) => unknown;
}
const editor = vi.hoisted(() => ({
  boxes: [] as Box[],
  picks: [] as { readonly items: readonly string[]; readonly title?: string }[],
  /** What the person answers next; undefined leaves the question. */
  answers: [] as (string | undefined)[],
}));
vi.mock('vscode', () => ({
  l10n: { t: (text: string) => text },
  CancellationError: class CancellationError extends Error {},
  window: {
    showInputBox: (box: Box) => Promise.resolve((editor.boxes.push(box), editor.answers.shift())),
    showQuickPick: (items: readonly string[], options: Box) => Promise.resolve((editor.picks.push({ items, ...options }), editor.answers.shift())),
  },
}));

beforeEach(() => {
  editor.boxes.length = 0;
  editor.picks.length = 0;
  editor.answers.length = 0;
});

const gate = (more: Partial<GatePaused>): GatePaused => ({
  type: 'human_gate:paused',
  runId: 'r',
  timestamp: '2026-03-01T12:00:00.000Z',
  sequenceNumber: 4,
  nodeId: 'ask',
  gateId: 'gate-ask',
  gateType: 'approval',
  refs: [],
  message: 'Go on?',
  ...more,
});
const inputs = [
  { name: 'ticket', label: 'Which [ticket](command:x)?', required: true, options: [] },
  { name: 'ring', label: 'Which ring?', required: false, options: ['canary', 'all'] },
];

describe('what an answer needs beyond the decision', () => {
  test('is nothing for a yes or a no', async () => {
    expect(await wordsOfAnswer(gate({}), 'approved')).toEqual({});
    expect(await wordsOfAnswer(undefined, 'approved')).toEqual({});
    expect(await wordsOfAnswer(gate({ gateType: 'input', inputs }), 'rejected')).toEqual({});
    expect(editor.boxes).toEqual([]);
  });

  test('is a comment for a review, whatever the decision', async () => {
    editor.answers.push('Looks right', 'Too early');
    expect(await wordsOfAnswer(gate({ gateType: 'review' }), 'approved')).toEqual({ comment: 'Looks right' });
    expect(await wordsOfAnswer(gate({ gateType: 'review' }), 'rejected')).toEqual({ comment: 'Too early' });
    expect(editor.boxes[0]?.title).toBe('Go on?');
    expect(await editor.boxes[0]?.validateInput?.('  ')).toBe('An answer is needed.');
    expect(await editor.boxes[0]?.validateInput?.('yes')).toBeUndefined();
  });

  test('is each value of an input gate, typed or chosen; one that is left empty is left out', async () => {
    editor.answers.push('OPS-1', '');
    expect(await wordsOfAnswer(gate({ gateType: 'input', inputs }), 'input_provided')).toEqual({ payload: { ticket: 'OPS-1' } });
    // A question comes from a file that anybody may have written: nothing of it becomes a link.
    expect(editor.boxes[0]?.prompt).toBe('Which [ticket] (command:x)?');
    expect(editor.picks[0]?.items).toEqual(['', 'canary', 'all']);
  });

  test('is asked until the person leaves: then nothing is answered', async () => {
    editor.answers.push('OPS-1', undefined);
    await expect(wordsOfAnswer(gate({ gateType: 'input', inputs }), 'input_provided')).rejects.toThrow(vscode.CancellationError);
    editor.answers.push(undefined);
    await expect(wordsOfAnswer(gate({ gateType: 'review' }), 'approved')).rejects.toThrow(vscode.CancellationError);
  });
});
