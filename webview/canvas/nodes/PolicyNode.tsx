import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import type { FlowNode } from '../toFlow';
import { CardRows } from './CardRows';
import { NodeShell } from './NodeShell';

/** A rule about others: dashed, because it is a fence and no thing. */
export const PolicyNode = memo(function PolicyNode({ data, selected }: NodeProps<FlowNode>) {
  return (
    <NodeShell data={data} selected={selected} className="card-policy">
      <CardRows rows={data.card.rows} sources={data.card.sources} />
    </NodeShell>
  );
});
