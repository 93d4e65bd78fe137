// Custom kinds as nodes: a plugin file makes one while the window is open, from a definition in a file or on the cluster, and says in place what is wrong with it.
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { fieldOf, nodeOf, statusOf } from '../gestures';
import { sandboxOf } from '../sandboxOf';
import { scenario } from '../scenario';

const file = '.kubeorch/lamps.workflow.yaml';
const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: lamps
status: published
nodes:
  definition:
    type: manifest
    manifest:
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: { name: lamps.example.com }
      spec:
        group: example.com
        scope: Namespaced
        names: { plural: lamps, singular: lamp, kind: Lamp, listKind: LampList }
        versions:
          - name: v1
            served: true
            storage: true
            schema:
              openAPIV3Schema:
                type: object
                properties:
                  spec:
                    type: object
                    required: [room]
                    properties:
                      room: { type: string, description: Where it stands. }
                      watts: { type: integer, minimum: 1, maximum: 200 }
                      dimmed: { type: boolean }
                      colour: { type: string, enum: [warm, cold] }
                      notes: { type: string }
                      tokenRef: { type: object, properties: { name: { type: string }, key: { type: string } } }
`;
/** One field of each type, written by hand. */
const plugin = `name: lamp
displayName: Table Lamp
version: 1.0.0
category: storage
icon: lightbulb
crd: { group: example.com, version: v1, kind: Lamp, plural: lamps, scope: Namespaced }
fields:
  - { name: room, label: Room, type: string, required: true }
  - { name: watts, label: Watts, type: number, integer: true, min: 1, max: 200 }
  - { name: dimmed, label: Dimmed, type: boolean }
  - { name: colour, label: Colour, type: select, options: [warm, cold] }
  - { name: notes, label: Notes, type: textarea }
  - { name: tokenRef, label: Token, type: secret }
template:
  spec:
    room: \${ fields.?room }
    watts: \${ fields.?watts }
    dimmed: \${ fields.?dimmed }
    colour: \${ fields.?colour }
    notes: \${ fields.?notes }
    tokenRef: \${ fields.?tokenRef }
health:
  - { when: 'spec.watts > 100', state: error, message: 'too bright: \${ spec.watts } W' }
  - { when: 'true', state: healthy, message: 'lit' }
