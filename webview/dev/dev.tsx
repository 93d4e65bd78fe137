import '../theme/main.css';
import './themes.css';
import { BrowserHost } from '../bridge/browserHost';
import { BrowserCompareHost } from '../bridge/browserCompareHost';
import { BrowserLogHost } from '../bridge/browserLogHost';
import { BrowserOverviewHost } from '../bridge/browserOverviewHost';
import { BrowserResourceHost } from '../bridge/browserResourceHost';
import { startCompare } from '../compare/startCompare';
import { startLogs } from '../logs/startLogs';
import { startOverview } from '../overview/startOverview';
import { startResource } from '../resource/startResource';
import { startCanvas } from '../startCanvas';
import type { DevHost } from './devWindow';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element with the id "root".');
const storage = window.kubeorchStorage ?? { saved: undefined };
const put = <H extends DevHost>(host: H): H => {
  window.kubeorchHost = host;
  return host;
};
if (document.body.dataset['page'] === 'logs') startLogs(root, put(new BrowserLogHost()).bridge);
else if (document.body.dataset['page'] === 'resource') startResource(root, put(new BrowserResourceHost()).bridge);
else if (document.body.dataset['page'] === 'compare') startCompare(root, put(new BrowserCompareHost(window.kubeorchCompare)).bridge);
else if (document.body.dataset['page'] === 'overview') startOverview(root, put(new BrowserOverviewHost()).bridge);
else startCanvas(root, put(new BrowserHost(window.kubeorchSample, storage)).bridge);
