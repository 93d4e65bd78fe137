import { disposable } from '../../src/shared/disposables';
import type { HostBridge } from './hostBridge';

/** The bridge to the extension. This is the only call of `acquireVsCodeApi`, which VS Code allows once per page. */
export function vscodeBridge(): HostBridge {
  const api = acquireVsCodeApi();
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
    saveState: (state) => {
      api.setState(state);
    },
  };
}
