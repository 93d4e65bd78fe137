import { disposable } from '../../src/shared/disposables';
import type { HostBridge } from './hostBridge';

/** The bridge to the extension. This is the only call of `acquireVsCodeApi`, which VS Code allows once per page. */
export function vscodeBridge(): HostBridge {
  const api = acquireVsCodeApi();
  // What the tab is of: VS Code hands the page's state to the host when the window was loaded anew.
  const { restore: encoded } = document.body.dataset;
  const restore: unknown = encoded === undefined ? undefined : JSON.parse(textOf(encoded));
  const keep = (state: unknown): void => {
    api.setState(restore === undefined ? state : { ...(typeof state === 'object' ? state : {}), restore });
  };
  if (restore !== undefined) keep(api.getState());
  return {
    transport: {
      post: (message) => api.postMessage(message),
      listen(listener) {
        const onMessage = (event: MessageEvent<unknown>): void => listener(event.data);
        window.addEventListener('message', onMessage);
        return disposable(() => window.removeEventListener('message', onMessage));
      },
    },
    savedState: () => api.getState(),
    saveState: keep,
  };
}

/** The text that base64url stands for. */
function textOf(encoded: string): string {
  const bytes = Uint8Array.from(atob(encoded.replaceAll('-', '+').replaceAll('_', '/')), (letter) => letter.codePointAt(0) ?? 0);
  return new TextDecoder().decode(bytes);
}
