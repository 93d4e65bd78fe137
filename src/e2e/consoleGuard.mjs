// Watches everything that the workbench and its webviews print, from the first line on. Any error, any uncaught exception
// and any report of the content security policy is a finding and fails the run, except the few lines listed here.

/**
 * Lines that are known and harmless. Each says why; a line that is only inconvenient does not belong here. All but the last thirteen come
 * from running the server inside code-server's package alone and without install scripts; the desktop prints none of them.
 */
const harmless = [
  {
    pattern: /Failed to load resource: .*404.*\/(manifest\.json|_static\/src\/browser\/media\/[\w.-]+|update\/check)\b/,
    because: "files of code-server's own front, which does not run here",
  },
  { pattern: /^Manifest fetch from http:\/\/127\.0\.0\.1:\d+\/manifest\.json failed/, because: 'the same front, as a web app' },
  { pattern: /\/_static\/out\/browser\/serviceWorker\.js/, because: 'the same front, its service worker' },
  { pattern: /^A bad HTTP response code \(404\) was received when fetching the script\./, because: 'the same service worker, told by the browser' },
  { pattern: /Failed to load resource: .*404.*\/node_modules\/vsda\//, because: "a proprietary module that only Microsoft's builds have" },
  { pattern: /Could not locate the bindings file[^]*@vscode\/spdlog\//, because: 'the native logger is not compiled; logs go to the console instead' },
  { pattern: /Cannot find module '\.\/build\/Release\/watchdog'/, because: 'the native watchdog is not compiled; the server ends its hosts itself' },
  {
    pattern: /^Error: Timed out waiting for authentication provider 'github' to register\./,
    because: "the workbench's own chat asks for an account, and there is no network to sign in by",
  },
  {
    pattern: /^Error: Aborted onWillSaveTextDocument-event after 1750ms/,
    because: 'the page counts its own stalls too: measured on a starved machine, it gave up although the extension had answered within a millisecond',
  },
  {
    pattern: /^Request \d+ timed out \(15000ms\)/,
    because: "the workbench's terminals give their own process so long for an answer: measured on a machine so starved that it took longer",
  },
  {
    pattern: /^Error: \S+\.workflow\.yaml has changed in the meantime/,
    because: 'VS Code says so when it refuses an edit of older text; a suite types at the same time on purpose, and the edit is made anew',
  },
  {
    pattern: /^\[text file model\] handleSaveError\(\d+\)[^]*File Modified Since|^Failed to save '[^']+': The content of the file is newer/,
    because: 'a suite saves over what another program wrote meanwhile, on purpose; VS Code refuses that and asks',
  },
  {
    pattern: /^\w+: File seems to be binary and cannot be opened as text/,
    because: 'VS Code says so when it opens a file of bytes as a text; a hostile folder has one that is called a workflow, on purpose',
  },
  {
    pattern: /^SecurityError User activation is required\./,
    because: "the workbench's terminal asks the browser for its fonts, which needs a click; a suite runs a task without one",
  },
  {
    pattern: /^Could not find inner client for request/,
    because: "VS Code's webviews say so when a page is closed while one of its files is on the way; sixty editors are opened and closed at once",
  },
  {
    pattern: /^A workflow that is \w+ cannot become \w+\./,
    because: 'what a notification says is printed, too; a suite asks for this refusal on purpose',
  },
  {
    pattern: /^Workflow failed: 'shop' failed to deploy\. Applied, but not ready within 8 s: api/,
    because: 'what a notification says is printed, too; a story has a tier that does not come up on purpose',
  },
  {
    pattern: /^No plugin can be made of crds\/operator\.yaml: it holds no CustomResourceDefinition\./,
    because: 'what a notification says is printed, too; a scenario chooses a file without a definition on purpose',
  },
  {
    pattern: /^The build of none failed: "https:\/\/localhost:\d+\/none\.git" could not be cloned/,
    because: 'what a notification says is printed, too; a scenario builds a repository that is not there on purpose',
  },
  {
    pattern: /^Canceled: Canceled[^]*_onExtensionHostExit/,
    because: 'what the workbench still asks of an extension host is cancelled when that host ends, as it does after a suite inside it',
  },
  {
    pattern: /^Error: No extension gallery service configured\./,
    because: 'in another language the workbench looks for its language pack, and tests have no gallery to look in',
  },
  {
    pattern: /^\[lifecycle\] Long running operations during shutdown are unsupported in the web/,
    because: "a browser's workbench that is loaded anew says so of its own chat and connection",
  },
  {
    pattern: /^ResizeObserver loop completed with undelivered notifications\./,
    because: 'xyflow measures nodes in an observer: xyflow/xyflow#3076, gone with its pull request 5999',
  },
];

/** What the workbench says of an extension host that a test has killed, and of what it still had asked of it. */
export const afterKill = [
  { pattern: /^Extension host \(Remote\) terminated unexpectedly/, because: 'so it was' },
  {
    pattern: /^CloseEvent\b|^\[remote-connection\]\[ExtensionHost\]|Unknown reconnection token/,
    because: 'its connection went with it, and is tried once more',
  },
  { pattern: /holds the lock on this target until/, because: 'a run that died holds it until its time is over, and the next one says so' },
  { pattern: /IndexedDB database 'vscode-web-db' is closed/, because: 'the window that is left still logs' },
  { pattern: /^(?:Error: )?Canceled|\(Canceled: Canceled\)/, because: 'what it was asked is answered by nobody' },
];

/** Reports every breach of the content security policy as a console error, in every frame and before any of its scripts. */
const reportPolicyBreaches = `addEventListener('securitypolicyviolation', (event) => {
  console.error('[policy] ' + event.effectiveDirective + ' blocked ' + event.blockedURI + ' in ' + event.documentURI + ' at ' + event.sourceFile + ':' + event.lineNumber);
});`;

export class ConsoleGuard {
  findings = [];
  #onFinding;
  #harmless;

  /** @param {(line: string) => void} onFinding @param {readonly {pattern: RegExp, because: string}[]} [more] what is harmless in this window, too */
  constructor(onFinding, more = []) {
    this.#onFinding = onFinding;
    this.#harmless = [...harmless, ...more];
  }

  async watch(context) {
    await context.addInitScript(reportPolicyBreaches);
    context.on('console', (message) => this.#onMessage(message));
    context.on('weberror', (error) => this.#onError(error.error()));
    for (const page of context.pages()) {
      for (const message of await page.consoleMessages()) this.#onMessage(message);
      for (const error of await page.pageErrors()) this.#onError(error);
    }
  }

  #onMessage(message) {
    if (message.type() !== 'error' && message.type() !== 'assert') return;
    const { url, lineNumber } = message.location();
    // The workbench's logger prints through a styled prefix, which says nothing here.
    const text = message.text().replace(/^%c\s+ERR color: #\w+ /, '');
    this.#note(`${text}${url === '' ? '' : ` (${url}:${lineNumber})`}`);
  }

  #onError(error) {
    this.#note(`${error.message}\n${error.stack ?? ''}`);
  }

  #note(line) {
    if (this.#harmless.some(({ pattern }) => pattern.test(line)) || this.findings.includes(line)) return;
    this.findings.push(line);
    this.#onFinding(line);
  }
}
