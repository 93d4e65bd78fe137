import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { hostileTexts, scriptTexts } from '../../../webview/tests/hostileText';
import { actionsFor, resourceRow } from '../../engine/index';
import { parseCleanJson } from '../../kube/clean';
import type { KubeObject } from '../../shared/kubeObject';
import type { Row } from './resourceRows';

vi.mock('vscode', () => {
  class ThemeIcon {
    readonly id: string;
    constructor(id: string) {
      this.id = id;
    }
  }
  class ThemeColor {
    readonly id: string;
    constructor(id: string) {
      this.id = id;
    }
  }
  class TreeItem {
    readonly label: string;
    constructor(label: string) {
      this.label = label;
    }
  }
  const l10n = { t: (text: string, ...values: unknown[]) => text.replaceAll(/\{(\d)\}/g, (_, at: string) => String(values[Number(at)])) };
  return { ThemeIcon, ThemeColor, TreeItem, TreeItemCollapsibleState: { None: 0, Collapsed: 1 }, l10n, workspace: { workspaceFolders: [] } };
});
const { itemOf } = await import('./rowItems');

const controls = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;

describe('rows of a cluster with hostile names', () => {
  it('are plain text, run only their own commands and take no icon of the cluster', () => {
    const icons = new Set<string>();
    for (const text of [...scriptTexts(), ...hostileTexts(), '$(trash) $(sync~spin)']) {
      const object = parseCleanJson(
        JSON.stringify({
          apiVersion: 'v1',
          kind: 'Pod',
          metadata: { name: text, namespace: text, uid: text, labels: { [text]: text }, creationTimestamp: text },
          spec: { nodeName: text, containers: [{ name: text, image: text }] },
          status: { phase: text, reason: text, message: text, containerStatuses: [{ name: text, state: { waiting: { reason: text, message: text } } }] },
        }),
      ) as unknown as KubeObject;
      const name = object.metadata.name;
      const ref = { apiVersion: 'v1', kind: 'Pod', namespace: name, name };
      const clusterKey = 'x';
      const kind = { apiVersion: name, kind: name, resource: name, namespaced: true };
      const rows = [
        { type: 'object', id: 'o', clusterKey, ref, row: resourceRow(object, 0), favourite: true, withNamespace: true },
        { type: 'object', id: 'f', clusterKey, ref, favourite: true, withNamespace: true },
        { type: 'scope', id: 's', clusterKey, namespace: name, typed: true },
        { type: 'group', id: 'g', clusterKey, group: name },
        { type: 'kind', id: 'k', clusterKey, kind, count: { shown: 1, all: 2 } },
        { type: 'note', id: 'n', clusterKey, note: { type: 'forbidden', verb: name, resource: name, namespace: name } },
        { type: 'note', id: 'e', clusterKey, note: { type: 'failed', error: new Error(name) } },
      ] as unknown as readonly Row[];
      for (const row of rows) {
        const item = itemOf(row, { actionsFor }, []);
        for (const shown of [item.label, item.description, item.tooltip, item.accessibilityInformation?.label]) {
          if (shown === undefined) continue;
          expect(typeof shown).toBe('string');
          expect(shown).not.toMatch(controls);
        }
        if (item.command !== undefined) expect(item.command.command).toMatch(/^kubeorch\.(?:openResource|refreshResources)$/);
        if (item.contextValue !== undefined) expect(item.contextValue).not.toContain('<');
        icons.add((item.iconPath as { id: string } | undefined)?.id ?? '');
      }
    }
    for (const icon of icons) expect(icon).toMatch(/^[a-z-]*$/);
  });
});

describe('Markdown of the extension', () => {
  it('is built of text that is escaped, and is trusted nowhere', () => {
    const files = globSync('src/host/**/*.ts').filter((file) => !file.endsWith('.test.ts'));
    expect(files.length).toBeGreaterThan(50);
    let used = 0;
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      used += text.match(/MarkdownString\(\)\.appendText\(/g)?.length ?? 0;
      expect(text.match(/MarkdownString\b(?!\(\)\.appendText\()/g), file).toBeNull();
      expect(/supportHtml|supportThemeIcons|appendMarkdown/.test(text), file).toBe(false);
    }
    expect(used).toBeGreaterThan(0);
  });
});
