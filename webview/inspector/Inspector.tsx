import type { KeyboardEvent } from 'react';
import { edgeKey, nodeById } from '../../src/shared/workflow';
import { useDocument, useSession, useUi } from '../store/session';
import { EdgeInspector } from './EdgeInspector';
import { NodeInspector } from './NodeInspector';
import { SelectionInspector } from './SelectionInspector';
import { WorkflowInspector } from './WorkflowInspector';

/** Settings of what is selected. Escape goes back to the canvas. */
export function Inspector() {
  const session = useSession();
  const selection = useUi((state) => state.selection);
  const workflow = useDocument((state) => state.workflow);
  const selected = selection.flatMap((id) => nodeById(workflow, id) ?? []);
  const selectedEdge = useUi((state) => state.selectedEdge);
  const edge = selectedEdge === undefined ? undefined : workflow.edges.find((candidate) => edgeKey(candidate) === selectedEdge);
  const [only] = selected;
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    session.wishes.emit({ type: 'focusCanvas' });
  };
  return (
    <div className="inspector" onKeyDown={onKeyDown}>
      {selected.length > 1 ? (
        <SelectionInspector ids={selected.map((node) => node.id)} />
      ) : edge !== undefined ? (
        <EdgeInspector key={selectedEdge} edge={edge} />
      ) : only === undefined ? (
        <WorkflowInspector />
      ) : (
        <NodeInspector key={only.id} node={only} />
      )}
    </div>
  );
}
