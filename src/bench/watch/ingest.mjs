// 10,000 pods: how fast a watch's events are taken in, and what a cached pod costs. One server process says the same bytes to
// everybody; the clients alternate, what counts is their own processor time (a core's, whatever else the machine does), and every one must end with the same copy.
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { at, buildInformer, bundleOurs, folder, median, span, workspace } from './programs.mjs';

/** @returns {Promise<boolean>} whether every bar was met */
export async function ingest({ pods = 10_000, events = 100_000, turns = 5 } = {}) {
  const work = workspace();
  try {
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '1',
        '-subj',
        '/CN=bench',
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-keyout',
        join(work.path, 'key.pem'),
        '-out',
        join(work.path, 'cert.pem'),
      ],
      { stdio: 'ignore' },
    );
    const server = work.start(process.execPath, ['--max-old-space-size=4096', join(folder, 'podServer.mjs'), work.path, String(pods), String(events)]);
    const { kubeconfig, podBytes } = await server.next();
    const args = [kubeconfig, '/v1/pods', 'bench', 'ingest', String(events)];
    const clients = {
      ours: [process.execPath, '--expose-gc', await bundleOurs(work.path)],
      'client-node': [process.execPath, '--expose-gc', join(folder, 'clientNode.mjs')],
      'client-go': [buildInformer(work.path)],
    };
    if (clients['client-go'][0] === undefined) {
      console.log('client-go is left out: there is no Go on this machine');
      delete clients['client-go'];
    }
    const samples = Object.fromEntries([...Object.keys(clients), 'floor'].map((name) => [name, []]));
    const digests = new Set();
    for (let turn = 0; turn < turns; turn++) {
      for (const [name, [file, ...before]] of Object.entries(clients)) {
        const client = work.start(file, [...before, ...args]);
        const { syncedMs } = await client.next();
        const { cpuMs, heapBytes, objects, digest } = await client.next();
        await client.exit;
        if (objects !== pods) throw new Error(`${name} ended with ${objects} of ${pods} pods`);
        digests.add(digest);
        samples[name].push({ syncedMs, rate: (events - 1) / (cpuMs / 1000), heap: heapBytes / pods });
      }
      const floor = work.start(process.execPath, [join(folder, 'floor.mjs'), ...args]);
      const { cpuMs } = await floor.next();
      await floor.exit;
      samples.floor.push({ rate: (events - 1) / (cpuMs / 1000) });
    }
    if (digests.size !== 1) throw new Error('the clients ended with different copies');
    const of = (name, field) => samples[name].map((sample) => sample[field]);
    console.log(`ingest: ${pods} pods of ${podBytes} bytes, ${events} events, ${turns} alternating turns, all copies equal; min / median / max`);
    for (const name of Object.keys(samples)) {
      const more =
        name === 'floor'
          ? '  (JSON.parse of each line, nothing kept)'
          : `   first copy ${span(of(name, 'syncedMs'))} ms   heap ${span(of(name, 'heap'))} bytes a pod`;
      console.log(`  ${name.padEnd(12)} ${span(of(name, 'rate'))} events per second of processor time${more}`);
    }
    const pair = (peer, field) => median(samples.ours.map((sample, turn) => sample[field] / samples[peer][turn][field]));
    const speed = pair('client-node', 'rate');
    const heap = pair('client-node', 'heap');
    console.log(
      `  rate against client-node: ${speed.toFixed(2)} (bar: at least 1.5; ${speed >= 1.5 ? 'met' : 'MISSED'}), against the floor: ${pair('floor', 'rate').toFixed(2)}`,
    );
    if (samples['client-go'] !== undefined) {
      console.log(`  rate against client-go: ${pair('client-go', 'rate').toFixed(2)}; heap a pod against client-go: ${pair('client-go', 'heap').toFixed(2)}`);
    }
    console.log(
      `  heap a pod against client-node: ${heap.toFixed(3)} (bar: at most 0.333; ${heap <= 1 / 3 ? 'met' : 'MISSED'}), worst turn ${at(of('ours', 'heap'), 1).toFixed(0)} bytes`,
    );
    return speed >= 1.5 && heap <= 1 / 3;
  } finally {
    work.close();
  }
}
