import type { Viewport } from '@xyflow/react';
import { useMemo, useState } from 'react';
import { useStore } from 'zustand';
import type { ComparePage as Page } from '../../src/shared/compareProtocol';
import type { ConflictSide } from '../../src/shared/workflowConflict';
import { isSameMeaning } from '../../src/shared/workflowDiff';
import { EdgeHeads } from '../canvas/edges/EdgeHeads';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';
import { changeItems } from './changeItems';
import { ChangeLine } from './ChangeList';
import type { CompareStore } from './compareStore';
import { ConflictPanel } from './ConflictPanel';
import { ImportPanel } from './ImportPanel';
import type { Marks } from './marks';
import { conflictMarks, marksOf, noMarks } from './marks';
import { replayMarks } from './replayMarks';
import { ReplayPanel } from './ReplayPanel';
import { SideCanvas } from './SideCanvas';
import { sideStores } from './sideStores';

/** What a comparison page can ask for, and how it moves. */
export interface CompareActions {
  readonly lookAt: (nodeId: string) => void;
  readonly select: (nodeId: string | undefined) => void;
  readonly pick: (keys: readonly string[], side: ConflictSide) => void;
  readonly goTo: (step: number) => void;
  readonly openText: () => void;
  readonly restore: () => void;
  readonly retryFrom: (nodeId: string) => void;
  readonly resolve: (picks: Readonly<Record<string, ConflictSide>>) => void;
  readonly takeSide: (side: ConflictSide) => void;
  readonly choose: (key: string, value: string) => void;
  readonly importInto: (target: string) => void;
  readonly applyImport: () => void;
  readonly openSource: (file: string, line: number) => void;
}

function ChangesPanel({
  page,
  selected,
  actions,
}: {
  readonly page: Extract<Page, { kind: 'compare' }>;
  readonly selected: string | undefined;
  readonly actions: CompareActions;
}) {
  const text = useText();
  const items = useMemo(() => changeItems(page.diff, text), [page, text]);
  const meant = items.filter(({ mark }) => mark !== 'moved').length;
  return (
    <aside className="compare-list" aria-label={text('Differences')}>
      <header className="side-head">
        <h2>{text('Differences')}</h2>
        <span className="compare-count">{meant}</span>
      </header>
      {isSameMeaning(page.diff) ? (
        <p className="quiet compare-same">
          <Icon name="pass" /> {text('They mean the same.')}
        </p>
      ) : null}
      {page.diff.unknownNodes === undefined ? null : (
        <p className="quiet">{text('Not compared, because the cluster cannot be asked: {0}', page.diff.unknownNodes.map(({ id }) => id).join(', '))}</p>
      )}
      <ul className="changes">
        {items.map((item) => (
          <ChangeLine key={item.key} item={item} selected={item.nodeId !== undefined && item.nodeId === selected} onLook={actions.lookAt} />
        ))}
      </ul>
    </aside>
  );
}

function Head({ page, actions }: { readonly page: Page; readonly actions: CompareActions }) {
  const text = useText();
  const words = {
    version: text('Read-only: a version never changes.'),
    compare: text('Green was added, red removed, amber changed. Nothing here changes a file.'),
    conflict: text('Two branches said different things. Pick a side of each; the file is written only then.'),
    replay: text('A past run, as its journal tells it. No cluster is asked.'),
    import: text('What would come. Nothing is written before you say so.'),
  } as const;
  const canRestore = (page.kind === 'version' || page.kind === 'compare') && page.canRestore;
  const hasText = page.kind !== 'import' && (page.kind !== 'compare' || page.hasText);
  return (
    <header className="compare-head">
      <h1 className="sr-only">{page.kind === 'compare' || page.kind === 'conflict' ? `${page.before.label} ↔ ${page.after.label}` : page.after.label}</h1>
      <p>
        <Icon name={page.kind === 'conflict' ? 'git-merge' : page.kind === 'replay' ? 'history' : page.kind === 'import' ? 'eye' : 'lock'} />
        <span>{words[page.kind]}</span>
      </p>
      <div className="compare-actions">
        {hasText ? (
          <Button secondary id="compare-text" icon="go-to-file" onClick={actions.openText}>
            {text(page.kind === 'replay' ? 'Open the journal' : 'Show as text')}
          </Button>
        ) : null}
        {canRestore ? (
          <Button id="compare-restore" icon="discard" onClick={actions.restore}>
            {text('Restore this version…')}
          </Button>
        ) : null}
      </div>
    </header>
  );
}

/** The marks of each canvas of a page; older or our side first. */
function marksFor(page: Page, picks: Readonly<Record<string, ConflictSide>>): readonly Marks[] {
  switch (page.kind) {
    case 'compare':
      return [marksOf(page.diff, 'before'), marksOf(page.diff, 'after')];
    case 'conflict':
      return [conflictMarks(page.diff, 'ours', picks), conflictMarks(page.diff, 'theirs', picks)];
    case 'version':
    case 'replay':
      return [noMarks];
    case 'import':
      return [page.diff === undefined ? noMarks : marksOf(page.diff, 'after')];
  }
}

/** Two workflows side by side, or one: every canvas shows the same place at the same zoom. */
export function ComparePage({ store, actions }: { readonly store: CompareStore; readonly actions: CompareActions }) {
  const text = useText();
  const { page, catalog, selected, looks, picks, step } = useStore(store);
  const [viewport, setViewport] = useState<Viewport>();
  const sides = useMemo(() => (page.kind === 'compare' || page.kind === 'conflict' ? [page.before, page.after] : [page.after]), [page]);
  const stores = useMemo(() => sides.map((side) => sideStores(side.document, catalog, text)), [sides, catalog, text]);
  const marks = useMemo(() => marksFor(page, picks), [page, picks]);
  const feet = useMemo(() => {
    if (page.kind !== 'replay') return undefined;
    const ids = page.after.document.workflow.nodes.map(({ id }) => id);
    return replayMarks(ids, page.events.slice(0, step), text);
  }, [page, step, text]);
  return (
    <div className="compare" data-kind={page.kind}>
      <Head page={page} actions={actions} />
      <EdgeHeads />
      <div className="compare-body">
        <main className="compare-sides" aria-label={text('Canvas')}>
          {sides.map((side, index) => {
            const own = stores[index];
            return own === undefined ? null : (
              <SideCanvas
                key={index}
                id={index === 0 ? 'before' : 'after'}
                side={side}
                stores={own}
                marks={marks[index] ?? noMarks}
                feet={feet}
                viewport={viewport}
                onViewport={setViewport}
                selected={selected}
                looks={index === 0 || !sides[0]?.document.workflow.nodes.some(({ id }) => id === selected) ? looks : 0}
                onSelect={actions.select}
              />
            );
          })}
        </main>
        {page.kind === 'compare' ? <ChangesPanel page={page} selected={selected} actions={actions} /> : null}
        {page.kind === 'conflict' ? <ConflictPanel page={page} picks={picks} selected={selected} actions={actions} /> : null}
        {page.kind === 'import' ? <ImportPanel page={page} selected={selected} actions={actions} /> : null}
        {page.kind === 'replay' ? <ReplayPanel page={page} step={step} selected={selected} actions={actions} /> : null}
      </div>
    </div>
  );
}
