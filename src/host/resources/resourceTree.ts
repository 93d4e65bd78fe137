import type { Clock, Cluster, ResourceInfo } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { refOf } from '../../shared/kubeObject';
import type { Engine } from '../rooms';
import { KindList } from './kindList';
import type { ListView } from './listView';
import { kindGroups, kindKey, parseFavourite } from './listView';
import { changedRows, countOf, notesOf, objectRows, saysTheSame } from './objectRows';
import { noteRow } from './resourceRows';
import type { ClusterEntry, Row } from './resourceRows';
import type { Remarks } from './viewState';

export interface TreeParts {
  readonly engine: Engine;
  readonly clock: Clock;
  readonly view: () => ListView;
  readonly entries: () => readonly ClusterEntry[] | Promise<readonly ClusterEntry[]>;
  /** Namespaces that a person typed for a cluster, for where they may not be listed. */
  readonly typedNamespaces: (clusterKey: string) => readonly string[];
  /** Namespaces to show; empty for all. */
  readonly namespaceFilter: (clusterKey: string) => readonly string[];
  readonly favourites: () => readonly string[];
  /** What a person wrote about resources, by the key that a favourite has. */
  readonly remarks: () => ReadonlyMap<string, Remarks>;
  readonly onError: (error: unknown) => void;
}

/** Rows that a kind shows at first and with each "more". */
export const pageSize = 100;
/** Of more rows than this that change at once, all below their kind are asked for together. */
const singlyAtMost = 25;

const namespaceKind: ResourceInfo = { apiVersion: 'v1', kind: 'Namespace', resource: 'namespaces', namespaced: false, verbs: ['list', 'watch'] };

interface OpenCluster {
  readonly entry: ClusterEntry;
  readonly cluster: Cluster;
  /** Its namespaces, followed while the view is seen. */
  namespaces: KindList;
  dispose(): void;
}

/**
 * The resources of clusters as a tree that is asked for row by row. Only what is open and seen is followed: opening a kind
 * begins a watch, closing it or hiding the view ends it.
 */
export class ResourceTree implements Disposable {
  readonly #parts: TreeParts;
  readonly #opening = new Map<string, Promise<OpenCluster | undefined>>();
  readonly #open = new Map<string, OpenCluster>();
  readonly #lists = new Map<string, readonly KindList[]>();
  /** Rows that were handed out and can be opened, with the row above them. */
  readonly #rows = new Map<string, { readonly row: Row; readonly parent: string | undefined }>();
  /** What was listed below a kind that is followed, as it was last told: asked for again it is the same, until there is news. */
  readonly #told = new Map<string, readonly Row[]>();
  readonly #expanded = new Set<string>();
  readonly #limits = new Map<string, number>();
  readonly #changed: Emitter<Row | undefined>;
  readonly onDidChange: Emitter<Row | undefined>['on'];
  #visible = true;
  #disposed = false;

  constructor(parts: TreeParts) {
    this.#parts = parts;
    this.#changed = new Emitter(parts.onError);
    this.onDidChange = this.#changed.on;
  }

  async children(row: Row | undefined): Promise<readonly Row[]> {
    const rows = await this.#below(row);
    // Objects come and go by the thousand; only what can be opened is looked up again.
    for (const child of rows) if (isOpenable(child)) this.#rows.set(child.id, { row: child, parent: row?.id });
    return rows;
  }

  expanded(row: Row): void {
    this.#expanded.add(row.id);
    this.#follow();
  }

  collapsed(row: Row): void {
    this.#expanded.delete(row.id);
    this.#follow();
    if (row.type !== 'cluster') return;
    this.#close(row.entry.key);
    this.#changed.emit({ ...row, health: 'closed' });
  }

