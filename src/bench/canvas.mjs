// The canvas against plain React Flow with memoised nodes: what a status event costs in script at 500 and 1,000 nodes and 50 and 1,000
// events a second, how long 1,000 nodes take to their first paint, and what panning and zooming over them costs. Both run in one browser
// and in turns, all cards in view, with production builds; a run counts only when every card ends up showing what was sent last.
// Script is the time of the page's thread (ScriptDuration by CDP), which a busy machine does not stretch. Usage:
// canvas [pairs] [seconds] [events|moving|opening|layout]
import { build } from 'esbuild';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { chromium } from 'playwright-core';
import { findChromium, howToGetChromium } from '../build/chromium.mjs';
import { whenEnded } from './ending.mjs';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const pairs = Number(process.argv[2] ?? 5) || 5;
const seconds = Number(process.argv[3] ?? 3) || 3;
const only = process.argv[4];
const wanted = (part) => only === undefined || only === part;
/** The bar: at most this share of the peer's script for an event; and where it is to go. The rest is told, without a bar. */
const eventBar = 1 / 5;
const eventAim = 1 / 25;
/** Of the wheel, in each of four directions. */
const steps = 8;

const sorted = (values) => values.toSorted((a, b) => a - b);
const at = (values, share) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
const median = (values) => at(values, 0.5);
const spread = (values, digits = 3) => `${median(values).toFixed(digits)} (${at(values, 0).toFixed(digits)} to ${at(values, 1).toFixed(digits)})`;

/** Workloads with a Service and a configuration each, four edges to three nodes. */
function workflowOf(nodes) {
  const lines = ['apiVersion: kubeorch.dev/v1alpha1', 'kind: Workflow', 'name: many', 'namespace: shop', 'nodes:'];
  const edges = [];
  const layout = [];
  for (let index = 0; index < nodes; index++) {
    const group = Math.floor(index / 3);
    const [web, service, config] = [`web-${group}`, `web-${group}-svc`, `web-${group}-conf`];
    if (index % 3 === 0) lines.push(`  ${web}: { type: deployment, image: 'ghcr.io/acme/web:1.${group}', replicas: 3, port: 8080 }`);
    else if (index % 3 === 1) lines.push(`  ${service}: { type: service, port: 80 }`);
    else lines.push(`  ${config}: { type: configmap, data: { COLOR: blue, SIZE: '12' } }`);
    if (index % 3 === 1) edges.push(`  - ${service} -> ${web}`);
    if (index % 3 === 2) edges.push(`  - ${config} -> ${web}`, `  - ${config} -> web-${Math.max(0, group - 1)}`);
    if (index % 3 === 0 && group > 0) edges.push(`  - ${web} -> web-${Math.floor(group / 2)}`);
    layout.push(`  ${[web, service, config][index % 3]}: [${(index % 40) * 300}, ${Math.floor(index / 40) * 200}]`);
  }
  return [...lines, 'edges:', ...new Set(edges), 'layout:', ...layout, ''].join('\n');
}

const executablePath = findChromium();
if (executablePath === undefined) {
  console.log(`canvas: left out, for there is no Chromium on this machine: ${howToGetChromium}`);
  process.exit();
}

const folder = mkdtempSync(join(tmpdir(), 'kubeorch-bench-canvas-'));
const browsers = new Set();
const tidy = async () => {
  for (const browser of browsers) await browser.close();
  rmSync(folder, { recursive: true, force: true });
};
whenEnded(tidy);
let met = true;
const judged = (name, ratio, bar) => {
  met &&= ratio <= bar;
  return `${name} ${ratio.toFixed(3)}${ratio <= bar ? '' : ' MISSED'}`;
};

