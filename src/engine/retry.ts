import type { JsonValue } from '../shared/json';
import { isJsonObject } from '../shared/json';
import type { WorkflowNode } from '../shared/workflow';
import type { Clock, ClusterFailure } from './ports';
import { ClusterError } from './ports';
import { numberAt } from './status/verdict';

/** How often and how patiently one node is tried. */
export interface RetryRule {
  /** Attempts in all, the first one included. */
  readonly max: number;
  readonly backoff: 'linear' | 'exponential';
  readonly baseMs: number;
}

const defaultRetry: RetryRule = { max: 5, backoff: 'exponential', baseMs: 1000 };
const longestDelayMs = 24 * 60 * 60 * 1000;

/** A node's `options.retry`, with defaults for what it leaves out. */
export function retryRuleOf(node: WorkflowNode | undefined): RetryRule {
  const options: JsonValue | undefined = node?.data['options'];
  const retry = isJsonObject(options) ? options['retry'] : undefined;
  if (!isJsonObject(retry)) return defaultRetry;
  return {
    max: Math.max(1, Math.floor(numberAt(retry, ['max']) ?? defaultRetry.max)),
    backoff: retry['backoff'] === 'linear' ? 'linear' : 'exponential',
    baseMs: Math.max(0, numberAt(retry, ['ms']) ?? defaultRetry.baseMs),
  };
}

/** The pause after attempt number `attempt` (from 1), in milliseconds; never shorter than what the server asked for. */
export function retryDelayMs(rule: RetryRule, attempt: number, failed: ClusterFailure): number {
  const grown = rule.backoff === 'linear' ? rule.baseMs * attempt : rule.baseMs * 2 ** (attempt - 1);
  return Math.min(longestDelayMs, Math.max(grown, failed.retryAfterMs ?? 0));
}

/** Whether the same request may succeed later. Applying is repeatable, so also when the first one may have arrived. */
export function isTransient(error: unknown): error is ClusterError {
  if (!(error instanceof ClusterError)) return false;
  const { kind, code } = error.failure;
  return (
    kind === 'unreachable' ||
    kind === 'timeout' ||
    kind === 'too-many-requests' ||
    kind === 'unavailable' ||
    kind === 'protocol' ||
    (kind === 'other' && code >= 500)
  );
}

/** Whether the server answered, only not now. A server that does not answer at all is better told at once than waited for. */
export function isBusy(error: unknown): error is ClusterError {
  return isTransient(error) && error.failure.kind !== 'unreachable' && error.failure.kind !== 'timeout';
}

/** Asks again after a pause, four times in all, while `isWorth` says that the failure may pass. For requests that may be repeated. */
export async function repeated<T>(
  ask: () => Promise<T>,
  isWorth: (error: unknown) => error is ClusterError,
  clock: Clock,
  signal: AbortSignal | undefined,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      if (attempt >= 4 || !isWorth(error)) throw error;
      await clock.sleep(retryDelayMs(defaultRetry, attempt, error.failure), signal);
    }
  }
}
