import { expect, test } from 'vitest';
import type { ProblemCode } from '../shared/problem';
import { exitCodeOf } from './outcome';

test.each([
  ['run.waiting', 3],
  ['run.planChanged', 3],
  ['run.gateTimeout', 1],
  ['run.gateAnswered', 1],
  ['run.locked', 1],
  ['run.invalidDecision', 2],
  ['run.gateAssignee', 2],
  ['run.unknownGate', 2],
  ['run.cancelled', 130],
] satisfies readonly (readonly [ProblemCode, number])[])('%s ends a command with %i', (code, exit) => {
  expect(exitCodeOf({ code, args: {}, severity: 'error' })).toBe(exit);
});
