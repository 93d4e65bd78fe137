// From a writer's 200 to the DOM of the canvas in the real VS Code: 500 nodes, 50 status changes a second, against the moment at
// which the handler of a client-go informer hears of the same change. One API server, one run, the same writes.
import { spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Agent, request } from 'undici';
import { expect, onTestFinished, test } from 'vitest';
import { clusterFromKubeconfig } from '../../kube';
import { systemClock } from '../../node/systemClock';
import { scenario } from '../../e2e/scenario';
import type { ApiServer } from '../../testing/apiServer';
import { startApiServer } from '../../testing/apiServer';
import { MemoryLogger } from '../../testing/memoryLogger';

const nodes = 500;
const perSecond = 50;
const seconds = Number(process.env['SECONDS'] ?? 20);
const replicas = 100;
const informer = process.env['INFORMER'] ?? '';
const name = (index: number): string => `n${String(index).padStart(3, '0')}`;

const workflow = [
  'apiVersion: kubeorch.dev/v1alpha1',
  'kind: Workflow',
  'name: many',
  'status: published',
  'namespace: default',
  'nodes:',
  ...Array.from({ length: nodes }, (_, index) => `  ${name(index)}: { type: deployment, image: example.org/app:1, replicas: ${replicas} }`),
  'layout:',
  ...Array.from({ length: nodes }, (_, index) => `  ${name(index)}: [${(index % 20) * 250}, ${Math.floor(index / 20) * 190}]`),
  '',
].join('\n');

interface Write {
  readonly node: string;
  readonly ready: number;
  readonly version: string;
  readonly atMs: number;
}

interface Seen {
  readonly node: string;
  readonly ready: number;
  readonly atMs: number;
}

const at = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? NaN;

let server: ApiServer;
test('the API server starts', async () => {
  server = await startApiServer();
  process.env['PIXEL_KUBECONFIG'] = join(process.env['WORK'] ?? '', 'pixel.kubeconfig');
  await writeFile(process.env['PIXEL_KUBECONFIG'], server.kubeconfig, { mode: 0o600 });
}, 120_000);

