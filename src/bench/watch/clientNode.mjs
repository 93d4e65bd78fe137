// The informer of @kubernetes/client-node as a peer: the same protocol on standard output as ours.
import { createHash } from 'node:crypto';
import { CoreV1Api, KubeConfig, makeInformer } from '@kubernetes/client-node';

const [path, resource, namespace, mode, countText = '0'] = process.argv.slice(2);
if (resource !== '/v1/pods' && resource !== '/v1/configmaps') throw new Error(`this peer follows pods and config maps, not ${resource}`);
const wanted = Number(countText);
const say = (value) => console.log(JSON.stringify(value));
const config = new KubeConfig();
config.loadFromFile(path);
const api = config.makeApiClient(CoreV1Api);
const list = resource === '/v1/pods' ? () => api.listNamespacedPod({ namespace }) : () => api.listNamespacedConfigMap({ namespace });
globalThis.gc();
const heapBefore = process.memoryUsage().heapUsed;
const began = performance.now();
const informer = makeInformer(config, `/api/v1/namespaces/${namespace}/${resource.split('/')[2]}`, list);
let events = 0;
let first = 0;
let cpuFirst = process.cpuUsage();
let done;
const finished = new Promise((resolve) => (done = resolve));
const stamp = (object) => {
  if (mode === 'stamp') say({ name: object.metadata.name, version: object.metadata.resourceVersion, atMs: performance.timeOrigin + performance.now() });
};
informer.on('add', stamp);
informer.on('update', (object) => {
  stamp(object);
  if (events === 0) {
    first = performance.now();
    cpuFirst = process.cpuUsage();
  }
  if (++events === wanted) done();
});
// Its informer stops for good on most errors; who uses it has to start it again.
informer.on('error', () => setTimeout(() => void informer.start(), 1000));
await informer.start();
say({ syncedMs: performance.now() - began, objects: informer.list().length });
if (mode === 'stamp') {
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
  say({ objects: informer.list().length });
} else {
  if (wanted > 0) await finished;
  const eventsMs = performance.now() - first;
  const cpu = process.cpuUsage(cpuFirst);
  const cpuMs = (cpu.user + cpu.system) / 1000;
  await new Promise((resolve) => setTimeout(resolve, 1500));
  globalThis.gc();
  globalThis.gc();
  const heapBytes = process.memoryUsage().heapUsed - heapBefore;
  const lines = informer.list().map((object) => `${object.metadata.name} ${object.metadata.uid} ${object.metadata.resourceVersion}`);
  lines.sort();
  say({ eventsMs, cpuMs, heapBytes, objects: lines.length, digest: createHash('sha256').update(lines.join('\n')).digest('hex') });
}
process.exit(0);
