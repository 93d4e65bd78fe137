import type { BrowserHost, BrowserHostSample } from '../bridge/browserHost';
import type { BrowserCompareHost, BrowserCompareSample } from '../bridge/browserCompareHost';
import type { BrowserLogHost } from '../bridge/browserLogHost';
import type { BrowserOverviewHost } from '../bridge/browserOverviewHost';
import type { BrowserResourceHost } from '../bridge/browserResourceHost';

export type DevHost = BrowserHost | BrowserCompareHost | BrowserLogHost | BrowserOverviewHost | BrowserResourceHost;

declare global {
  interface Window {
    /** Set before the development page's script runs. */
    kubeorchSample: BrowserHostSample;
    kubeorchCompare: BrowserCompareSample;
    /** The host of the development page, for whoever drives it. */
    kubeorchHost: DevHost;
    /** The sentences of a language, for pages that are not to be in English. */
    kubeorchTexts: Readonly<Record<string, string>> | undefined;
    /** What the page keeps, as VS Code would. */
    kubeorchStorage: { saved: unknown } | undefined;
  }
}
