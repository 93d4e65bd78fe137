import { describe, expect, test } from 'vitest';
import { cleaningEdit } from './cleanWorkflow';
import { editText } from './editText';
import { parseWorkflow } from './parse';

const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\n';

describe('cleaning before a save', () => {
  test('trims names and namespaces of every node, and images of workloads only', () => {
    const text = `${head}nodes:\n  a: { type: deployment, name: ' a ', image: "nginx " } # kept\n  b: { type: service, namespace: ' n', image: ' x' }\n`;
    const edit = cleaningEdit(parseWorkflow(text).workflow);
    const cleaned = edit === undefined ? undefined : editText(text, edit);
    expect(cleaned?.ok === true && cleaned.text).toBe(
      `${head}nodes:\n  a: { type: deployment, name: 'a', image: "nginx" } # kept\n  b: { type: service, namespace: 'n', image: ' x' }\n`,
    );
  });

  test('has nothing to do in a clean file', () => {
    expect(cleaningEdit(parseWorkflow(`${head}nodes:\n  a: { type: deployment, name: a, replicas: 2 }\n`).workflow)).toBeUndefined();
  });
});