`;
const pluginFile = '.kubeorch/plugins/lamp.yaml';

scenario(
  'a plugin file becomes a kind, says what is wrong with it, and makes nodes',
  { workspace: { [file]: workflow }, timeoutMs: 300_000 },
  async (workbench) => {
    const { page } = workbench;
    const written = (): Promise<string> => readFile(join(workbench.folder, file), 'utf8');
    await workbench.openFile(file);
    let canvas = await workbench.canvas();
    await nodeOf(canvas, 'definition').waitFor();
    await workbench.runCommand('KubeOrch: Select Target…');
    await workbench.pick('Sandbox');
    await canvas.locator('.target-chip[data-state="live"]').waitFor();
    await workbench.runCommand('KubeOrch: Deploy…');
    await canvas.locator('#accept-plan:not([disabled])').click();
    await canvas.locator('.run-status[data-status="completed"]').waitFor();

    // From the cluster: the file is written and opened, and the palette has the kind.
    const entry = (): Locator => canvas.locator('.palette-item[data-kind="lamp"]');
    expect(await entry().count()).toBe(0);
    await workbench.runCommand('KubeOrch: New Plugin from CRD…');
    await workbench.pick('From the Cluster…');
    await page.locator('.tab.active', { hasText: 'lamp.yaml' }).waitFor();
    expect(await readFile(join(workbench.folder, pluginFile), 'utf8')).toContain('kind: Lamp');
    await page.locator('.tab', { hasText: 'lamps.workflow.yaml' }).click();
    canvas = await workbench.canvas();
    await entry().waitFor();

    // A change of the file by any other program is followed: another name in the palette, and what is broken is told at its place.
    const put = async (text: string): Promise<void> => {
      // As editors save: a new file takes the place of the old one.
      await writeFile(join(workbench.folder, 'next.yaml'), text);
      await rename(join(workbench.folder, 'next.yaml'), join(workbench.folder, pluginFile));
    };
    await put(plugin);
    await entry().getByText('Table Lamp').waitFor();
    await put(plugin.replace('type: boolean', 'type: bool'));
    await entry().waitFor({ state: 'detached' });
    await workbench.runCommand('Problems: Focus on Problems View');
    await page.locator('.markers-panel .monaco-list-row', { hasText: 'lamp.yaml' }).first().waitFor();
    await workbench.screenshot('plugins-broken');
    await put(plugin);
    await page.locator('.markers-panel .monaco-list-row', { hasText: 'lamp.yaml' }).waitFor({ state: 'detached' });
    await workbench.runCommand('View: Toggle Panel Visibility');

    // A node of it, with a setting of each of the six types.
    await entry().focus();
    await page.keyboard.press('Enter');
    await nodeOf(canvas, 'my-lamp').waitFor();
    await canvas.getByRole('tab', { name: 'Settings' }).click();
    await fieldOf(canvas, 'Room').fill('kitchen');
    await fieldOf(canvas, 'Room').press('Enter');
    await fieldOf(canvas, 'Watts').fill('140');
    await fieldOf(canvas, 'Watts').press('Enter');
    const control = (name: string): Locator => canvas.locator(`.inspector [data-field='["fields","${name}"]']`);
    await control('dimmed').locator('vscode-checkbox').click();
    await control('colour').locator('vscode-single-select').click();
    await control('colour').locator('vscode-single-select .option', { hasText: 'cold' }).click();
    await control('tokenRef').waitFor();
    await fieldOf(canvas, 'Notes').fill('by the window');
    await page.keyboard.press('Tab');
    await workbench.screenshot('plugins-inspector');
    await page.keyboard.press('ControlOrMeta+S');
    await page.locator('.tab.active.dirty').waitFor({ state: 'detached' });
    const { nodes } = parse(await written()) as { readonly nodes: Readonly<Record<string, { readonly fields: object }>> };
    expect(nodes['my-lamp']?.fields).toEqual({ room: 'kitchen', watts: 140, dimmed: true, colour: 'cold', notes: 'by the window' });

    // Its own rules judge it.
    await workbench.runCommand('KubeOrch: Deploy…');
    await canvas.locator('#accept-plan:not([disabled])').click();
    await statusOf(canvas, 'my-lamp').getByText('too bright: 140 W').first().waitFor();
    await workbench.screenshot('plugins-judged');
  },
);

const house = (data: string): string => `apiVersion: v1
kind: ConfigMap
data:
  house: rules
  ${data}
`;
const overridden = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: house
status: published
nodes:
  settings: { type: configmap, data: { colour: blue } }
`;

scenario(
  'a template of the workspace makes objects its own way, and is followed while it is written',
  {
    workspace: {
      '.kubeorch/house.workflow.yaml': overridden,
      '.kubeorch/templates/configmap/template.yaml': house('colour: ${ data.data.colour }'),
    },
    settings: { 'kubeorch.target': 'sandbox' },
  },
  async (workbench) => {
    const { page } = workbench;
    await workbench.openFile('house.workflow.yaml');
    const canvas = await workbench.canvas();
    await nodeOf(canvas, 'settings').waitFor();

    // The template of the workspace makes the object, in the plan and on the cluster.
    await canvas.locator('.target-chip[data-state="live"]').waitFor();
    await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
    await canvas.locator('#accept-plan').click();
    await statusOf(canvas, 'settings').getByText('Healthy').waitFor();
    const cluster = await sandboxOf(workbench.folder);
    const made = async (): Promise<unknown> =>
      (await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, {})).find(({ metadata }) => metadata.name === 'settings')?.data;
    expect(await made()).toEqual({ house: 'rules', colour: 'blue' });

    // One that cannot be used is told at the node, and mended while the canvas is open.
    const template = join(workbench.folder, '.kubeorch/templates/configmap/template.yaml');
    await writeFile(template, house('colour: ${ data.paint.colour }'));
    await workbench.runCommand('Problems: Focus on Problems View');
    const told = page.locator('.markers-panel .monaco-list-row', { hasText: 'cannot be used' });
    await told.first().waitFor();
    await workbench.screenshot('plugins-template-broken');
    await writeFile(template, house('colour: ${ data.data.colour + "ish" }'));
    await told.first().waitFor({ state: 'detached' });
    await workbench.runCommand('View: Toggle Panel Visibility');
    await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
    await canvas.locator('#accept-plan').click();
    await expect.poll(made).toEqual({ house: 'rules', colour: 'blueish' });
  },
);
