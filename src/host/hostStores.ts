import type * as vscode from 'vscode';
import type { AddedClusters } from './clusters/addedClusters';
import type { Registries } from './registries/registries';
import type { SecretValues } from './runs/secretValues';
import type { Store } from './stores';

type KeyedState = Pick<vscode.Memento, 'keys' | 'update'>;

/** What the host keeps apart from its identity, by its owners. */
export function hostStores(owners: {
  readonly secrets: Pick<SecretValues, 'forgetAll' | 'forgetCluster'>;
  readonly targets: { forgetChoices(): Promise<void>; reconnect(clusterId?: string): void };
  readonly whoAmI: { clear(): void };
  readonly added: Pick<AddedClusters, 'list' | 'remove' | 'forgetHealth'>;
  readonly registries: Pick<Registries, 'forgetAll'>;
  /** Has every open canvas forget what it keeps. */
  readonly resetCanvases: () => void;
  readonly connections: { clear(): void };
  readonly health: { forgetAll(): void };
  readonly log: { clear(): void };
  readonly workspaceState: KeyedState;
}): readonly Store[] {
  const { secrets, targets, whoAmI, added, registries, resetCanvases, connections, health, log, workspaceState } = owners;
  return [
    {
      name: 'secret values',
      owner: 'runs/secretValues.ts',
      persistence: ['memory', 'secret storage'],
      clearedBy: ['sign-out', 'other identity', 'reset'],
      async clear(scope) {
        if (scope.type === 'reset') await secrets.forgetAll();
        else if (scope.clusterUid !== undefined) await secrets.forgetCluster(scope.clusterUid);
      },
    },
    {
      name: 'open clusters',
      owner: 'clusters/sharedClusters.ts',
      persistence: ['memory'],
      clearedBy: ['sign-out', 'other identity', 'reset', 'window close'],
      clear: (scope) => targets.reconnect(scope.type === 'reset' ? undefined : scope.clusterId),
    },
    {
      name: 'who I am',
      owner: 'identity/whoAmI.ts',
      persistence: ['memory'],
      clearedBy: ['sign-out', 'other identity', 'reset', 'window close'],
      clear: () => whoAmI.clear(),
    },
    {
      name: 'health of clusters',
      owner: 'clusters/healthMonitor.ts',
      persistence: ['memory', 'global state'],
      clearedBy: ['sign-out', 'other identity', 'reset', 'window close'],
      async clear(scope) {
        health.forgetAll();
        // What its record keeps was seen with the eyes of whoever was let in then.
        const id = scope.type === 'reset' ? undefined : /^(?:added:|user of cluster:)(.+)$/.exec(scope.clusterId)?.[1];
        if (id !== undefined) await added.forgetHealth(id);
      },
    },
    {
      name: 'target choices',
      owner: 'clusters/targets.ts',
      persistence: ['workspace state'],
      clearedBy: ['reset'],
      clear: () => targets.forgetChoices(),
    },
    {
      name: 'added clusters',
      owner: 'clusters/addedClusters.ts',
      persistence: ['global state', 'secret storage'],
      clearedBy: ['reset'],
      async clear() {
        for (const { id } of added.list()) await added.remove(id);
      },
    },
    {
      name: 'registries',
      owner: 'registries/registries.ts',
      persistence: ['global state', 'secret storage', 'memory'],
      clearedBy: ['reset'],
      clear: () => registries.forgetAll(),
    },
    {
      name: 'connection log',
      owner: 'clusters/connectionLog.ts',
      persistence: ['memory'],
      clearedBy: ['reset', 'window close'],
      clear: () => connections.clear(),
    },
    {
      name: 'recent log lines',
      owner: 'doctor/recentLog.ts',
      persistence: ['memory'],
      clearedBy: ['reset', 'window close'],
      clear: () => log.clear(),
    },
    {
      name: 'choices of views',
      owner: 'resources/viewState.ts',
      persistence: ['workspace state'],
      clearedBy: ['reset'],
      async clear() {
        for (const key of workspaceState.keys()) await workspaceState.update(key, undefined);
      },
    },
    {
      name: 'canvas view',
      owner: 'webview/store/uiStore.ts',
      persistence: ['webview state'],
      clearedBy: ['reset'],
      clear: () => resetCanvases(),
    },
  ];
}
