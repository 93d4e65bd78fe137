import type { ComparePage } from '../../src/shared/compareProtocol';
import type { ConflictSide } from '../../src/shared/workflowConflict';
import { Button } from '../ui/Button';
import { useText } from '../ui/texts';
import { partItem } from './changeItems';
import { ChangeLine } from './ChangeList';
import type { CompareActions } from './ComparePage';

const sides: readonly ConflictSide[] = ['ours', 'theirs'];

/** What the two branches say differently, each with the choice of a side; written only when every one is chosen. */
export function ConflictPanel({
  page,
  picks,
  selected,
  actions,
}: {
  readonly page: Extract<ComparePage, { kind: 'conflict' }>;
  readonly picks: Readonly<Record<string, ConflictSide>>;
  readonly selected: string | undefined;
  readonly actions: CompareActions;
}) {
  const text = useText();
  const open = page.parts.filter(({ key }) => !Object.hasOwn(picks, key)).length;
  const labels: Readonly<Record<ConflictSide, string>> = { ours: page.before.label, theirs: page.after.label };
  return (
    <aside className="compare-list" aria-label={text('Differences')}>
      <header className="side-head">
        <h2>{text('Merge conflict')}</h2>
        <span className="compare-count">{open === 0 ? text('All picked') : text('{0} to pick', open)}</span>
      </header>
      {page.wholeOnly ? <p className="quiet">{text('One side is no sound YAML. Take the whole of a side, or mend it in the text.')}</p> : null}
      <ul className="changes">
        {page.wholeOnly
          ? null
          : page.parts.map((part) => {
              const item = partItem(part, page.diff, labels, text);
              return (
                <ChangeLine key={part.key} item={item} selected={item.nodeId !== undefined && item.nodeId === selected} onLook={actions.lookAt}>
                  <div className="change-picks" role="radiogroup" aria-label={text('Which side of {0}?', item.title)}>
                    {sides.map((side) => (
                      <label key={side} className="change-pick" data-picked={picks[part.key] === side}>
                        <input type="radio" name={part.key} checked={picks[part.key] === side} onChange={() => actions.pick([part.key], side)} />
                        {labels[side]}
                      </label>
                    ))}
                  </div>
                </ChangeLine>
              );
            })}
      </ul>
      <footer className="side-foot compare-foot">
        <div className="compare-whole">
          {sides.map((side) => (
            <Button key={side} secondary id={`take-${side}`} onClick={() => actions.takeSide(side)}>
              {text('Take all of {0}', labels[side])}
            </Button>
          ))}
        </div>
        <Button block id="resolve-conflict" icon="check" disabled={page.wholeOnly || open > 0} onClick={() => actions.resolve(picks)}>
          {text('Write the picked sides')}
        </Button>
      </footer>
    </aside>
  );
}
