import type { NodeProps } from '@xyflow/react';
import { memo } from 'react';
import { useRun, useSession } from '../../store/session';
import { IconButton } from '../../ui/IconButton';
import { useText } from '../../ui/texts';
import type { FlowNode } from '../toFlow';
import { CardRows } from './CardRows';
import { NodeShell } from './NodeShell';

/** The run that waits at this gate; undefined while none does, and once it is answered. */
function useWaitingRun(nodeId: string): string | undefined {
  return useRun(({ run }) => {
    if (run?.status !== 'paused' || run.nodes[nodeId]?.phase !== 'asking') return undefined;
    return Object.hasOwn(run.decisions ?? {}, gateIdOf(nodeId)) ? undefined : run.runId;
  });
}

/** As a run names the gate of a gate node. */
function gateIdOf(nodeId: string): string {
  return `gate-${nodeId}`;
}

function Answers({ runId, nodeId, isInput }: { readonly runId: string; readonly nodeId: string; readonly isInput: boolean }) {
  const session = useSession();
  const text = useText();
  const yes = isInput ? 'input_provided' : 'approved';
  return (
    // An answer is no selection of the card.
    <span className="card-answers nodrag" role="group" aria-label={text('Answer {0}', nodeId)} onClick={(event) => event.stopPropagation()}>
      <IconButton icon="check" label={isInput ? text('Answer…') : text('Approve')} onClick={() => session.answerGate(runId, gateIdOf(nodeId), yes)} />
      <IconButton icon="close" label={text('Reject')} onClick={() => session.answerGate(runId, gateIdOf(nodeId), 'rejected')} />
    </span>
  );
}

/** A question to a person, with its two answers on the card while a run waits for one. */
export const GateNode = memo(function GateNode({ data, selected }: NodeProps<FlowNode>) {
  const { node } = data;
  const runId = useWaitingRun(node.id);
  return (
    <NodeShell
      data={data}
      selected={selected}
      className="card-gate"
      badge={runId === undefined ? null : <Answers runId={runId} nodeId={node.id} isInput={node.data['gateType'] === 'input'} />}
    >
      <CardRows rows={data.card.rows} sources={data.card.sources} />
    </NodeShell>
  );
});
