// A VS Code window that a test drives from outside, with the mouse and the keyboard, as a person does.
import { chromium, type Browser, type Frame, type Locator, type Page } from 'playwright-core';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { afterKill, ConsoleGuard } from './consoleGuard.mjs';
import { installPackagedExtension, projectRoot, runEditor } from './editor';
import { extensionHostOf } from './extensionHost';

export type Theme = 'dark' | 'light' | 'high-contrast';

/** The themes that ship with VS Code, and the class that the workbench has once one is active. */
const themes: Readonly<Record<Theme, { readonly setting: string; readonly label: string; readonly className: string }>> = {
  dark: { setting: 'Default Dark Modern', label: 'Dark Modern', className: 'vs-dark' },
  light: { setting: 'Default Light Modern', label: 'Light Modern', className: 'vs' },
  'high-contrast': { setting: 'Default High Contrast', label: 'Dark High Contrast', className: 'hc-black' },
};

export interface WorkbenchOptions {
  /** The workspace folder, or the workspace file, that the window opens. It is used as it is: give a copy. */
  readonly folder: string;
  /** The development folder, or the packaged extension, installed. */
  readonly extension: 'development' | 'vsix';
  /** `undecided` opens the folder in Restricted Mode without asking. */
  readonly trust?: 'granted' | 'undecided';
  readonly theme?: Theme;
  /** User settings on top of the quiet ones that every window gets. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The language of the window; the extension comes from its development folder, with what it needs of that language beside it. */
  readonly locale?: { readonly name: string; readonly files: Readonly<Record<string, string>> };
  /** More environment for the extension host. KUBECONFIG is empty unless it is given here. */
  readonly env?: Readonly<Record<string, string>>;
  /** A file that every program, address and file is written to that the window's server and all that it starts reach for, by strace. */
  readonly trace?: string;
  /** Set where `killExtensionHost` is used: what the workbench then complains about is expected. */
  readonly isKilled?: boolean;
  /** A short name for the log's file. */
  readonly name: string;
}

/** How long anything may take to show up: a limit for what will never come, so that a slow machine does not meet it. */
const patienceMs = 120_000;

const quiet = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  // The browser's workbench saves by itself unless it is told not to; a scenario says when it saves.
  'files.autoSave': 'off',
  // The system's own dialogs are out of a driver's reach.
  'files.simpleDialog.enable': true,
  'git.openRepositoryInParentFolders': 'never',
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'window.commandCenter': false,
  // What takes the focus on a slow machine arrives late: the focus that a click gave to a webview would close the box that the click opened.
  'workbench.quickOpen.closeOnFocusLost': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
};

export class Workbench {
  readonly page: Page;
  readonly folder: string;
  readonly #browser: Browser;
  readonly #guard: ConsoleGuard;
  readonly #ended: Promise<void>;
  readonly #temporary: string;

  private constructor(parts: { page: Page; folder: string; browser: Browser; guard: ConsoleGuard; ended: Promise<void>; temporary: string }) {
    this.page = parts.page;
    this.folder = parts.folder;
    this.#browser = parts.browser;
    this.#guard = parts.guard;
    this.#ended = parts.ended;
    this.#temporary = parts.temporary;
  }

