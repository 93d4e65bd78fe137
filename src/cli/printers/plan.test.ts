import { expect, test } from 'vitest';
import type { Plan, PlanStep } from '../../shared/plan';
import { planActions } from '../../shared/plan';
import { planJson, planText } from './plan';

const target = { label: 'dev', sandbox: false, context: 'dev', server: 'https://dev', clusterUid: 'u', namespace: 'shop', protected: false };
const unchanged = (name: string, problems: PlanStep['problems']): PlanStep => ({
  nodeId: name,
  ref: { apiVersion: 'v1', kind: 'ConfigMap', namespace: 'shop', name },
  action: 'unchanged',
  changes: [],
  conflicts: [],
  problems,
  wave: 0,
  after: [],
  afterReady: [],
});

test('an unchanged object is only counted, unless there is something to know of it', () => {
  const problem = { code: 'cluster.gitOps', args: { kind: 'ConfigMap', name: 'kept', tool: 'Flux', owner: 'flux-system/apps' }, severity: 'warning' } as const;
  const counts = { ...(Object.fromEntries(planActions.map((action) => [action, 0])) as Plan['counts']), unchanged: 2 };
  const plan: Plan = { workflow: 'shop', target, digest: 'd', steps: [unchanged('quiet', []), unchanged('kept', [problem])], problems: [], counts };
  const text = planText(plan, false);
  expect(text).toContain('ConfigMap "kept" is kept by Flux ("flux-system/apps") too');
  expect(text).not.toContain('quiet');
  expect(JSON.parse(planJson(plan))).toMatchObject({ steps: [{ problems: [] }, { problems: [problem] }] });
});
