import { describe, expect, test } from 'vitest';
import { withoutLayoutConflicts } from './layoutConflicts';

const head =
  'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop # ours\nnodes:\n  a: { type: deployment }\n  b: { type: deployment }\n  c: { type: deployment }\n';

describe('merge conflicts in the layout', () => {
  test('are resolved with our positions, and those that only the other side has', () => {
    const text = `${head}layout:\n<<<<<<< HEAD\n  a: [1, 2]\n=======\n  a: [9, 9]\n  b: [3, 4]\n>>>>>>> branch\n  c: [5, 6] # stays\n`;
    expect(withoutLayoutConflicts(text)).toBe(`${head}layout:\n  a: [1, 2]\n  b: [3, 4]\n  c: [5, 6] # stays\n`);
  });

  test('are resolved in the form with the common ancestor too, and with Windows line ends', () => {
    const text = `${head}layout:\n<<<<<<< HEAD\n  a: [1, 2]\n||||||| base\n  a: [0, 0]\n=======\n  a: [9, 9]\n>>>>>>> branch\n`;
    expect(withoutLayoutConflicts(text)).toBe(`${head}layout:\n  a: [1, 2]\n`);
    expect(withoutLayoutConflicts(text.replaceAll('\n', '\r\n'))).toBe(`${head}layout:\n  a: [1, 2]\n`.replaceAll('\n', '\r\n'));
  });

  test('are left to people when anything else differs, or when the markers do not go together', () => {
    expect(withoutLayoutConflicts(`${head}<<<<<<< HEAD\nstatus: draft\n=======\nstatus: published\n>>>>>>> b\n`)).toBeUndefined();
    expect(withoutLayoutConflicts(`${head}layout:\n<<<<<<< HEAD\n  a: [1, 2]\n=======\n  a: [9, 9]\n`)).toBeUndefined();
    expect(withoutLayoutConflicts(head)).toBeUndefined();
  });
});
