import type { CanvasCommand } from '../../src/shared/protocol';
import { useEditable } from '../store/editable';
import { useDocument, useSession } from '../store/session';
import { Button } from '../ui/Button';
import { useText } from '../ui/texts';

type Act = readonly [name: Exclude<CanvasCommand, 'resetView'>, label: string];

function Acts({ title, acts }: { readonly title: string; readonly acts: readonly Act[] }) {
  const session = useSession();
  const editable = useEditable();
  return (
    <div className="selection-acts" role="group" aria-label={title}>
      <span className="field-label">{title}</span>
      <div className="selection-buttons">
        {acts.map(([name, label]) => (
          <button key={name} type="button" className="selection-button" disabled={!editable} onClick={() => session.wishes.emit({ type: 'command', name })}>
            {label}
          </button>
        ))}
      </div>
    </div>
  );
}

/** What can be done with several selected nodes at once. */
export function SelectionInspector({ ids }: { readonly ids: readonly string[] }) {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
  const isGrouped = useDocument((state) => Object.values(state.workflow.groups).some((group) => group.nodes.some((member) => ids.includes(member))));
  return (
    <div className="form">
      <h2>{text('{0} nodes', ids.length)}</h2>
      <p className="quiet">{ids.join(', ')}</p>
      <Acts
        title={text('Align')}
        acts={[
          ['alignLeft', text('Left')],
          ['alignCenter', text('Center')],
          ['alignRight', text('Right')],
          ['alignTop', text('Top')],
          ['alignMiddle', text('Middle')],
          ['alignBottom', text('Bottom')],
        ]}
      />
      {ids.length < 3 ? null : (
        <Acts
          title={text('Distribute')}
          acts={[
            ['distributeHorizontally', text('Horizontally')],
            ['distributeVertically', text('Vertically')],
          ]}
        />
      )}
      <Acts
        title={text('Together')}
        acts={[
          ['groupSelection', text('Group')],
          ...(isGrouped ? ([['ungroupSelection', text('Ungroup')]] as const) : []),
          ['duplicateSelection', text('Duplicate')],
        ]}
      />
      <Button secondary icon="trash" disabled={!editable} onClick={() => session.wishes.emit({ type: 'command', name: 'deleteSelection' })}>
        {text('Remove them')}
      </Button>
    </div>
  );
}
