import { describe, expect, it } from 'vitest';
import { editText, parseWorkflow } from '../../engine/index';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { newEnvironmentEdit, pinningEdit } from './environmentEdits';

const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop # the shop
environments:
  # where customers are
  production:
    context: old # by name only
    protected: true
nodes:
  web: { type: deployment, image: nginx }
`;
const target = { context: 'prod-eu', clusterUid: '11111111-2222-3333-4444-555555555555' };

function edited(before: string, edit: WorkflowEdit): string {
  const result = editText(before, edit);
  if (!result.ok) throw new Error(result.detail);
  return result.text;
}

describe('pinning an environment', () => {
  it('writes the context and the UID and leaves everything else as it is', () => {
    const edit = pinningEdit(parseWorkflow(text).workflow, 'production', target);
    if (edit === undefined) throw new Error('nothing to pin');
    const after = edited(text, edit);
    expect(parseWorkflow(after).workflow.environments['production']).toEqual({ context: 'prod-eu', protected: true, clusterUid: target.clusterUid });
    expect(after).toContain('# where customers are');
    expect(after).toContain('context: prod-eu # by name only');
    expect(after.split('\n').filter((line) => !text.includes(line.trim()))).toHaveLength(2);
  });

  it('has nothing to do when the file says so already', () => {
    const edit = pinningEdit(parseWorkflow(text).workflow, 'production', target);
    if (edit === undefined) throw new Error('nothing to pin');
    expect(pinningEdit(parseWorkflow(edited(text, edit)).workflow, 'production', target)).toBeUndefined();
  });
});

describe('a new environment', () => {
  it('is added with what was answered and nothing else, also as the first one', () => {
    const first = text.replace(/environments:[^]*?nodes:/, 'nodes:');
    for (const before of [text, first]) {
      const after = edited(before, newEnvironmentEdit('staging', { context: 'kind', namespace: '', protected: false }));
      expect(parseWorkflow(after).workflow.environments['staging']).toEqual({ context: 'kind' });
      expect(after).toContain('name: shop # the shop');
    }
    const after = edited(text, newEnvironmentEdit('qa', { context: '', namespace: 'shop-qa', protected: true }));
    expect(parseWorkflow(after).workflow.environments['qa']).toEqual({ namespace: 'shop-qa', protected: true });
  });
});
