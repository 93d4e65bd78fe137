// A quiet quarter of an hour: what following a kind on which nothing happens costs, while etcd forgets its past every minute; and
// how soon each client hears of a write after the API server was killed and started again. Each client has a way of its own to
// one real API server, on which the bytes are counted; the server's audit log counts its requests.
import { build } from 'esbuild';
import { readFileSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { whenEnded } from '../ending.mjs';
import { buildInformer, bundleOurs, folder, root, workspace } from './programs.mjs';

const policy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules: [{level: Metadata}]
`;

/** A loopback port that passes bytes on and counts them. */
async function countingWay(port) {
  const way = { bytes: 0, connections: 0, port: 0, close: () => server.close() };
  const server = createServer((client) => {
    way.connections++;
    const upstream = connect({ host: '127.0.0.1', port });
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      from.on('data', (chunk) => (way.bytes += chunk.length));
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.pipe(to);
    }
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  way.port = server.address().port;
  return way;
}

/** @returns {Promise<boolean>} whether every bar was met */
export async function quiet(minutesText = '15') {
  const minutes = Number(minutesText);
  const work = workspace();
  const ways = [];
  let server;
  let forget = () => {};
  try {
    const module = join(work.path, 'apiServer.mjs');
    await build({
      entryPoints: [join(root, 'src/testing/apiServer.ts')],
      outfile: module,
      bundle: true,
      platform: 'node',
      format: 'esm',
      target: 'node22',
      logLevel: 'error',
    });
    const { hasApiServer, startApiServer } = await import(module);
    if (!hasApiServer()) {
      console.log('quiet: left out, for the API server is not built; run src/e2e/cluster/cluster.sh build');
      return true;
    }
    const policyFile = join(work.path, 'policy.yaml');
    const auditFile = join(work.path, 'audit.log');
    writeFileSync(policyFile, policy);
    server = await startApiServer([
      `--audit-policy-file=${policyFile}`,
      `--audit-log-path=${auditFile}`,
      '--audit-log-maxsize=1000',
      '--etcd-compaction-interval=1m',
    ]);
    forget = whenEnded(() => server.close());
    const config = JSON.parse(server.kubeconfig);
    const direct = `https://127.0.0.1:${server.port}/api/v1/namespaces/default/configmaps`;
    const write = async (name) => {
      const status = await new Promise((resolve, reject) => {
        const ask = request(direct, {
          method: 'POST',
          ca: Buffer.from(config.clusters[0].cluster['certificate-authority-data'], 'base64'),
          headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
        });
        ask.on('response', (answer) => answer.resume().on('end', () => resolve(answer.statusCode)));
        ask.on('error', reject);
        ask.end(JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data: { text: 'x'.repeat(1000) } }));
      });
      if (status !== 201) throw new Error(`writing ${name} was answered with ${status}`);
      return performance.timeOrigin + performance.now();
    };
    for (let nth = 0; nth < 100; nth++) await write(`quiet-${nth}`);

    const programs = {
      ours: [process.execPath, '--expose-gc', await bundleOurs(work.path)],
      'client-node': [process.execPath, '--expose-gc', join(folder, 'clientNode.mjs')],
    };
    const informer = buildInformer(work.path);
    if (informer === undefined) console.log('client-go is left out: there is no Go on this machine');
    else programs['client-go'] = [informer];
    const clients = {};
    for (const [name, [file, ...before]] of Object.entries(programs)) {
      const way = await countingWay(server.port);
      ways.push(way);
      const path = join(work.path, `${name}.kubeconfig`);
      writeFileSync(
        path,
        JSON.stringify({ ...config, clusters: [{ name: 'alone', cluster: { ...config.clusters[0].cluster, server: `https://127.0.0.1:${way.port}` } }] }),
        { mode: 0o600 },
      );
      const told = new Map();
      const client = work.start(file, [...before, path, '/v1/configmaps', 'default', 'stamp']);
      // Everything is taken as it comes; the last line, without a name, is the count.
      const summary = (async () => {
        for (;;) {
          const line = await client.next();
          if (line.name !== undefined) told.set(line.name, line.atMs);
          else if (line.syncedMs === undefined) return line;
        }
      })();
      summary.catch(() => undefined);
      clients[name] = { way, client, told, summary };
    }
    const heard = async (name, waitMs) => {
      const ends = performance.now() + waitMs;
      while (performance.now() < ends && Object.values(clients).some(({ told }) => !told.has(name))) await sleep(20);
    };
    await write('begun');
    await heard('begun', 30_000);
    for (const client of Object.values(clients)) client.before = client.way.bytes;
    const beginsAt = Date.now();
    await sleep(minutes * 60_000);
    const requests = readFileSync(auditFile, 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line))
      .filter((event) => event.objectRef?.resource === 'configmaps' && event.objectRef.namespace === 'default' && event.verb !== 'create');
    const agents = { ours: /^kubeorch/, 'client-go': /^informer/ };
    agents['client-node'] = { test: (agent) => !agents.ours.test(agent) && !agents['client-go'].test(agent) };
    for (const [name, client] of Object.entries(clients)) {
      const own = requests.filter((event) => agents[name].test(event.userAgent ?? ''));
      client.lists = own.filter((event) => event.verb === 'list').length;
      client.watches = own.filter((event) => event.verb === 'watch' && event.stage === 'ResponseStarted').length;
      client.quietBytes = client.way.bytes - client.before;
    }
    if (Date.now() - beginsAt < minutes * 60_000) throw new Error('the quiet time was shorter than it should be');
    await write('after-quiet');
    await heard('after-quiet', 60_000);
    await server.kill();
    server.start();
    await server.untilReady();
    const writtenAtMs = await write('after-kill');
    await heard('after-kill', 120_000);

    console.log(`quiet: 101 config maps, ${minutes} minutes without a change, etcd compacted every minute`);
    const counts = new Set();
    for (const [name, { client, way, told, summary, lists, watches, quietBytes }] of Object.entries(clients)) {
      client.child.stdin.end();
      await Promise.race([summary, sleep(5_000)]);
      const late = told.has('after-kill') ? `${(told.get('after-kill') - writtenAtMs).toFixed(0)} ms` : 'never within 2 minutes';
      counts.add(['begun', 'after-quiet', 'after-kill'].filter((one) => told.has(one)).length);
      console.log(
        `  ${name.padEnd(12)} ${String(lists).padStart(3)} lists   ${String(watches).padStart(4)} watches   ${String(quietBytes).padStart(8)} bytes   ${way.connections} connections; heard of a write after the kill ${late} later`,
      );
    }
    const { ours } = clients;
    const met = ours.lists === 1 && ours.told.has('after-kill') && ours.told.has('after-quiet');
    console.log(
      `  one list in all: ${ours.lists === 1 ? 'met' : 'MISSED'}; bytes against client-node: ${(ours.quietBytes / clients['client-node'].quietBytes).toFixed(3)}`,
    );
    return met;
  } finally {
    work.close();
    for (const way of ways) way.close();
    forget();
    await server?.close();
  }
}
