import type { Page } from 'playwright-core';
import { beforeAll, expect, it, vi } from 'vitest';
import { resourceDetail } from '../../src/engine/index';
import { parseCleanJson, cleanText } from '../../src/kube/clean';
import type { KubeObject } from '../../src/shared/kubeObject';
import type { NodeLive } from '../../src/shared/nodeLive';
import type { NodeStatus } from '../../src/shared/nodeStatus';
import type { Overview } from '../../src/shared/overview';
import type { Plan } from '../../src/shared/plan';
import { planActions } from '../../src/shared/plan';
import type { ResourceEvents } from '../../src/shared/resourceProtocol';
import type { Workflow } from '../../src/shared/workflow';
import type { BrowserHost, BrowserHostSample } from '../bridge/browserHost';
import type { BrowserOverviewHost } from '../bridge/browserOverviewHost';
import type { BrowserResourceHost } from '../bridge/browserResourceHost';
import { describePages, sampleOf, sandboxTarget } from './devPage';
import { hostileTexts, scriptTexts } from './hostileText';

vi.setConfig({ testTimeout: 180_000 });
const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

/** Whatever a script could do is noted instead of done. */
const noteAttempts = `window.attempts = [];
  const note = (name) => (...args) => { window.attempts.push([name, ...args.map(String)]); };
  for (const name of ['open', 'alert', 'prompt', 'confirm', 'print', 'fetch']) window[name] = note(name);
  if (navigator.clipboard) { navigator.clipboard.writeText = note('clipboard'); navigator.clipboard.write = note('clipboard'); }
  document.execCommand = note('execCommand');
  addEventListener('securitypolicyviolation', (event) => window.attempts.push(['policy', event.effectiveDirective]));`;

/** An answer of a cluster, as it is once it has come through the door of the room that speaks to clusters. */
const received = <T>(value: T): T => parseCleanJson(JSON.stringify(value)) as T;

/** What hostile text would have made of the page. Elements of the icon font and of the canvas's own drawing are ours. */
const traces = (
  page: Page,
): Promise<{ readonly elements: number; readonly links: string[]; readonly handlers: number; readonly raw: boolean; readonly attempts: unknown[] }> =>
  page.evaluate(() => {
    const body = document.body;
    return {
      elements: body.querySelectorAll('#root :is(img, script, iframe, object, embed, form, math, style, link, base, meta)').length,
      links: [...body.querySelectorAll('#root [href], #root [src]')]
        .map((one) => one.getAttribute('href') ?? one.getAttribute('src') ?? '')
        .filter((to) => !/^(?:https?:|#)/.test(to)),
      handlers: [...body.querySelectorAll('#root *')].filter((one) => [...one.attributes].some(({ name }) => name.startsWith('on'))).length,
      raw: /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/.test(document.documentElement.outerHTML + document.title),
      attempts: (window as unknown as { attempts: unknown[] }).attempts,
    };
  });
const none = { elements: 0, links: [], handlers: 0, raw: false, attempts: [] };

function batches<T>(all: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, index) => all.slice(index * size, (index + 1) * size));
}