scenario(
  'commit to pixel',
  { workspace: { '.kubeorch/many.workflow.yaml': workflow }, env: { KUBECONFIG: join(process.env['WORK'] ?? '', 'pixel.kubeconfig') }, timeoutMs: 600_000 },
  async (workbench) => {
    onTestFinished(() => server.close());
    const cluster = await clusterFromKubeconfig({ text: server.kubeconfig, clock: systemClock(), logger: new MemoryLogger() });
    onTestFinished(() => cluster.dispose());
    const labels = (node: string) => ({
      app: node,
      'app.kubernetes.io/name': node,
      'app.kubernetes.io/part-of': 'many',
      'app.kubernetes.io/managed-by': 'kubeorch',
      'kubeorch.dev/workflow': 'many',
      'kubeorch.dev/node': node,
    });
    const template = (node: string) => ({ metadata: { labels: labels(node) }, spec: { containers: [{ name: node, image: 'example.org/app:1' }] } });
    await Promise.all(
      Array.from({ length: nodes }, (_, index) =>
        cluster.apply(
          {
            apiVersion: 'apps/v1',
            kind: 'Deployment',
            metadata: { name: name(index), namespace: 'default', labels: labels(name(index)) },
            spec: { replicas, selector: { matchLabels: { app: name(index) } }, template: template(name(index)) },
          },
          { fieldManager: 'kubeorch' },
        ),
      ),
    );

    await workbench.openFile('.kubeorch/many.workflow.yaml');
    const canvas = await workbench.canvas();
    await workbench.runCommand('KubeOrch: Select Target…');
    await workbench.pick('alone');
    await canvas.locator('.target-chip[data-state="live"]').waitFor();
    await canvas
      .locator('.react-flow__node')
      .nth(nodes - 1)
      .waitFor({ state: 'attached' });
    // What is measured is a canvas that is open and tells every node's state. How long that takes is measured elsewhere.
    await canvas.waitForFunction(
      (count) => [...document.querySelectorAll('.react-flow__node')].filter(({ textContent }) => /\d+\/100\b/.test(textContent)).length === count,
      nodes,
    );
    await canvas.evaluate(() => new Promise<void>((resolve) => requestIdleCallback(() => resolve())));
    await canvas.evaluate(() => {
      const seen: Seen[] = [];
      (globalThis as unknown as { seen: Seen[] }).seen = seen;
      new MutationObserver((records) => {
        const atMs = performance.timeOrigin + performance.now();
        const touched = new Set<Element>();
        for (const record of records) {
          const element = record.target instanceof Element ? record.target : record.target.parentElement;
          const card = element?.closest('.react-flow__node');
          if (card !== null && card !== undefined) touched.add(card);
        }
        for (const card of touched) {
          const ready = /(\d+)\/100\b/.exec(card.textContent)?.[1];
          if (ready !== undefined) seen.push({ node: card.getAttribute('data-id') ?? '', ready: Number(ready), atMs });
        }
      }).observe(document.body, { subtree: true, childList: true, characterData: true });
    });

    const heard = new Map<string, number>();
    const peer = spawn(informer, [process.env['PIXEL_KUBECONFIG'] ?? '', 'apps/v1/deployments', 'default', 'stamp'], { stdio: ['pipe', 'pipe', 'inherit'] });
    onTestFinished(() => void peer.kill());
    const synced = new Promise<void>((resolve) => {
      createInterface({ input: peer.stdout }).on('line', (line) => {
        const told = JSON.parse(line) as { name?: string; version?: string; atMs?: number; syncedMs?: number };
        if (told.syncedMs !== undefined) resolve();
        else if (told.name !== undefined) heard.set(`${told.name} ${told.version ?? ''}`, told.atMs ?? 0);
      });
    });
    await synced;

    const { clusters } = JSON.parse(server.kubeconfig) as { clusters: [{ cluster: { 'certificate-authority-data': string } }] };
    const agent = new Agent({ connect: { ca: Buffer.from(clusters[0].cluster['certificate-authority-data'], 'base64') }, connections: 4 });
    onTestFinished(() => agent.close());
    /** Resolves with the new version when the server has said 200, before the answer's body is read any further than that. */
    const writeStatus = async (node: string, status: object): Promise<string> => {
      const answer = await request(`https://127.0.0.1:${server.port}/apis/apps/v1/namespaces/default/deployments/${node}/status`, {
        method: 'PATCH',
        dispatcher: agent,
        headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/merge-patch+json' },
        body: JSON.stringify({ status }),
      });
      const object = (await answer.body.json()) as { metadata: { resourceVersion: string } };
      if (answer.statusCode !== 200) throw new Error(`the write to ${node} was answered with ${answer.statusCode}`);
      return object.metadata.resourceVersion;
    };
    const writes: Write[] = [];
    const begunAt = performance.now();
    const total = perSecond * seconds;
    const pending: Promise<void>[] = [];
    for (let nth = 0; nth < total; nth++) {
      const waitMs = begunAt + (nth * 1000) / perSecond - performance.now();
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
      const node = name((nth * 37) % nodes);
      // Different from the last one of this node, and never all of them.
      const ready = 1 + ((Math.floor(nth / nodes) * 7 + (nth % 5)) % 90);
      const status = {
        observedGeneration: 1,
        replicas,
        updatedReplicas: replicas,
        readyReplicas: ready,
        availableReplicas: ready,
        unavailableReplicas: replicas - ready,
      };
      pending.push(writeStatus(node, status).then((version) => void writes.push({ node, ready, version, atMs: performance.timeOrigin + performance.now() })));
    }
    await Promise.all(pending);
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const seen = await canvas.evaluate(() => (globalThis as unknown as { seen: Seen[] }).seen);
    const drawn = new Map(seen.map((one) => [`${one.node} ${one.ready}`, one.atMs] as const).reverse());
    const ours: number[] = [];
    const theirs: number[] = [];
    let superseded = 0;
    for (const write of writes) {
      const pixel = drawn.get(`${write.node} ${write.ready}`);
      const handler = heard.get(`${write.node} ${write.version}`);
      if (pixel === undefined) superseded++;
      else ours.push(pixel - write.atMs);
      if (handler !== undefined) theirs.push(handler - write.atMs);
    }
    const line = (values: readonly number[]): string =>
      `p50 ${at(values, 0.5).toFixed(1)} ms, p99 ${at(values, 0.99).toFixed(1)} ms, max ${at(values, 1).toFixed(1)} ms`;
    const late = at(ours, 0.99) - at(theirs, 0.99);
    console.log(
      `commit to pixel: ${nodes} nodes, ${perSecond} changes a second for ${seconds} s, ${ours.length} of ${writes.length} changes drawn one by one, ${superseded} superseded before a frame`,
    );
    console.log(`  canvas      ${line(ours)}`);
    console.log(`  client-go   ${line(theirs)} (its handler)`);
    console.log(`  p99 behind client-go: ${late.toFixed(1)} ms (bar: at most 50; ${late <= 50 ? 'met' : 'MISSED'})`);
    // Both saw the same last state.
    expect(theirs.length).toBe(writes.length);
    const last = new Map(writes.map((write) => [write.node, write.ready]));
    for (const [node, ready] of last) expect(drawn.has(`${node} ${ready}`), `${node} at ${ready}`).toBe(true);
    expect(late).toBeLessThanOrEqual(50);
  },
);
