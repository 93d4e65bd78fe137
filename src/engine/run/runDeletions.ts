import type { ObjectRef } from '../../shared/kubeObject';
import type { Plan } from '../../shared/plan';
import type { Problem } from '../../shared/problem';
import { clusterProblem } from '../clusterProblem';
import { limited } from '../limited';
import type { PreparedStep } from '../plan/planWorkflow';
import type { Clock, Cluster } from '../ports';
import { deleteStep } from '../prune/deleteStep';
import { isTransient, retryDelayMs, retryRuleOf } from '../retry';
import type { RunLog } from './runLog';

export interface DeletionsRequest {
  readonly steps: readonly PreparedStep[];
  readonly log: RunLog;
  /** Aborted by the first failure and by a cancel, so that nothing new begins. */
  readonly stop: AbortController;
  readonly context: { readonly cluster: Cluster; readonly clock: Clock; readonly workflow: string; readonly signal: AbortSignal };
  /** The object is gone, or on its way. */
  readonly noteDeleted: (ref: ObjectRef) => void;
}

export function plansDeletions(plan: Plan): boolean {
  return plan.steps.some((step) => step.action === 'delete');
}

/** How a run's events name an object that no node makes: no id of a node has a slash. */
export function deletedName({ kind, name }: Pick<ObjectRef, 'kind' | 'name'>): string {
  return `${kind}/${name}`;
}

/** Carries out the deletions of a plan, group by group in their order. Answers why the first one failed; the rest stays. */
export async function runDeletions(request: DeletionsRequest): Promise<Problem | undefined> {
  const { steps, log, stop } = request;
  const deletions = steps.filter(({ step }) => step.action === 'delete');
  const waves = [...new Set(deletions.map(({ step }) => step.wave))].sort((a, b) => a - b);
  let failed: { readonly because: string; readonly problem: Problem } | undefined;
  for (const wave of waves) {
    await limited(
      deletions
        .filter(({ step }) => step.wave === wave)
        .map((one) => async () => {
          const nodeId = deletedName(one.step.ref);
          if (failed !== undefined) await log.tell({ type: 'node:skipped', nodeId, reason: 'upstream_unreachable', because: failed.because });
          else if (stop.signal.aborted) await log.tell({ type: 'node:skipped', nodeId, reason: 'cancelled' });
          else {
            const problem = await deleted(one, nodeId, request);
            if (problem !== undefined) failed ??= { because: nodeId, problem };
          }
        }),
    );
  }
  return failed?.problem;
}

async function deleted({ step: { ref, action }, uid }: PreparedStep, nodeId: string, request: DeletionsRequest): Promise<Problem | undefined> {
  const { log, stop, context, noteDeleted } = request;
  const rule = retryRuleOf(undefined);
  const startedAtMs = context.clock.now();
  await log.tell({ type: 'node:started', nodeId, ref, action });
  let attempt = 1;
  for (; ; attempt += 1) {
    try {
      await deleteStep(ref, uid, context);
      break;
    } catch (error) {
      const problem: Problem = { ...clusterProblem(error, { server: context.cluster.server, verb: 'delete', ref }), nodeId };
      if (!isTransient(error) || attempt >= rule.max || stop.signal.aborted) {
        await log.tell({ type: 'node:failed', nodeId, ref, problem, attemptNumber: attempt, retryable: isTransient(error) });
        return problem;
      }
      const delayMs = retryDelayMs(rule, attempt, error.failure);
      await log.tell({ type: 'node:retrying', nodeId, attemptNumber: attempt + 1, delayMs, problem });
      try {
        await context.clock.sleep(delayMs, stop.signal);
      } catch {
        await log.tell({ type: 'node:failed', nodeId, ref, problem, attemptNumber: attempt, retryable: isTransient(error) });
        return problem;
      }
    }
  }
  noteDeleted(ref);
  await log.tell({ type: 'node:completed', nodeId, ref, action, durationMs: context.clock.now() - startedAtMs, resourceVersion: '', attemptNumber: attempt });
  return undefined;
}
