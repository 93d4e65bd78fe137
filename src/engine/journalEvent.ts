import type { JsonValue } from '../shared/json';
import { isJsonObject } from '../shared/json';
import { nodeStates } from '../shared/nodeStatus';
import { approvalClasses, gateTypes, planActions } from '../shared/plan';
import type { RunEvent } from '../shared/runEvent';
import { gateDecisions } from '../shared/runEvent';

/** What a value has to be. */
type Shape = 'text' | 'number' | 'flag' | 'time' | 'any' | { readonly one: readonly string[] } | { readonly list: Shape } | { readonly map: Shape } | Fields;
interface Fields {
  readonly fields: Readonly<Record<string, Shape>>;
  readonly optional?: Readonly<Record<string, Shape>>;
}

const one = (...values: readonly string[]): Shape => ({ one: values });
const list = (of: Shape): Shape => ({ list: of });
const fields = (needed: Readonly<Record<string, Shape>>, optional: Readonly<Record<string, Shape>> = {}): Fields => ({ fields: needed, optional });

const ref = fields({ apiVersion: 'text', kind: 'text', namespace: 'text', name: 'text' });
const action: Shape = { one: planActions };
/** What a code means is the reader's to know: one of a later release is worded by itself. */
const problem = fields({ code: 'text', args: { map: 'text' }, severity: one('error', 'warning', 'info', 'hint') });
const target = fields(
  { label: 'text', sandbox: 'flag', context: 'text', server: 'text', clusterUid: 'text', namespace: 'text', protected: 'flag' },
  { environment: 'text' },
);
const status = fields({ state: { one: nodeStates }, message: 'text', ready: 'number', desired: 'number' }, { reason: 'text' });
const answer = { decision: { one: gateDecisions }, decidedBy: 'text', decidedAt: 'time' } as const;
const link = fields({ nodeId: 'text', type: 'text', path: list('any'), value: 'any', source: 'text', sourceType: 'text' });
const input = fields({ name: 'text', label: 'text', required: 'flag', options: list('text') });

const envelope = { type: 'text', runId: 'text', timestamp: 'time', sequenceNumber: 'number' } as const;

/** What each event says. Fields that are not named here may say anything; nobody reads them. */
const shapes: Readonly<Record<RunEvent['type'], Fields>> = {
  'run:started': fields({ workflow: 'text', version: 'number', digest: 'text', target, triggeredBy: 'text', counts: { map: 'number' } }, { asked: fields({}) }),
  'run:linked': fields({ links: list(link) }),
  'node:started': fields({ nodeId: 'text', ref, action }, { timeoutMs: 'number', retry: fields({ max: 'number', backoff: 'text', ms: 'number' }) }),
  'node:completed': fields({ nodeId: 'text', ref, action, durationMs: 'number', resourceVersion: 'text' }, { attemptNumber: 'number' }),
  'node:failed': fields({ nodeId: 'text', ref, problem }, { attemptNumber: 'number', retryable: 'flag' }),
  'node:skipped': fields({ nodeId: 'text', reason: 'text' }, { because: 'text' }),
  'node:retrying': fields({ nodeId: 'text', attemptNumber: 'number', delayMs: 'number', problem }),
  'cost:updated': fields(
    {
      nodeId: 'text',
      cpuCores: 'number',
      memoryBytes: 'number',
      storageBytes: 'number',
      costMicrocents: 'number',
      cumulativeCostMicrocents: 'number',
      currency: 'text',
    },
    { unpriced: 'text' },
  ),
  'node:status': fields({ nodeId: 'text', status }),
  'human_gate:paused': fields(
    { nodeId: 'text', gateId: 'text', gateType: { one: gateTypes }, refs: list(ref) },
    {
      approval: { one: approvalClasses },
      message: 'text',
      assignee: 'text',
      inputs: list(input),
      timeoutMs: 'number',
      timeoutAction: one('reject', 'approve'),
      expiresAt: 'time',
    },
  ),
  'human_gate:resumed': fields({ nodeId: 'text', gateId: 'text', ...answer }, { comment: 'text', payload: { map: 'text' } }),
  'run:paused': fields({ pendingGateCount: 'number', gateIds: list('text'), digest: 'text' }),
  'run:warning': fields({ problem }),
  'run:completed': fields({ durationMs: 'number', applied: 'number', unchanged: 'number', ready: 'flag' }, { notReady: 'text', leftOut: 'number' }),
  'run:failed': fields({ durationMs: 'number', problem }),
  'run:cancelled': fields({ durationMs: 'number' }),
};

/**
 * One line of a journal, which is a file that anyone may have touched: an event only when all that is read of one is there.
 * Else the field that is wrong; empty when it is no JSON object at all.
 */
export function eventFromLine(line: string): { readonly event: RunEvent } | { readonly wrong: string } {
  let parsed: JsonValue;
  try {
    parsed = JSON.parse(line) as JsonValue;
  } catch {
    return { wrong: '' };
  }
  if (!isJsonObject(parsed)) return { wrong: '' };
  const type = Object.hasOwn(parsed, 'type') ? parsed['type'] : undefined;
  const wrong = wrongIn(parsed, fields(envelope)) ?? (typeof type === 'string' && Object.hasOwn(shapes, type) ? undefined : 'type');
  if (wrong !== undefined) return { wrong };
  const inside = wrongIn(parsed, shapes[type as RunEvent['type']]);
  return inside === undefined ? { event: parsed as unknown as RunEvent } : { wrong: inside };
}

/** The way to the first part that is not as it has to be; undefined when all is. */
function wrongIn(value: JsonValue | undefined, shape: Shape, path = ''): string | undefined {
  if (shape === 'any') return value === undefined ? path : undefined;
  if (shape === 'text') return typeof value === 'string' ? undefined : path;
  if (shape === 'number') return typeof value === 'number' ? undefined : path;
  if (shape === 'flag') return typeof value === 'boolean' ? undefined : path;
  if (shape === 'time') return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? undefined : path;
  if ('one' in shape) return typeof value === 'string' && shape.one.includes(value) ? undefined : path;
  if ('list' in shape) {
    if (!Array.isArray(value)) return path;
    return firstWrong((value as readonly JsonValue[]).entries(), (index, item) => wrongIn(item, shape.list, `${path}[${String(index)}]`));
  }
  if (!isJsonObject(value)) return path;
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  if ('map' in shape) return firstWrong(Object.entries(value), (key, item) => wrongIn(item, shape.map, below(key)));
  const at = (key: string): JsonValue | undefined => (Object.hasOwn(value, key) ? value[key] : undefined);
  return (
    firstWrong(Object.entries(shape.fields), (key, inner) => wrongIn(at(key), inner, below(key))) ??
    firstWrong(Object.entries(shape.optional ?? {}), (key, inner) => (at(key) === undefined ? undefined : wrongIn(at(key), inner, below(key))))
  );
}

function firstWrong<K, V>(entries: Iterable<readonly [K, V]>, check: (key: K, value: V) => string | undefined): string | undefined {
  for (const [key, value] of entries) {
    const wrong = check(key, value);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
