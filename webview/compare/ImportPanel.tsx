import { useEffect, useMemo, useRef } from 'react';
import type { ImportPage } from '../../src/shared/compareProtocol';
import type { ImportChoice, ImportLoss, SourceRange } from '../../src/shared/importPreview';
import { isSameMeaning } from '../../src/shared/workflowDiff';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Section } from '../ui/Section';
import { Select } from '../ui/Select';
import type { Text } from '../ui/texts';
import { useText } from '../ui/texts';
import { changeItems } from './changeItems';
import { ChangeLine } from './ChangeList';
import type { CompareActions } from './ComparePage';
import { choiceWord, lossWords, optionWord } from './importWords';

const lossKinds = ['lost', 'changed', 'note'] as const;
const lossIcons: Readonly<Record<ImportLoss['kind'], string>> = { lost: 'error', changed: 'warning', note: 'info' };

function placeWords({ file, line, endLine }: SourceRange): string {
  return endLine > line ? `${file}:${String(line)}–${String(endLine)}` : `${file}:${String(line)}`;
}

function SourceLink({ range, onOpen }: { readonly range: SourceRange; readonly onOpen: CompareActions['openSource'] }) {
  const text = useText();
  const words = placeWords(range);
  return (
    <button type="button" className="link-button import-source" title={text('Open {0}', words)} onClick={() => onOpen(range.file, range.line)}>
      {words}
    </button>
  );
}

function ChoiceField({ choice, onChoose }: { readonly choice: ImportChoice; readonly onChoose: CompareActions['choose'] }) {
  const text = useText();
  const title = choiceWord(choice, text);
  return (
    <div className="import-choice" data-choice={choice.key}>
      <span className="import-choice-title">{title}</span>
      <Select
        label={`${choice.node}: ${title}`}
        value={choice.value}
        options={choice.options.map((value) => ({ value, label: optionWord(value, text) }))}
        onCommit={(value) => onChoose(choice.key, value)}
      />
      {choice.reason === '' ? null : <span className="import-reason">{choice.reason}</span>}
    </div>
  );
}

/** A node that would come, or one that stays behind: where it is from, and what can be decided otherwise. */
function NodeLine({
  id,
  type,
  page,
  selected,
  actions,
}: {
  readonly id: string;
  readonly type: string | undefined;
  readonly page: ImportPage;
  readonly selected: boolean;
  readonly actions: CompareActions;
}) {
  const text = useText();
  const line = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (selected) line.current?.scrollIntoView({ block: 'nearest' });
  }, [selected]);
  const own = page.choices.filter((choice) => choice.node === id && choice.kind !== 'conflict');
  const shown = selected || type === undefined ? own : own.filter(({ kind }) => kind === 'workload');
  // That every node may stay behind is no news.
  const more = own.filter((choice) => choice.kind !== 'node' && !shown.includes(choice)).length;
  return (
    <li ref={line} className="change import-node" data-node={id} data-selected={selected}>
      <button type="button" className="change-head" aria-pressed={selected} aria-expanded={selected} onClick={() => actions.lookAt(id)}>
        <Icon name={type === undefined ? 'circle-slash' : selected ? 'chevron-down' : 'chevron-right'} />
        <span className="change-title">{id}</span>
        <span className="change-kind">{type ?? text('Left out')}</span>
        {more > 0 ? <span className="change-word">{text(more === 1 ? '{0} choice' : '{0} choices', more)}</span> : null}
      </button>
      <div className="import-places">
        {(page.sources[id] ?? []).map((range) => (
          <SourceLink key={`${range.file}:${String(range.line)}`} range={range} onOpen={actions.openSource} />
        ))}
      </div>
      {shown.map((choice) => (
        <ChoiceField key={choice.key} choice={choice} onChoose={actions.choose} />
      ))}
    </li>
  );
}

function LossLine({ loss, onOpen }: { readonly loss: ImportLoss; readonly onOpen: CompareActions['openSource'] }) {
  const { kind, path, file, line, reason, todo } = loss;
  const words = (
    <>
      <span className="import-loss-head">
        <Icon name={lossIcons[kind]} />
        <span className="change-path">{path}</span>
      </span>
      <span className="import-loss-place">{line === 0 ? file : `${file}:${String(line)}`}</span>
      <span>{reason}</span>
      <span className="import-todo">→ {todo}</span>
    </>
  );
  return (
    <li className="import-loss" data-kind={kind}>
      {line === 0 ? (
        <div className="import-loss-words">{words}</div>
      ) : (
        <button type="button" className="import-loss-words" onClick={() => onOpen(file, line)}>
          {words}
        </button>
      )}
    </li>
  );
}

