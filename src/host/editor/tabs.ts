import * as vscode from 'vscode';
import * as z from 'zod/mini';
import type { ObjectRef } from '../../shared/kubeObject';
import type { ResourceTab } from '../../shared/resourceProtocol';
import { resourceTabs } from '../../shared/resourceProtocol';
import type { SideSpec } from '../versions/sides';
import { pageOptions } from './page';

/** What a tab is of: enough to make it again after the window was loaded anew, and nothing secret. */
export type TabOrigin =
  | { readonly type: 'overview' }
  | { readonly type: 'nodeLogs'; readonly file: string; readonly nodeId: string }
  | { readonly type: 'resourceLogs'; readonly cluster: string; readonly ref: ObjectRef }
  | { readonly type: 'resource'; readonly cluster: string; readonly ref: ObjectRef; readonly tab: ResourceTab }
  | { readonly type: 'compare'; readonly file: string; readonly before: SideSpec; readonly after: SideSpec }
  | { readonly type: 'version'; readonly file: string; readonly ref: string }
  | { readonly type: 'replay'; readonly file: string; readonly runId: string };

const short = z.string().check(z.maxLength(300));
const address = z.string().check(z.maxLength(4096));
const ref = z.strictObject({ apiVersion: short, kind: short, namespace: short, name: short });
const side = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('working') }),
  z.strictObject({ type: z.literal('version'), ref: short }),
  z.strictObject({ type: z.literal('git'), ref: short }),
  z.strictObject({ type: z.literal('live') }),
]);
const state = z.object({
  restore: z.discriminatedUnion('type', [
    z.strictObject({ type: z.literal('overview') }),
    z.strictObject({ type: z.literal('nodeLogs'), file: address, nodeId: short }),
    z.strictObject({ type: z.literal('resourceLogs'), cluster: address, ref }),
    z.strictObject({ type: z.literal('resource'), cluster: address, ref, tab: z.enum(resourceTabs) }),
    z.strictObject({ type: z.literal('compare'), file: address, before: side, after: side }),
    z.strictObject({ type: z.literal('version'), file: address, ref: short }),
    z.strictObject({ type: z.literal('replay'), file: address, runId: short }),
  ]),
}) satisfies z.ZodMiniType<{ restore: TabOrigin }>;

/** Of the state that a page has left: undefined when it says nothing that can be used. */
export function originOf(saved: unknown): TabOrigin | undefined {
  const read = z.safeParse(state, saved);
  return read.success ? read.data.restore : undefined;
}

interface TabLook {
  readonly viewType: 'kubeorch.compare' | 'kubeorch.logs' | 'kubeorch.overview' | 'kubeorch.resource';
  readonly title: string;
  readonly icon: string;
  readonly column: vscode.ViewColumn;
}

/** A new tab for a page, or the one that VS Code has kept over a reload. */
export function tabFor({ viewType, title, icon, column }: TabLook, extensionUri: vscode.Uri, kept?: vscode.WebviewPanel): vscode.WebviewPanel {
  const panel = kept ?? vscode.window.createWebviewPanel(viewType, title, column, pageOptions(extensionUri));
  panel.title = title;
  panel.webview.options = pageOptions(extensionUri);
  panel.iconPath = new vscode.ThemeIcon(icon);
  return panel;
}
