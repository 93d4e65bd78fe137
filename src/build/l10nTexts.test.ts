import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bundledTexts, sentencesOfPage } from './l10nTexts.mjs';

const root = process.cwd();
const hostFiles = readdirSync(join(root, 'src/host'), { recursive: true, encoding: 'utf8' }).filter(
  (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
);

describe('the bundle of texts', () => {
  it('finds what a page says, in calls, in choices, and in the tables that it looks words up in', () => {
    const source = `
      const words: Readonly<Record<State, string>> = { open: 'It is open', 'half-open': 'It is ajar' };
      const looks = { open: { tone: 'good', icon: 'door', word: 'Open' } };
      // text('Not this one') stands in a comment.
      export const f = () => [text('Hello {0}', 'Name'), text(kind === 'closed' ? 'shut' : "can't tell"), text(words[state]), text(looks[state].word)];
      const table = <Table columns={['Type', 'Last seen']} />;
    `;
    expect(sentencesOfPage(source).toSorted()).toEqual(['Hello {0}', 'It is ajar', 'It is open', 'Last seen', 'Open', 'Type', "can't tell", 'shut']);
  });

  it('holds sentences of the host, of pages, of problems and of the kinds', { timeout: 240_000 }, async () => {
    const bundle = await bundledTexts();
    for (const sentence of [
      'Search KubeOrch',
      'Success rate',
      'Check the name and tag of the image.',
      'How many copies run. 0 stops them all and keeps everything else.',
      'Being deleted since',
    ])
      expect(bundle).toHaveProperty([sentence], sentence);
    expect(Object.keys(bundle).length).toBeGreaterThan(1500);
  });
});

describe('texts of contributions and of the host', () => {
  it('stand in package.nls.json, whatever a person reads of a contribution', () => {
    const read =
      /^(title|shortTitle|description|markdownDescription|displayName|name|label|contents|altText|enumDescriptions|markdownEnumDescriptions|deprecationMessage)$/;
    const plain: string[] = [];
    const visit = (value: unknown, path: readonly string[]): void => {
      if (typeof value === 'string') {
        const key = path.findLast((part) => !/^\d+$/.test(part)) ?? '';
        // The name of a problem matcher is how tasks call it.
        if (read.test(key) && path[0] !== 'problemMatchers' && !/^%.+%$/.test(value) && value !== 'KubeOrch') plain.push(`${path.join('/')}: ${value}`);
      } else if (typeof value === 'object' && value !== null) for (const [key, item] of Object.entries(value)) visit(item, [...path, key]);
    };
    const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { readonly contributes: object };
    visit(manifest.contributes, []);
    expect(plain).toEqual([]);
  });

  it('go through vscode.l10n wherever the host shows one', () => {
    // Properties that VS Code shows, and functions that tell a person something, given a plain sentence.
    const shown =
      /(?:\b(?:title|prompt|placeHolder|placeholder|detail|description|tooltip|label)(?: =|:) |tell(?:Error|Information|Warning)\(\s*|createOutputChannel\(|createTreeItem\()(['"`])([A-Z][a-z]+ [^'"`]*)\1/g;
    const plain = hostFiles.flatMap((file) =>
      [...readFileSync(join(root, 'src/host', file), 'utf8').matchAll(shown)].map(([, , words]) => `${file}: ${words ?? ''}`),
    );
    // The name of an output channel is what people are asked to look for.
    expect(plain.filter((one) => !/: KubeOrch( \w+)?$/.test(one))).toEqual([]);
  });

  it('are whole sentences, so that l10n-dev finds them', () => {
    const built = hostFiles.flatMap((file) => [...readFileSync(join(root, 'src/host', file), 'utf8').matchAll(/l10n\.t\(\s*`/g)].map(() => file));
    expect(built).toEqual([]);
  });
});
