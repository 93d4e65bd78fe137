import { expect, test } from 'vitest';
import { clonedText } from './clone';
import { parseWorkflow } from './parse';

const text = `# Sells things.
apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop # ours
description: Web shop
status: published
tags: [front]
nodes:
  web: { type: deployment, image: nginx:1 } # kept
  db: { type: deployment, image: postgres:17 }
edges:
  - web -> db
layout: { web: [1, 2] }
`;

test('a clone is a draft of another name that is told as a copy, and says everything else as it was written', () => {
  const made = clonedText(text, 'shop-two');
  expect(made.ok && made.text).toBe(
    text
      .replace('name: shop', 'name: shop-two')
      .replace('description: Web shop', 'description: Web shop (Cloned)')
      .replace('status: published', 'status: draft'),
  );
  const plain = clonedText(text.replace('description: Web shop\nstatus: published\n', ''), 'other');
  expect(plain.ok && parseWorkflow(plain.text).workflow).toMatchObject({ name: 'other', description: '(Cloned)', status: 'draft', tags: ['front'] });
  expect(clonedText('name: [', 'other')).toMatchObject({ ok: false, reason: 'broken-text' });
});
