import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';

const shown = vi.hoisted(() => [] as unknown[][]);
vi.mock('vscode', () => {
  const note = (...words: unknown[]): void => void shown.push(words);
  return { window: { showInformationMessage: note, showWarningMessage: note, showErrorMessage: note, showInputBox: note } };
});
const { askForText, tellError, tellInformation, tellWarning, unlinked } = await import('./messages');

/** What VS Code takes for a link in a notification or an input box (`linkedText.ts`). */
const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
const hostile = 'no [way](command:workbench.action.terminal.sendSequence?%7B%7D) or [this](https://evil.test "x") [](]]((](command:x)';

describe('what the extension tells and asks', () => {
  it('has no links, whatever comes into it', async () => {
    expect(hostile).toMatch(link);
    for (const tell of [tellError, tellInformation, tellWarning]) {
      void tell(hostile, { modal: true, detail: 'kept' }, 'Go');
      expect(shown.at(-1)?.slice(1)).toEqual([{ modal: true, detail: 'kept' }, 'Go']);
      expect(shown.at(-1)?.[0]).not.toMatch(link);
    }
    void askForText({ prompt: hostile, validateInput: () => hostile });
    const options = shown.at(-1)?.[0] as { prompt: string; validateInput: (value: string) => Promise<string> };
    expect(options.prompt).not.toMatch(link);
    expect(await options.validateInput('')).not.toMatch(link);
    expect(unlinked('nothing [odd] (here)')).toBe('nothing [odd] (here)');
  });

  it('goes through here in every part of the extension', () => {
    const direct = /\bwindow\s*\.show(?:Information|Warning|Error)Message\b|\bwindow\s*\.showInputBox\b/;
    const bare = /\.(?:prompt|validationMessage) = (?!unlinked\(|undefined)|ProgressLocation\.Notification,\s*title: (?!unlinked\()/;
    const files = globSync('src/host/**/*.ts').filter((file) => !/\.test\.ts$|host\/messages\.ts$/.test(file.replaceAll('\\', '/')));
    expect(files.length).toBeGreaterThan(50);
    for (const file of files) {
      const text = readFileSync(file, 'utf8');
      expect(text, file).not.toMatch(direct);
      expect(text, file).not.toMatch(bare);
    }
  });
});
