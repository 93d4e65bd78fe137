import { afterEach, describe, expect, it } from 'vitest';
import * as engine from '../../engine/index';
import type { Cluster, KindRef, ResourceInfo, WatchEvent } from '../../engine/ports';
import type { KubeObject } from '../../shared/kubeObject';
import { disposable } from '../../shared/disposables';
import { VirtualClock } from '../../testing/virtualClock';
import type { ListView } from './listView';
import { favouriteKey, plainView } from './listView';
import type { ClusterEntry, Row } from './resourceRows';
import { pageSize, ResourceTree } from './resourceTree';
import type { Remarks } from './viewState';

const info = (apiVersion: string, kind: string, resource: string, namespaced = true, verbs: readonly string[] = ['list', 'watch', 'get']): ResourceInfo => ({
  apiVersion,
  kind,
  resource,
  namespaced,
  verbs,
});

const served: readonly ResourceInfo[] = [
  info('v1', 'Pod', 'pods'),
  info('v1', 'Binding', 'bindings', true, ['create']),
  info('v1', 'Namespace', 'namespaces', false),
  info('v1', 'Node', 'nodes', false),
  info('apps/v1', 'Deployment', 'deployments'),
  info('events.k8s.io/v1', 'Event', 'events'),
  info('v1', 'Event', 'events'),
  info('acme.dev/v1', 'Widget', 'widgets'),
  info('acme.dev/v1beta1', 'Widget', 'widgets'),
  info('metrics.k8s.io/v1beta1', 'PodMetrics', 'pods', true, ['list', 'get']),
];

type Tell = (event: WatchEvent) => void;

/** A cluster of which the test holds every object; it counts what is asked of it. */
class FakeCluster {
  readonly defaultNamespace = 'team';
  readonly objects: KubeObject[] = [];
  readonly forbidden = new Set<string>();
  readonly asked: string[] = [];
  readonly watches = new Map<string, Tell>();
  opened = 0;
  closed = 0;
  ending = new AbortController();

  readonly entry: { -readonly [Key in keyof ClusterEntry]: ClusterEntry[Key] } = {
    key: 'context:test',
    label: 'test',
    detail: '',
    sandbox: false,
    open: async () => {
      this.opened++;
      return { cluster: this as unknown as Cluster, ended: this.ending.signal, dispose: () => void this.closed++ };
    },
  };

  readonly server = 'https://test.example';

  resources(): Promise<readonly ResourceInfo[]> {
    this.asked.push('discovery');
    return Promise.resolve(served);
  }

