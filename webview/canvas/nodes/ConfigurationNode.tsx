import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { Badge } from '../../ui/Badge';
import type { FlowNode } from '../toFlow';
import { CardRowLine } from './CardRows';
import { NodeShell } from './NodeShell';

/** Data and storage that workloads use: keys with how many there are (a claim has none). A Secret's values are not here to be shown. */
export const ConfigurationNode = memo(function ConfigurationNode({ data, selected }: NodeProps<FlowNode>) {
  const counted = data.kind?.kind === 'PersistentVolumeClaim' ? undefined : data.card.rows.find((row) => row.count !== undefined);
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
