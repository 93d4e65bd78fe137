import type { CardMark } from '../../store/session';
import { Icon } from '../../ui/Icon';

/** The foot of a card in a comparison: what the comparison says of it, where a canvas shows its state. */
export function MarkLine({ id, mark }: { readonly id: string; readonly mark: CardMark | undefined }) {
  return (
    <>
      <span className="card-accent" data-tone={mark?.tone} />
      <div className="card-status" id={`status-${id}`} data-tone={mark?.tone} title={mark?.detail}>
        {mark === undefined ? null : <Icon name={mark.icon} />}
        <span className="status-label">{mark?.label}</span>
        <span className="status-detail">{mark?.detail}</span>
      </div>
    </>
  );
}
