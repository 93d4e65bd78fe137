import { Handle, Position } from '@xyflow/react';
import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { worstState } from '../../../src/shared/nodeStatus';
import { useEditable } from '../../store/editable';
import { useStatusRevision } from '../../store/liveStatus';
import { useSession } from '../../store/session';
import { Icon } from '../../ui/Icon';
import { IconButton } from '../../ui/IconButton';
import { useText } from '../../ui/texts';
import { stateWord } from '../nodes/statusWords';
import type { FlowNode } from '../toFlow';
import { collapseEdit } from './groupEdits';

/** The card that stands for a collapsed group: its name, how many nodes it holds, and the worst of their states. */
export const GroupNode = memo(function GroupNode({ data, selected }: NodeProps<FlowNode>) {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
  useStatusRevision();
  const { group, errors, warnings } = data;
  if (group === undefined) return null;
  const states = group.members.flatMap((id) => session.runs.getState().statuses.get(id)?.state ?? []);
  const state = states.length === 0 ? undefined : worstState(states);
  return (
    <div className="card group-card" data-selected={selected} data-category="group">
      <Handle type="target" position={Position.Left} className="handle" isConnectable={false} data-usable={false} />
      <header className="card-header">
        <span className="card-icon">
          <Icon name="group-by-ref-type" />
        </span>
        <span className="card-title">
          <span className="card-name">{group.label}</span>
          <span className="card-kind">
            {text('{0} nodes', group.members.length)}
            {state === undefined ? '' : ` · ${stateWord(state, text)}`}
          </span>
        </span>
        {errors + warnings === 0 ? null : (
          <span className="card-problems" data-severity={errors > 0 ? 'error' : 'warning'} title={text('{0} errors, {1} warnings', errors, warnings)}>
            <Icon name={errors > 0 ? 'error' : 'warning'} />
            {errors > 0 ? errors : warnings}
          </span>
        )}
        <span className="nodrag">
          <IconButton
            icon="chevron-right"
            label={text('Expand {0}', group.label)}
            disabled={!editable}
            onClick={() => {
              const edit = collapseEdit(session.documents.getState().workflow, group.id, false);
              if (edit !== undefined) session.edit(edit);
            }}
          />
        </span>
      </header>
      <Handle type="source" position={Position.Right} className="handle" isConnectable={false} data-usable={false} />
    </div>
  );
});