  /** Opens a window and waits until it can be used. */
  static async open(options: WorkbenchOptions): Promise<Workbench> {
    const temporary = await mkdtemp(join(tmpdir(), 'kubeorch-e2e-'));
    const undecided = options.trust === 'undecided';
    const settings = {
      ...quiet,
      'security.workspace.trust.enabled': undecided,
      'workbench.colorTheme': themes[options.theme ?? 'dark'].setting,
      ...options.settings,
    };
    const profile = [`--user-data-dir=${join(temporary, 'user')}`, `--extensions-dir=${join(temporary, 'extensions')}`];
    const logFile = join(projectRoot, 'out/logs', `${options.name}.log`);
    await rm(logFile, { force: true });
    await writeSettings(temporary, settings);
    if (options.extension === 'vsix') await installPackagedExtension(profile, logFile);

    // The browser takes a free port itself: one that was found free here may be taken by then.
    const ended = runEditor({
      args: [options.folder, ...profile, '--remote-debugging-port=0', ...(options.locale === undefined ? [] : [`--locale=${options.locale.name}`])],
      development:
        options.extension === 'development'
          ? [options.locale === undefined ? projectRoot : await withFiles(join(temporary, 'extension'), options.locale.files)]
          : [],
      env: {
        KUBECONFIG: join(temporary, 'no-kubeconfig'),
        ...options.env,
        ...(options.trace === undefined ? {} : { KUBEORCH_TEST_TRACE: options.trace }),
        ...(options.isKilled === true ? { KUBEORCH_TEST_KILLS: '1' } : {}),
      },
      logFile,
    });
    // Its failure is told by `close` or by the race below; until then it must not count as unhandled.
    ended.catch(() => undefined);
    const endedEarly = ended.then(() => {
      throw new Error('The editor ended before its window could be used.');
    });
    endedEarly.catch(() => undefined);
    const browser = await Promise.race([connect(join(temporary, 'user/DevToolsActivePort')), endedEarly]);
    const guard = new ConsoleGuard(() => undefined, options.isKilled === true ? afterKill : []);
    const context = browser.contexts()[0];
    if (context === undefined) throw new Error('The editor has no window.');
    await guard.watch(context);
    const page = await Promise.race([workbenchPage(browser), endedEarly]);
    // Of the context, as pages that open later are waited for as well.
    context.setDefaultTimeout(patienceMs);
    await page.setViewportSize({ width: 1440, height: 900 });
    const workbench = new Workbench({ page, folder: options.folder, browser, guard, ended, temporary });
    await workbench.#usable();
    return workbench;
  }

