import { expect, test, vi } from 'vitest';
import type * as vscode from 'vscode';

/** What the editor was asked to do, in order; each change of the text takes a moment. */
const done: string[] = [];
vi.mock('vscode', () => ({
  WorkspaceEdit: class {
    text = '';
    set(_uri: unknown, [edit]: readonly { newText: string }[]) {
      this.text = edit?.newText ?? '';
    }
  },
  TextEdit: { replace: (_range: unknown, newText: string) => ({ newText }) },
  Range: Object,
  workspace: {
    applyEdit: async ({ text }: { text: string }) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      done.push(text);
      return true;
    },
  },
}));
const { EditQueue } = await import('./editQueue');

const document = { getText: () => '', uri: {}, version: 1, positionAt: (offset: number) => offset } as unknown as vscode.TextDocument;

test('an undo takes its turn: after the edits before it and before those after it, even when one fails', async () => {
  const queue = new EditQueue(document, (_text, edit) => {
    if (edit.type === 'rename') throw new Error('broken');
    return { ok: true, edits: [{ start: 0, end: 0, newText: edit.type }] };
  });
  const all = Promise.allSettled([
    queue.push({ type: 'move', positions: {} }),
    queue.push({ type: 'rename', id: 'a', newId: 'b' }),
    queue.push({ type: 'removeNodes', ids: [] }),
    queue.inTurn(async () => done.push('undo')),
    queue.push({ type: 'composite', edits: [] }),
  ]);
  expect((await all).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled', 'fulfilled']);
  expect(done).toEqual(['move', 'removeNodes', 'undo', 'composite']);
});
