import { useMemo, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { nodeById } from '../../src/shared/workflow';
import { typesAcross } from '../canvas/fromFlow';
import { useDocument } from '../store/session';
import type { QuickAdd } from '../store/uiStore';
import { Icon } from '../ui/Icon';
import { SearchField } from '../ui/TextField';
import { useText } from '../ui/texts';
import { searchKinds } from './searchKinds';

const width = 300;
const height = 320;

/** The palette where the pointer is: type a few letters, Enter. From the loose end of a connection it offers what fits there. */
export function QuickPalette({
  quickAdd,
  onPick,
  onClose,
}: {
  readonly quickAdd: QuickAdd;
  readonly onPick: (type: string) => void;
  readonly onClose: () => void;
}) {
  const text = useText();
  const catalog = useDocument((state) => state.catalog);
  const workflow = useDocument((state) => state.workflow);
  const [query, setQuery] = useState('');
  const [active, setActive] = useState(0);
  const { link } = quickAdd;
  const offered = useMemo(() => {
    const origin = link === undefined ? undefined : nodeById(workflow, link.nodeId);
    if (link === undefined || origin === undefined) return catalog.kinds;
    const types = typesAcross(origin, link.from, catalog);
    return catalog.kinds.filter((kind) => types.has(kind.type));
  }, [catalog, workflow, link]);
  const found = searchKinds(offered, query);
  const index = Math.min(active, found.length - 1);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setActive(found.length === 0 ? 0 : (index + 1) % found.length);
    else if (event.key === 'ArrowUp') setActive(found.length === 0 ? 0 : (index + found.length - 1) % found.length);
    else if (event.key === 'Enter') {
      const kind = found[index];
      if (kind !== undefined) onPick(kind.type);
    } else if (event.key === 'Escape') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <>
      <div className="popup-backdrop" onPointerDown={onClose} />
      <div
        className="quick-palette nokey nowheel"
        role="dialog"
        aria-label={link === undefined ? text('Add a node') : text('Add a node and connect it')}
        style={{
          left: Math.max(8, Math.min(quickAdd.screen.x, window.innerWidth - width - 8)),
          top: Math.max(8, Math.min(quickAdd.screen.y, window.innerHeight - height - 8)),
        }}
      >
        <SearchField
          label={link === undefined ? text('Add a node') : text('Add and connect')}
          value={query}
          autoFocus
          onChange={(value) => {
            setQuery(value);
            setActive(0);
          }}
          onKeyDown={onKeyDown}
        />
        <ul className="quick-list" role="listbox" aria-label={text('Kinds')}>
          {found.map((kind, at) => (
            <li
              key={kind.type}
              role="option"
              aria-selected={at === index}
              className="quick-item"
              onPointerEnter={() => setActive(at)}
              onClick={() => onPick(kind.type)}
              data-category={kind.category}
            >
              <span className="card-icon">
                <Icon name={kind.icon} />
              </span>
              <span className="quick-text">
                <span className="quick-name">{kind.displayName}</span>
                <span className="quick-description">{kind.description}</span>
              </span>
            </li>
          ))}
        </ul>
        {found.length === 0 ? <p className="quiet">{offered.length === 0 ? text('Nothing can connect here.') : text('Nothing found.')}</p> : null}
        <span className="sr-only" role="status">
          {found[index]?.displayName ?? ''}
        </span>
      </div>
    </>
  );
}
