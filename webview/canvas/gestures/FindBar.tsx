import { useEffect, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { useDocument, useSession, useUi } from '../../store/session';
import { IconButton } from '../../ui/IconButton';
import { SearchField } from '../../ui/TextField';
import { useText } from '../../ui/texts';
import { foundNodes } from './findNodes';
import { useNodeFacts } from './useNodeFacts';

/** Looks for nodes by id, kind, name and label, and shows one after the other while the letters are typed. */
export function FindBar({ onShow, onClose }: { readonly onShow: (id: string) => void; readonly onClose: () => void }) {
  const open = useUi((state) => state.finding);
  return open ? <OpenFindBar onShow={onShow} onClose={onClose} /> : null;
}

function OpenFindBar({ onShow, onClose }: { readonly onShow: (id: string) => void; readonly onClose: () => void }) {
  const session = useSession();
  const text = useText();
  const workflow = useDocument((state) => state.workflow);
  const catalog = useDocument((state) => state.catalog);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const [only, setOnly] = useState(false);
  const facts = useNodeFacts();
  const found = foundNodes(workflow, catalog, query, facts);
  const index = found.length === 0 ? 0 : at % found.length;
  const shown = found[index];
  const isFilter = only && query.trim() !== '';
  const foundIds = found.join(' ');
  useEffect(() => {
    if (shown !== undefined) onShow(shown);
  }, [shown, onShow]);
  // What is left out is faded, not taken away: where the found ones stand among the others is half of the answer.
  useEffect(() => {
    session.ui.getState().filter(isFilter ? new Set(foundIds.split(' ')) : undefined);
  }, [session, isFilter, foundIds]);
  useEffect(() => () => session.ui.getState().filter(undefined), [session]);
  const toggleWord = (word: string): void => {
    const words = query.split(/\s+/).filter((one) => one !== '' && one !== word);
    setQuery([...words, ...(query.includes(word) ? [] : [word])].join(' '));
    setAt(0);
    setOnly(true);
  };
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
      <IconButton icon="error" label={text('Only nodes with errors')} pressed={query.includes('is:error')} onClick={() => toggleWord('is:error')} />
      <IconButton icon="diff" label={text('Only what the plan changes')} pressed={query.includes('is:changed')} onClick={() => toggleWord('is:changed')} />
      <IconButton icon="filter" label={text('Fade what is not found')} pressed={only} onClick={() => setOnly(!only)} />
      <IconButton icon="arrow-up" label={text('Previous (Shift+Enter)')} disabled={found.length < 2} onClick={() => step(-1)} />
      <IconButton icon="arrow-down" label={text('Next (Enter)')} disabled={found.length < 2} onClick={() => step(1)} />
      <IconButton icon="close" label={text('Close (Escape)')} onClick={onClose} />
    </div>
  );
}