function applyWords(page: ImportPage, isSame: boolean, text: Text): string {
  const target = page.targets.find(({ id }) => id === page.target);
  if (isSame) return text('Nothing has changed');
  return target?.isNew === false ? text('Merge into {0}', target.file) : text('Create {0}', target?.file ?? '');
}

/** What an import would bring: its nodes with their places in the source, what can be decided otherwise, what changes, and what is lost. */
export function ImportPanel({
  page,
  selected,
  actions,
}: {
  readonly page: ImportPage;
  readonly selected: string | undefined;
  readonly actions: CompareActions;
}) {
  const text = useText();
  const { nodes } = page.after.document.workflow;
  const brought = nodes.filter(({ id }) => page.choices.some((choice) => choice.kind === 'node' && choice.node === id));
  const behind = page.choices.filter(({ kind, value }) => kind === 'node' && value === 'leave').map(({ node }) => node);
  const changes = useMemo(() => (page.diff === undefined ? [] : changeItems({ ...page.diff, movedNodes: [] }, text)), [page, text]);
  const conflicts = page.choices.filter(({ kind }) => kind === 'conflict');
  const isSame = page.diff !== undefined && isSameMeaning(page.diff);
  return (
    <aside className="compare-list import-panel" aria-label={text('Import')}>
      <header className="side-head">
        <h2>{text('Import')}</h2>
        <span className="compare-count">{text('{0} nodes', brought.length)}</span>
      </header>
      <div className="import-into">
        <span className="import-choice-title">{text('Into')}</span>
        <Select
          label={text('Into which workflow?')}
          value={page.target}
          options={page.targets.map(({ id, file, isNew }) => ({ value: id, label: isNew ? text('New: {0}', file) : file }))}
          onCommit={actions.importInto}
        />
      </div>
      <div className="import-scroll">
        {page.notes.map((note) => (
          <p key={note} className="quiet">
            {note}
          </p>
        ))}
        {page.diff === undefined ? null : (
          <Section title={text('Changes of the file')} count={changes.length}>
            {isSame ? (
              <p className="quiet compare-same">
                <Icon name="pass" /> {text('The file says all of it already.')}
              </p>
            ) : null}
            <ul className="changes">
              {changes.map((item) => (
                <ChangeLine key={item.key} item={item} selected={item.nodeId !== undefined && item.nodeId === selected} onLook={actions.lookAt} />
              ))}
            </ul>
          </Section>
        )}
        {conflicts.length === 0 ? null : (
          <Section title={text('Changed here and in the source')} count={conflicts.length}>
            {conflicts.map((choice) => (
              <ChoiceField key={choice.key} choice={choice} onChoose={actions.choose} />
            ))}
          </Section>
        )}
        <Section title={text('Nodes')} count={brought.length}>
          <ul className="changes">
            {brought.map(({ id, type }) => (
              <NodeLine key={id} id={id} type={type} page={page} selected={id === selected} actions={actions} />
            ))}
            {behind.map((id) => (
              <NodeLine key={id} id={id} type={undefined} page={page} selected={id === selected} actions={actions} />
            ))}
          </ul>
        </Section>
        {lossKinds.map((kind) => {
          const losses = page.losses.filter((loss) => loss.kind === kind);
          return losses.length === 0 ? null : (
            <Section key={kind} title={text(lossWords[kind])} count={losses.length} open={kind !== 'note'}>
              <ul className="changes">
                {losses.map((loss) => (
                  <LossLine
                    key={`${loss.path} ${loss.file}:${String(loss.line)}:${String(loss.column)} ${loss.reason}`}
                    loss={loss}
                    onOpen={actions.openSource}
                  />
                ))}
              </ul>
            </Section>
          );
        })}
      </div>
      <footer className="side-foot compare-foot">
        <Button block id="apply-import" icon="check" disabled={isSame} onClick={actions.applyImport}>
          {applyWords(page, isSame, text)}
        </Button>
      </footer>
    </aside>
  );
}
