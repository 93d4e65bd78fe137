import { createStore } from 'zustand/vanilla';
import type { Plan, PlanAction, PlanEffect, PlanStep } from '../../src/shared/plan';
import { effectOf } from '../../src/shared/plan';

/** What a plan says about one node: its steps rolled up to the one that matters most. */
export interface NodePlan {
  readonly action: PlanAction;
  /** The class of the step with that action that does most to what runs. */
  readonly effect: PlanEffect;
  readonly changes: number;
}

export interface PlanState {
  readonly plan: Plan | null;
  readonly byNode: Readonly<Record<string, NodePlan>>;
  /** What is being waited for. */
  readonly busy: 'planning' | 'starting' | undefined;
  /** Why the last plan could not be made or started, in words. */
  readonly failure: string | undefined;
  show(plan: Plan | null): void;
  wait(busy: PlanState['busy']): void;
  fail(message: string): void;
}

export type PlanStore = ReturnType<typeof createPlanStore>;

/** From what needs a person first to what needs nobody. */
const urgency: readonly PlanAction[] = ['blocked', 'conflict', 'delete', 'replace', 'adopt', 'create', 'change', 'left-running', 'unchanged'];

/** Of two steps of one kind of action, the one that loses data or makes new pods is told. */
function rank(action: PlanAction, effect: PlanEffect): number {
  return urgency.indexOf(action) - (effect === 'data-loss' || effect === 'rolling' ? 0.5 : 0);
}

export function nodePlans(steps: readonly PlanStep[]): Readonly<Record<string, NodePlan>> {
  const made = Object.create(null) as Record<string, NodePlan>;
  for (const step of steps) {
    if (step.nodeId === '') continue;
    const before = made[step.nodeId];
    const effect = effectOf(step);
    const isMore = before === undefined || rank(step.action, effect) < rank(before.action, before.effect);
    const most = isMore ? { action: step.action, effect } : { action: before.action, effect: before.effect };
    made[step.nodeId] = { ...most, changes: (before?.changes ?? 0) + step.changes.length };
  }
  return made;
}

export function createPlanStore(plan: Plan | null) {
  return createStore<PlanState>()((set) => ({
    plan,
    byNode: plan === null ? {} : nodePlans(plan.steps),
    busy: undefined,
    failure: undefined,
    show: (next) => set({ plan: next, byNode: next === null ? {} : nodePlans(next.steps), failure: undefined }),
    wait: (busy) => set(busy === undefined ? { busy } : { busy, failure: undefined }),
    fail: (message) => set({ busy: undefined, failure: message }),
  }));
}
