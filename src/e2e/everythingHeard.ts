// Everything that a window says while it is under test: what crosses the channels of its webviews, its consoles, the addresses that
// it asks for, and what stands in its frames.
import type { Page } from 'playwright-core';

export interface Heard {
  readonly place: string;
  readonly text: string;
}

/**
 * Listens from now on. Webviews that are open already are not heard, so this comes before the first of them.
 * @returns what was heard so far, and how to take down what stands in all frames now
 */
export async function hearEverything(page: Page): Promise<{ readonly heard: readonly Heard[]; readonly lookAround: (moment: string) => Promise<void> }> {
  const heard: Heard[] = [];
  const hear = (place: string, text: string): void => void heard.push({ place, text });
  const context = page.context();
  // A binding would be heard by every driver of the window, and the launcher is one that does not know it; so messages come by the console.
  await context.addInitScript(listenInFrame);
  context.on('console', (message) => hear('console, or a message told there', message.text()));
  context.on('weberror', (error) => hear('uncaught error', String(error.error().stack)));
  context.on('request', (request) => hear('request', request.url()));
  return {
    heard,
    lookAround: async (moment) => {
      for (const frame of page.frames()) {
        hear(`address of a frame, ${moment}`, frame.url());
        // A frame may go while it is looked at; what it said was heard.
        for (const text of await frame.evaluate(textsOfFrame).catch(() => [])) hear(`frame ${frame.name()}, ${moment}`, text);
      }
    },
  };
}

/** Runs in every frame before its scripts: tells each message that comes or goes, by window or by port. */
function listenInFrame(): void {
  const debug = console.debug.bind(console);
  const tell = (place: string, data: unknown): void => {
    let text: string;
    try {
      text = typeof data === 'string' ? data : (JSON.stringify(data) ?? '');
    } catch {
      // What has no JSON is told by what it says of itself.
      text = String(data);
    }
    debug(`${place}: ${text}`);
  };
  // Not by listening: a webview writes its document anew, which takes all listeners of the window away.
  const hear = (place: string, target: object): void => {
    const posting = target as { postMessage: (...args: unknown[]) => void };
    posting.postMessage = new Proxy(posting.postMessage, {
      apply(post, self, args: unknown[]) {
        tell(place, args[0]);
        return Reflect.apply(post, self, args) as unknown;
      },
    });
  };
  hear('message to a frame', window);
  hear('message through a port', MessagePort.prototype);
}

/** Runs in a frame: its markup, its text as it is read, and what its fields hold. */
function textsOfFrame(): string[] {
  const fields = [...document.querySelectorAll<HTMLInputElement | HTMLTextAreaElement>('input, textarea')].map(({ value }) => value);
  return [document.documentElement.outerHTML, document.body.innerText, ...fields];
}
