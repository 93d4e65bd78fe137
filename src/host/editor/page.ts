import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { TabOrigin } from './tabs';

/** Which of the pages in the webview bundle is shown. */
export type PageName = 'canvas' | 'compare' | 'logs' | 'overview' | 'resource' | 'unavailable';

/** Options for every webview: scripts on, and nothing readable but the bundle's own folder. */
export function pageOptions(extensionUri: vscode.Uri): vscode.WebviewOptions {
  return { enableScripts: true, enableForms: false, localResourceRoots: [vscode.Uri.joinPath(extensionUri, 'dist', 'webview')] };
}

/**
 * The HTML of a page. The policy allows the bundle's script by nonce and the bundle's styles and font by origin, and
 * nothing else: no inline script or style, no network, no frames. No text of the workspace or a cluster is in the page;
 * all of that comes later by message. Only what the tab is `restore`d by stands there, in letters that can be no markup.
 */
export function pageHtml(webview: vscode.Webview, extensionUri: vscode.Uri, page: PageName, restore?: TabOrigin): string {
  const nonce = randomBytes(18).toString('base64url');
  const asset = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(extensionUri, 'dist', 'webview', name)).toString();
  const kept = restore === undefined ? '' : ` data-restore="${Buffer.from(JSON.stringify(restore)).toString('base64url')}"`;
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src ${webview.cspSource}`,
    `font-src ${webview.cspSource}`,
    `img-src ${webview.cspSource} data:`,
  ].join('; ');
  return `<!DOCTYPE html>
<html lang="${vscode.env.language}">
<head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${asset('main.css')}">
<link rel="stylesheet" id="vscode-codicon-stylesheet" href="${asset('codicon.css')}">
<title>KubeOrch</title>
</head>
<body data-page="${page}"${kept}>
<div id="root"></div>
<script nonce="${nonce}" src="${asset('main.js')}"></script>
</body>
</html>`;
}

/** What a page puts its English sentences into the person's language with; empty where English is that language. */
export function pageTexts(): Readonly<Record<string, string>> {
  return vscode.l10n.bundle ?? {};
}

/** The webview's end of the channel. Messages that arrive before anyone listens are not lost: the page asks first. */
export function webviewTransport(webview: vscode.Webview): import('../../shared/channel').Transport {
  return {
    post: (message) => webview.postMessage(message),
    listen: (listener) => webview.onDidReceiveMessage(listener),
  };
}
