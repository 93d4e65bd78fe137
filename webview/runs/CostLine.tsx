import type { NodeCost, PlanCost } from '../../src/shared/cost';
import { amountText, sumOf } from '../../src/shared/cost';
import { bytesText } from '../../src/shared/quantity';
import type { Text } from '../ui/texts';
import { useText } from '../ui/texts';

const unpricedWords = {
  'no-requests': 'Not all of its requests are known',
  'per-cluster-node': 'One on each cluster node',
  'runs-at-times': 'Runs at times',
} as const satisfies Record<NonNullable<NodeCost['unpriced']>, string>;

/** What the nodes of a plan ask to have kept for them, and what that costs in a month where prices are set. */
export function CostLine({ cost }: { readonly cost: PlanCost }) {
  const text = useText();
  const { nodes, currency } = cost;
  const sum = sumOf(nodes);
  const amounts = amountsText(sum, text);
  const unpriced = currency === undefined ? [] : nodes.filter((node) => node.unpriced !== undefined);
  if (amounts === '' && currency === undefined) return null;
  return (
    <details className="cost">
      <summary>
        {currency === undefined ? null : <strong>{text('About {0} a month', amountText(sum.costMicrocents, currency))}</strong>}
        <span>{amounts === '' ? text('No requests are known') : text('Requests {0}', amounts)}</span>
        {unpriced.length === 0 ? null : <span>{text('not priced: {0}', unpriced.length)}</span>}
      </summary>
      <ul>
        {nodes.map((node) => (
          <li key={node.nodeId}>
            <span>{node.nodeId}</span>
            <span>{node.unpriced === undefined ? amountsText(node, text) : text(unpricedWords[node.unpriced])}</span>
            {currency === undefined ? null : (
              <span className="cost-amount">{node.costMicrocents === 0 && node.unpriced !== undefined ? '—' : amountText(node.costMicrocents, currency)}</span>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

function amountsText({ cpuCores, memoryBytes, storageBytes }: Pick<NodeCost, 'cpuCores' | 'memoryBytes' | 'storageBytes'>, text: Text): string {
  return [
    ...(cpuCores > 0 ? [text('{0} CPU', Number(cpuCores.toFixed(3)))] : []),
    ...(memoryBytes > 0 ? [text('{0} memory', bytesText(memoryBytes))] : []),
    ...(storageBytes > 0 ? [text('{0} storage', bytesText(storageBytes))] : []),
  ].join(', ');
}
