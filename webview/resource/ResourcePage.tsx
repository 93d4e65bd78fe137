import { useRef } from 'react';
import type { KeyboardEvent } from 'react';
import { useStore } from 'zustand';
import type { StoreApi } from 'zustand/vanilla';
import type { ObjectRef } from '../../src/shared/kubeObject';
import type { ResourceAction, ResourceDetail } from '../../src/shared/resource';
import { resourceTabs } from '../../src/shared/resourceProtocol';
import type { ResourceEvents, ResourceTab } from '../../src/shared/resourceProtocol';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { Spinner } from '../ui/Spinner';
import { useText } from '../ui/texts';
import { EventsTab, HistoryTab } from './EventsTab';
import { OverviewTab } from './OverviewTab';
import { Sections } from './Sections';
import type { ResourceState } from './startResource';
import { StatusWord } from './StatusWord';

export interface PageActions {
  readonly show: (tab: ResourceTab) => void;
  readonly act: (action: ResourceAction) => void;
  readonly open: (ref: ObjectRef) => void;
  readonly openYaml: () => void;
  readonly reconnect: () => void;
}

const tabWords: Readonly<Record<ResourceTab, string>> = { overview: 'Overview', describe: 'Describe', yaml: 'YAML', events: 'Events', history: 'History' };

const buttons: readonly { readonly action: ResourceAction; readonly icon: string; readonly word: string }[] = [
  { action: 'logs', icon: 'output', word: 'Logs' },
  { action: 'terminal', icon: 'terminal', word: 'Terminal' },
  { action: 'forward', icon: 'plug', word: 'Forward port' },
  { action: 'scale', icon: 'arrow-both', word: 'Scale' },
  { action: 'restart', icon: 'debug-restart', word: 'Restart rollout' },
  { action: 'delete', icon: 'trash', word: 'Delete' },
];

export function ResourcePage({ store, actions }: { readonly store: StoreApi<ResourceState>; readonly actions: PageActions }) {
  const text = useText();
  const shown = useStore(store, (state) => state.shown);
  const tab = useStore(store, (state) => state.tab);
  if (shown === undefined) return <div className="resource-wait">{<Spinner label={text('Reading…')} />}</div>;
  const { detail } = shown;
  return (
    <div className="resource">
      {detail === null ? null : <Header detail={detail} actions={actions} />}
      <Connection shown={shown} onReconnect={actions.reconnect} />
      {detail === null ? (
        shown.absent ? (
          <p className="resource-empty">{text('This object does not exist.')}</p>
        ) : null
      ) : (
        <>
          <Tabs tab={tab} detail={detail} onChange={actions.show} />
          <main className="resource-main" id="resource-panel" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0}>
            <TabBody tab={tab} detail={detail} missing={shown.missing} actions={actions} />
          </main>
        </>
      )}
    </div>
  );
}

function Header({ detail, actions }: { readonly detail: ResourceDetail; readonly actions: PageActions }) {
  const text = useText();
  const { row, ref, owners } = detail;
  return (
    <header className="resource-head">
      <div className="resource-title">
        <h1>
          <span className="resource-kind">{ref.kind}</span> {row.name}
        </h1>
        <span className="spacer" />
        <IconButton icon="file-code" label={text('Open YAML in an editor')} onClick={actions.openYaml} />
        {buttons
          .filter(({ action }) => detail.actions.includes(action))
          .map(({ action, icon, word }) => (
            <IconButton key={action} icon={icon} label={text(word)} onClick={() => actions.act(action)} />
          ))}
      </div>
      <div className="resource-sub">
        <StatusWord word={row.word} reason={row.reason} />
        {row.summary === '' ? null : <span>{row.summary}</span>}
        {row.age === '' ? null : <span title={row.createdAt}>{text('{0} old', row.age)}</span>}
        <span className="quiet">{[detail.cluster, row.namespace].filter((part) => part !== '').join(' · ')}</span>
      </div>
      {owners.length === 0 ? null : (
        <nav className="resource-owners" aria-label={text('Owners')}>
          <span className="quiet">{text('Belongs to')}</span>
          {owners.map(({ ref: owner, readable }) => (
            <span key={`${owner.kind}/${owner.name}`} className="resource-owner">
              {readable ? (
                <button type="button" className="link-button" onClick={() => actions.open(owner)}>
                  {owner.kind} {owner.name}
                </button>
              ) : (
                <span title={text('It cannot be read.')}>
                  {owner.kind} {owner.name}
                </span>
              )}
            </span>
          ))}
        </nav>
      )}
    </header>
  );
}

/** Says when what is shown may be out of date, and offers to try again. Quiet while all is well. */
function Connection({ shown, onReconnect }: { readonly shown: ResourceEvents['detail']; readonly onReconnect: () => void }) {
  const text = useText();
  const { health, detail } = shown;
  if (health.connected) {
    return detail?.gone === true ? (
      <p className="banner" data-tone="warn" role="status">
        <Icon name="trash" />
        <span>{text('Deleted. This is its last state.')}</span>
      </p>
    ) : null;
  }
  const since = health.staleSince === undefined ? undefined : new Date(health.staleSince);
  return (
    <p className="banner" data-tone="bad" role="alert">
      <Icon name="debug-disconnect" />
      <span>
        {health.error ?? text('Not connected.')}
        {since === undefined || Number.isNaN(since.getTime()) || detail === null ? '' : ` ${text('Shown as of {0}.', since.toLocaleTimeString())}`}
      </span>
      <button type="button" className="link-button" onClick={onReconnect}>
        {text('Connect again')}
      </button>
    </p>
  );
}

function Tabs({ tab, detail, onChange }: { readonly tab: ResourceTab; readonly detail: ResourceDetail; readonly onChange: (tab: ResourceTab) => void }) {
  const text = useText();
  const list = useRef<HTMLDivElement>(null);
  const counts: Partial<Record<ResourceTab, number>> = { events: detail.events.length, history: detail.history.length };
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = resourceTabs.indexOf(tab);
    const last = resourceTabs.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last }[event.key];
    const wanted = next === undefined ? undefined : resourceTabs[next];
    if (wanted === undefined) return;
    event.preventDefault();
    onChange(wanted);
    list.current?.querySelector<HTMLElement>(`#tab-${wanted}`)?.focus();
  };
  return (
    <div className="resource-tabs" role="tablist" aria-label={text('Parts of the resource')} ref={list} onKeyDown={onKeyDown}>
      {resourceTabs.map((one) => (
        <button
          key={one}
          id={`tab-${one}`}
          type="button"
          role="tab"
          aria-selected={one === tab}
          aria-controls="resource-panel"
          tabIndex={one === tab ? 0 : -1}
          className="resource-tab"
          onClick={() => onChange(one)}
        >
          {text(tabWords[one])}
          {counts[one] === undefined || counts[one] === 0 ? null : <span className="resource-count">{counts[one]}</span>}
        </button>
      ))}
    </div>
  );
}

function TabBody({
  tab,
  detail,
  missing,
  actions,
}: {
  readonly tab: ResourceTab;
  readonly detail: ResourceDetail;
  readonly missing: readonly string[];
  readonly actions: PageActions;
}) {
  switch (tab) {
    case 'overview':
      return <OverviewTab detail={detail} missing={missing} onOpen={actions.open} />;
    case 'describe':
      return <Sections sections={detail.sections} />;
    case 'yaml':
      return <pre className="resource-yaml">{detail.yaml}</pre>;
    case 'events':
      return <EventsTab events={detail.events} missing={missing} />;
    case 'history':
      return <HistoryTab history={detail.history} />;
  }
}
