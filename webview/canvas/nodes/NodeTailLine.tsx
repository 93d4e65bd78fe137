import { memo, useCallback, useSyncExternalStore } from 'react';
import { shortLineOf } from '../../logs/jsonLine';
import { useHasPods } from '../../store/liveStatus';
import { useStores, useUi } from '../../store/session';

function TailLine({ id }: { readonly id: string }) {
  const { tails } = useStores();
  const subscribe = useCallback((listener: () => void) => tails.subscribe(id, listener), [tails, id]);
  const line = useSyncExternalStore(subscribe, () => tails.get(id));
  if (line === undefined) return null;
  const { level, message } = shortLineOf(line.message);
  return (
    // A new line is a new element, which begins its pulse anew; screen readers are not told of each.
    <div key={line.id} className="card-tail" aria-hidden="true" title={`${line.pod}/${line.container}`}>
      {level === 'none' ? null : (
        <span className="card-tail-level" data-level={level}>
          {level.toUpperCase()}{' '}
        </span>
      )}
      {message}
    </div>
  );
}

/** The newest log line under a card that has pods. It hangs below the card, so that it never moves or resizes anything. */
export const NodeTailLine = memo(function NodeTailLine({ id }: { readonly id: string }) {
  const shown = useUi((state) => state.liveTail);
  const hasPods = useHasPods(id);
  return shown && hasPods ? <TailLine id={id} /> : null;
});
