import { isJsonObject } from '../shared/json';
import type { NodeRunOptions } from '../shared/runEvent';
import type { WorkflowNode } from '../shared/workflow';
import { retryRuleOf } from './retry';
import { numberAt } from './status/verdict';

/** A node's `options.timeoutMs`; undefined when it says nothing. */
export function timeoutMsOf(node: WorkflowNode | undefined): number | undefined {
  const options = node?.data['options'];
  return isJsonObject(options) ? numberAt(options, ['timeoutMs']) : undefined;
}

/** What a node says of how it is run, for whoever reads of the run. */
export function runOptionsOf(node: WorkflowNode | undefined): NodeRunOptions {
  const options = node?.data['options'];
  const timeoutMs = timeoutMsOf(node);
  const { max, backoff, baseMs } = retryRuleOf(node);
  const hasRetry = isJsonObject(options) && isJsonObject(options['retry']);
  return { ...(timeoutMs === undefined ? {} : { timeoutMs }), ...(hasRetry ? { retry: { max, backoff, ms: baseMs } } : {}) };
}
