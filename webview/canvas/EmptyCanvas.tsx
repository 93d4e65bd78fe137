import { useEditable } from '../store/editable';
import { useDocument, useSession } from '../store/session';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';
import { startersFor } from '../palette/starters';

/** What a canvas without nodes says: how to begin, and a few nodes to begin with. */
export function EmptyCanvas() {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
  const catalog = useDocument((state) => state.catalog);
  return (
    <div className="empty-canvas">
      <p className="empty-title">{text('An empty canvas')}</p>
      <ol className="empty-steps">
        <li>
          <Icon name="add" />
          <span>{text('Double-click, press Tab, or drag a kind from the left to add the first node.')}</span>
        </li>
        <li>
          <Icon name="type-hierarchy-sub" />
          <span>{text('Drag from the dot at the edge of a card to another card: what leads to what says how traffic, settings and storage get there.')}</span>
        </li>
        <li>
          <Icon name="checklist" />
          <span>{text('Plan shows what a cluster would do with it. Nothing happens on a cluster before you accept that.')}</span>
        </li>
      </ol>
      <p>{text('Kubernetes YAML can be pasted here as it is. Or begin with something whole:')}</p>
      <div className="empty-starters">
        {startersFor(catalog, '').map((starter) => (
          <button
            key={starter.id}
            type="button"
            className="starter-button"
            disabled={!editable}
            title={text(starter.description)}
            onClick={() => session.wishes.emit({ type: 'addStarter', starter: starter.id })}
          >
            <Icon name={starter.icon} />
            {text(starter.name)}
          </button>
        ))}
      </div>
    </div>
  );
}
