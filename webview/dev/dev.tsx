import '../theme/main.css';
import './themes.css';
import type { BrowserHostSample } from '../bridge/browserHost';
import { BrowserHost } from '../bridge/browserHost';
import { BrowserLogHost } from '../bridge/browserLogHost';
import { startLogs } from '../logs/startLogs';
import { startCanvas } from '../startCanvas';

declare global {
  interface Window {
    /** Set before this script runs. */
    kubeorchSample: BrowserHostSample;
    /** The host of this page, for whoever drives it. */
    kubeorchHost: BrowserHost | BrowserLogHost;
    kubeorchStorage: { saved: unknown };
  }
}

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element with the id "root".');
window.kubeorchStorage ??= { saved: undefined };
if (document.body.dataset['page'] === 'logs') {
  const host = new BrowserLogHost();
  window.kubeorchHost = host;
  startLogs(root, host.bridge);
} else {
  const host = new BrowserHost(window.kubeorchSample, window.kubeorchStorage);
  window.kubeorchHost = host;
  startCanvas(root, host.bridge);
}
