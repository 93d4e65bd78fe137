import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import type { FlowNode } from '../toFlow';
import { CardRows } from './CardRows';
import { NodeShell } from './NodeShell';

/** The card of every kind that has none of its own, and of unknown types. */
export const GeneralNode = memo(function GeneralNode({ data, selected }: NodeProps<FlowNode>) {
  return (
    <NodeShell data={data} selected={selected}>
      <CardRows rows={data.card.rows} sources={data.card.sources} />
    </NodeShell>
  );
});
