import './theme/main.css';
import { vscodeBridge } from './bridge/vscodeApi';
import { startCompare } from './compare/startCompare';
import { startLogs } from './logs/startLogs';
import { startOverview } from './overview/startOverview';
import { startResource } from './resource/startResource';
import { startCanvas } from './startCanvas';
import { startUnavailable } from './unavailable/startUnavailable';

const root = document.getElementById('root');
if (root === null) throw new Error('The page has no element with the id "root".');
if (document.body.dataset['page'] === 'logs') startLogs(root, vscodeBridge());
else if (document.body.dataset['page'] === 'resource') startResource(root, vscodeBridge());
else if (document.body.dataset['page'] === 'compare') startCompare(root, vscodeBridge());
else if (document.body.dataset['page'] === 'overview') startOverview(root, vscodeBridge());
else if (document.body.dataset['page'] === 'unavailable') startUnavailable(root, vscodeBridge());
else startCanvas(root, vscodeBridge());
