// Our list and watch, measured: the same protocol on standard output as the peers in this folder.
import { createHash } from 'node:crypto';
import type { WatchEvent } from '../../engine/ports';
import { clusterFromKubeconfig } from '../../kube/index';
import { systemClock } from '../../node/systemClock';

const [path = '', resource = '', namespace = '', mode = '', countText = '0'] = process.argv.slice(2);
const wanted = Number(countText);
const collect = (globalThis as { gc?: () => void }).gc;
if (collect === undefined) throw new Error('start this with --expose-gc');
const say = (value: object): void => console.log(JSON.stringify(value));
const kinds: Readonly<Record<string, { readonly apiVersion: string; readonly kind: string }>> = {
  '/v1/pods': { apiVersion: 'v1', kind: 'Pod' },
  '/v1/configmaps': { apiVersion: 'v1', kind: 'ConfigMap' },
  'apps/v1/deployments': { apiVersion: 'apps/v1', kind: 'Deployment' },
};
const kind = kinds[resource];
if (kind === undefined) throw new Error(`unknown resource ${resource}`);
const quiet = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: (message: string, error?: unknown) => console.error(message, error),
};

const cluster = await clusterFromKubeconfig({ path, clock: systemClock(), logger: quiet });
await cluster.resourceOf(kind);
collect();
const heapBefore = process.memoryUsage().heapUsed;
const began = performance.now();
let objects = 0;
let events = 0;
let first = 0;
let cpuFirst = process.cpuUsage();
let synced = false;
await new Promise<void>((resolve) => {
  cluster.watch(kind, { namespace }, (event: WatchEvent) => {
    if (event.type === 'synced' && !synced) {
      synced = true;
      say({ syncedMs: performance.now() - began, objects });
      if (wanted === 0) resolve();
    } else if (event.type === 'delete' && mode === 'stamp') {
      objects--;
    } else if (event.type === 'upsert') {
      if (mode === 'stamp') {
        objects++;
        say({ name: event.object.metadata.name, version: event.object.metadata.resourceVersion, atMs: performance.timeOrigin + performance.now() });
      } else if (!synced) objects++;
      else {
        if (events === 0) {
          first = performance.now();
          cpuFirst = process.cpuUsage();
        }
        if (++events === wanted) resolve();
      }
    }
  });
});
if (mode === 'stamp') {
  process.stdin.resume();
  await new Promise((resolve) => process.stdin.once('end', resolve));
  say({ objects });
} else {
  const eventsMs = performance.now() - first;
  const cpu = process.cpuUsage(cpuFirst);
  const cpuMs = (cpu.user + cpu.system) / 1000;
  // Two turns, so that what the last event left behind is not counted as kept.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  collect();
  collect();
  const heapBytes = process.memoryUsage().heapUsed - heapBefore;
  // A second listener is told the whole copy: what is kept is asked of the cache itself.
  const lines: string[] = [];
  await new Promise<void>((resolve) => {
    cluster.watch(kind, { namespace }, (event: WatchEvent) => {
      if (event.type === 'upsert')
        lines.push(`${event.object.metadata.name} ${event.object.metadata.uid ?? ''} ${event.object.metadata.resourceVersion ?? ''}`);
      if (event.type === 'synced') resolve();
    });
  });
  lines.sort();
  say({ eventsMs, cpuMs, heapBytes, objects: lines.length, digest: createHash('sha256').update(lines.join('\n')).digest('hex') });
}
process.exit(0);
