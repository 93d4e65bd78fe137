import * as vscode from 'vscode';
import { settings } from '../settings';
import type { ListView, SortField } from './listView';
import { plainView, sortFields } from './listView';

const viewKey = 'resources.view';
const typedKey = 'resources.namespaces';
const filterKey = 'resources.namespaceFilter';
const favouritesKey = 'resources.favourites';

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

function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
