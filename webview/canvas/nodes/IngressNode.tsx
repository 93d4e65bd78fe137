import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import type { FlowNode } from '../toFlow';
import { CardRows } from './CardRows';
import { NodeShell } from './NodeShell';

/** The way in from outside: one line and one handle for each path. */
export const IngressNode = memo(function IngressNode({ data, selected }: NodeProps<FlowNode>) {
  return (
    <NodeShell data={data} selected={selected} className="card-ingress">
      <CardRows rows={data.card.rows} sources={data.card.sources} />
    </NodeShell>
  );
});