  watch(kind: KindRef, { namespace = '' }: { readonly namespace?: string }, onEvent: Tell) {
    const key = `${kind.kind} ${namespace}`;
    this.asked.push(`watch ${key}`);
    this.watches.set(key, onEvent);
    queueMicrotask(() => {
      if (this.watches.get(key) !== onEvent) return;
      if (this.forbidden.has(`watch ${kind.kind}`) || this.forbidden.has(`list ${kind.kind}`)) {
        const failure = { kind: 'forbidden', code: 403, reason: 'Forbidden', message: 'no', causes: [], conflicts: [], uncertain: false } as const;
        onEvent({ type: 'disconnected', failure, sinceMs: 0 });
        return;
      }
      for (const object of this.#matching(kind, namespace)) onEvent({ type: 'upsert', object });
      onEvent({ type: 'synced' });
    });
    return disposable(() => this.watches.get(key) === onEvent && this.watches.delete(key));
  }

  list(kind: KindRef, { namespace = '' }: { readonly namespace?: string }): Promise<readonly KubeObject[]> {
    this.asked.push(`list ${kind.kind} ${namespace}`);
    return Promise.resolve(this.#matching(kind, namespace));
  }

  mayI({ verb, resource }: { readonly verb: string; readonly resource: string }): Promise<boolean> {
    const kind = served.find((one) => one.resource === resource)?.kind ?? '';
    return Promise.resolve(!this.forbidden.has(`${verb} ${kind}`));
  }

  #matching(kind: KindRef, namespace: string): readonly KubeObject[] {
    return this.objects.filter((object) => object.kind === kind.kind && (namespace === '' || object.metadata.namespace === namespace));
  }
}

function object(kind: string, namespace: string, name: string, createdAt = '2026-03-01T10:00:00Z'): KubeObject {
  const metadata = { name, uid: `${kind}-${namespace}-${name}`, creationTimestamp: createdAt, ...(namespace === '' ? {} : { namespace }) };
  return { apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1', kind, metadata, spec: { containers: [{ name: 'app' }] }, status: { phase: 'Running' } };
}

const open: ResourceTree[] = [];
afterEach(() => open.splice(0).forEach((tree) => tree.dispose()));

function rig(change: Partial<ListView> = {}) {
  const cluster = new FakeCluster();
  cluster.objects.push(object('Namespace', '', 'shop'), object('Namespace', '', 'kube-system'));
  const clock = new VirtualClock(Date.parse('2026-03-01T12:00:00Z'));
  const settings = {
    view: { ...plainView, ...change },
    typed: [] as string[],
    filter: [] as string[],
    favourites: [] as string[],
    remarks: new Map<string, Remarks>(),
  };
  const tree = new ResourceTree({
    engine,
    clock,
    view: () => settings.view,
    entries: () => [cluster.entry],
    typedNamespaces: () => settings.typed,
    namespaceFilter: () => settings.filter,
    favourites: () => settings.favourites,
    remarks: () => settings.remarks,
    onError: (error) => {
      throw error;
    },
  });
  open.push(tree);
  const told: (Row | undefined)[] = [];
  tree.onDidChange((row) => told.push(row));
  /** Opens the rows with these names one below the other, as a person does, and gives what is below the last. */
  const look = async (...names: readonly string[]): Promise<readonly Row[]> => {
    let rows = await tree.children(undefined);
    for (const name of names) {
      const row = rows.find((one) => nameOf(one) === name);
      if (row === undefined) throw new Error(`There is no row "${name}" among ${rows.map(nameOf).join(', ')}.`);
      tree.expanded(row);
      rows = await tree.children(row);
    }
    return rows;
  };
  const find = async (...names: readonly string[]): Promise<Row> => {
    const rows = await look(...names.slice(0, -1));
    const row = rows.find((one) => nameOf(one) === names.at(-1));
    if (row === undefined) throw new Error(`There is no row "${names.at(-1) ?? ''}".`);
    return row;
  };
  return { cluster, clock, settings, tree, told, look, find };
}

function nameOf(row: Row): string {
  switch (row.type) {
    case 'cluster':
      return row.entry.label;
    case 'scope':
      return row.namespace ?? '(cluster)';
    case 'kind':
      return row.kind.kind;
    case 'group':
      return row.group;
    case 'object':
      return row.ref.name;
    case 'note':
      return `note ${row.note.type}`;
    default:
      return row.type;
  }
}

const names = (rows: readonly Row[]): readonly string[] => rows.map(nameOf);

describe('the tree of resources', () => {
  it('asks a cluster nothing before its row is opened, and follows only the kinds that are open', async () => {
    const { cluster, look, tree, clock, told } = rig();
    expect(names(await look())).toEqual(['test']);
    expect(cluster.opened).toBe(0);
    expect(names(await look('test'))).toEqual(['kube-system', 'shop', '(cluster)']);
    expect([...cluster.watches.keys()]).toEqual(['Namespace ']);
    expect(told).toMatchObject([{ type: 'cluster', health: 'connected' }]);
    await clock.advance(300);
    expect(told).toHaveLength(1);
    expect(names(await look('test', 'shop'))).toEqual(['Deployment', 'Pod', 'Event', 'acme.dev', 'metrics.k8s.io']);
    expect([...cluster.watches.keys()]).toEqual(['Namespace ']);
    await look('test', 'shop', 'Pod');
    expect([...cluster.watches.keys()]).toEqual(['Namespace ', 'Pod shop']);
    expect(tree.following).toBe(1);
  });

  it('stops when a row is closed or the view is hidden, and goes on when it is seen again', async () => {
    const { cluster, look, find, tree, clock, told } = rig();
    cluster.objects.push(object('Pod', 'shop', 'web-1'));
    await look('test', 'shop', 'Pod');
    const scope = await find('test', 'shop');
    tree.setVisible(false);
    expect(cluster.watches.size).toBe(0);
    tree.setVisible(true);
    expect([...cluster.watches.keys()]).toEqual(['Namespace ', 'Pod shop']);
    tree.collapsed(scope);
    expect(tree.following).toBe(0);
    await clock.advance(300);
    told.length = 0;
    tree.expanded(scope);
    await clock.advance(300);
    expect(told.map((row) => (row === undefined ? '' : nameOf(row)))).toEqual(['Pod']);
    tree.collapsed(await find('test'));
    expect(cluster.watches.size).toBe(0);
    expect([cluster.opened, cluster.closed]).toEqual([1, 1]);
    expect(told.at(-1)).toMatchObject({ type: 'cluster', health: 'closed' });
  });

  it('lets go of a cluster that was ended for everyone, and asks anew for the rows that are open', async () => {
    const { cluster, look, tree, told } = rig();
    cluster.objects.push(object('Pod', 'shop', 'web-1'));
    expect(names(await look('test', 'shop', 'Pod'))).toEqual(['web-1']);
    told.length = 0;
    const former = cluster.ending;
    cluster.ending = new AbortController();
    former.abort();
    expect([cluster.closed, cluster.watches.size, tree.following]).toEqual([1, 0, 0]);
    expect(told).toEqual([undefined]);
    cluster.objects.splice(
      cluster.objects.findIndex(({ kind }) => kind === 'Pod'),
      1,
    );
    expect(names(await look('test', 'shop', 'Pod'))).toEqual(['note empty']);
    expect([cluster.opened, tree.following]).toEqual([2, 1]);
  });

  it('tells a change of its own kind only, at once and then at most four times a second', async () => {
    const { cluster, look, clock, told } = rig();
    cluster.objects.push(object('Pod', 'shop', 'web-1'));
    await look('test', 'shop', 'Pod');
    await clock.advance(1000);
    told.length = 0;
    const tell = cluster.watches.get('Pod shop');
    for (let index = 0; index < 500; index++) tell?.({ type: 'upsert', object: object('Pod', 'shop', `web-${index}`) });
    await clock.advance(0);
    expect(told).toHaveLength(1);
    for (let index = 0; index < 500; index++) {
      tell?.({ type: 'delete', object: object('Pod', 'shop', `web-${index}`) });
      await clock.advance(1);
    }
    expect(told.length).toBeLessThanOrEqual(4);
    await clock.advance(1000);
    expect(told.at(-1)).toMatchObject({ type: 'kind', count: { shown: 0, all: 0 } });
    expect(names(await look('test', 'shop', 'Pod'))).toEqual(['note empty']);
  });

  it('tells an object that says something new alone, and its kind only when rows come, go, move or are counted otherwise', async () => {
    const { cluster, look, tree, find, clock, told } = rig({ sort: 'name', descending: false });
    cluster.objects.push(object('Pod', 'shop', 'web-1'), object('Pod', 'shop', 'web-2'), object('Pod', 'shop', 'web-3'));
    const before = await look('test', 'shop', 'Pod');
    await clock.advance(1000);
    const tell = (change: WatchEvent): Promise<void> => {
      told.length = 0;
      cluster.watches.get('Pod shop')?.(change);
      return clock.advance(300);
    };
    const failed = { ...object('Pod', 'shop', 'web-2'), status: { phase: 'Failed' } };
    await tell({ type: 'upsert', object: failed });
    expect(told).toMatchObject([{ type: 'object', id: before[1]?.id, row: { word: 'failed' } }]);
    // Heard again, it is no news; nor is a field that no row shows.
    await tell({ type: 'upsert', object: failed });
    await tell({ type: 'upsert', object: { ...failed, metadata: { ...failed.metadata, resourceVersion: '7' } } });
    expect(told).toEqual([]);
    // Whoever asks again gets what was told, and not a copy of it.
    const kind = await find('test', 'shop', 'Pod');
    expect((await tree.children(kind))[1]).toMatchObject({ row: { word: 'failed' } });
    expect(await tree.children(kind)).toBe(await tree.children(kind));

    await tell({ type: 'upsert', object: object('Pod', 'shop', 'web-0') });
    expect(told).toMatchObject([{ type: 'kind', count: { shown: 4, all: 4 } }]);
    expect(names(await tree.children(kind))).toEqual(['web-0', 'web-1', 'web-2', 'web-3']);
    // A time that moves on is a word too, and one row's own.
    await clock.advance(3_600_000);
    await tell({ type: 'upsert', object: { ...failed, status: { phase: 'Running' } } });
    expect(told.map((row) => row?.type)).toEqual(['object', 'object', 'object', 'object']);
  });

  it('asks for a kind whole when more of its rows change than are worth telling one by one', async () => {
    const { cluster, look, clock, told } = rig();
    const pods = Array.from({ length: 60 }, (_, index) => object('Pod', 'shop', `web-${index}`));
    cluster.objects.push(...pods);
    await look('test', 'shop', 'Pod');
    await clock.advance(1000);
    told.length = 0;
    for (const pod of pods) cluster.watches.get('Pod shop')?.({ type: 'upsert', object: { ...pod, status: { phase: 'Failed' } } });
    await clock.advance(300);
    expect(told).toMatchObject([{ type: 'kind' }]);
  });

  it('shows 20,000 pods a page at a time without a pause that a person would feel', async () => {
    const { cluster, look, tree, find, clock, told } = rig();
    for (let index = 0; index < 20_000; index++) cluster.objects.push(object('Pod', 'shop', `web-${index}`, new Date(1.7e12 + index * 1000).toISOString()));
    const startedAt = performance.now();
    const rows = await look('test', 'shop', 'Pod');
    const openedMs = performance.now() - startedAt;
    expect(rows).toHaveLength(pageSize + 1);
    expect(rows.at(-1)).toMatchObject({ type: 'more', left: 20_000 - pageSize });
    expect(nameOf(rows[0] as Row)).toBe('web-19999');
    await clock.advance(1000);
    told.length = 0;
    const againAt = performance.now();
    cluster.watches.get('Pod shop')?.({ type: 'delete', object: object('Pod', 'shop', 'web-19999') });
    await clock.advance(300);
    const kind = told[0];
    expect(kind).toMatchObject({ type: 'kind', count: { all: 19_999 } });
    expect(nameOf((await tree.children(kind))[0] as Row)).toBe('web-19998');
    const changedMs = performance.now() - againAt;
    tree.showMore((await find('test', 'shop', 'Pod')).id);
    expect(await look('test', 'shop', 'Pod')).toHaveLength(2 * pageSize + 1);
    // Generous for a busy machine; both take some tens of milliseconds on a quiet one.
    expect(openedMs).toBeLessThan(1500);
    expect(changedMs).toBeLessThan(500);
  });

  it('filters by name and namespace without regard to case, and says when nothing matches', async () => {
    const { cluster, look, settings, tree } = rig({ text: 'WEB' });
    cluster.objects.push(object('Pod', 'shop', 'web-1'), object('Pod', 'shop', 'db-1'));
    expect(names(await look('test', 'shop', 'Pod'))).toEqual(['web-1']);
    settings.view = { ...settings.view, text: 'Shop' };
    tree.refresh();
    expect(names(await look('test', 'shop', 'Pod'))).toEqual(['db-1', 'web-1']);
    settings.view = { ...settings.view, text: '.*' };
    tree.refresh();
    expect(names(await look('test', 'shop', 'Pod'))).toEqual(['note noMatch']);
  });

  it('carries the tags and notes of an object, and finds it by a tag', async () => {
    const { cluster, settings, look, tree } = rig();
    cluster.objects.push(object('Pod', 'shop', 'a'), object('Pod', 'shop', 'b'));
    const remarks = { tags: ['Ours', 'slow'], notes: 'ask Ana' };
    settings.remarks.set(favouriteKey('context:test', { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'b' }), remarks);
    expect((await look('test', 'shop', 'Pod')).map((row) => row.type === 'object' && [row.ref.name, row.remarks])).toEqual([
      ['a', undefined],
      ['b', remarks],
    ]);
    for (const text of ['ours', '#slow']) {
      settings.view = { ...settings.view, text };
      tree.refresh();
      expect(names(await look('test', 'shop', 'Pod'))).toEqual(['b']);
      expect((await look('test', 'shop')).find((row) => nameOf(row) === 'Pod')).toMatchObject({ count: { shown: 1, all: 2 } });
    }
  });

  it('sorts by what is asked, newest first unless told otherwise, favourites before all', async () => {
    const { cluster, look, settings, tree } = rig();
    const failed = { ...object('Pod', 'shop', 'b', '2026-03-01T11:00:00Z'), status: { phase: 'Failed' } };
    cluster.objects.push(object('Pod', 'shop', 'c', '2026-03-01T09:00:00Z'), failed, object('Pod', 'shop', 'a', '2026-03-01T10:00:00Z'));
    const order = async (change: Partial<ListView>): Promise<string> => {
      settings.view = { ...plainView, ...change };
      tree.refresh();
      return names(await look('test', 'shop', 'Pod')).join('');
    };
    expect(await order({})).toBe('bac');
    expect(await order({ sort: 'name', descending: false })).toBe('abc');
    expect(await order({ sort: 'status', descending: false })).toBe('bac');
    settings.favourites = [favouriteKey('context:test', { apiVersion: 'v1', kind: 'Pod', namespace: 'shop', name: 'c' })];
    tree.refresh();
    expect(await order({})).toBe('cba');
    expect(names(await look('favourites'))).toEqual(['c']);
  });

  it('hides the system where that is asked', async () => {
    const { look, settings, tree } = rig({ hideSystem: true });
    expect(names(await look('test'))).toEqual(['shop', '(cluster)']);
    expect(names(await look('test', '(cluster)'))).toEqual(['Namespace']);
    settings.view = plainView;
    tree.refresh();
    expect(names(await look('test', '(cluster)'))).toEqual(['Node', 'Namespace']);
  });

  it('says which verb is missing for a kind that is forbidden, and asks no further', async () => {
    const { cluster, look, clock } = rig();
    cluster.forbidden.add('list Pod');
    const rows = await look('test', 'shop', 'Pod');
    expect(rows).toMatchObject([{ type: 'note', note: { type: 'forbidden', verb: 'list', resource: 'pods', namespace: 'shop' } }]);
    await clock.advance(60_000);
    expect(cluster.asked.filter((one) => one === 'watch Pod shop')).toHaveLength(1);
  });

  it('lists without following where only the watch is forbidden, or the kind has none', async () => {
    const { cluster, look } = rig();
    cluster.objects.push(object('Pod', 'shop', 'web-1'));
    cluster.forbidden.add('watch Pod');
    expect(await look('test', 'shop', 'Pod')).toMatchObject([{ note: { type: 'notLive', verb: 'watch' } }, { ref: { name: 'web-1' } }]);
    await look('test', 'shop', 'metrics.k8s.io', 'PodMetrics');
    expect(cluster.asked).toContain('list PodMetrics shop');
  });

  it('serves a person who sees one namespace only: that of the context, and those that were typed', async () => {
    const { cluster, look, settings, tree } = rig();
    cluster.forbidden.add('list Namespace');
    cluster.objects.push(object('Pod', 'team', 'web-1'), object('Pod', 'extra', 'web-2'));
    expect(names(await look('test'))).toEqual(['note forbidden', 'team', '(cluster)']);
    expect(names(await look('test', 'team', 'Pod'))).toEqual(['web-1']);
    settings.typed = ['extra'];
    tree.refresh();
    expect(names(await look('test'))).toEqual(['note forbidden', 'extra', 'team', '(cluster)']);
    settings.view = { ...plainView, group: 'kind' };
    tree.refresh();
    expect([...names(await look('test', 'Pod'))].sort()).toEqual(['web-1', 'web-2']);
    expect(cluster.asked).not.toContain('watch Pod ');
  });

  it('groups by kind over all namespaces, or over those of the filter', async () => {
    const { cluster, look, settings, tree } = rig({ group: 'kind' });
    cluster.objects.push(object('Pod', 'shop', 'a'), object('Pod', 'kube-system', 'b'));
    expect([...names(await look('test', 'Pod'))].sort()).toEqual(['a', 'b']);
    expect(cluster.asked).toContain('watch Pod ');
    settings.filter = ['shop'];
    tree.refresh();
    settings.view = { ...settings.view, kinds: ['/Pod'] };
    tree.refresh();
    expect(names(await look('test'))).toEqual(['Pod', '(cluster)']);
  });

  it('lets go of a cluster that was asked for anew while it was opening', async () => {
    const { cluster, look, tree } = rig();
    let resolve = (): void => undefined;
    const slow = new Promise<void>((done) => (resolve = done));
    const entryOpen = cluster.entry.open;
    cluster.entry.open = async () => {
      const opened = await entryOpen();
      await slow;
      return opened;
    };
    const first = look('test');
    await expect.poll(() => cluster.opened).toBe(1);
    tree.reload();
    const second = look('test');
    await expect.poll(() => cluster.opened).toBe(2);
    resolve();
    await Promise.all([first, second]);
    expect(names(await second)).toContain('shop');
    expect(cluster.closed).toBe(1);
    tree.dispose();
    expect([cluster.closed, cluster.watches.size]).toEqual([2, 0]);
  });

  it('says why a cluster cannot be opened, and tries again at the next look', async () => {
    const { tree, cluster } = rig();
    const entry: ClusterEntry = { ...cluster.entry, open: () => Promise.reject(new Error('The kubeconfig is broken.')) };
    const row: Row = { type: 'cluster', id: 'cluster:context:test', entry, health: 'closed' };
    expect(await tree.children(row)).toMatchObject([{ note: { type: 'failed' } }]);
    expect(names(await tree.children({ ...row, entry: cluster.entry }))).toContain('shop');
    expect(await tree.children({ ...row, id: 'cluster:x', entry: { ...entry, key: 'x', open: () => Promise.resolve(undefined) } })).toMatchObject([
      { note: { type: 'stopped' } },
    ]);
  });

  it('shows what is known, with since when, while the connection is lost', async () => {
    const { cluster, look, clock } = rig();
    cluster.objects.push(object('Pod', 'shop', 'web-1'));
    await look('test', 'shop', 'Pod');
    const failure = { kind: 'unreachable', code: 0, reason: '', message: 'reset', causes: [], conflicts: [], uncertain: false } as const;
    cluster.watches.get('Pod shop')?.({ type: 'disconnected', failure, sinceMs: 42 });
    await clock.advance(300);
    expect(await look('test', 'shop', 'Pod')).toMatchObject([{ note: { type: 'stale', sinceMs: 42 } }, { ref: { name: 'web-1' } }]);
    cluster.watches.get('Pod shop')?.({ type: 'connected' });
    await clock.advance(300);
    expect(names(await look('test', 'shop', 'Pod'))).toEqual(['web-1']);
  });
});
