import type { NodeCost, PlanCost } from '../../shared/cost';
import { amountText, sumOf } from '../../shared/cost';
import { bytesText } from '../../shared/quantity';
import { plainLine } from './plainText';

export const unpricedWords = {
  'no-requests': 'not all requests are known',
  'per-cluster-node': 'as many as cluster nodes',
  'runs-at-times': 'runs at times',
} as const satisfies Record<NonNullable<NodeCost['unpriced']>, string>;

/** What the nodes ask for, in one line; with prices also what it costs, and those of which a part is not priced. */
export function costText({ nodes, currency }: PlanCost): string {
  const sum = sumOf(nodes);
  const amounts = [
    ...(sum.cpuCores > 0 ? [`${String(sum.cpuCores)} CPU`] : []),
    ...(sum.memoryBytes > 0 ? [`${bytesText(sum.memoryBytes)} memory`] : []),
    ...(sum.storageBytes > 0 ? [`${bytesText(sum.storageBytes)} storage`] : []),
  ].join(', ');
  const unpriced = nodes.filter((node) => currency !== undefined && node.unpriced !== undefined).map(({ nodeId }) => plainLine(nodeId));
  const price = currency === undefined ? '' : `: about ${plainLine(amountText(sum.costMicrocents, currency))} a month`;
  const rest = unpriced.length === 0 ? '' : `${amounts === '' ? 'Not priced' : '; not priced'}: ${unpriced.join(', ')}`;
  return amounts === '' && rest === '' ? '' : `${amounts === '' ? '' : `Requests ${amounts}${price}`}${rest}\n`;
}
