import type { EdgeProps } from '@xyflow/react';
import { getBezierPath } from '@xyflow/react';
import { memo } from 'react';
import { edgeState } from '../../../src/shared/diagnosis';
import { useEdgeDiagnosis } from '../../store/liveStatus';
import type { FlowEdge } from '../toFlow';
import { EdgeBreak } from './EdgeBreak';
import { drawnRelation, edgeLooks, headId } from './edgeLooks';

/** React Flow measures to the outer rim of a handle; a line begins and ends at the card itself, half a handle further in. */
const toCard = 6;
/** Room for the arrowhead before the card's border. */
const headGap = 2;

/** An edge of any relation. Its word is drawn along with it, because a dash alone says nothing to a newcomer. */
export const RelationEdge = memo(function RelationEdge({
  id,
  sourceX,
  sourceY,
  targetX,
  targetY,
  sourcePosition,
  targetPosition,
  selected = false,
  data,
}: EdgeProps<FlowEdge>) {
  const diagnosis = useEdgeDiagnosis(id);
  const state = diagnosis === undefined ? 'unknown' : edgeState(diagnosis);
  const relation = drawnRelation(data?.relation);
  const look = edgeLooks[relation];
  const [path, labelX, labelY] = getBezierPath({
    sourceX: sourceX - toCard,
    sourceY,
    targetX: targetX + toCard - headGap,
    targetY,
    sourcePosition,
    targetPosition,
    curvature: 0.35,
  });
  return (
    <g className="relation-edge" data-relation={relation} data-selected={selected} data-state={state}>
      <path className="react-flow__edge-interaction" d={path} fill="none" strokeOpacity={0} strokeWidth={22} />
      {look.pipe ? <path className="edge-pipe" d={path} fill="none" /> : null}
      {look.pipe ? <path className="edge-core" d={path} fill="none" /> : null}
      <path className="react-flow__edge-path edge-line" d={path} fill="none" strokeDasharray={look.dash} markerEnd={`url(#${headId(look.head, selected)})`} />
      <text className="edge-label" x={labelX} y={labelY} dy="-0.5em">
        {data?.label}
      </text>
      {diagnosis === undefined ? null : <EdgeBreak id={id} diagnosis={diagnosis} x={labelX} y={labelY} />}
    </g>
  );
});
