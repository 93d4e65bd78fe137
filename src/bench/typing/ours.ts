import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { hostileTexts } from '../../engine/document/tests/hostileTexts';
import * as engine from '../../engine/index';
import { inSlices } from '../../host/slices';
import { nodeFiles } from '../../node/nodeFiles';
import type { OpenApiData } from '../../openapi/resource';
import { openApiFromJson } from '../../openapi/index';
import { hostileWorkflows } from './hostileWorkflows';
import { largeWorkflow } from './largeWorkflow';

// The reading of an open document as the extension host does it (`host/documents.ts`), without VS Code around it.

const [root = '.', keystrokes = '120'] = process.argv.slice(2);
const openApi = openApiFromJson(JSON.parse(readFileSync(resolve(root, 'src/openapi/data/kubernetes.json'), 'utf8')) as OpenApiData);
const loaded = await engine.loadCatalog([engine.coreTemplates(nodeFiles(resolve(root, 'templates')))]);

/** Processor time of this thread, in milliseconds. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

class Document {
  readonly #reader = new engine.WorkflowReader();
  readonly #memory = new engine.NodeMemory();

  *#steps(text: string): engine.Steps<number> {
    const parsed = yield* this.#reader.steps(text);
    const resolved = engine.resolveWorkflow(parsed.workflow, loaded.catalog);
    yield;
    return (yield* engine.checkSteps({ parsed, resolved, loaded, fileName: 'large.workflow.yaml', openApi }, this.#memory)).length;
  }

  /**
   * Milliseconds until the problems of a text are known, the longest time that the event loop stood still, and how many
   * problems there are. Both are of the thread's own processor time, which on an idle machine is the clock's, and on a busy one
   * does not count the others; `clockMs` does.
   */
  async read(text: string): Promise<{ ms: number; blockedMs: number; clockMs: number; problems: number }> {
    let blockedMs = 0;
    const [began, beganClock] = [cpuMs(), performance.now()];
    let last = began;
    let watching = true;
    const watch = (): void => {
      const now = cpuMs();
      blockedMs = Math.max(blockedMs, now - last);
      last = now;
      if (watching) setImmediate(watch);
    };
    setImmediate(watch);
    const problems = await new Promise<number>((done, failed) => void inSlices(this.#steps(text), done, failed));
    const [ms, clockMs] = [cpuMs() - began, performance.now() - beganClock];
    watching = false;
    blockedMs = Math.max(blockedMs, cpuMs() - last);
    return { ms, blockedMs, clockMs, problems };
  }
}

const at = (values: readonly number[], share: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? 0;

/** Texts as they stand while somebody types, places all over the file in turn: into a value, a new key, an open quote, a name that others use. */
function* typed(text: string, count: number): Generator<string> {
  const lines = text.split('\n');
  const words = ['x', '5', ' ', '"', '\n    replicas: 2'];
  for (let stroke = 0; stroke < count; stroke += 1) {
    const line = (stroke * 7919) % lines.length;
    const word = words[stroke % words.length] ?? 'x';
    // Twice the same place: what was struck, and its being taken back.
    yield [...lines.slice(0, line), `${lines[line] ?? ''}${word}`, ...lines.slice(line + 1)].join('\n');
    yield text;
  }
}

const sizes: Record<string, unknown>[] = [];
for (const nodes of [10, 100, 1000]) {
  const text = largeWorkflow(nodes);
  const document = new Document();
  await new Document().read(largeWorkflow(20));
  const opened = await document.read(text);
  const times: number[] = [];
  const clock: number[] = [];
  const blocks: number[] = [];
  for (const next of typed(text, Number(keystrokes) / 2)) {
    const { ms, blockedMs, clockMs } = await document.read(next);
    times.push(ms);
    clock.push(clockMs);
    blocks.push(blockedMs);
  }
  const peer: number[] = [];
  for (const next of typed(text, 3)) {
    const began = cpuMs();
    parseDocument(next, { uniqueKeys: false, keepSourceTokens: true, logLevel: 'silent' });
    peer.push(cpuMs() - began);
  }
  const renamed = await document.read(text.replace('namespace: shop', 'namespace: shop2'));
  sizes.push({
    nodes,
    bytes: text.length,
    openMs: opened.ms,
    openBlockedMs: opened.blockedMs,
    problems: opened.problems,
    peerP50: at(peer, 0.5),
    p50: at(times, 0.5),
    p99: at(times, 0.99),
    clockP99: at(clock, 0.99),
    blockedMs: Math.max(...blocks),
    everythingMs: renamed.ms,
    everythingBlockedMs: renamed.blockedMs,
  });
}

const only = process.argv[4];
const hostile: Record<string, unknown>[] = [];
for (const [name, make] of Object.entries({ ...hostileWorkflows, ...hostileTexts })) {
  if (only !== undefined && !name.includes(only)) continue;
  const cpu = async (size: number): Promise<number> => {
    const text = make(size);
    return (await new Document().read(text)).ms;
  };
  await cpu(5_000);
  const small = Math.min(await cpu(50_000), await cpu(50_000));
  const large = await cpu(200_000);
  hostile.push({ name, small, large, growth: large / Math.max(small, 10) });
}
console.log(JSON.stringify({ sizes, hostile }));
