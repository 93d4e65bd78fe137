import type { BrowserHost, BrowserHostSample } from '../bridge/browserHost';
import type { BrowserCompareHost, BrowserCompareSample } from '../bridge/browserCompareHost';
import type { BrowserLogHost } from '../bridge/browserLogHost';
import type { BrowserResourceHost } from '../bridge/browserResourceHost';

export type DevHost = BrowserHost | BrowserCompareHost | BrowserLogHost | BrowserResourceHost;

declare global {
  interface Window {
    /** Set before the development page's script runs. */
    kubeorchSample: BrowserHostSample;
    kubeorchCompare: BrowserCompareSample;
    /** The host of the development page, for whoever drives it. */
    kubeorchHost: DevHost;
    /** What the page keeps, as VS Code would. */
    kubeorchStorage: { saved: unknown } | undefined;
  }
}
