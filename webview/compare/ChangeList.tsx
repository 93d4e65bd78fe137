import type { ReactNode } from 'react';
import type { ComparedField } from '../../src/shared/workflowDiff';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';
import type { ChangeItem } from './changeItems';
import { valueWords } from './changeItems';
import { iconOf, toneOf, wordOf } from './marks';

function FieldLine({ field }: { readonly field: ComparedField }) {
  const text = useText();
  const { path, before, after, applied, owner } = field;
  const isHidden = before === undefined && after === undefined;
  return (
    <div className="change-field">
      <span className="change-path">{path}</span>
      {isHidden ? (
        <span>{text('changed, and not shown')}</span>
      ) : (
        <span className="change-values">
          <del>{valueWords(before, text)}</del>
          <Icon name="arrow-right" />
          <ins>{valueWords(after, text)}</ins>
        </span>
      )}
      {applied === undefined && owner === undefined ? null : (
        <span className="change-note">
          {[
            ...(applied === undefined ? [] : [text('applied last: {0}', valueWords(applied, text))]),
            ...(owner === undefined ? [] : [text('written by {0}', owner)]),
          ].join(' · ')}
        </span>
      )}
    </div>
  );
}

/** One difference: pressing it looks at its node on both canvases. `children` stand below it. */
export function ChangeLine({
  item,
  selected,
  onLook,
  children,
}: {
  readonly item: ChangeItem;
  readonly selected: boolean;
  readonly onLook: (nodeId: string) => void;
  readonly children?: ReactNode;
}) {
  const text = useText();
  const { mark, word, title, subtitle, nodeId, fields } = item;
  const head = (
    <>
      <Icon name={iconOf(mark)} />
      <span className="change-title">{title}</span>
      <span className="change-kind">{subtitle}</span>
      <span className="change-word">{word ?? wordOf(mark, text)}</span>
    </>
  );
  return (
    <li className="change" data-tone={toneOf(mark)} data-selected={selected}>
      {nodeId === undefined ? (
        <div className="change-head">{head}</div>
      ) : (
        <button type="button" className="change-head" aria-pressed={selected} onClick={() => onLook(nodeId)}>
          {head}
        </button>
      )}
      {fields.map((field) => (
        <FieldLine key={field.path} field={field} />
      ))}
      {children}
    </li>
  );
}