try {
  await build({
    entryPoints: {
      ours: join(root, 'src/bench/canvas/ours.mjs'),
      plain: join(root, 'src/bench/canvas/plain.mjs'),
      codicon: '@vscode/codicons/dist/codicon.css',
    },
    absWorkingDir: root,
    outdir: folder,
    bundle: true,
    minify: true,
    format: 'iife',
    target: 'chrome140',
    jsx: 'automatic',
    loader: { '.ttf': 'file' },
    define: { 'process.env.NODE_ENV': '"production"' },
    logLevel: 'error',
  });
  const engineFile = join(folder, 'engine.cjs');
  await build({
    stdin: {
      contents: `export { coreTemplates, loadCatalog, parseWorkflow } from './src/engine/index'; export { nodeFiles } from './src/node/nodeFiles'; export { layoutWorkflow } from './src/engine/layout/index'; export { nodeCard } from './src/shared/nodeCard'; export { kindOf } from './src/shared/catalog';`,
      resolveDir: root,
      loader: 'ts',
    },
    outfile: engineFile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    mainFields: ['module', 'main'],
    logLevel: 'error',
  });
  const { coreTemplates, loadCatalog, parseWorkflow, nodeFiles, layoutWorkflow, nodeCard, kindOf } = createRequire(import.meta.url)(engineFile);
  const { catalog } = await loadCatalog([coreTemplates(nodeFiles(join(root, 'templates')))]);
  const driver = readFileSync(join(root, 'src/bench/canvas/driver.js'), 'utf8');
  const script = (value) => JSON.stringify(value).replaceAll('<', '\\u003c');

  /** Writes both pages for so many nodes. */
  const pagesFor = (count) => {
    const { workflow } = parseWorkflow(workflowOf(count));
    const target = {
      label: 'Sandbox',
      sandbox: true,
      context: 'sandbox',
      server: 'https://127.0.0.1:6443',
      clusterUid: 'u',
      namespace: 'shop',
      protected: false,
    };
    const plain = {
      nodes: workflow.nodes.map((node) => {
        const kind = kindOf(catalog, node.type);
        const card = nodeCard(node, kind);
        const [x, y] = workflow.layout[node.id];
        const rows = card.rows.map(({ label, value }) => ({ label, value }));
        return { id: node.id, type: 'card', position: { x, y }, data: { name: node.id, kind: kind?.displayName ?? '', rows } };
      }),
      edges: workflow.edges.map(({ from, to }) => ({ id: `${from}-${to}`, source: from, target: to })),
    };
    const page = (name, style, data) => {
      const file = join(folder, `${name}-${count}.html`);
      writeFileSync(
        file,
        `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>${name}</title><link rel="stylesheet" href="${name}.css">${style}</head>
<body class="vscode-dark" data-page="canvas"><div id="root"></div><script>${driver}</script><script>${data}</script><script src="${name}.js"></script></body></html>`,
      );
      return pathToFileURL(file).href;
    };
    return {
      ids: workflow.nodes.map((node) => node.id),
      ours: page(
        'ours',
        '<link rel="stylesheet" id="vscode-codicon-stylesheet" href="codicon.css">',
        // The page's side panels are put away: what is compared is the canvas.
        `window.kubeorchOurs = ${script({ sample: { workflow, catalog, target, nodes: {} }, saved: { paletteOpen: false, sideOpen: false } })};`,
      ),
      plain: page(
        'plain',
        '<style>html,body,#root{height:100%;margin:0}.plain-card{width:220px;min-height:120px;padding:8px;border:1px solid #888;border-radius:6px;background:#222;color:#ddd;font:13px sans-serif}.plain-title{display:flex;justify-content:space-between}</style>',
        `window.kubeorchPlain = ${script(plain)};`,
      ),
    };
  };

  /** Each page has a browser of its own: of two pages in one, that behind gets a frame a second. */
  const open = async (url) => {
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    browsers.add(browser);
    const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    const close = async () => {
      browsers.delete(browser);
      await browser.close();
    };
    page.on('pageerror', (error) => {
      throw error;
    });
    const cdp = await context.newCDPSession(page);
    await cdp.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.goto(url);
    await page.waitForFunction(() => window.kubeorchPainted !== undefined);
    const metrics = async () => Object.fromEntries((await cdp.send('Performance.getMetrics')).metrics.map(({ name, value }) => [name, value * 1000]));
    return { page, close, metrics, paintedMs: await page.evaluate(() => window.kubeorchPainted), threadMs: (await metrics()).TaskDuration };
  };
  const turns = (round) => (round % 2 === 0 ? ['ours', 'plain'] : ['plain', 'ours']);
  const words = { healthy: 'Healthy', partial: 'Partly healthy', pending: 'Pending', error: 'Error' };
  const ratios = [];

  for (const count of wanted('events') ? [500, 1000] : wanted('moving') ? [1000] : []) {
    const pages = pagesFor(count);
    const sides = { ours: await open(pages.ours), plain: await open(pages.plain) };
    for (const perSecond of wanted('events') ? [50, 1000] : []) {
      const costs = { ours: [], plain: [] };
      const rates = { ours: [], plain: [] };
      // The first round warms both up.
      for (let round = 0; round <= pairs; round++) {
        for (const name of turns(round)) {
          const { page, metrics } = sides[name];
          const before = await metrics();
          const { last, framesASecond } = await page.evaluate(
            ([ids, rate, time, salt]) => window.kubeorchBench.feed(ids, rate, time, salt),
            [pages.ids, perSecond, seconds, round],
          );
          const after = await metrics();
          const shown = await page.evaluate(() => window.kubeorchBench.shown());
          for (const [id, status] of Object.entries(last)) {
            const text = `${words[status.state]} ${status.ready}/${status.desired}`;
            if (shown[id] !== text) throw new Error(`${name}: ${id} shows "${shown[id]}" and was sent "${text}"`);
          }
          if (Object.keys(shown).length !== count) throw new Error(`${name} draws ${Object.keys(shown).length} of ${count} cards`);
          if (round > 0) rates[name].push(framesASecond);
          if (round > 0) costs[name].push((after.ScriptDuration - before.ScriptDuration) / (perSecond * seconds));
        }
      }
      const ratio = median(costs.ours.map((value, index) => value / costs.plain[index]));
      ratios.push(judged(`event ${count}@${perSecond}`, ratio, eventBar));
      console.log(
        `${count} nodes, ${perSecond} events a second: script ms an event: ours ${spread(costs.ours)}, plain ${spread(costs.plain)}: ratio ${ratio.toFixed(3)} (bar ${eventBar}, aim ${eventAim}); frames a second: ours ${spread(rates.ours, 0)}, plain ${spread(rates.plain, 0)}`,
      );
    }
    if (count === 1000 && wanted('moving')) {
      // From far away all cards are drawn; near, some two dozen can be seen.
      for (const [view, zooms] of [
        ['near', 3],
        ['far', 0],
      ]) {
        const cost = { ours: [], plain: [] };
        const frames = { ours: [], plain: [] };
        for (let round = 0; round <= pairs; round++) {
          for (const name of turns(round)) {
            const { page, metrics } = sides[name];
            await page.locator('.react-flow__controls-fitview').click();
            await page.mouse.move(700, 450);
            const wheel = async (x, y, times) => {
              for (let time = 0; time < times; time++) {
                await page.mouse.wheel(x, y);
                await page.evaluate(() => new Promise((done) => requestAnimationFrame(done)));
              }
            };
            await page.keyboard.down('Control');
            await wheel(0, -100, zooms);
            await page.keyboard.up('Control');
            await page.evaluate(() => window.kubeorchBench.startFrames());
            const before = await metrics();
            await wheel(40, 24, steps);
            await wheel(-40, -24, steps);
            await page.keyboard.down('Control');
            await wheel(0, -30, steps);
            await wheel(0, 30, steps);
            await page.keyboard.up('Control');
            const after = await metrics();
            const times = await page.evaluate(() => window.kubeorchBench.stopFrames());
            if (round === 0) continue;
            cost[name].push((after.TaskDuration - before.TaskDuration) / (4 * steps));
            frames[name].push(at(times, 0.95));
          }
        }
        const ratio = median(cost.ours.map((value, index) => value / cost.plain[index]));
        ratios.push(`pan and zoom ${view} ${ratio.toFixed(3)}`);
        console.log(
          `1000 nodes, panning and zooming ${view}: ms of the page's thread a step: ours ${spread(cost.ours, 1)}, plain ${spread(cost.plain, 1)}: ratio ${ratio.toFixed(3)}; p95 between frames: ours ${spread(frames.ours, 1)}, plain ${spread(frames.plain, 1)} ms`,
        );
      }
    }
    for (const side of Object.values(sides)) await side.close();
  }

  if (wanted('opening')) {
    const pages = pagesFor(1000);
    const opened = { ours: [], plain: [] };
    const clock = { ours: [], plain: [] };
    for (let round = 0; round <= pairs; round++) {
      for (const name of turns(round)) {
        const { close, paintedMs, threadMs } = await open(pages[name]);
        await close();
        if (round === 0) continue;
        opened[name].push(threadMs);
        clock[name].push(paintedMs);
      }
    }
    const ratio = median(opened.ours.map((value, index) => value / opened.plain[index]));
    ratios.push(`opening ${ratio.toFixed(3)}`);
    console.log(
      `1000 nodes from nothing to the first paint: ms of the page's thread: ours ${spread(opened.ours, 0)}, plain ${spread(opened.plain, 0)}: ratio ${ratio.toFixed(3)}; by the clock: ours ${spread(clock.ours, 0)}, plain ${spread(clock.plain, 0)} ms`,
    );
  }

  for (const count of wanted('layout') ? [100, 300, 1000] : []) {
    const { workflow } = parseWorkflow(workflowOf(count));
    const times = [];
    for (let round = 0; round < 3; round++) {
      const began = performance.now();
      await layoutWorkflow(workflow, catalog);
      times.push(performance.now() - began);
    }
    console.log(`arranging ${count} nodes: ${spread(times, 0)} ms`);
  }
  console.log(`ours to plain React Flow: ${ratios.join(', ')} (bar of an event: ${eventBar})`);
} finally {
  await tidy();
}
if (!met) process.exitCode = 1;
