// Our canvas as it ships, with a host in the page itself. Statuses reach it as the webview's own messages do.
import '../../../webview/theme/main.css';
import '../../../webview/dev/themes.css';
import { BrowserHost } from '../../../webview/bridge/browserHost';
import { startCanvas } from '../../../webview/startCanvas';

const { sample, saved } = window.kubeorchOurs;
const { bridge } = new BrowserHost(sample, { saved });
const hearing = new Set();
const transport = {
  post: (message) => bridge.transport.post(message),
  listen: (listener) => {
    hearing.add(listener);
    return bridge.transport.listen(listener);
  },
};
let sequenceNumber = 0;
window.kubeorchSink = ({ id, status }) => {
  sequenceNumber += 1;
  const data = {
    stream_key: 'workflow:many',
    sequenceNumber,
    timestamp: '2026-01-01T00:00:00Z',
    event_type: 'node_update',
    data: { updates: [{ node_id: id, type: 'deployment', status }] },
  };
  for (const hear of hearing) hear({ kind: 'event', name: 'stream', data });
};
startCanvas(document.getElementById('root'), { ...bridge, transport });
