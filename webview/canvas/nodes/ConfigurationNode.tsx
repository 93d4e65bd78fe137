import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { Badge } from '../../ui/Badge';
import type { FlowNode } from '../toFlow';
import { CardRowLine } from './CardRows';
import { NodeShell } from './NodeShell';

/** Data that workloads use: how many keys it has and their names. A Secret's values are not here to be shown. */
export const ConfigurationNode = memo(function ConfigurationNode({ data, selected }: NodeProps<FlowNode>) {
  const counted = data.card.rows.find((row) => row.count !== undefined);
  return (
    <NodeShell data={data} selected={selected} className="card-configuration" badge={counted === undefined ? null : <Badge counter>{counted.count}</Badge>}>
      <div className="card-rows">
        {data.card.rows.map((row) => (
          <CardRowLine key={row.field} row={row} {...(data.kind?.kind === 'Secret' && row.count !== undefined ? { value: `${row.value}  ••••` } : {})} />
        ))}
      </div>
    </NodeShell>
  );
});
