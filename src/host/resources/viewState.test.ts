import { describe, expect, it, vi } from 'vitest';
import { memento } from '../../testing/memoryMemento';

vi.mock('vscode', () => ({}));
const { tagsFrom, ViewState } = await import('./viewState');

describe('tags', () => {
  it('are the words that were typed, each once and without signs', () => {
    expect(tagsFrom(' #ours, slow  ours,,##night-shift ')).toEqual(['ours', 'slow', 'night-shift']);
    expect(tagsFrom('\u202ea\u0000b')).toEqual(['a', 'b']);
    expect(tagsFrom('')).toEqual([]);
    expect(tagsFrom(Array.from({ length: 30 }, (_, at) => `t${at}`).join(' '))).toHaveLength(20);
  });
});

describe('what a person wrote about resources', () => {
  it('is kept by the key, one part at a time, and goes with its last word', async () => {
    const kept = memento();
    const state = new ViewState(kept);
    await state.setRemarks('a', { tags: ['ours'] });
    await state.setRemarks('a', { notes: ' ask\u202e\u0007Ana ' });
    expect(new ViewState(kept).remarks()).toEqual(new Map([['a', { tags: ['ours'], notes: 'ask Ana' }]]));
    await state.setRemarks('a', { tags: [] });
    await state.setRemarks('a', { notes: '  ' });
    expect(state.remarks()).toEqual(new Map());
  });

  it('is read whatever another version has left', async () => {
    for (const value of [null, 1, 'x', {}, [1], [['a']], [['a', 1]], [['a', { tags: [1, 'x'], notes: {} }]], [[1, { tags: [] }]]]) {
      const kept = memento();
      await kept.update('resources.remarks', value);
      for (const { tags, notes } of new ViewState(kept).remarks().values())
        expect([tags.every((tag) => typeof tag === 'string'), typeof notes]).toEqual([true, 'string']);
    }
  });

  it('forgets the oldest beyond a thousand', async () => {
    const state = new ViewState(memento());
    for (let at = 0; at < 1_002; at++) await state.setRemarks(String(at), { notes: 'x' });
    expect(state.remarks().size).toBe(1_000);
    expect(state.remarks().has('1')).toBe(false);
  });
});
