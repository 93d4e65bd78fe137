import * as vscode from 'vscode';
import type { Builder } from '../shared/build';
import { buildersKnown } from '../shared/build';
import type { Prices } from '../shared/cost';

/** Typed reading of the settings that package.json declares; never cached, so that a change counts at once. */
export const settings = {
  target: (scope: vscode.Uri | undefined) => textIn(scope, 'target'),
  kubeconfig: (scope: vscode.Uri | undefined) => textIn(scope, 'kubeconfig'),
  /** Programs that render charts and bases; empty to look along PATH. */
  helm: (scope: vscode.Uri | undefined) => textIn(scope, 'tools.helm'),
  kustomize: (scope: vscode.Uri | undefined) => textIn(scope, 'tools.kustomize'),
  allowRemoteSources: (scope: vscode.Uri | undefined) => valueOf(scope, 'tools.allowRemote') === true,
  /** A program of builds: the chosen builder's own path, or nothing to look along PATH. */
  builder: (scope: vscode.Uri | undefined): Builder | undefined => buildersKnown.find((one) => one === textIn(scope, 'build.builder')),
  shell: (scope: vscode.Uri | undefined) => textIn(scope, 'terminal.shell'),
  debugImage: (scope: vscode.Uri | undefined) => textIn(scope, 'terminal.debugImage').trim() || 'busybox',
  tailLines: (scope: vscode.Uri | undefined) => clamped(valueOf(scope, 'logs.tailLines'), 50, 5000, 100),
  sandboxIdleMinutes: (scope: vscode.Uri | undefined) => clamped(valueOf(scope, 'sandbox.idleMinutes'), 1, 1440, 30),
  runTimeoutMs: (scope: vscode.Uri | undefined) => clamped(valueOf(scope, 'run.timeoutSeconds'), 5, 86_400, 300) * 1000,
  /** What estimates of cost go by; without any nothing is priced. */
  prices: (scope: vscode.Uri | undefined): Prices => ({
    cpuCoreHour: price(scope, 'cost.cpuCoreHour'),
    memoryGibHour: price(scope, 'cost.memoryGibHour'),
    storageGibMonth: price(scope, 'cost.storageGibMonth'),
    currency: textIn(scope, 'cost.currency').trim().slice(0, 8),
  }),
  /** What a save offers when deployed nodes are gone from the file. */
  pruneOnSave: (scope: vscode.Uri | undefined): 'ask' | 'plan' | 'never' => {
    const value = textIn(scope, 'prune.onSave');
    return value === 'plan' || value === 'never' ? value : 'ask';
  },
  /** A cluster as `choiceText` writes it; only offered first, never used by itself. */
  defaultCluster: () => textIn(undefined, 'defaultCluster'),
  signInCallback: (): 'auto' | 'editor' | 'loopback' => {
    const value = textIn(undefined, 'signIn.callback');
    return value === 'editor' || value === 'loopback' ? value : 'auto';
  },
  signInPort: () => clamped(valueOf(undefined, 'signIn.port'), 0, 65_535, 0),
  /** In which order workflows are listed: by name, or the one that was changed last first. */
  workflowOrder: (): 'name' | 'changed' => (textIn(undefined, 'workflows.order') === 'name' ? 'name' : 'changed'),
  /** Whether the canvas hears its keys itself; without it, only keybindings count. */
  canvasOwnKeys: () => valueOf(undefined, 'canvas.ownKeys') !== false,
  hideSystem: () => valueOf(undefined, 'resources.hideSystem') === true,
  proxy: () => plainText(vscode.workspace.getConfiguration('http').get('proxy')),
  noProxy: (): readonly string[] => {
    const value = vscode.workspace.getConfiguration('http').get<unknown>('noProxy');
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  },
};

// The settings editor enforces types and limits only on what it writes itself; a file of a folder may hold anything.
const valueOf = (scope: vscode.Uri | undefined, name: string): unknown => vscode.workspace.getConfiguration('kubeorch', scope).get(name);
const plainText = (value: unknown): string => (typeof value === 'string' ? value : '');
const textIn = (scope: vscode.Uri | undefined, name: string): string => plainText(valueOf(scope, name));

function clamped(value: unknown, min: number, max: number, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(max, Math.max(min, Math.round(value))) : fallback;
}

function price(scope: vscode.Uri | undefined, name: string): number {
  const value = valueOf(scope, name);
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
