import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { commandOfKey } from './canvasKeys';

interface Keybinding {
  readonly command: string;
  readonly key: string;
  readonly when: string;
  readonly args?: unknown;
}

const { keybindings } = (JSON.parse(readFileSync('package.json', 'utf8')) as { contributes: { keybindings: readonly Keybinding[] } }).contributes;

it('means by a key what the manifest contributes for it, and nothing by others', () => {
  expect(keybindings.length).toBeGreaterThan(0);
  for (const { command, key, when, args } of keybindings) {
    const parts = key.split('+');
    const pressed = { key: parts.at(-1) ?? '', ctrlKey: parts.includes('ctrl'), shiftKey: parts.includes('shift'), altKey: false, metaKey: false };
    expect(`kubeorch.${commandOfKey(pressed)}`, key).toBe(command);
    expect(commandOfKey({ ...pressed, altKey: true }), key).toBeUndefined();
    // Nowhere else in the window, and not in a field of the page.
    expect(when).toContain("activeCustomEditorId == 'kubeorch.canvas'");
    for (const elsewhere of ['inputFocus', 'terminalFocus', 'sideBarFocus', 'panelFocus', 'auxiliaryBarFocus']) expect(when).toContain(`!${elsewhere}`);
    expect(args).toEqual({ byKey: true });
  }
  expect(commandOfKey({ key: 'd', ctrlKey: false, shiftKey: false, altKey: false, metaKey: false })).toBeUndefined();
  expect(commandOfKey({ key: 'z', ctrlKey: true, shiftKey: false, altKey: false, metaKey: false })).toBeUndefined();
});
