import { Handle, Position } from '@xyflow/react';
import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import type { ReactNode } from 'react';
import { driftCount } from '../../../src/shared/drift';
import { useRun, useStores, useUi } from '../../store/session';
import { Icon } from '../../ui/Icon';
import { useText } from '../../ui/texts';
import type { FlowNode } from '../toFlow';
import { MarkLine } from './MarkLine';
import { NodeStatusLine } from './NodeStatusLine';
import { NodeTailLine } from './NodeTailLine';

type CardProps = Pick<NodeProps<FlowNode>, 'data' | 'selected'>;

/** Which role a node has for the connection that is being drawn. */
function useConnectionRole(id: string, type: string): 'none' | 'origin' | 'possible' | 'impossible' {
  return useUi((state) => {
    if (state.connecting === undefined) return 'none';
    if (state.connecting.nodeId === id) return 'origin';
    return state.connecting.types.has(type) ? 'possible' : 'impossible';
  });
}

function ProblemMark({ errors, warnings }: { readonly errors: number; readonly warnings: number }) {
  const text = useText();
  if (errors + warnings === 0) return null;
  const label =
    errors > 0 ? (errors === 1 ? text('1 error') : text('{0} errors', errors)) : warnings === 1 ? text('1 warning') : text('{0} warnings', warnings);
  return (
    <span className="card-problems" data-severity={errors > 0 ? 'error' : 'warning'} title={label}>
      <Icon name={errors > 0 ? 'error' : 'warning'} />
      <span aria-hidden="true">{errors > 0 ? errors : warnings}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
}

/** That the cluster has this node otherwise than it was applied. A component of its own, so that it alone is drawn again. */
const DriftMark = memo(function DriftMark({ id }: { readonly id: string }) {
  const text = useText();
  const count = useRun((state) => (Object.hasOwn(state.drift.nodes, id) ? driftCount(state.drift.nodes[id]) : 0));
  if (count === 0) return null;
  const label = count === 1 ? text('1 difference from what was applied') : text('{0} differences from what was applied', count);
  return (
    <span className="card-drift" title={label}>
      <Icon name="diff" />
      <span aria-hidden="true">{count}</span>
      <span className="sr-only">{label}</span>
    </span>
  );
});

/** What every card has: title, handles, status. The kind's own lines come as children, `card.rows` high. */
export function NodeShell({
  data,
  selected,
  children,
  badge,
  className = '',
}: CardProps & { readonly children?: ReactNode; readonly badge?: ReactNode; readonly className?: string }) {
  const text = useText();
  const { node, kind, card, errors, warnings, takesEdges } = data;
  const { marks } = useStores();
  const role = useConnectionRole(node.id, node.type);
  const faded = useUi((state) => state.filtered !== undefined && !state.filtered.has(node.id));
  const givesEdges = (kind?.relations.length ?? 0) > 0;
  return (
    <div className={`card ${className}`} data-category={kind?.category ?? 'unknown'} data-selected={selected} data-connection={role} data-faded={faded}>
      <Handle type="target" position={Position.Left} className="handle" style={{ top: card.targetY }} isConnectable={takesEdges} data-usable={takesEdges} />
      <header className="card-header">
        <span className="card-icon">
          <Icon name={kind?.icon ?? 'question'} />
        </span>
        <span className="card-title">
          <span className="card-name" id={`name-${node.id}`} title={node.id}>
            {node.id}
          </span>
          <span className="card-kind" id={`kind-${node.id}`}>
            {kind?.displayName ?? text('Unknown type {0}', node.type)}
          </span>
        </span>
        {badge}
        <DriftMark id={node.id} />
        <ProblemMark errors={errors} warnings={warnings} />
      </header>
      {children}
      {marks === undefined ? <NodeStatusLine id={node.id} makesNothing={kind?.category === 'gates'} /> : <MarkLine id={node.id} mark={marks.get(node.id)} />}
      <NodeTailLine id={node.id} />
      {card.sources.map((source) => (
        <Handle
          key={source.id ?? ''}
          type="source"
          position={Position.Right}
          className="handle"
          style={{ top: source.y }}
          isConnectable={givesEdges}
          data-usable={givesEdges}
          {...(source.id === undefined ? {} : { id: source.id })}
        />
      ))}
    </div>
  );
}
