import { useState } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import type { Overview, OverviewAction, OverviewFigure, OverviewWorkflow } from '../../src/shared/overview';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { Spinner } from '../ui/Spinner';
import { SearchField } from '../ui/TextField';
import { useText } from '../ui/texts';
import { ClusterTable } from './ClusterTable';
import { needsAttention, WorkflowCard } from './WorkflowCard';
import type { OverviewState } from './startOverview';

export interface OverviewActions {
  readonly openWorkflow: (id: string, nodeId?: string) => void;
  readonly openRun: (id: string, runId: string) => void;
  readonly showCluster: (id: string) => void;
  readonly act: (action: OverviewAction) => void;
}

const figureWords: Readonly<Record<OverviewFigure['name'], string>> = {
  workflows: 'Workflows',
  published: 'Published',
  runs: 'Runs',
  success: 'Success rate',
};

/** All workflows of the workspace with how they do, and the clusters that they use. */
export function OverviewPage({ store, actions }: { readonly store: StoreApi<OverviewState>; readonly actions: OverviewActions }) {
  const text = useText();
  const overview = useStore(store, (state) => state.overview);
  if (overview === undefined) {
    return (
      <div className="resource-wait">
        <Spinner label={text('Reading…')} />
      </div>
    );
  }
  return (
    <main className="overview" tabIndex={-1}>
      <header className="overview-head">
        <h1>{text('Overview')}</h1>
        <span className="spacer" />
        <IconButton icon="search" label={text('Search workflows, resources and clusters')} onClick={() => actions.act('search')} />
        <IconButton icon="add" label={text('New workflow')} onClick={() => actions.act('newWorkflow')} />
      </header>
      {overview.workflows.length === 0 ? (
        <FirstSteps hasFolder={overview.hasFolder} actions={actions} />
      ) : (
        <>
          <Figures figures={overview.figures} />
          <Workflows overview={overview} actions={actions} />
        </>
      )}
      {overview.clusters.length === 0 ? null : <ClusterTable clusters={overview.clusters} onShow={actions.showCluster} />}
    </main>
  );
}

function FirstSteps({ hasFolder, actions }: { readonly hasFolder: boolean; readonly actions: OverviewActions }) {
  const text = useText();
  return (
    <section className="overview-first">
      <Icon name="type-hierarchy-sub" />
      <h2>{text('No workflow yet')}</h2>
      <p>
        {hasFolder
          ? text('A workflow is one file in .kubeorch that opens as a canvas: what an application consists of, and what is of it on each cluster.')
          : text('Workflows live in a folder. Open one first.')}
      </p>
      <div className="overview-first-actions">
        {hasFolder ? (
          <>
            <Button icon="add" onClick={() => actions.act('newWorkflow')}>
              {text('New workflow')}
            </Button>
            <Button secondary onClick={() => actions.act('importCompose')}>
              {text('Import a compose file')}
            </Button>
            <Button secondary onClick={() => actions.act('openExample')}>
              {text('Open the example')}
            </Button>
          </>
        ) : (
          <Button icon="folder-opened" onClick={() => actions.act('openFolder')}>
            {text('Open folder')}
          </Button>
        )}
      </div>
    </section>
  );
}

function Figures({ figures }: { readonly figures: readonly OverviewFigure[] }) {
  const text = useText();
  return (
    <dl className="overview-figures">
      {figures.map(({ name, value, change }) => (
        <div key={name} className="overview-figure">
          <dt>{text(figureWords[name])}</dt>
          <dd>
            <span className="overview-value">{value === null ? '–' : name === 'success' ? `${value} %` : value}</span>
            {change === null ? null : <Change name={name} change={change} />}
          </dd>
        </div>
      ))}
    </dl>
  );
}

/** What changed against the month before: the arrow and the sign say it, the colour only helps. */
function Change({ name, change }: Pick<OverviewFigure, 'name'> & { readonly change: number }) {
  const text = useText();
  const amount = `${change > 0 ? '+' : change < 0 ? '−' : '±'}${Math.abs(change)}`;
  const tone = name !== 'success' || change === 0 ? 'quiet' : change > 0 ? 'good' : 'bad';
  const words = name === 'success' ? text('{0} points in 30 days', amount) : text('{0} in 30 days', amount);
  return (
    <span className="overview-change" data-tone={tone} title={text('The last thirty days against the thirty before.')}>
      <Icon name={change > 0 ? 'arrow-up' : change < 0 ? 'arrow-down' : 'arrow-right'} />
      {words}
    </span>
  );
}

function Workflows({ overview, actions }: { readonly overview: Overview; readonly actions: OverviewActions }) {
  const text = useText();
  const [query, setQuery] = useState('');
  const [onlyTroubled, setOnlyTroubled] = useState(false);
  const troubled = overview.workflows.filter(needsAttention).length;
  const shown = overview.workflows.filter((workflow) => matches(workflow, query) && (!onlyTroubled || needsAttention(workflow)));
  return (
    <section className="overview-part">
      <div className="overview-part-head">
        <h2>{text('Workflows')}</h2>
        <span className="spacer" />
        <button type="button" className="overview-filter" aria-pressed={onlyTroubled} onClick={() => setOnlyTroubled(!onlyTroubled)}>
          <Icon name={troubled === 0 ? 'pass' : 'warning'} />
          {text('Needs attention: {0}', troubled)}
        </button>
        {overview.workflows.length < 4 ? null : <SearchField label={text('Filter workflows')} value={query} onChange={setQuery} />}
      </div>
      {shown.length === 0 ? (
        <p className="quiet">{onlyTroubled && query === '' ? text('Nothing needs attention.') : text('No workflow matches.')}</p>
      ) : (
        <ul className="overview-workflows">
          {shown.map((workflow) => (
            <WorkflowCard key={workflow.id} workflow={workflow} actions={actions} />
          ))}
        </ul>
      )}
    </section>
  );
}

/** Every word of the query stands somewhere in what a row says of its workflow. */
function matches({ name, description, tags, places, folder }: OverviewWorkflow, query: string): boolean {
  const texts = [name, description, folder ?? '', ...tags, ...places.flatMap(({ environment, cluster, namespace }) => [environment, cluster, namespace])];
  const all = texts.join('\n').toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => all.includes(word));
}
