import * as vscode from 'vscode';
import { settings } from '../settings';
import type { ListView, SortField } from './listView';
import { plainView, sortFields } from './listView';

const viewKey = 'resources.view';
const typedKey = 'resources.namespaces';
const filterKey = 'resources.namespaceFilter';
const favouritesKey = 'resources.favourites';
const remarksKey = 'resources.remarks';

/** What a person wrote about a resource, for themselves: the cluster knows nothing of it. */
export interface Remarks {
  readonly tags: readonly string[];
  readonly notes: string;
}

const mostTags = 20;
const longestTag = 40;
const longestNotes = 2_000;
/** Beyond this the oldest are forgotten. */
const mostRemarks = 1_000;

/** Pasted text may hold signs that nobody sees and that turn what stands beside them. */
const plainText = (text: string): string => text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, ' ').trim();

/** The tags in what a person typed: words between commas or blanks, without `#`, each once. */
export function tagsFrom(typed: string): readonly string[] {
  const words = plainText(typed)
    .split(/[\s,]+/)
    .map((word) => word.replace(/^#+/, '').slice(0, longestTag));
  return [...new Set(words.filter((word) => word !== ''))].slice(0, mostTags);
}

/** What a person set in the resources view, kept for this workspace. The text filter lasts as long as the window. */
export class ViewState {
  readonly #state: vscode.Memento;
  #text = '';

  constructor(state: vscode.Memento) {
    this.#state = state;
  }

  /** What was kept may be of another version: every part is checked. */
  view(): ListView {
    const kept = this.#state.get<Partial<Record<keyof ListView, unknown>>>(viewKey) ?? {};
    const sort = sortFields.find((field) => field === kept.sort);
    return {
      text: this.#text,
      hideSystem: settings.hideSystem(),
      sort: sort ?? plainView.sort,
      descending: typeof kept.descending === 'boolean' ? kept.descending : plainView.descending,
      group: kept.group === 'kind' ? 'kind' : 'namespace',
      kinds: strings(kept.kinds),
    };
  }

  setText(text: string): void {
    this.#text = text.trim();
  }

  async set(change: {
    readonly sort?: SortField;
    readonly descending?: boolean;
    readonly group?: ListView['group'];
    readonly kinds?: readonly string[];
  }): Promise<void> {
    const { sort, descending, group, kinds } = { ...this.view(), ...change };
    await this.#state.update(viewKey, { sort, descending, group, kinds });
  }

  typedNamespaces(clusterKey: string): readonly string[] {
    return strings(this.#of(typedKey, clusterKey));
  }

  setTypedNamespaces(clusterKey: string, names: readonly string[]): Promise<void> {
    return this.#keep(typedKey, clusterKey, names);
  }

  namespaceFilter(clusterKey: string): readonly string[] {
    return strings(this.#of(filterKey, clusterKey));
  }

  setNamespaceFilter(clusterKey: string, names: readonly string[]): Promise<void> {
    return this.#keep(filterKey, clusterKey, names);
  }

  favourites(): readonly string[] {
    return strings(this.#state.get<unknown>(favouritesKey));
  }

  async setFavourite(key: string, favourite: boolean): Promise<void> {
    const others = this.favourites().filter((one) => one !== key);
    await this.#state.update(favouritesKey, favourite ? [...others, key] : others);
  }

  /** By the key that a favourite has. What was kept may be of another version: every part is checked. */
  remarks(): ReadonlyMap<string, Remarks> {
    const kept = this.#state.get<unknown>(remarksKey);
    const found = new Map<string, Remarks>();
    for (const [key, value] of Array.isArray(kept) ? (kept as unknown[]).filter(isPair) : []) {
      const { tags, notes } = (typeof value === 'object' && value !== null ? value : {}) as { readonly tags?: unknown; readonly notes?: unknown };
      found.set(key, { tags: strings(tags), notes: typeof notes === 'string' ? notes : '' });
    }
    return found;
  }

  async setRemarks(key: string, change: Partial<Remarks>): Promise<void> {
    const all = new Map(this.remarks());
    const { tags, notes: typed } = { tags: [], notes: '', ...all.get(key), ...change };
    const notes = plainText(typed).slice(0, longestNotes);
    all.delete(key);
    if (tags.length > 0 || notes !== '') all.set(key, { tags, notes });
    await this.#state.update(remarksKey, [...all].slice(-mostRemarks));
  }

  #of(key: string, clusterKey: string): unknown {
    const kept = this.#state.get<Record<string, unknown>>(key) ?? {};
    return Object.hasOwn(kept, clusterKey) ? kept[clusterKey] : undefined;
  }

  async #keep(key: string, clusterKey: string, names: readonly string[]): Promise<void> {
    const kept = new Map(Object.entries(this.#state.get<Record<string, unknown>>(key) ?? {}));
    if (names.length === 0) kept.delete(clusterKey);
    else kept.set(clusterKey, names);
    await this.#state.update(key, Object.fromEntries(kept));
  }
}

function isPair(value: unknown): value is readonly [string, unknown] {
  return Array.isArray(value) && typeof value[0] === 'string';
}

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
