import type { KeyboardEvent } from 'react';
import { edgeKey, nodeById } from '../../src/shared/workflow';
import { useEditable } from '../store/editable';
import { useDocument, useSession, useUi } from '../store/session';
import { Button } from '../ui/Button';
import { useText } from '../ui/texts';
import { EdgeInspector } from './EdgeInspector';
import { NodeInspector } from './NodeInspector';
import { WorkflowInspector } from './WorkflowInspector';

/** Settings of what is selected. Escape goes back to the canvas. */
export function Inspector() {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
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
        <div className="form">
          <h2>{text('{0} nodes', selected.length)}</h2>
          <p className="quiet">{selected.map((node) => node.id).join(', ')}</p>
          <Button secondary icon="trash" disabled={!editable} onClick={() => session.edit({ type: 'removeNodes', ids: selected.map((node) => node.id) })}>
            {text('Remove them')}
          </Button>
        </div>
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
