import * as vscode from 'vscode';

/** Typed reading of the settings that package.json declares; never cached, so that a change counts at once. */
export const settings = {
  target: (scope: vscode.Uri | undefined) => vscode.workspace.getConfiguration('kubeorch', scope).get('target', ''),
  kubeconfig: (scope: vscode.Uri | undefined) => vscode.workspace.getConfiguration('kubeorch', scope).get('kubeconfig', ''),
  /** Programs that render charts and bases; empty to look along PATH. */
  helm: (scope: vscode.Uri | undefined) => vscode.workspace.getConfiguration('kubeorch', scope).get('tools.helm', ''),
  kustomize: (scope: vscode.Uri | undefined) => vscode.workspace.getConfiguration('kubeorch', scope).get('tools.kustomize', ''),
  allowRemoteSources: (scope: vscode.Uri | undefined) => vscode.workspace.getConfiguration('kubeorch', scope).get('tools.allowRemote', false),
  shell: (scope: vscode.Uri | undefined) => vscode.workspace.getConfiguration('kubeorch', scope).get('terminal.shell', ''),
  debugImage: (scope: vscode.Uri | undefined) => vscode.workspace.getConfiguration('kubeorch', scope).get('terminal.debugImage', '').trim() || 'busybox',
  tailLines: (scope: vscode.Uri | undefined) => clamped(vscode.workspace.getConfiguration('kubeorch', scope).get('logs.tailLines', 100), 50, 5000, 100),
  sandboxIdleMinutes: (scope: vscode.Uri | undefined) =>
    clamped(vscode.workspace.getConfiguration('kubeorch', scope).get('sandbox.idleMinutes', 30), 1, 1440, 30),
  runTimeoutMs: (scope: vscode.Uri | undefined) =>
    clamped(vscode.workspace.getConfiguration('kubeorch', scope).get('run.timeoutSeconds', 300), 5, 86_400, 300) * 1000,
  /** A cluster as `choiceText` writes it; only offered first, never used by itself. */
  defaultCluster: () => vscode.workspace.getConfiguration('kubeorch').get('defaultCluster', ''),
  signInCallback: () => vscode.workspace.getConfiguration('kubeorch').get<'auto' | 'editor' | 'loopback'>('signIn.callback', 'auto'),
  signInPort: () => clamped(vscode.workspace.getConfiguration('kubeorch').get('signIn.port', 0), 0, 65_535, 0),
  hideSystem: () => vscode.workspace.getConfiguration('kubeorch').get('resources.hideSystem', false),
  proxy: () => vscode.workspace.getConfiguration('http').get('proxy', ''),
  noProxy: () => vscode.workspace.getConfiguration('http').get<readonly string[]>('noProxy', []),
};

/** The settings editor enforces limits only on what it writes itself; a hand-edited file may hold anything. */
function clamped(value: unknown, min: number, max: number, fallback: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? Math.min(max, Math.max(min, Math.round(value))) : fallback;
}
