import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { examplesOf } from '../../src/testing/goldenWorkflows';
import { optionsOf } from '../../src/shared/nodeOptions';
import { emptyWorkflow } from '../../src/shared/workflow';
import type { BrowserHost } from '../bridge/browserHost';
import { describePages, sampleOf } from './devPage';
import type { Walk } from './fieldWalk';
import { walkForm } from './fieldWalk';
import { renderCounter } from './renderCounter';

// A workload has several hundred fields, each of which is set by its control.
vi.setConfig({ testTimeout: 900_000 });

const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: forms\n';
const empty = await sampleOf(`${head}nodes: {}\n`);
const { kinds } = empty.catalog;

describePages(
  'the form of every kind',
  (open) => {
    /** Fields that were set before, in another kind or another container: everywhere else they only have to be there. */
    const known = new Set<string>();
    let sets = 0;

    it.each(kinds.map((kind) => [kind.type, kind] as const))(
      'of %s has a labelled control for each field, and what it sets stands in the document',
      async (type, kind) => {
        const page = await open({ sample: { ...empty, workflow: { ...emptyWorkflow('forms'), nodes: [{ id: 'it', type, data: {} }] } } });
        await page.locator('.react-flow__node[data-id="it"]').click();
        await page.waitForSelector('.inspector-title');
        const options = optionsOf(kind);
        const task: Walk = { nodeId: 'it', fields: options === undefined ? kind.fields : [...kind.fields, options], known: [...known] };
        const result = await page.evaluate(walkForm, JSON.stringify(task));
        for (const key of result.seen) known.add(key);
        sets += result.set;
        expect(result.faults).toEqual([]);
      },
    );

    it('is told to lack a field that is not there, at any depth', async () => {
      const kind = kinds.find(({ type }) => type === 'service') as (typeof kinds)[number];
      const lost = { name: 'lost', label: 'Lost', description: 'A field without a place.', type: 'string', required: false } as const;
      const fields = kind.fields.map((field) =>
        field.name === 'ports' && field.items !== undefined ? { ...field, items: { ...field.items, fields: [...(field.items.fields ?? []), lost] } } : field,
      );
      const page = await open({ sample: { ...empty, workflow: { ...emptyWorkflow('forms'), nodes: [{ id: 'it', type: 'service', data: {} }] } } });
      await page.locator('.react-flow__node[data-id="it"]').click();
      await page.waitForSelector('.inspector-title');
      const task: Walk = { nodeId: 'it', fields: [...fields, lost], known: [] };
      const { faults } = await page.evaluate(walkForm, JSON.stringify(task));
      expect(faults).toEqual(['["ports",0,"lost"]: has no place in the form', '["lost"]: has no place in the form']);
    });

    it('was set in several hundred places', () => {
      expect(sets).toBeGreaterThan(300);
    });

    it('draws only the field that changed, and those around it, when a value is set', async () => {
      const text = readFileSync(join(examplesOf(kinds.find(({ type }) => type === 'deployment') as (typeof kinds)[number]), 'full.workflow.yaml'), 'utf8');
      const sample = await sampleOf(text);
      const node = sample.workflow.nodes.find(({ type }) => type === 'deployment');
      const page = await open({ sample, script: renderCounter });
      await page.locator(`.react-flow__node[data-id="${node?.id ?? ''}"] .card-name`).click();
      await page.waitForSelector('.inspector-title');
      await page.locator('.inspector').evaluate((inspector) => inspector.querySelectorAll('details').forEach((section) => (section.open = true)));
      const fields = await page.locator('.inspector [data-field]').count();
      expect(fields).toBeGreaterThan(80);
      await page.waitForFunction(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(true)))));
      await page.evaluate(() => window.kubeorchRenders.clear());
      const replicas = page.locator(`.inspector [data-field='["replicas"]'] input`).first();
      await replicas.fill('7');
      await replicas.press('Enter');
      const set = (): Promise<unknown> =>
        page.evaluate((id) => (window.kubeorchHost as BrowserHost).workflow.nodes.find((one) => one.id === id)?.data['replicas'], node?.id);
      await expect.poll(set).toBe(7);
      const renders = await page.evaluate(() => Object.fromEntries(window.kubeorchRenders));
      // Typed, applied at once, and confirmed by the host: a few draws of one field, where the form has a hundred.
      expect(renders['FieldFrame'] ?? 0).toBeGreaterThan(0);
      expect(renders['FieldEditor'] ?? 0).toBeLessThan(12);
    });

    it('of the workflow sets its tags, each once, and takes the key away with the last', async () => {
      const page = await open({ sample: empty });
      const tags = page.locator('.inspector .field', { has: page.locator('.field-label', { hasText: /^Tags$/ }) }).locator('input');
      const inFile = (): Promise<unknown> => page.evaluate(() => (window.kubeorchHost as BrowserHost).workflow.tags);
      await tags.fill(' shop, team-a,shop , ');
      await tags.press('Enter');
      await expect.poll(inFile).toEqual(['shop', 'team-a']);
      expect(await tags.inputValue()).toBe('shop, team-a');
      await tags.fill('');
      await tags.press('Enter');
      await expect.poll(inFile).toEqual([]);
    });

    it('shows from which node a value comes, goes there, and writes it into the file by Override', async () => {
      const page = await open({
        sample: await sampleOf(
          `${head}nodes:\n  app: { type: deployment, image: nginx, port: 3000 }\n  svc: { type: service }\n  db: { type: deployment, image: db }\nedges: [svc -> app, app -> db]\n`,
        ),
      });
      const dataOf = (id: string): Promise<unknown> =>
        page.evaluate((wanted) => (window.kubeorchHost as BrowserHost).workflow.nodes.find((node) => node.id === wanted)?.data, id);
      await page.locator('.react-flow__node[data-id="svc"]').click();
      const note = page.locator(`.inspector [data-field='["targetPort"]'] .is-derived`);
      expect(await note.textContent()).toContain('from app');
      await page.screenshot({ path: 'out/screenshots/kind-derived.png' });
      await note.getByRole('button', { name: 'Override' }).click();
      await expect.poll(() => dataOf('svc')).toEqual({ targetPort: 3000 });
      await page.locator(`.inspector [data-field='["targetApp"]'] .is-derived`).getByRole('button', { name: 'app' }).click();
      await expect.poll(() => page.locator('.inspector-title h2').textContent()).toBe('app');
    });
  },
  'production',
);
