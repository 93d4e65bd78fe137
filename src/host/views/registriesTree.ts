import * as vscode from 'vscode';
import type { Clock, Logger } from '../../engine/ports';
import { imageReference } from '../../shared/imageReference';
import type { Registry } from '../../shared/registry';
import { shownRegistry } from '../../shared/registry';
import type { Registries } from '../registries/registries';
import { registryClient } from '../registries/registryClient';
import { statusIcons, statusWords } from '../registries/statusWords';
import { failureWords } from '../words';
import type { TreeNode, TreeSource } from './treeNode';
import { treeOf } from './treeNode';

interface Parts {
  readonly registries: Registries;
  /** The names of images that workflows and builds of the open folders have. */
  readonly imageNames: () => Promise<readonly string[]>;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How long a row waits for its registry, in milliseconds. */
const patienceMs = 10_000;
/** Rows shown at once; a "more" row asks for the next ones. Of each tag its digest is asked for. */
const pageSize = 20;
const askedAtOnce = 5;
const mostRepositories = 200;
/** A registry that asks for a token for it lists its repositories only to who may see all of them. */
const listingTypes: readonly Registry['type'][] = ['custom'];

/** The registries that were added; below each its repositories, and below these their tags with the digests that they stand for. */
export function registriesTree({ registries, imageNames, clock, log }: Parts): TreeSource {
  const ask = async <T>(
    registry: Registry,
    work: (client: Awaited<ReturnType<typeof registryClient>>, login: Login, signal: AbortSignal) => Promise<T>,
  ): Promise<T> => {
    const signal = AbortSignal.timeout(patienceMs);
    return work(await registryClient(), await registries.login(registry, clock.now(), signal), signal);
  };

  const repositoriesOf = async (registry: Registry): Promise<readonly TreeNode[]> => {
    const known = (await imageNames()).flatMap((name) => {
      const image = imageReference(name);
      return image?.host.toLowerCase() === registry.host.toLowerCase() ? [image.repository] : [];
    });
    let listed: readonly string[] = [];
    if (listingTypes.includes(registry.type)) {
      try {
        listed = await ask(registry, (client, login, signal) => client.repositories(registry.host, login, mostRepositories, signal));
      } catch (error) {
        if (known.length === 0) return [failed(registry.name, error)];
        log.info(`${registry.name} lists no repositories: ${failureWords(error)}`);
      }
    }
    const names = [...new Set([...known, ...listed])].sort();
    return names.length === 0
      ? [note(registry.name, vscode.l10n.t('No workflow or build names an image of it.'))]
      : names.map((name) => repositoryRow(registry, name));
  };

  const repositoryRow = (registry: Registry, repository: string): TreeNode => {
    const item = new vscode.TreeItem(repository, vscode.TreeItemCollapsibleState.Collapsed);
    item.id = `registry:${registry.name}:${repository}`;
    item.iconPath = new vscode.ThemeIcon('archive');
    item.contextValue = 'image';
    const reference = `${registry.host}/${repository}`;
    item.tooltip = reference;
    return { item, subject: { type: 'image', reference }, children: () => tagsOf(registry, reference) };
  };

  const tagsOf = async (registry: Registry, reference: string): Promise<readonly TreeNode[]> => {
    const image = imageReference(reference);
    if (image === undefined) return [];
    try {
      const tags = await ask(registry, (client, login, signal) => client.tags(image, login, signal));
      const newestFirst = tags.toSorted((a, b) => b.localeCompare(a, 'en', { numeric: true }));
      return newestFirst.length === 0 ? [note(reference, vscode.l10n.t('It has no tags.'))] : await page(registry, reference, newestFirst, 0);
    } catch (error) {
      return [failed(reference, error)];
    }
  };

  const page = async (registry: Registry, reference: string, tags: readonly string[], from: number): Promise<readonly TreeNode[]> => {
    const shown = tags.slice(from, from + pageSize);
    const digests = new Map<string, string>();
    for (let at = 0; at < shown.length; at += askedAtOnce)
      await Promise.all(
        shown.slice(at, at + askedAtOnce).map(async (tag) => {
          const digest = await digestOf(registry, reference, tag);
          if (digest !== undefined) digests.set(tag, digest);
        }),
      );
    const rows = shown.map((tag) => tagRow(registry, reference, tag, digests.get(tag)));
    const left = tags.length - from - pageSize;
    if (left <= 0) return rows;
    const more = new vscode.TreeItem(vscode.l10n.t('{0} more…', left), vscode.TreeItemCollapsibleState.Collapsed);
    more.id = `registry:${registry.name}:${reference}:more:${from}`;
    return [...rows, { item: more, children: () => page(registry, reference, tags, from + pageSize) }];
  };

  /** Undefined where the registry does not tell it: a tag can be used without. */
  const digestOf = async (registry: Registry, reference: string, tag: string): Promise<string | undefined> => {
    const image = imageReference(reference);
    if (image === undefined) return undefined;
    try {
      return await ask(registry, (client, login, signal) => client.digest(image, tag, login, signal));
    } catch (error) {
      log.info(`No digest of ${reference}:${tag}: ${failureWords(error)}`);
      return undefined;
    }
  };

  return treeOf(
    () =>
      Promise.resolve(
        registries.list().map((registry): TreeNode => {
          const status = registries.statusOf(registry.name);
          const item = new vscode.TreeItem(registry.name, vscode.TreeItemCollapsibleState.Collapsed);
          item.id = `registry:${registry.name}`;
          const shown = shownRegistry(registry);
          item.description = `${shown}${registry.isDefault ? ` · ${vscode.l10n.t('default')}` : ''}`;
          item.iconPath = new vscode.ThemeIcon(statusIcons[status], colours[status]);
          item.tooltip = [shown, ...(registry.user === '' ? [] : [registry.user]), statusWords()[status]].join('\n');
          item.accessibilityInformation = { label: [registry.name, item.description, statusWords()[status]].join(', ') };
          item.contextValue = registry.isDefault ? 'registry-default' : 'registry';
          return { item, subject: { type: 'registry', name: registry.name }, children: () => repositoriesOf(registry) };
        }),
      ),
    (listener) => registries.onDidChange(() => listener()),
  );
}

type Login = Awaited<ReturnType<Registries['login']>>;

const colours = {
  connected: new vscode.ThemeColor('charts.green'),
  disconnected: new vscode.ThemeColor('list.warningForeground'),
  unknown: undefined,
  error: new vscode.ThemeColor('list.errorForeground'),
} as const;

function tagRow(registry: Registry, reference: string, tag: string, digest: string | undefined): TreeNode {
  const item = new vscode.TreeItem(tag);
  item.id = `registry:${registry.name}:${reference}:${tag}`;
  item.iconPath = new vscode.ThemeIcon('tag');
  if (digest !== undefined) item.description = digest.slice(0, 19);
  const whole = `${reference}:${tag}${digest === undefined ? '' : `@${digest}`}`;
  item.tooltip = whole;
  item.accessibilityInformation = { label: digest === undefined ? tag : `${tag}, ${digest.slice(0, 19)}` };
  item.contextValue = 'image-tag';
  return { item, subject: { type: 'image', reference: whole } };
}

function failed(place: string, error: unknown): TreeNode {
  const words = failureWords(error);
  const item = new vscode.TreeItem(words);
  item.id = `registry:${place}:failed`;
  item.iconPath = new vscode.ThemeIcon('warning', new vscode.ThemeColor('list.warningForeground'));
  item.tooltip = words;
  return { item };
}

function note(place: string, words: string): TreeNode {
  const item = new vscode.TreeItem(words);
  item.id = `registry:${place}:note`;
  return { item };
}
