import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { GateInput, PlanGate } from '../../shared/plan';
import { gateTypes } from '../../shared/plan';
import type { Workflow, WorkflowNode } from '../../shared/workflow';
import type { ApplyOrder } from '../order';
import type { PreparedStep } from '../plan/planWorkflow';

/** The type of nodes that make nothing and at which a run asks. */
export const gateNodeType = 'gate';

/** The id of the gate that a gate node is; those of changes begin with their class. */
export function gateIdOf(nodeId: string): string {
  return `gate-${nodeId}`;
}

/**
 * Gate nodes behind which these steps have something to do, in the order in which a run comes to them. A gate behind which all is as
 * wanted asks nothing. `workflow` has its environment's overrides.
 */
export function nodeGatesOf(workflow: Workflow, order: ApplyOrder, steps: readonly PreparedStep[]): readonly PlanGate[] {
  const gates = new Map(workflow.nodes.flatMap((node) => (node.type === gateNodeType ? [[node.id, node] as const] : [])));
  if (gates.size === 0) return [];
  // The nearest gates before a node and all gates before those: an order is free of cycles, so that each is known before it is asked for.
  const before = new Map<string, ReadonlySet<string>>();
  for (const id of order.order) {
    const found = new Set<string>();
    for (const other of order.after(id)) {
      if (gates.has(other)) found.add(other);
      for (const further of before.get(other) ?? []) found.add(further);
    }
    before.set(id, found);
  }
  const held = new Map<string, PreparedStep['step'][]>();
  for (const { step } of steps) {
    if (step.action === 'unchanged' || step.action === 'left-running') continue;
    for (const gate of before.get(step.nodeId) ?? []) held.set(gate, [...(held.get(gate) ?? []), step]);
  }
  const waveOf = new Map(order.waves.flatMap((ids, wave) => ids.map((id) => [id, wave] as const)));
  return order.order.flatMap((id) => {
    const node = gates.get(id);
    const behind = held.get(id);
    return node === undefined || behind === undefined ? [] : [gateOf(node, behind, waveOf.get(id) ?? 0)];
  });
}

function gateOf(node: WorkflowNode, behind: readonly PreparedStep['step'][], wave: number): PlanGate {
  const { data } = node;
  const { assignee, message, timeoutMs } = data;
  return {
    nodeId: node.id,
    gateType: gateTypes.find((type) => type === data['gateType']) ?? 'approval',
    message: typeof message === 'string' ? message : '',
    ...(typeof assignee === 'string' && assignee !== '' ? { assignee } : {}),
    ...(typeof timeoutMs === 'number' ? { timeoutMs } : {}),
    timeoutAction: data['timeoutAction'] === 'approve' ? 'approve' : 'reject',
    inputs: gateInputs(data),
    holds: [...new Set(behind.map(({ nodeId }) => nodeId))],
    refs: behind.map(({ ref }) => ref),
    wave,
  };
}

/** What an input gate asks for, as far as it can be read; checks tell the rest. */
export function gateInputs(data: JsonObject): readonly GateInput[] {
  const { inputs } = data;
  if (data['gateType'] !== 'input' || !Array.isArray(inputs)) return [];
  return (inputs as readonly JsonValue[]).flatMap((input): readonly GateInput[] => {
    const name = isJsonObject(input) ? input['name'] : undefined;
    if (!isJsonObject(input) || typeof name !== 'string') return [];
    const options = Array.isArray(input['options']) ? (input['options'] as readonly JsonValue[]).map(String) : [];
    return [{ name, label: typeof input['label'] === 'string' ? input['label'] : name, required: input['required'] !== false, options }];
  });
}
