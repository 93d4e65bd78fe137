import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { Badge } from '../../ui/Badge';
import { useText } from '../../ui/texts';
import type { FlowNode } from '../toFlow';
import { CardRowLine } from './CardRows';
import { NodeShell } from './NodeShell';

/** An image without the registry and path that all images of a team share: what tells one from another stays visible. */
export function shortImage(image: string): string {
  const [name = image] = image.split('@');
  return name.slice(name.lastIndexOf('/') + 1);
}

/** Pods of any kind: their image in short, and how many there should be. */
export const WorkloadNode = memo(function WorkloadNode({ data, selected }: NodeProps<FlowNode>) {
  const text = useText();
  const replicas = data.card.rows.find((row) => row.field === 'replicas');
  return (
    <NodeShell
      data={data}
      selected={selected}
      badge={replicas === undefined || replicas.value === '1' || replicas.value === '—' ? null : <Badge counter>{text('× {0}', replicas.value)}</Badge>}
    >
      <div className="card-rows">
        {data.card.rows.map((row) => (
          <CardRowLine key={row.field} row={row} {...(row.field === 'image' ? { value: shortImage(row.value) } : {})} />
        ))}
      </div>
    </NodeShell>
  );
});
