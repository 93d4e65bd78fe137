import { describe, expect, test } from 'vitest';
import { problemText } from '../../../shared/problem';
import { coreCatalog } from '../../../testing/coreCatalog';
import { checkWorkflow } from '../../check';
import { parseWorkflow } from '../../document/parse';
import { renderWorkflow } from '../../render';

const loaded = await coreCatalog();
const file = (gate: string, edges: string): string => `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
nodes:
  ask: { type: gate, ${gate} }
  web: { type: deployment, image: nginx:1 }
edges: [${edges}]
`;
const about = (gate: string, edges = 'web -> ask'): readonly string[] =>
  checkWorkflow({ parsed: parseWorkflow(file(gate, edges)), loaded }).map(
    (problem) => `${problem.severity} ${problem.path?.join('.') ?? ''}: ${problemText(problem)}`,
  );

describe('a gate', () => {
  test('with everything in order is not complained about, and makes no object', () => {
    const gate = 'gateType: input, message: Which?, inputs: [{ name: ticket }], assignee: owners, timeoutMs: 60000, timeoutAction: reject';
    expect(about(gate)).toEqual([]);
    const { objects, problems } = renderWorkflow({ workflow: parseWorkflow(file(gate, 'web -> ask')).workflow, loaded, namespace: 'default' });
    expect({ made: objects.map(({ nodeId }) => nodeId), problems }).toEqual({ made: ['web'], problems: [] });
  });

  test.each([
    ['timeoutMs: 60000', 'error message: Gate "ask" needs "message".'],
    ['message: Go?', 'info : Gate "ask" waits for ever: give it a "timeoutMs".'],
    ['message: Go?, timeoutMs: 10', 'error timeoutMs: '],
    ['message: Go?, timeoutMs: 60000, timeoutAction: escalate', 'error timeoutAction: "timeoutAction" is "escalate"; it must be one of reject, approve.'],
    ['message: Go?, timeoutAction: approve', 'info timeoutAction: '],
    ['message: Go?, timeoutMs: 60000, inputs: [{ name: a }]', 'info inputs: '],
    ['message: Go?, timeoutMs: 60000, gateType: input', 'error inputs: Gate "ask" needs "inputs".'],
    ['message: Go?, timeoutMs: 60000, gateType: input, inputs: [{ name: a }], timeoutAction: approve', 'error timeoutAction: '],
    ['message: Go?, timeoutMs: 60000, gateType: input, inputs: [{ name: a }, { name: a }]', 'error inputs.1.name: '],
    ['message: Go?, timeoutMs: 60000, gateType: input, inputs: [{ name: a b }]', 'error inputs.0.name: '],
    ['message: Go?, timeoutMs: 60000, gateType: input, inputs: [{ name: DB_PASSWORD }]', 'error inputs.0.name: What an input is given stands in the journal'],
  ])('%s: %s', (gate, finding) => {
    const found = about(gate);
    expect(found.filter((one) => one.startsWith(finding))).toHaveLength(1);
    expect(found).toHaveLength(gate.includes('timeoutAction: approve') && !gate.includes('timeoutMs') ? 2 : 1);
  });

  test('that holds nothing is told of, and one on a cycle is an error', () => {
    expect(about('message: Go?, timeoutMs: 60000', '')).toEqual(['warning : Nothing waits for gate "ask". Draw an edge from what waits to the gate.']);
    expect(about('message: Go?, timeoutMs: 60000', 'web -> ask, ask -> web').some((one) => one.startsWith('error'))).toBe(true);
  });
});
