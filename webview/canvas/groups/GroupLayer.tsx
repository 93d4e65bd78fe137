import { ViewportPortal } from '@xyflow/react';
import { useEffect, useRef } from 'react';
import { nodeCard } from '../../../src/shared/nodeCard';
import { useEditable } from '../../store/editable';
import { useDocument, useSession, useUi } from '../../store/session';
import { IconButton } from '../../ui/IconButton';
import { useText } from '../../ui/texts';
import type { FlowNode } from '../toFlow';
import { collapseEdit, labelEdit } from './groupEdits';

/** Space between a group's border and the cards inside, in canvas pixels; the layout engine leaves 32 around. */
const padding = 20;
/** Height of the line with the group's name, above the cards. */
const titleHeight = 32;

function boxOf(members: readonly FlowNode[]): { readonly left: number; readonly top: number; readonly width: number; readonly height: number } {
  const left = Math.min(...members.map((node) => node.position.x)) - padding;
  const top = Math.min(...members.map((node) => node.position.y)) - padding - titleHeight;
  return {
    left,
    top,
    width: Math.max(...members.map((node) => node.position.x + (node.width ?? nodeCard(node.data.node, node.data.kind).width))) + padding - left,
    height: Math.max(...members.map((node) => node.position.y + (node.height ?? 0))) + padding - top,
  };
}

function GroupTitle({ id, label, members }: { readonly id: string; readonly label: string; readonly members: readonly string[] }) {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
  const naming = useUi((state) => state.namingGroup === id);
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (naming) input.current?.select();
  }, [naming]);
  const end = (typed: string | undefined): void => {
    if (session.ui.getState().namingGroup !== id) return;
    session.ui.getState().nameGroup(undefined);
    const edit = typed === undefined ? undefined : labelEdit(session.documents.getState().workflow, id, typed);
    if (edit !== undefined) session.edit(edit);
    session.wishes.emit({ type: 'focusCanvas' });
  };
  return (
    <>
      {naming ? (
        <input
          ref={input}
          className="group-name-field"
          aria-label={text('Name of the group')}
          defaultValue={label}
          autoFocus
          onKeyDown={(event) => {
            event.stopPropagation();
            if (event.key === 'Enter') end(event.currentTarget.value);
            else if (event.key === 'Escape') end(undefined);
          }}
          onBlur={(event) => end(event.currentTarget.value)}
        />
      ) : (
        <button
          type="button"
          className="group-name"
          title={text('Select the nodes of {0}', label)}
          onClick={() => session.wishes.emit({ type: 'select', nodeIds: members })}
          onDoubleClick={() => editable && session.ui.getState().nameGroup(id)}
          onKeyDown={(event) => {
            if (event.key !== 'F2' || !editable) return;
            event.stopPropagation();
            session.ui.getState().nameGroup(id);
          }}
        >
          {label}
        </button>
      )}
      <IconButton
        icon="chevron-down"
        label={text('Collapse {0}', label)}
        disabled={!editable}
        onClick={() => {
          const edit = collapseEdit(session.documents.getState().workflow, id, true);
          if (edit !== undefined) session.edit(edit);
        }}
      />
    </>
  );
}

/** The open groups, drawn behind the cards they hold. A group has no place of its own: it is where its members are. */
export function GroupLayer({ nodes }: { readonly nodes: readonly FlowNode[] }) {
  const groups = useDocument((state) => state.workflow.groups);
  const open = Object.entries(groups).filter(([, group]) => group.collapsed !== true && group.nodes.length > 0);
  if (open.length === 0) return null;
  const byId = new Map(nodes.map((node) => [node.id, node]));
  return (
    <ViewportPortal>
      {open.map(([id, group]) => {
        const members = group.nodes.flatMap((member) => byId.get(member) ?? []).filter((node) => node.hidden !== true);
        if (members.length === 0) return null;
        const { left, top, width, height } = boxOf(members);
        return (
          <div key={id} role="group" aria-label={group.label ?? id}>
            <div className="group-box" style={{ transform: `translate(${left}px, ${top}px)`, width, height }} />
            {/* Its own layer: a card of no group that lies here must not take the name away. */}
            <div className="group-title nopan" style={{ transform: `translate(${left}px, ${top}px)`, maxWidth: width }}>
              <GroupTitle id={id} label={group.label ?? id} members={members.map((node) => node.id)} />
            </div>
          </div>
        );
      })}
    </ViewportPortal>
  );
}
