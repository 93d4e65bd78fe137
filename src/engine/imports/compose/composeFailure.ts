import type { ProblemCode, ProblemError } from '../../../shared/problem';
import { failure } from '../../../shared/problem';
import type { Place } from './tree';

/** A refusal that names its place: the first words of the sentence are `file:line:column`. */
export function refused(code: ProblemCode, at: Place, args: Readonly<Record<string, string>> = {}): ProblemError {
  return failure(code, { place: `${at.file}:${at.line}:${at.column}`, ...args });
}

/** What YAML or compose says is wrong with a value at a path such as `services.web.ports`. */
export function invalid(at: Place, detail: string): ProblemError {
  return refused('compose.invalid', at, { detail });
}
