import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { coreTemplates, loadCatalog, parseWorkflow } from '../../src/engine/index';
import { nodeFiles } from '../../src/node/nodeFiles';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { Target } from '../../src/shared/plan';
import type { BrowserHostSample } from '../bridge/browserHost';

const webview = join(process.cwd(), 'webview');
const origin = 'http://canvas.test';

/** The browser of $CHROMIUM, else one of this machine; undefined where there is none. */
function chromiumPath(): string | undefined {
  const chosen = process.env['CHROMIUM'];
  if (chosen !== undefined && chosen !== '') return existsSync(chosen) ? chosen : undefined;
  return ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) => existsSync(path));
}

export type DevTheme = 'vscode-dark' | 'vscode-light' | 'vscode-high-contrast' | 'vscode-high-contrast-light';

interface DevBundle {
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The production build of React draws several times as fast. */
type ReactBuild = 'development' | 'production';

/** The development page, built in memory: the canvas as it ships, with the browser host in place of VS Code. */
async function buildDevPage(react: ReactBuild): Promise<DevBundle> {
  const result = await build({
    entryPoints: { dev: join(webview, 'dev/dev.tsx'), codicon: '@vscode/codicons/dist/codicon.css' },
    absWorkingDir: join(webview, '..'),
    outdir: '/page',
    bundle: true,
    write: false,
    format: 'iife',
    target: 'chrome140',
    jsx: 'automatic',
    loader: { '.ttf': 'file' },
    assetNames: '[name]',
    define: { 'process.env.NODE_ENV': JSON.stringify(react) },
    // Components keep their names, so that what is drawn can be counted by name.
    keepNames: true,
    logLevel: 'silent',
  });
  return { files: new Map(result.outputFiles.map((file) => [file.path.slice('/page/'.length), file.contents])) };
}

export const sandboxTarget: Target = {
  label: 'Sandbox',
  sandbox: true,
  context: 'kubeorch-sandbox',
  server: 'https://127.0.0.1:6443',
  clusterUid: '5e1c2a0e-0000-4000-8000-000000000000',
  namespace: 'voting',
  protected: false,
};

/** The example that ships. */
export function votingText(): string {
  return readFileSync(join(webview, '../templates/workspaces/voting/.kubeorch/voting.workflow.yaml'), 'utf8');
}

/** What the page begins with: the kinds that ship, and a workflow read by the engine. */
export async function sampleOf(text: string, nodes: Readonly<Record<string, NodeStatus>> = {}): Promise<BrowserHostSample> {
  const { catalog } = await loadCatalog([coreTemplates(nodeFiles(join(webview, '..', 'templates')))]);
  return { workflow: parseWorkflow(text).workflow, catalog, target: sandboxTarget, nodes };
}

interface DevPage {
  readonly page: Page;
  /** Everything that went wrong in the page: exceptions, console errors, refusals of the content security policy. */
  readonly faults: readonly string[];
}

export interface DevPageOptions {
  readonly sample?: BrowserHostSample;
  readonly theme?: DevTheme;
  readonly page?: 'canvas' | 'logs' | 'resource';
  readonly width?: number;
  readonly height?: number;
  /** Runs in the page before anything of ours. */
  readonly script?: string;
  /** Set when the test itself does to the page what its policy refuses. */
  readonly faultsAllowed?: boolean;
}

const contentTypes: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css', ttf: 'font/ttf' };

/** Opens the page under the policy that the extension sets, in a new window. */
async function openDevPage(browser: Browser, bundle: DevBundle, options: DevPageOptions): Promise<DevPage> {
  const { theme = 'vscode-dark', page: kind = 'canvas', width = 1440, height = 900 } = options;
  const context = await browser.newContext({ viewport: { width, height } });
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', (error) => faults.push(error.stack ?? error.message));
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') faults.push(message.text());
  });
  const policy = `default-src 'none'; script-src 'nonce-dev'; style-src ${origin}; font-src ${origin}; img-src ${origin} data:`;
  const html = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Canvas</title><meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="stylesheet" href="${origin}/dev.css"><link rel="stylesheet" id="vscode-codicon-stylesheet" href="${origin}/codicon.css"></head>
<body class="${theme}" data-page="${kind}"><div id="root"></div><script nonce="dev">window.kubeorchSample = ${JSON.stringify(options.sample ?? null).replaceAll('<', '\\u003c')};${options.script ?? ''}</script>
<script nonce="dev" src="${origin}/dev.js"></script></body></html>`;
  // Nothing leaves the machine: every request is answered here, and one for anything else is a fault.
  await context.route('**/*', async (route) => {
    const url = new URL(route.request().url());
    const name = url.pathname.slice(1);
    if (url.origin === origin && name === '') return route.fulfill({ contentType: 'text/html', body: html });
    const file = url.origin === origin ? bundle.files.get(name) : undefined;
    if (file === undefined) {
      if (name !== 'favicon.ico') faults.push(`The page asked for ${url.href}`);
      return route.abort();
    }
    return route.fulfill({ contentType: contentTypes[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream', body: Buffer.from(file) });
  });
  await page.goto(`${origin}/`);
  return { page, faults: options.faultsAllowed === true ? [] : faults };
}

/**
 * Describes pages in a real browser, with a host that lives in the page; skipped where there is no Chromium. One browser and one
 * bundle serve all tests; each page that a test opens is closed with it, and none may leave an exception, a console error or a
 * refusal of the content security policy behind.
 */
export function describePages(name: string, tests: (open: (options?: DevPageOptions) => Promise<Page>) => void, react: ReactBuild = 'development'): void {
  const executablePath = chromiumPath();
  describe.skipIf(executablePath === undefined)(`${name} (skipped where there is no Chromium)`, () => {
    let browser: Browser | undefined;
    let bundle: DevBundle | undefined;
    const opened: DevPage[] = [];
    // A browser on a busy machine takes its time.
    beforeAll(async () => {
      [browser, bundle] = await Promise.all([chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] }), buildDevPage(react)]);
    }, 60_000);
    afterAll(async () => {
      await browser?.close();
    });
    afterEach(async () => {
      const pages = opened.splice(0);
      for (const { page } of pages) await page.context().close();
      const faults = pages.flatMap((one) => one.faults);
      if (faults.length > 0) throw new Error(`The page reported faults:\n${faults.join('\n')}`);
    });
    tests(async (options = {}) => {
      if (browser === undefined || bundle === undefined) throw new Error('The browser is opened before the tests, not while they are described.');
      const one = await openDevPage(browser, bundle, options);
      opened.push(one);
      return one.page;
    });
  });
}