  async #usable(): Promise<void> {
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor();
    // Before the extension is known, a workflow would open as plain text.
    await this.page.locator('.activitybar .action-label[aria-label^="KubeOrch"]').waitFor();
  }

  /** Runs a command by its full title from the command palette, for example `KubeOrch: Open Example`. */
  async runCommand(title: string): Promise<void> {
    const typed = `>${title}`;
    const giveUpAt = performance.now() + patienceMs;
    for (;;) {
      await this.#openQuickInput(typed);
      if (await this.#choose(typed, [{ is: title }, { startsWith: `${title}, ` }], performance.now() < giveUpAt)) return;
      // The palette lists what could be done when it was opened; whether the folder is trusted, for one, is known a little later.
      await this.dismiss();
    }
  }

  /** Opens a file of the folder by its path relative to it. */
  async openFile(path: string): Promise<void> {
    const name = path.split('/').at(-1) ?? path;
    await this.#openQuickInput(path);
    await this.#choose(path, [{ is: name }, { startsWith: `${name}, ` }, { startsWith: `${name} ` }]);
    await this.page.locator('.tab.active', { hasText: name }).waitFor();
  }

  /** Chooses an entry of the quick pick that is open, by typing and Enter as a person does. One that is called so wins over one that only mentions it. */
  async pick(text: string): Promise<void> {
    await this.asked('');
    await this.page.keyboard.insertText(text);
    await this.#choose(text, [{ is: text }, { startsWith: `${text}, ` }, { startsWith: text }, { includes: text }]);
  }

  /** Answers the input box that is open; with the question's words once it asks that, so that the box before it gets nothing. */
  async answer(text: string, question = ''): Promise<void> {
    await this.asked(question);
    // Typed in one piece, over whatever is proposed.
    await this.page.keyboard.press('ControlOrMeta+A');
    await this.page.keyboard.insertText(text);
    await this.#press('Enter');
  }

  /** Takes what the box that asks this proposes. */
  async accept(question: string): Promise<void> {
    await this.asked(question);
    await this.#press('Enter');
  }

  /** Takes the proposed place for a file that is saved. @param name the file's name, as it is proposed */
  async saveAsProposed(name: string): Promise<void> {
    const proposed = (end: string) => document.querySelector<HTMLInputElement>('.quick-input-box input')?.value.endsWith(`/${end}`);
    await this.page.waitForFunction(proposed, name, { timeout: patienceMs });
    await this.page.locator('.quick-input-widget:visible').getByRole('button', { name: 'OK' }).click();
    await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  }

  /** Opens a file of the folder by the workbench's own dialog, which asks in these words: from folder to folder, as it lists them. */
  async openByDialog(path: string, question: string): Promise<void> {
    const steps = path.split('/');
    for (const [index, step] of steps.entries()) {
      const at = `${join(this.folder, ...steps.slice(0, index))}/`;
      await this.page.waitForFunction(listsFolder, { at, question }, { timeout: patienceMs });
      await this.page.locator('.quick-input-widget:visible .monaco-list-row .label-name').getByText(step, { exact: true }).click();
    }
  }

  /** Takes away what was told so far: it lies over what is below it. */
  async clearNotifications(): Promise<void> {
    await this.runCommand('Notifications: Clear All Notifications');
    await this.page.locator('.notifications-center').waitFor({ state: 'hidden' });
  }

  /** Gives up the box that is open. */
  async dismiss(): Promise<void> {
    await this.asked('');
    await this.#press('Escape');
  }

  /** Waits until the open box shows these words and listens: its field has the keyboard, and one entry of its list is marked. */
  async asked(question: string): Promise<void> {
    const state = await this.page.waitForFunction(
      (words) => {
        const widget = [...document.querySelectorAll<HTMLElement>('.quick-input-widget')].find((one) => one.checkVisibility());
        const field = widget?.querySelector<HTMLInputElement>('.quick-input-box input') ?? null;
        if (widget === undefined || !`${widget.textContent} ${field?.placeholder ?? ''}`.includes(words)) return false;
        if (field === null || field.disabled || widget.querySelector('.quick-input-progress .monaco-progress-container.active') !== null) return false;
        const list = widget.querySelector('.quick-input-list');
        if (list?.checkVisibility() === true && list.querySelector('.monaco-list-row.focused') === null) return false;
        return document.activeElement === field ? 'listens' : 'lost its focus';
      },
      question,
      { timeout: patienceMs },
    );
    if ((await state.jsonValue()) === 'listens') return;
    // A person clicks into a box whose focus went elsewhere.
    await this.#quickInputField().focus();
    await this.asked(question);
  }

  /**
   * A notification with this text, once there is one; its buttons are in it. The browser's workbench shows no toasts while it
   * is under test, so the bell in the status bar is pressed when none comes by itself.
   */
  async notification(text: string | RegExp): Promise<Locator> {
    const item = this.page.locator('.notification-list-item', { hasText: text }).first();
    const giveUpAt = performance.now() + patienceMs;
    while (!(await item.isVisible())) {
      if (performance.now() > giveUpAt) throw new Error(`No notification says "${text}" after ${patienceMs / 1000} s.`);
      const center = this.page.locator('.notifications-center');
      if (!(await center.isVisible())) await this.page.locator('[id="status.notifications"] a').click();
      await this.page.waitForTimeout(250);
    }
    return item;
  }

  /** A modal dialog of the workbench with this text; press its buttons by their role and name. */
  async dialog(text: string | RegExp): Promise<Locator> {
    const dialog = this.page.locator('.monaco-dialog-box', { hasText: text });
    await dialog.waitFor();
    return dialog;
  }

  /** The canvas that can be seen. Hidden webviews keep their frames, so a frame counts only when its editor is visible. */
  canvas(): Promise<Frame> {
    return this.webview('.react-flow');
  }

  /** The visible webview's document that holds an element for the selector. */
  async webview(selector: string): Promise<Frame> {
    const giveUpAt = performance.now() + patienceMs;
    for (;;) {
      for (const outer of await this.page.locator('iframe.webview').all()) {
        if (!(await outer.isVisible())) continue;
        const found = await documentWith(outer, selector);
        if (found !== undefined) return found;
      }
      if (performance.now() > giveUpAt) throw new Error(`No visible webview has "${selector}" after ${patienceMs / 1000} s.`);
      await this.page.waitForTimeout(100);
    }
  }

  /** Texts of what is unsaved, as they would come back. The editor writes a backup when the typing has rested for a second. */
  async backups(): Promise<readonly string[]> {
    const profile = join(this.#temporary, 'user');
    const found: string[] = [];
    for (const entry of await readdir(profile, { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !entry.parentPath.split(sep).includes('Backups')) continue;
      // Others of them are thrown away meanwhile.
      found.push(await readFile(join(entry.parentPath, entry.name), 'utf8').catch(() => ''));
    }
    return found;
  }

  /** Loads the window anew, as the command of that name does, and waits until it can be used. What was not saved comes back from its backup. */
  async reload(): Promise<void> {
    await this.page.reload();
    await this.#usable();
  }

  /** Ends the extension host as a crash does. The window goes on without one until it is loaded anew: this server's has no other way back. */
  async killExtensionHost(): Promise<void> {
    process.kill(await extensionHostOf(join(this.#temporary, 'user')), 'SIGKILL');
  }

  /** Changes the colour theme of the running window. */
  async setTheme(theme: Theme): Promise<void> {
    await this.runCommand('Preferences: Color Theme');
    await this.pick(themes[theme].label);
    await this.page.locator(`.monaco-workbench.${themes[theme].className}`).first().waitFor();
  }

  /** Writes `out/screenshots/<name>.png` and gives its path. */
  async screenshot(name: string): Promise<string> {
    const path = join(projectRoot, 'out/screenshots', `${name}.png`);
    await mkdir(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
    return path;
  }

  /** Closes the window and everything that was started with it. Throws when the console had anything to complain about. */
  async close(): Promise<void> {
    try {
      const session = await this.#browser.newBrowserCDPSession();
      await session.send('Browser.close');
      await this.#ended;
      if (this.#guard.findings.length > 0) throw new Error(`The window printed errors:\n${this.#guard.findings.join('\n')}`);
    } finally {
      await rm(this.#temporary, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
    }
  }

  /**
   * Takes the keyboard out of a webview, as a person who looks away from it does. The command palette gives the focus back to where
   * it was when it closes, and to a webview by a message (https://github.com/microsoft/vscode/issues/75209): on a slow machine that
   * arrives after the command has opened a box of its own, which then loses the focus and closes.
   */
  async #leaveWebview(): Promise<void> {
    const inWebview = () => this.page.evaluate(() => document.activeElement?.matches('iframe.webview') ?? false);
    if (await inWebview()) await this.page.locator('.activitybar .action-item .action-label').first().focus();
  }

  #quickInputField(): Locator {
    return this.page.locator('.quick-input-widget:visible .quick-input-box input').first();
  }

  /** Opens the palette, which finds files as well, and fills it. */
  async #openQuickInput(text: string): Promise<void> {
    await this.#leaveWebview();
    // The workbench listens to keys a little later than it paints. A key that it does hear opens the box at once.
    for (let attempt = 0; ; attempt++) {
      await this.page.keyboard.press('F1');
      try {
        await this.#quickInputField().waitFor({ timeout: 2_000 });
        break;
      } catch (error) {
        if (attempt === 30) throw error;
      }
    }
    await this.#quickInputField().fill(text);
  }

  /**
   * Chooses a row by the keyboard: once the list has settled on what was typed, the arrows go to the row and Enter takes it. A click
   * would go to a place, and what is there changes while results come in.
   * @param typed what the field holds while this list is meant
   * @param labels what the row may be called, the best first
   * @param complete whether a list that has settled without such a row will never have it
   * @returns whether there was such a row
   */
  async #choose(typed: string, labels: readonly RowLabel[], complete = false): Promise<boolean> {
    for (;;) {
      const found = await this.page
        .waitForFunction(rowToChoose, { typed, labels, complete }, { timeout: patienceMs, polling: 'raf' })
        .catch((error: unknown) => {
          throw new Error(`The box offers nothing called ${JSON.stringify(labels.at(-1))}.`, { cause: error });
        });
      const step = (await found.jsonValue()) as 'ArrowDown' | 'ArrowUp' | 'Enter' | 'focus' | 'absent';
      if (step === 'absent') return false;
      if (step === 'Enter') break;
      if (step === 'focus') await this.#quickInputField().focus();
      else await this.page.keyboard.press(step);
    }
    await this.#press('Enter');
    return true;
  }

  /** Presses a key and waits until the box has taken it: it is gone, asks something else, or says what is wrong. */
  async #press(key: 'Enter' | 'Escape'): Promise<void> {
    const before = await this.page.evaluate(openBox, '');
    await this.page.keyboard.press(key);
    await this.page.waitForFunction(openBox, before || '', { timeout: patienceMs });
  }
}

interface RowLabel {
  readonly is?: string;
  readonly startsWith?: string;
  readonly includes?: string;
}

/** Runs in the page: what the open box asks and says, and what its field holds; false while that is what it was `before`. */
function openBox(before: string): string | false {
  const widget = [...document.querySelectorAll<HTMLElement>('.quick-input-widget')].find((one) => one.checkVisibility());
  const field = widget?.querySelector<HTMLInputElement>('.quick-input-box input');
  const words = ['.quick-input-titlebar', '.quick-input-description', '.quick-input-message'].map((part) => widget?.querySelector(part)?.textContent);
  const now = widget === undefined ? 'none' : JSON.stringify([field?.value, field?.placeholder, ...words]);
  return now !== before && now;
}

/** Runs in the page: whether the open box is the dialog that asks for a file, and lists a folder. */
function listsFolder({ at, question }: { at: string; question: string }): boolean {
  const widget = [...document.querySelectorAll<HTMLElement>('.quick-input-widget')].find((one) => one.checkVisibility());
  const field = widget?.querySelector<HTMLInputElement>('.quick-input-box input');
  const isBusy = widget?.querySelector('.quick-input-progress .monaco-progress-container.active') !== null;
  return widget?.textContent.includes(question) === true && field?.value === at && !isBusy;
}

/** Runs in the page: the key that comes next on the way to a row, or false while the list may still change. */
function rowToChoose({ typed, labels, complete }: { typed: string; labels: readonly RowLabel[]; complete: boolean }): string | false {
  const widget = [...document.querySelectorAll<HTMLElement>('.quick-input-widget')].find((one) => one.checkVisibility());
  const field = widget?.querySelector<HTMLInputElement>('.quick-input-box input');
  if (widget === undefined || field === null || field === undefined || field.disabled || field.value !== typed) return false;
  if (widget.querySelector('.quick-input-progress .monaco-progress-container.active') !== null) return false;
  const rows = [...widget.querySelectorAll<HTMLElement>('.quick-input-list .monaco-list-row')];
  const shown = rows.map((row) => `${row.dataset['index']} ${row.getAttribute('aria-label')} ${row.className} ${row.style.top}`).join('\n');
  // Settled is what stays the same over some frames.
  const memory = globalThis as unknown as { quickRows?: { shown: string; frames: number } };
  memory.quickRows = memory.quickRows?.shown === shown ? { shown, frames: memory.quickRows.frames + 1 } : { shown, frames: 0 };
  if (memory.quickRows.frames < 5) return false;
  const called = (row: HTMLElement, label: RowLabel): boolean => {
    const name = (row.getAttribute('aria-label') ?? '').toLowerCase();
    if (label.is !== undefined) return name === label.is.toLowerCase();
    if (label.startsWith !== undefined) return name.startsWith(label.startsWith.toLowerCase());
    return name.includes(label.includes?.toLowerCase() ?? '');
  };
  const target = labels.map((label) => rows.find((row) => called(row, label))).find((row) => row !== undefined);
  if (target === undefined && complete && memory.quickRows.frames > 60) return 'absent';
  const focused = rows.find((row) => row.classList.contains('focused'));
  if (target === undefined || focused === undefined) return false;
  if (document.activeElement !== field) return 'focus';
  if (target === focused) return 'Enter';
  return Number(target.dataset['index']) > Number(focused.dataset['index']) ? 'ArrowDown' : 'ArrowUp';
}

/** The document inside a webview's two frames, when it holds an element for the selector. */
async function documentWith(outer: Locator, selector: string): Promise<Frame | undefined> {
  try {
    const shell = await (await outer.elementHandle({ timeout: 1_000 }))?.contentFrame();
    const active = await (await shell?.$('#active-frame'))?.contentFrame();
    return active && (await active.$(selector)) !== null ? active : undefined;
  } catch (error) {
    // A webview that is being loaded or replaced is asked again; its frames come and go meanwhile.
    if (error instanceof Error && /context was destroyed|Cannot find context|different document|detached|Timeout/.test(error.message)) return undefined;
    throw error;
  }
}

async function writeSettings(temporary: string, settings: Readonly<Record<string, unknown>>): Promise<void> {
  const file = join(temporary, 'user/User/settings.json');
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify(settings, undefined, 2));
}

/** A development folder like the project's own, with more files in it. */
async function withFiles(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (const name of ['package.json', 'package.nls.json', 'media', 'templates', 'dist'])
    await cp(join(projectRoot, name), join(folder, name), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  return folder;
}

/** @param portFile where the browser writes its debugging port once it listens */
async function connect(portFile: string): Promise<Browser> {
  const giveUpAt = performance.now() + 240_000;
  for (;;) {
    try {
      const [port = ''] = (await readFile(portFile, 'utf8')).split('\n');
      return await chromium.connectOverCDP(`http://127.0.0.1:${port}`);
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}

async function workbenchPage(browser: Browser): Promise<Page> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    for (const page of browser.contexts().flatMap((context) => context.pages())) if (/^http:\/\/127\.0\.0\.1|workbench\.html/.test(page.url())) return page;
    if (performance.now() > giveUpAt) throw new Error('The editor opened no workbench.');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
