import type { Problem } from '../shared/problem';
import type { ExitCode } from './exitCodes';
import { exitCodes } from './exitCodes';

const inputPrefixes = [
  'document.',
  'environment.',
  'target.',
  'node.',
  'edge.',
  'yaml.',
  'manifest.',
  'secret.',
  'source.',
  'plugin.',
  'diff.',
  'compose.',
  'import.',
  'adopt.',
  'export.',
] as const;
const inputCodes: ReadonlySet<string> = new Set([
  'file.unreadable',
  'run.draft',
  'run.archived',
  'run.invalid',
  'run.secretMissing',
  'run.fromMissing',
  'run.namedNothing',
  'run.prices',
  'run.unknown',
  'run.journalDamaged',
  'run.unknownGate',
  'run.invalidDecision',
  'run.gateAssignee',
  'version.ambiguous',
  'version.missing',
]);
const gateCodes: ReadonlySet<string> = new Set(['run.planChanged', 'run.waiting']);

/** The exit code for a problem that ends a command: who has to act, the caller, someone who approves, or neither. */
export function exitCodeOf(problem: Problem): ExitCode {
  const { code } = problem;
  if (code === 'run.cancelled') return exitCodes.cancelled;
  if (gateCodes.has(code)) return exitCodes.gate;
  return inputCodes.has(code) || inputPrefixes.some((prefix) => code.startsWith(prefix)) ? exitCodes.invalid : exitCodes.failed;
}
