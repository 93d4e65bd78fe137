import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { coreTemplates, loadCatalog, parseWorkflow } from '../../src/engine/index';
import { nodeFiles } from '../../src/node/nodeFiles';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { Target } from '../../src/shared/plan';
import type { BrowserCompareSample } from '../bridge/browserCompareHost';
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

export interface DevPageOptions {
  readonly sample?: BrowserHostSample;
  /** What a comparison page begins with. */
  readonly compare?: BrowserCompareSample;
  readonly theme?: DevTheme;
  readonly page?: 'canvas' | 'compare' | 'logs' | 'overview' | 'resource';
  readonly width?: number;
  readonly height?: number;
  /** Runs in the page before anything of ours. */
  readonly script?: string;
  /** Set when the test itself does to the page what its policy refuses. */
  readonly faultsAllowed?: boolean;
}

const contentTypes: Readonly<Record<string, string>> = { js: 'text/javascript', css: 'text/css', ttf: 'font/ttf' };

/** A window of the browser. It serves one test after the other, since a new one costs more than most tests: it only loads anew. */
interface DevWindow {
  readonly page: Page;
  /** What went wrong in the page that it shows: exceptions, console errors, refusals of the content security policy, requests. */
  faults: string[];
}

/** The browser and what its pages are loaded from. */
class DevBrowser {
  readonly #server: Server;
  readonly #browser: Browser;
  readonly #bundle: DevBundle;
  readonly #idle: DevWindow[] = [];
  /** Documents that are about to be loaded, by their path. */
  readonly #documents = new Map<string, string>();
  #opened = 0;

  private constructor(server: Server, browser: Browser, bundle: DevBundle) {
    this.#server = server;
    this.#browser = browser;
    this.#bundle = bundle;
    server.on('request', (request, response) => this.#answer(request.url ?? '', response));
  }

  static async start(executablePath: string, react: ReactBuild): Promise<DevBrowser> {
    const server = createServer();
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    // The page's origin is our server, and every other name is unknown: nothing leaves the machine.
    const names = `--host-resolver-rules=MAP ${new URL(origin).host}:80 127.0.0.1:${port}, MAP * ~NOTFOUND`;
    const [browser, bundle] = await Promise.all([chromium.launch({ executablePath, args: ['--no-sandbox', names] }), buildDevPage(react)]);
    return new DevBrowser(server, browser, bundle);
  }

  /** Opens the page under the policy that the extension sets. */
  async open(options: DevPageOptions): Promise<DevWindow> {
    const { theme = 'vscode-dark', page: kind = 'canvas', width = 1440, height = 900 } = options;
    const window = this.#idle.pop() ?? (await this.#openWindow());
    const { page } = window;
    const size = page.viewportSize();
    if (size?.width !== width || size.height !== height) await page.setViewportSize({ width, height });
    this.#opened += 1;
    const path = `/page-${this.#opened}`;
    const policy = `default-src 'none'; script-src 'nonce-dev'; style-src ${origin}; font-src ${origin}; img-src ${origin} data:`;
    this.#documents.set(
      path,
      `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Canvas</title><meta http-equiv="Content-Security-Policy" content="${policy}">
<link rel="icon" href="data:,"><link rel="stylesheet" href="${origin}/dev.css"><link rel="stylesheet" id="vscode-codicon-stylesheet" href="${origin}/codicon.css"></head>
<body class="${theme}" data-page="${kind}"><div id="root"></div><script nonce="dev">window.kubeorchSample = ${JSON.stringify(options.sample ?? null).replaceAll('<', '\\u003c')};window.kubeorchCompare = ${JSON.stringify(options.compare ?? null).replaceAll('<', '\\u003c')};${options.script ?? ''}</script>
<script nonce="dev" src="${origin}/dev.js"></script></body></html>`,
    );
    await page.mouse.move(0, 0);
    await page.goto(`${origin}${path}`);
    return window;
  }

  /** Takes a window back whose test has passed. */
  giveBack(window: DevWindow): void {
    if (!window.page.isClosed()) this.#idle.push(window);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    this.#server.closeAllConnections();
    await new Promise((closed) => this.#server.close(closed));
  }

  async #openWindow(): Promise<DevWindow> {
    const context = await this.#browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const window: DevWindow = { page, faults: [] };
    page.on('pageerror', (error) => window.faults.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') window.faults.push(message.text());
    });
    context.on('request', (request) => {
      const url = new URL(request.url());
      const isOurs = url.origin === origin && (this.#documents.has(url.pathname) || this.#bundle.files.has(url.pathname.slice(1)));
      if (!isOurs && url.protocol !== 'data:') window.faults.push(`The page asked for ${url.href}`);
    });
    return window;
  }

  #answer(url: string, response: ServerResponse): void {
    const { pathname } = new URL(url, origin);
    const html = this.#documents.get(pathname);
    const file = this.#bundle.files.get(pathname.slice(1));
    const contentType = contentTypes[pathname.slice(pathname.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
    if (html !== undefined) response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end(html);
    else if (file !== undefined) response.writeHead(200, { 'content-type': contentType, 'cache-control': 'max-age=3600, immutable' }).end(file);
    else response.writeHead(404).end();
  }
}

/**
 * Describes pages in a real browser, with a host that lives in the page; skipped where there is no Chromium. One browser and one
 * bundle serve all tests, and none may leave an exception, a console error, a refusal of the content security policy or a request
 * for anything else than the page behind. The windows of a test that failed are closed, whatever state they are in.
 */
export function describePages(name: string, tests: (open: (options?: DevPageOptions) => Promise<Page>) => void, react: ReactBuild = 'development'): void {
  const executablePath = chromiumPath();
  describe.skipIf(executablePath === undefined)(`${name} (skipped where there is no Chromium)`, () => {
    let browser: DevBrowser | undefined;
    const opened: { readonly window: DevWindow; readonly faultsAllowed: boolean }[] = [];
    // A browser on a busy machine takes its time.
    beforeAll(async () => {
      browser = await DevBrowser.start(executablePath ?? '', react);
    }, 60_000);
    afterAll(() => browser?.close());
    afterEach(async ({ task }) => {
      const windows = opened.splice(0);
      const faults = windows.flatMap(({ window, faultsAllowed }) => (faultsAllowed ? [] : window.faults));
      for (const { window } of windows) {
        window.faults = [];
        if (task.result?.state === 'pass' && faults.length === 0) browser?.giveBack(window);
        else await window.page.context().close();
      }
      if (faults.length > 0) throw new Error(`The page reported faults:\n${faults.join('\n')}`);
    });
    tests(async (options = {}) => {
      if (browser === undefined) throw new Error('The browser is opened before the tests, not while they are described.');
      const window = await browser.open(options);
      opened.push({ window, faultsAllowed: options.faultsAllowed === true });
      return window.page;
    });
  });
}