  setVisible(visible: boolean): void {
    if (visible === this.#visible) return;
    this.#visible = visible;
    for (const open of this.#open.values()) {
      open.namespaces.dispose();
      if (visible) open.namespaces = this.#namespaceList(open.cluster, `cluster:${open.entry.key}`);
    }
    this.#follow();
  }

  /** Shows the next page of a kind. */
  showMore(kindId: string): void {
    this.#limits.set(kindId, (this.#limits.get(kindId) ?? pageSize) + pageSize);
    this.#told.delete(kindId);
    const known = this.#rows.get(kindId);
    if (known !== undefined) this.#changed.emit(known.row);
  }

  /** What the view shows has changed (filter, order, favourites): everything that is open is asked for again. */
  refresh(): void {
    this.#told.clear();
    this.#changed.emit(undefined);
  }

  /** Lets go of every connection, so that the next look begins anew. */
  reload(): void {
    for (const key of [...this.#open.keys(), ...this.#opening.keys()]) this.#close(key);
    this.refresh();
  }

  /** The cluster behind a row, as long as it is open. */
  clusterOf(key: string): Cluster | undefined {
    return this.#open.get(key)?.cluster;
  }

  /** The namespaces that are known of an open cluster. */
  namespacesOf(key: string): readonly string[] {
    const open = this.#open.get(key);
    return open === undefined ? [] : this.#namespaces(open).map(({ name }) => name);
  }

  /** How many lists are followed now. */
  get following(): number {
    return [...this.#lists.values()].flat().length;
  }

  /** The objects that are in memory now, for those who look for one by name. Nothing is asked for. */
  *watched(): Generator<{ readonly clusterKey: string; readonly ref: ObjectRef }> {
    for (const [id, lists] of this.#lists) {
      const row = this.#rows.get(id)?.row;
      if (row?.type !== 'kind') continue;
      for (const list of lists) for (const object of list.objects()) yield { clusterKey: row.clusterKey, ref: refOf(object) };
    }
  }

  dispose(): void {
    this.#disposed = true;
    for (const key of [...this.#open.keys(), ...this.#opening.keys()]) this.#close(key);
    this.#changed.dispose();
  }

  async #below(row: Row | undefined): Promise<readonly Row[]> {
    switch (row?.type) {
      case undefined:
        return this.#roots();
      case 'favourites':
        return this.#favourites(row.id);
      case 'cluster':
        return this.#cluster(row);
      case 'scope':
        return this.#scope(row);
      case 'group':
        return this.#group(row);
      case 'kind':
        return this.#kind(row);
      default:
        return [];
    }
  }

  async #roots(): Promise<readonly Row[]> {
    const entries = await this.#parts.entries();
    const favourites = this.#parts.favourites();
    const rows: Row[] = favourites.length === 0 ? [] : [{ type: 'favourites', id: 'favourites', count: favourites.length }];
    for (const entry of entries) rows.push({ type: 'cluster', id: `cluster:${entry.key}`, entry, health: this.#healthOf(entry.key) });
    return rows;
  }

  /** As far as its own watches tell; a cluster that nobody opened is neither. */
  #healthOf(key: string): 'closed' | 'connected' | 'lost' {
    const open = this.#open.get(key);
    if (open === undefined) return 'closed';
    const { type } = open.namespaces.state;
    return type === 'stale' || type === 'failed' ? 'lost' : 'connected';
  }

  #favourites(parent: string): readonly Row[] {
    return this.#parts.favourites().flatMap((text): readonly Row[] => {
      const favourite = parseFavourite(text);
      if (favourite === undefined) return [];
      const { clusterKey, ref } = favourite;
      const object = this.#known(clusterKey, ref);
      const row = object === undefined ? undefined : this.#parts.engine.resourceRow(object, this.#parts.clock.now());
      const remarks = this.#parts.remarks().get(text);
      return [{ type: 'object', id: `${parent}/${text}`, clusterKey, ref, row, favourite: true, ...(remarks && { remarks }), withNamespace: true }];
    });
  }

  #known(clusterKey: string, ref: ObjectRef): KubeObject | undefined {
    for (const [id, lists] of this.#lists) {
      const row = this.#rows.get(id)?.row;
      if (row?.type !== 'kind' || row.clusterKey !== clusterKey || kindKey(row.kind) !== kindKey(ref)) continue;
      for (const list of lists) {
        const found = list.find(ref.namespace, ref.name);
        if (found !== undefined) return found;
      }
    }
    return undefined;
  }

  async #cluster(row: Extract<Row, { type: 'cluster' }>): Promise<readonly Row[]> {
    this.#expanded.add(row.id);
    const { key } = row.entry;
    let open: OpenCluster | undefined;
    try {
      open = await this.#ensureOpen(row);
      if (open === undefined) return [noteRow(row.id, { type: 'stopped' })];
      await open.namespaces.settled;
      // Told before there is anything below the row: while the editor asks for a row anew, a row below it that is opened stays empty.
      this.#namespacesChanged(row.id);
      const resources = await open.cluster.resources();
      const view = this.#parts.view();
      const allowed = this.#namespaces(open);
      const everywhere = open.namespaces.state.type === 'live' || open.namespaces.state.type === 'read' || open.namespaces.state.type === 'stale';
      const notes = notesOf(row.id, open.namespaces);
      const filter = this.#parts.namespaceFilter(key);
      const clusterScope: Row = { type: 'scope', id: `${row.id}/:cluster`, clusterKey: key, namespace: undefined, typed: false };
      if (view.group === 'kind') {
        const namespaces = filter.length > 0 ? filter : everywhere ? [''] : allowed.map(({ name }) => name);
        return [...notes, ...this.#kindRows(row.id, key, namespaces, true, resources), clusterScope];
      }
      const scopes = allowed.filter(({ name }) => filter.length === 0 || filter.includes(name));
      return [
        ...notes,
        ...scopes.map(({ name, typed }): Row => ({ type: 'scope', id: `${row.id}/${name}`, clusterKey: key, namespace: name, typed })),
        clusterScope,
      ];
    } catch (error) {
      return [noteRow(row.id, { type: 'failed', error })];
    }
  }

  /** Those of the cluster, else the context's own and those that were typed. */
  #namespaces(open: OpenCluster): readonly { readonly name: string; readonly typed: boolean }[] {
    const view = this.#parts.view();
    const typed = this.#parts.typedNamespaces(open.entry.key);
    const listed = [...open.namespaces.objects()].map((object) => object.metadata.name);
    const names = new Map<string, boolean>();
    if (listed.length === 0 && open.namespaces.state.type !== 'live') names.set(open.cluster.defaultNamespace, false);
    for (const name of typed) names.set(name, true);
    for (const name of listed) names.set(name, false);
    return [...names]
      .map(([name, isTyped]) => ({ name, typed: isTyped }))
      .filter(({ name }) => !view.hideSystem || !this.#parts.engine.systemNamespaces.has(name))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  async #scope(row: Extract<Row, { type: 'scope' }>): Promise<readonly Row[]> {
    this.#expanded.add(row.id);
    const open = this.#open.get(row.clusterKey);
    if (open === undefined) return [];
    try {
      const resources = await open.cluster.resources();
      return this.#kindRows(row.id, row.clusterKey, row.namespace === undefined ? [''] : [row.namespace], row.namespace !== undefined, resources);
    } catch (error) {
      return [noteRow(row.id, { type: 'failed', error })];
    }
  }

  #kindRows(parent: string, clusterKey: string, namespaces: readonly string[], namespaced: boolean, resources: readonly ResourceInfo[]): readonly Row[] {
    const view = this.#parts.view();
    const { known, others } = kindGroups(resources, namespaced, view.kinds, this.#parts.engine);
    const hidden = (kind: ResourceInfo): boolean => view.hideSystem && kindKey(kind) === '/Node';
    return [
      ...known.filter((kind) => !hidden(kind)).map((kind) => this.#kindRow(parent, clusterKey, kind, namespaces)),
      ...[...others.keys()].map((group): Row => ({
        type: 'group',
        id: `${parent}/group:${group}`,
        clusterKey,
        group,
        namespaces: namespaced ? namespaces : undefined,
      })),
    ];
  }

  #kindRow(parent: string, clusterKey: string, kind: ResourceInfo, namespaces: readonly string[]): Row {
    const id = `${parent}/${kindKey(kind)}`;
    const count = countOf(clusterKey, this.#lists.get(id), this.#parts);
    return { type: 'kind', id, clusterKey, kind, namespaces, ...(count !== undefined && { count }) };
  }

  async #group(row: Extract<Row, { type: 'group' }>): Promise<readonly Row[]> {
    this.#expanded.add(row.id);
    const open = this.#open.get(row.clusterKey);
    if (open === undefined) return [];
    const { others } = kindGroups(await open.cluster.resources(), row.namespaces !== undefined, this.#parts.view().kinds, this.#parts.engine);
    return (others.get(row.group) ?? []).map((kind) => this.#kindRow(row.id, row.clusterKey, kind, row.namespaces ?? ['']));
  }

  async #kind(row: Extract<Row, { type: 'kind' }>): Promise<readonly Row[]> {
    this.#expanded.add(row.id);
    this.#follow();
    const lists = this.#lists.get(row.id);
    if (lists === undefined) return [];
    await Promise.all(lists.map((list) => list.settled));
    const told = this.#told.get(row.id);
    if (told !== undefined) return told;
    const rows = this.#objectRows(row, lists);
    // Whoever closed the row meanwhile hears of no change below it.
    if (this.#lists.get(row.id) === lists) this.#told.set(row.id, rows);
    return rows;
  }

  #objectRows(row: Extract<Row, { type: 'kind' }>, lists: readonly KindList[]): readonly Row[] {
    return objectRows(row, lists, this.#limits.get(row.id) ?? pageSize, this.#parts);
  }

  /** Opens a cluster once, however many ask; an attempt that failed is forgotten, so that the next look tries again. */
  #ensureOpen(row: Extract<Row, { type: 'cluster' }>): Promise<OpenCluster | undefined> {
    const { entry, id } = row;
    const present = this.#opening.get(entry.key);
    if (present !== undefined) return present;
    const opening = this.#openCluster(entry, id, () => this.#opening.get(entry.key) === opening);
    this.#opening.set(entry.key, opening);
    const forget = (): void => {
      if (this.#opening.get(entry.key) === opening && !this.#open.has(entry.key)) this.#opening.delete(entry.key);
    };
    opening.then(forget, forget);
    return opening;
  }

  /** @param isWanted false once it was closed, or opened anew, while it was opening: then it is nobody's */
  async #openCluster(entry: ClusterEntry, id: string, isWanted: () => boolean): Promise<OpenCluster | undefined> {
    const opened = await entry.open();
    if (opened === undefined) return undefined;
    if (this.#disposed || !isWanted() || !this.#expanded.has(id)) {
      opened.dispose();
      return undefined;
    }
    const open: OpenCluster = {
      entry,
      cluster: opened.cluster,
      namespaces: this.#namespaceList(opened.cluster, id),
      dispose: () => {
        open.namespaces.dispose();
        opened.dispose();
      },
    };
    this.#open.set(entry.key, open);
    // Who acts there is no longer the same: what was seen goes, and the rows that are open ask anew.
    const renew = (): void => {
      if (this.#open.get(entry.key) !== open) return;
      this.#close(entry.key);
      this.refresh();
    };
    if (opened.ended.aborted) renew();
    else opened.ended.addEventListener('abort', renew);
    return open;
  }

  #namespaceList(cluster: Cluster, id: string): KindList {
    const list = new KindList({ cluster, kind: namespaceKind, namespace: '', clock: this.#parts.clock, onChange: () => this.#namespacesChanged(id) });
    list.start();
    return list;
  }

  readonly #shownNamespaces = new Map<string, string>();

  /** A namespace's own fields change often; its row only when it comes or goes, or the connection does. */
  #namespacesChanged(id: string): void {
    const known = this.#rows.get(id);
    if (known?.row.type !== 'cluster') return;
    const open = this.#open.get(known.row.entry.key);
    if (open === undefined) return;
    const health = this.#healthOf(known.row.entry.key);
    const shown = JSON.stringify([open.namespaces.state.type, this.#namespaces(open)]);
    if (shown === this.#shownNamespaces.get(id)) return;
    this.#shownNamespaces.set(id, shown);
    const row: Row = { ...known.row, health };
    this.#rows.set(id, { row, parent: known.parent });
    this.#changed.emit(row);
  }

  #close(key: string): void {
    for (const [id, lists] of this.#lists) {
      const row = this.#rows.get(id)?.row;
      if (row?.type !== 'kind' || row.clusterKey !== key) continue;
      for (const list of lists) list.dispose();
      this.#lists.delete(id);
      this.#told.delete(id);
    }
    this.#shownNamespaces.delete(`cluster:${key}`);
    this.#open.get(key)?.dispose();
    this.#open.delete(key);
    this.#opening.delete(key);
  }

  /** Begins and ends watches, so that exactly the kinds that a person sees are followed. */
  #follow(): void {
    if (this.#disposed) return;
    for (const [id, lists] of this.#lists) {
      if (this.#isSeen(id)) continue;
      for (const list of lists) list.dispose();
      this.#lists.delete(id);
      this.#told.delete(id);
    }
    for (const id of this.#expanded) {
      const row = this.#rows.get(id)?.row;
      if (row?.type !== 'kind' || this.#lists.has(id) || !this.#isSeen(id)) continue;
      const open = this.#open.get(row.clusterKey);
      if (open === undefined) continue;
      const lists = row.namespaces.map(
        (namespace) => new KindList({ cluster: open.cluster, kind: row.kind, namespace, clock: this.#parts.clock, onChange: () => this.#kindChanged(id) }),
      );
      this.#lists.set(id, lists);
      for (const list of lists) list.start();
    }
  }

  /**
   * Tells the row of a kind only when its own words or the rows below it are others: whoever draws it asks for everything below
   * again. Of objects that stay where they are, only those are told that say something new.
   */
  #kindChanged(id: string): void {
    const known = this.#rows.get(id);
    const lists = this.#lists.get(id);
    if (known?.row.type !== 'kind' || lists === undefined) return;
    const { clusterKey, kind, namespaces } = known.row;
    const row = this.#kindRow(known.parent ?? '', clusterKey, kind, namespaces);
    this.#rows.set(id, { row, parent: known.parent });
    const before = this.#told.get(id);
    if (before === undefined || row.type !== 'kind') {
      this.#changed.emit(row);
      return;
    }
    const after = this.#objectRows(row, lists);
    this.#told.set(id, after);
    const changed = saysTheSame(known.row, row) ? changedRows(before, after) : undefined;
    if (changed === undefined || changed.length > singlyAtMost) this.#changed.emit(row);
    else for (const one of changed) this.#changed.emit(one);
  }

  #isSeen(id: string): boolean {
    if (!this.#visible) return false;
    for (let at: string | undefined = id; at !== undefined; at = this.#rows.get(at)?.parent) if (!this.#expanded.has(at)) return false;
    return true;
  }
}

function isOpenable({ type }: Row): boolean {
  return type !== 'object' && type !== 'more' && type !== 'note';
}
