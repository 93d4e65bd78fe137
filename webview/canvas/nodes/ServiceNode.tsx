import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import type { FlowNode } from '../toFlow';
import { CardRows } from './CardRows';
import { NodeShell } from './NodeShell';

/** A name and address before pods: a card with rounded ends, like a pipe that traffic runs through. */
export const ServiceNode = memo(function ServiceNode({ data, selected }: NodeProps<FlowNode>) {
  return (
    <NodeShell data={data} selected={selected} className="card-service">
      <CardRows rows={data.card.rows} sources={data.card.sources} />
    </NodeShell>
  );
});