describePages(
  'hostile text in the pages',
  (open) => {
    let sample: BrowserHostSample;
    const texts = [...scriptTexts(), ...hostileTexts()];
    beforeAll(async () => {
      sample = await sampleOf('apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nnodes: {}\n');
    });

    it('is a thousand texts, four hundred of them scripts', () => {
      expect(new Set(scriptTexts()).size).toBeGreaterThanOrEqual(400);
      expect(hostileTexts().length).toBeGreaterThanOrEqual(600);
      expect(hostileTexts().filter((text) => controls.test(text)).length).toBeGreaterThanOrEqual(600);
    });

    it('is text in every part of the page of a resource', async () => {
      const page = await open({ page: 'resource', script: noteAttempts });
      await page.waitForSelector('.resource-wait');
      const shown = new Set<string>();
      for (const some of batches(texts, 110)) {
        const at = (index: number): string => some[index % some.length] ?? '';
        const object = received<KubeObject>({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: {
            name: at(0),
            namespace: at(1),
            uid: 'u',
            labels: Object.fromEntries(some.map((text, index) => [`${index}${text}`, text])),
            annotations: Object.fromEntries(some.map((text, index) => [`${text}${index}`, text])),
          },
          spec: { nodeName: at(2), containers: some.map((text) => ({ name: text, image: text, env: [{ name: text, value: text }] })) },
          status: {
            phase: at(3),
            message: at(4),
            reason: at(5),
            conditions: some.map((text) => ({ type: text, status: text, reason: text, message: text })),
            containerStatuses: some.map((text) => ({ name: text, restartCount: 1, state: { waiting: { reason: text, message: text } } })),
          },
        });
        const events = received(
          some.map((text, index) => ({ uid: `e${index}`, type: 'Warning' as const, reason: text, message: text, count: 2, lastSeen: text, source: text })),
        );
        const history = received(
          some.slice(0, 100).map((text, id) => ({ id, at: text, action: 'updated' as const, text, fields: [{ path: text, before: text, after: text }] })),
        );
        const owners = received(some.slice(0, 5).map((text) => ({ ref: { apiVersion: text, kind: text, namespace: text, name: text }, readable: true })));
        const detail = resourceDetail({ object, cluster: cleanText(at(6)), gone: false, owners, children: [], events, history, nowMs: 0 });
        const told: ResourceEvents['detail'] = {
          detail,
          health: { connected: false, error: cleanText(at(7)), staleSince: '2026-03-01T11:59:00Z' },
          missing: received(some.slice(0, 5)),
          absent: false,
        };
        await page.evaluate((data) => (window.kubeorchHost as unknown as BrowserResourceHost).send(data), told);
        for (const tab of ['Overview', 'Describe', 'YAML', 'Events', 'History']) {
          await page.getByRole('tab', { name: tab }).click();
          expect(await traces(page), tab).toEqual(none);
          shown.add(`${tab} ${(await page.locator('.resource-main').textContent()) ?? ''}`);
        }
      }
      // It was drawn at all, and as it stood.
      const all = [...shown].join('\n');
      for (const text of scriptTexts()) expect(all).toContain(text);
      expect(new Set(await page.evaluate(() => (window.kubeorchHost as unknown as BrowserResourceHost).heard.map(({ name }) => name)))).toEqual(
        new Set(['ready']),
      );
    });

    it('is text in every part of the overview', async () => {
      const page = await open({ page: 'overview', script: noteAttempts });
      await page.waitForSelector('.resource-wait');
      const shown = new Set<string>();
      for (const some of batches(texts, 110)) {
        const clean = received(some);
        const at = (index: number): string => clean[index % clean.length] ?? '';
        const overview: Overview = {
          hasFolder: true,
          figures: [],
          workflows: clean.map((text, index) => ({
            id: text,
            name: text,
            folder: text,
            description: text,
            status: 'published',
            tags: [text],
            nodes: 1,
            errors: 1,
            warnings: 1,
            ...(index % 3 === 0 ? { unreadable: text } : {}),
            places: [
              {
                environment: text,
                cluster: text,
                sandbox: false,
                namespace: text,
                protected: true,
                current: true,
                states: { error: 1 },
                notDeployed: 0,
                error: text,
                drifted: 1,
                lastRun: { runId: text, version: 1, status: 'failed', startedAt: text },
              },
            ],
            troubles: [{ nodeId: text, state: 'error', message: at(index + 1) }],
            moreTroubles: 1,
            runs: 1,
            running: true,
            waiting: 1,
          })),
          clusters: clean.map((text) => ({ id: text, name: text, state: 'error', detail: text, version: text })),
        };
        await page.evaluate((data) => (window.kubeorchHost as unknown as BrowserOverviewHost).send(data), overview);
        await expect.poll(() => page.locator('.overview-workflow').count(), { timeout: 20_000 }).toBe(clean.length);
        expect(await traces(page)).toEqual(none);
        shown.add((await page.locator('.overview').textContent()) ?? '');
      }
      const all = [...shown].join('\n');
      for (const text of scriptTexts()) expect(all).toContain(text);
      expect(await page.evaluate(() => (window.kubeorchHost as unknown as BrowserOverviewHost).heard.map(({ name }) => name))).toEqual(['ready']);
    });

    it('is text on cards, in the settings, in plans, problems and notices', async () => {
      const page = await open({ sample, script: noteAttempts });
      await page.waitForSelector('.react-flow__pane');
      const drawn = new Set<string>();
      for (const [turn, some] of batches(texts, 100).entries()) {
        const clean = received(some);
        const at = (index: number): string => clean[index % clean.length] ?? '';
        const ids = clean.map((_, index) => `n${index}`);
        const workflow: Workflow = {
          ...sample.workflow,
          name: 'shop',
          description: at(0),
          nodes: clean.map((text, index) => ({
            id: ids[index] ?? '',
            type: index % 3 === 0 ? 'configmap' : index % 3 === 1 ? 'deployment' : text,
            data: {
              name: text,
              image: text,
              labels: { [text]: text },
              annotations: { [text]: text },
              env: { [text]: text },
              data: { [text]: text },
              keys: [text],
            },
          })),
          edges: ids.slice(1, 6).map((id, index) => ({ from: ids[0] ?? '', to: id, handle: at(index), mountPath: at(index) })),
          layout: Object.fromEntries(ids.map((id, index) => [id, [(index % 10) * 300, Math.floor(index / 10) * 220]])),
        };
        const status = (text: string): NodeStatus => ({
          state: 'error',
          message: text,
          reason: text,
          ready: 0,
          desired: 1,
          clusterIP: text,
          loadBalancerHostname: text,
          schedule: text,
        });
        const problem = (text: string) => ({ code: 'cluster.rejected', args: { kind: text, name: text, detail: text }, severity: 'error' }) as const;
        const plan = {
          workflow: at(1),
          target: { ...sandboxTarget, label: at(2), context: at(3), server: at(4), namespace: at(5), environment: at(6) },
          digest: at(7),
          steps: clean.map((text, index) => ({
            nodeId: ids[index] ?? '',
            ref: { apiVersion: 'v1', kind: text, namespace: text, name: text },
            action: planActions[index % planActions.length] ?? 'create',
            changes: [{ path: text, before: text, after: { [text]: text } }],
            conflicts: [{ path: text, owner: text }],
            problems: [problem(text)],
            wave: 0,
            after: [],
            afterReady: [],
          })),
          problems: [problem(at(8))],
          counts: Object.fromEntries(planActions.map((action) => [action, 1])),
        } as unknown as Plan;
        await page.evaluate(
          (told) => {
            const [next, statuses, shownPlan, message] = JSON.parse(told) as [Workflow, Record<string, NodeStatus>, Plan, string];
            const host = window.kubeorchHost as BrowserHost;
            host.become(next);
            host.setStatuses(statuses);
            host.tell('targetChanged', { target: shownPlan.target, chosen: shownPlan.target.label });
            host.tell('planChanged', { plan: shownPlan });
            host.setHealth({
              connected: false,
              error: message,
              staleSince: '2026-03-01T11:59:00Z',
              forbidden: [{ verb: message, resource: message, namespace: message }],
            });
          },
          JSON.stringify([workflow, Object.fromEntries(ids.map((id, index) => [id, status(at(index))])), plan, cleanText(some[9] ?? '')]),
        );
        await page.locator('.side-view.plan').waitFor();
        // Twice: what waits for the next frame is drawn by then.
        await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
        expect(await traces(page)).toEqual(none);
        drawn.add((await page.locator('body').textContent()) ?? '');
        await page.evaluate(() => (window.kubeorchHost as BrowserHost).tell('planChanged', { plan: null }));
        // The settings of one node, of another kind each time.
        const nodeId = ids[turn % 3] ?? '';
        const behind: NodeLive = {
          pods: clean.slice(0, 12).map((text) => ({
            namespace: text,
            name: text,
            phase: text,
            ready: false,
            terminating: false,
            restarts: 1,
            waiting: text,
            createdAt: text,
          })),
          morePods: 1,
          events: clean.map((text, index) => ({
            uid: `e${index}`,
            type: 'Warning',
            reason: text,
            message: text,
            count: 2,
            lastSeen: text,
            source: text,
            about: text,
          })),
          eventsHidden: false,
          usage: { cpuMillis: 1, memoryBytes: 1 },
        };
        await page.evaluate(
          ([wanted, told]) => {
            const host = window.kubeorchHost as BrowserHost;
            host.nodeLive = JSON.parse(told) as NodeLive;
            host.tell('focusNode', { nodeId: wanted });
          },
          [nodeId, JSON.stringify(behind)] as const,
        );
        await expect.poll(() => page.locator('.live-events li').count(), { timeout: 20_000 }).toBe(clean.length);
        await expect.poll(() => page.locator('.inspector').getByRole('textbox', { name: 'Id', exact: true }).inputValue(), { timeout: 20_000 }).toBe(nodeId);
        expect(await traces(page)).toEqual(none);
      }
      const all = [...drawn].join('\n');
      expect(scriptTexts().filter((text) => all.includes(text)).length).toBeGreaterThanOrEqual(400);
      expect(await page.locator('.react-flow__node').count()).toBeGreaterThan(0);
    });
  },
  'production',
);
