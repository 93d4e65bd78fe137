import { useRef, useState } from 'react';
import type { PointerEvent } from 'react';
import type { CatalogKind } from '../../src/shared/catalog';
import { useEditable } from '../store/editable';
import { useDocument, useSession } from '../store/session';
import { Icon } from '../ui/Icon';
import { SearchField } from '../ui/TextField';
import { useText } from '../ui/texts';
import { byCategory, searchKinds } from './searchKinds';
import { startersFor } from './starters';

/** Pixels the pointer must travel before a press becomes a drag. */
const dragThreshold = 5;

const difficultyWords = { easy: 'Easy to set up', medium: 'Takes some knowledge', hard: 'For experts' } as const;

interface Ghost {
  readonly kind: CatalogKind;
  readonly x: number;
  readonly y: number;
}

/**
 * All kinds, to search, to click, and to drag onto the canvas. Dragging is done with pointer events: the browser's own
 * drag and drop is taken by VS Code for files, and does not work with touch.
 */
export function Palette() {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
  const kinds = useDocument((state) => state.catalog.kinds);
  const [query, setQuery] = useState('');
  const [ghost, setGhost] = useState<Ghost>();
  const pressed = useRef<{ readonly kind: CatalogKind; readonly x: number; readonly y: number; dragged: boolean } | undefined>(undefined);
  const groups = byCategory(searchKinds(kinds, query));
  const found = startersFor({ kinds }, query);

  const onPointerDown = (kind: CatalogKind, event: PointerEvent<HTMLElement>): void => {
    if (!editable || event.button !== 0) return;
    pressed.current = { kind, x: event.clientX, y: event.clientY, dragged: false };
    event.currentTarget.setPointerCapture(event.pointerId);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const press = pressed.current;
    if (press === undefined) return;
    if (Math.hypot(event.clientX - press.x, event.clientY - press.y) > dragThreshold) press.dragged = true;
    if (press.dragged) setGhost({ kind: press.kind, x: event.clientX, y: event.clientY });
  };
  const onPointerUp = (event: PointerEvent): void => {
    const press = pressed.current;
    pressed.current = undefined;
    setGhost(undefined);
    if (press === undefined || !press.dragged) return;
    const below = document.elementsFromPoint(event.clientX, event.clientY);
    if (below.some((element) => element.classList.contains('react-flow')))
      session.wishes.emit({ type: 'addKind', kind: press.kind.type, at: { x: event.clientX, y: event.clientY } });
  };
  const cancel = (): void => {
    pressed.current = undefined;
    setGhost(undefined);
  };

  return (
    <aside className="palette" aria-label={text('Kinds of nodes')}>
      <div className="palette-search">
        <SearchField label={text('Search kinds')} value={query} onChange={setQuery} />
      </div>
      {/* A locked list has no button that takes the focus, and can still be scrolled by the keyboard. */}
      <div className="palette-groups" role="group" aria-label={text('Kinds')} tabIndex={editable ? undefined : 0}>
        {found.length === 0 ? null : (
          <section>
            <h2 className="palette-category">{text('starters')}</h2>
            {found.map((starter) => (
              <button
                key={starter.id}
                type="button"
                className="palette-item"
                data-category="starter"
                data-starter={starter.id}
                title={text(starter.description)}
                disabled={!editable}
                onClick={() => session.wishes.emit({ type: 'addStarter', starter: starter.id })}
              >
                <span className="card-icon">
                  <Icon name={starter.icon} />
                </span>
                <span className="palette-name">{text(starter.name)}</span>
              </button>
            ))}
          </section>
        )}
        {groups.map(([category, group]) => (
          <section key={category}>
            <h2 className="palette-category">{text(category)}</h2>
            {group.map((kind) => (
              <button
                key={kind.type}
                type="button"
                className="palette-item"
                data-category={kind.category}
                data-kind={kind.type}
                title={`${kind.displayName}: ${kind.description}\n${text(difficultyWords[kind.difficulty])}`}
                aria-label={kind.displayName}
                disabled={!editable}
                onPointerDown={(event) => onPointerDown(kind, event)}
                onPointerMove={onPointerMove}
                onPointerUp={onPointerUp}
                onPointerCancel={cancel}
                onClick={(event) => {
                  // A key press has no place of its own; a pointer that was dragged has been served already.
                  if (event.detail === 0) session.wishes.emit({ type: 'addKind', kind: kind.type });
                }}
                onDoubleClick={() => session.wishes.emit({ type: 'addKind', kind: kind.type })}
              >
                <span className="card-icon">
                  <Icon name={kind.icon} />
                </span>
                <span className="palette-name">{kind.displayName}</span>
              </button>
            ))}
          </section>
        ))}
        {groups.length + found.length === 0 ? <p className="quiet">{text('Nothing found.')}</p> : null}
      </div>
      <p className="palette-hint">{text('Drag onto the canvas')}</p>
      {ghost === undefined ? null : (
        <div className="drag-ghost" data-category={ghost.kind.category} style={{ left: ghost.x, top: ghost.y }}>
          <span className="card-icon">
            <Icon name={ghost.kind.icon} />
          </span>
          {ghost.kind.displayName}
        </div>
      )}
    </aside>
  );
}
