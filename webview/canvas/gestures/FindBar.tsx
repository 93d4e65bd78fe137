import { useEffect, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useDocument, useUi } from '../../store/session';
import { IconButton } from '../../ui/IconButton';
import { SearchField } from '../../ui/TextField';
import { useText } from '../../ui/texts';
import { foundNodes } from './findNodes';

/** Looks for nodes by id, kind, name and label, and shows one after the other while the letters are typed. */
export function FindBar({ onShow, onClose }: { readonly onShow: (id: string) => void; readonly onClose: () => void }) {
  const open = useUi((state) => state.finding);
  return open ? <OpenFindBar onShow={onShow} onClose={onClose} /> : null;
}

function OpenFindBar({ onShow, onClose }: { readonly onShow: (id: string) => void; readonly onClose: () => void }) {
  const text = useText();
  const workflow = useDocument((state) => state.workflow);
  const catalog = useDocument((state) => state.catalog);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const found = foundNodes(workflow, catalog, query);
  const index = found.length === 0 ? 0 : at % found.length;
  const shown = found[index];
  useEffect(() => {
    if (shown !== undefined) onShow(shown);
  }, [shown, onShow]);
  const step = (by: number): void => setAt(found.length === 0 ? 0 : (index + by + found.length) % found.length);
  const count = query.trim() === '' ? '' : found.length === 0 ? text('Nothing found') : text('{0} of {1}', index + 1, found.length);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
    else if (event.key === 'ArrowDown') step(1);
    else if (event.key === 'ArrowUp') step(-1);
    else if (event.key === 'Escape') onClose();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="find-bar nokey" role="search" aria-label={text('Find a node')}>
      <SearchField
        label={text('Find by id, kind, name or label')}
        value={query}
        autoFocus
        onChange={(value) => {
          setQuery(value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <span className="find-count" role="status">
        {count}
        <span className="sr-only">{shown ?? ''}</span>
      </span>
      <IconButton icon="arrow-up" label={text('Previous (Shift+Enter)')} disabled={found.length < 2} onClick={() => step(-1)} />
      <IconButton icon="arrow-down" label={text('Next (Enter)')} disabled={found.length < 2} onClick={() => step(1)} />
      <IconButton icon="close" label={text('Close (Escape)')} onClick={onClose} />
    </div>
  );
}
