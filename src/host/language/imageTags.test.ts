import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type * as vscode from 'vscode';
import { startLoopbackRegistry } from '../../testing/loopbackRegistry';
import type { LoopbackRegistry } from '../../testing/loopbackRegistry';
import { memento, secretStorage } from '../../testing/memoryMemento';
import { MemoryLogger } from '../../testing/memoryLogger';
import { VirtualClock } from '../../testing/virtualClock';
import { Registries } from '../registries/registries';
import { ImageTags } from './imageTags';

vi.mock('vscode', () => ({
  Range: vi.fn<() => void>(),
  CompletionItem: class {
    readonly label: string;
    constructor(label: string) {
      this.label = label;
    }
  },
  CompletionItemKind: { Value: 1 },
}));
vi.mock('../rooms', () => ({ loadKube: () => import('../../kube/index') }));

const login = { user: 'ana', password: 'secret-7' };

describe('tags behind the name of an image', () => {
  let registry: LoopbackRegistry;
  const registries = new Registries({ state: memento(), secrets: secretStorage(), log: new MemoryLogger() });
  const clock = new VirtualClock();
  const log = new MemoryLogger();
  const tags = new ImageTags({ registries, clock, log });
  const at = async (line: string): Promise<readonly string[]> => {
    const position = { line: 0, character: line.length, translate: (_lines: number, by: number) => ({ line: 0, character: line.length + by }) };
    const document = { lineAt: () => ({ text: `${line} # more` }) };
    const items = await tags.completions(document as unknown as vscode.TextDocument, position as unknown as vscode.Position);
    return items.sort((a, b) => ((a.sortText ?? '') < (b.sortText ?? '') ? -1 : 1)).map(({ label }) => (typeof label === 'string' ? label : label.label));
  };
  beforeAll(async () => {
    registry = await startLoopbackRegistry({ login });
    await registries.add({ name: 'team', type: 'custom', host: registry.host, user: login.user }, login.password);
    const { token } = (await (
      await fetch(`http://${registry.host}/token`, { headers: { authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}` } })
    ).json()) as { token: string };
    for (const tag of ['1.0', '1.1', '2.0'])
      await fetch(`http://${registry.host}/v2/shop/web/manifests/${tag}`, { method: 'PUT', headers: { authorization: `Bearer ${token}` }, body: tag });
  });
  afterAll(() => registry.close());

  it.each(['    image: HOST/shop/web:', '  - image: "HOST/shop/web:1.', "image: 'HOST/shop/web:"])('are told in %s, the last one first', async (line) => {
    expect(await at(line.replace('HOST', registry.host))).toEqual(['2.0', '1.1', '1.0']);
  });

  it('are asked for once in a while, and of registries that were added alone', async () => {
    const asked = (): number => registry.requests.filter((request) => request.includes('/tags/list')).length;
    const before = asked();
    await at(`image: ${registry.host}/shop/web:`);
    expect(asked()).toBe(before);
    await clock.advance(61_000);
    await at(`image: ${registry.host}/shop/web:`);
    expect(asked()).toBeGreaterThan(before);
    const all = registry.requests.length;
    for (const line of ['image: nginx:', 'image: registry.example/web:', 'name: a:', 'image: UPPER:', `image: ${registry.host}/shop/web`])
      expect(await at(line)).toEqual([]);
    expect(registry.requests.length).toBe(all);
  });

  it('are none, with a word in the log, where the registry refuses', async () => {
    const wrong = await startLoopbackRegistry({ login: { user: 'ana', password: 'other' } });
    await registries.add({ name: 'wrong', type: 'custom', host: wrong.host, user: 'ana' }, login.password);
    expect(await at(`image: ${wrong.host}/shop/web:`)).toEqual([]);
    expect(JSON.stringify(log)).toContain('No tags from wrong');
    expect(JSON.stringify(log)).not.toContain(login.password);
    await wrong.close();
  });
});
