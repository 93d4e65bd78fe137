import * as vscode from 'vscode';
import type { CataloguePlugin, CustomDefinitionSource } from '../../engine/index';
import type { Files, ResourceInfo } from '../../engine/ports';
import { pluginCategories, pluginsFolder } from '../../shared/plugin';
import { failure } from '../../shared/problem';
import type { Connection } from '../clusters/targets';
import type { Engine } from '../rooms';
import type { CommandTable } from './commands';
import { openText, pickFolder } from './workflowCommands';

interface Parts {
  readonly engine: Engine;
  /** The templates that come along. */
  readonly core: Files;
  readonly filesOf: (folder: vscode.Uri) => Files;
  /** The cluster of the active workflow, asked for where none is chosen. The caller ends what it gets. */
  readonly connect: () => Promise<Connection | undefined>;
  /** The cluster that the active workflow is connected to already; nothing is asked. The caller ends what it gets. */
  readonly connected: () => Promise<Connection | undefined>;
  /** The folder of the active workflow. */
  readonly activeFolder: () => vscode.Uri | undefined;
}

interface Choice extends vscode.QuickPickItem {
  readonly definition: () => Promise<CustomDefinitionSource>;
}

/** Writes a plugin for a custom kind that a file or the cluster defines, and opens it. A file that is there is never changed. */
export function pluginCommands({ engine, core, filesOf, connected, connect, activeFolder }: Parts): CommandTable {
  const write = async (folder: vscode.Uri, source: CustomDefinitionSource): Promise<void> => {
    const { name, text } = engine.generatedPlugin(source);
    const file = `${pluginsFolder}/${name}.yaml`;
    const uri = vscode.Uri.joinPath(folder, file);
    if (await filesOf(folder).createExclusive(file, text)) return openText(uri);
    await openText(uri);
    throw failure('plugin.exists', { file });
  };

  const fromFile = async (folder: vscode.Uri): Promise<readonly Choice[]> => {
    const [file] =
      (await vscode.window.showOpenDialog({
        canSelectMany: false,
        defaultUri: folder,
        filters: { YAML: ['yaml', 'yml', 'json'] },
        title: vscode.l10n.t('New Plugin from CRD'),
        openLabel: vscode.l10n.t('Use This File'),
      })) ?? [];
    if (file === undefined) return [];
    const text = new TextDecoder().decode(await vscode.workspace.fs.readFile(file));
    const found = engine.definitionsInManifest(text, vscode.workspace.asRelativePath(file));
    return found.map(({ kind, group, read }) => ({ label: kind, description: group, definition: async () => read() }));
  };

  /** Custom kinds are told from Kubernetes' own by their groups, which have a dot and do not end as those of Kubernetes do. */
  const fromCluster = async ({ cluster }: Connection): Promise<readonly Choice[]> => {
    const kinds = new Map<string, Choice>();
    for (const { apiVersion, kind, resource, verbs } of await cluster.resources()) {
      const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
      if (!group.includes('.') || /(?:^|\.)k8s\.io$/.test(group) || resource.includes('/') || !verbs.includes('create')) continue;
      const name = `${group}/${kind}`;
      kinds.set(name, { label: kind, description: group, definition: () => engine.definitionFromCluster(cluster, name) });
    }
    if (kinds.size === 0) throw failure('plugin.noDefinition', { detail: 'the cluster has no custom kinds' });
    return [...kinds.values()].sort((a, b) => (a.label < b.label ? -1 : 1));
  };

  const choose = async (folder: vscode.Uri, choices: readonly Choice[]): Promise<void> => {
    const picked =
      choices.length === 1
        ? choices[0]
        : await vscode.window.showQuickPick(choices, {
            title: vscode.l10n.t('New Plugin'),
            placeHolder: vscode.l10n.t('Which kind?'),
            matchOnDescription: true,
          });
    if (picked !== undefined) await write(folder, await picked.definition());
  };

  /** What the cluster serves, when there is one that answers. */
  const served = async (): Promise<readonly ResourceInfo[]> => {
    let connection: Connection | undefined;
    try {
      connection = await connected();
      return (await connection?.cluster.resources()) ?? [];
    } catch {
      // Plugins are files: they are enabled without a cluster as well.
      return [];
    } finally {
      connection?.dispose();
    }
  };

  return {
    enablePlugins: async () => {
      const folder = activeFolder() ?? (await pickFolder());
      if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: a plugin is a file in it.'));
      const files = filesOf(folder);
      const [catalogue, resources] = await Promise.all([engine.readCatalogue(core), served()]);
      const onCluster = new Set(engine.pluginsOnCluster(catalogue, resources));
      const otherVersion = new Set(engine.pluginsOfOtherVersion(catalogue, resources));
      const rows = await Promise.all(
        catalogue.map(async (plugin) => ({
          label: plugin.displayName,
          description: plugin.types.map((type) => type.displayName).join(', '),
          ...(otherVersion.has(plugin) ? { detail: vscode.l10n.t('The cluster serves another version: use "New Plugin from CRD…".') } : {}),
          picked: (await engine.pluginState(files, plugin)) === 'enabled',
          plugin,
        })),
      );
      const section = (label: string, among: typeof rows): readonly (vscode.QuickPickItem & { readonly plugin?: CataloguePlugin })[] =>
        among.length === 0 ? [] : [{ label, kind: vscode.QuickPickItemKind.Separator }, ...among];
      const rest = rows.filter(({ plugin }) => !onCluster.has(plugin));
      const items = [
        ...section(
          vscode.l10n.t('on the cluster'),
          rows.filter(({ plugin }) => onCluster.has(plugin)),
        ),
        ...pluginCategories.flatMap((category) =>
          section(
            category,
            rest.filter(({ plugin }) => plugin.category === category),
          ),
        ),
      ];
      const picked = await vscode.window.showQuickPick(items, {
        canPickMany: true,
        matchOnDescription: true,
        title: vscode.l10n.t('Enable Plugins'),
        placeHolder: vscode.l10n.t('Which ones shall be in the palette? Each is a file in {0}.', pluginsFolder),
      });
      if (picked === undefined) return;
      const wanted = new Set(picked.map((item) => item.plugin));
      for (const { plugin, picked: was } of rows) {
        if (wanted.has(plugin) && !was) await engine.enablePlugin(files, plugin);
        else if (!wanted.has(plugin) && was)
          // For good, since not every machine has a trash: these files hold nothing but what enabling writes again.
          for (const path of await engine.filesToDisable(files, plugin)) await vscode.workspace.fs.delete(vscode.Uri.joinPath(folder, path));
      }
    },
    newPlugin: async () => {
      const folder = activeFolder() ?? (await pickFolder());
      if (folder === undefined) throw new Error(vscode.l10n.t('Open a folder first: a plugin is a file in it.'));
      const places = [
        { label: vscode.l10n.t('From a File…'), description: vscode.l10n.t('YAML with CustomResourceDefinitions'), cluster: false },
        { label: vscode.l10n.t('From the Cluster…'), description: vscode.l10n.t('the target of the active workflow'), cluster: true },
      ];
      const place = await vscode.window.showQuickPick(places, {
        title: vscode.l10n.t('New Plugin from CRD'),
        placeHolder: vscode.l10n.t('Where is the definition?'),
      });
      if (place === undefined) return;
      if (!place.cluster) {
        const choices = await fromFile(folder);
        if (choices.length > 0) await choose(folder, choices);
        return;
      }
      const connection = await connect();
      if (connection === undefined) return;
      try {
        await choose(folder, await fromCluster(connection));
      } finally {
        connection.dispose();
      }
    },
  };
}
