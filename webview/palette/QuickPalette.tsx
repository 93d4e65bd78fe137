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
import type { Starter } from './starters';
import { startersFor } from './starters';

const width = 300;
const height = 320;

interface Choice {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly icon: string;
  readonly category: string;
  readonly pick: () => void;
}

/** The palette where the pointer is: type a few letters, Enter. From the loose end of a connection it offers what fits there. */
export function QuickPalette({
  quickAdd,
  onPick,
  onPickStarter,
  onClose,
}: {
  readonly quickAdd: QuickAdd;
  readonly onPick: (type: string) => void;
  readonly onPickStarter: (starter: Starter) => void;
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
  // Several nodes at once have no loose end to take.
  const choices: readonly Choice[] = [
    ...found.map((kind): Choice => ({ ...kind, id: kind.type, name: kind.displayName, pick: () => onPick(kind.type) })),
    ...(link === undefined ? startersFor(catalog, query) : []).map((starter): Choice => ({
      id: `starter:${starter.id}`,
      name: text(starter.name),
      description: text(starter.description),
      icon: starter.icon,
      category: 'starter',
      pick: () => onPickStarter(starter),
    })),
  ];
  const index = Math.min(active, choices.length - 1);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown') setActive(choices.length === 0 ? 0 : (index + 1) % choices.length);
    else if (event.key === 'ArrowUp') setActive(choices.length === 0 ? 0 : (index + choices.length - 1) % choices.length);
    else if (event.key === 'Enter') {
      choices[index]?.pick();
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
          {choices.map((choice, at) => (
            <li
              key={choice.id}
              role="option"
              aria-selected={at === index}
              className="quick-item"
              onPointerEnter={() => setActive(at)}
              onClick={choice.pick}
              data-category={choice.category}
            >
              <span className="card-icon">
                <Icon name={choice.icon} />
              </span>
              <span className="quick-text">
                <span className="quick-name">{choice.name}</span>
                <span className="quick-description">{choice.description}</span>
              </span>
            </li>
          ))}
        </ul>
        {choices.length === 0 ? <p className="quiet">{offered.length === 0 ? text('Nothing can connect here.') : text('Nothing found.')}</p> : null}
        <span className="sr-only" role="status">
          {choices[index]?.name ?? ''}
        </span>
      </div>
    </>
  );
}
