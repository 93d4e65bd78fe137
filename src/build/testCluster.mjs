// `npm run test:cluster [-- FILTER…]`: the suites that need a real Kubernetes. Starts one when none is up and always stops what
// it started. What the machine lacks is installed on Debian as root in CI, and otherwise named in the reason of a skip.
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { findChromium } from './chromium.mjs';
import { ensureCodeServer } from './codeServer.mjs';
import { compareVersions } from './nodeRuntime.mjs';
import { root } from './paths.mjs';
import { capture, onPath, run } from './processes.mjs';
import { failedPart, printSummary, readResults, skippedPart, writeResult } from './results.mjs';
import { runVitest } from './vitest.mjs';

const part = 'cluster';
const script = join(root, 'src/e2e/cluster/cluster.sh');
const state = process.env['KUBEORCH_CLUSTER_STATE'] || '/tmp/kubeorch-cluster';
const binaries = join(process.env['KUBEORCH_CLUSTER_CACHE'] || join(homedir(), '.cache/kubeorch-cluster'), 'bin');
const oldestGo = '1.26';

/** Debian's package for each thing that the cluster needs, and how to see that it is there. */
const needs = [
  ['etcd-server', () => onPath('etcd')],
  ['containerd', () => onPath('containerd')],
  ['runc', () => onPath('runc')],
  ['containernetworking-plugins', () => existsSync('/usr/lib/cni/bridge')],
  ['busybox-static', () => existsSync('/bin/busybox')],
  ['iptables', () => onPath('iptables')],
  ['conntrack', () => onPath('conntrack')],
  ['iproute2', () => onPath('ip')],
  ['openssl', () => onPath('openssl')],
  ['socat', () => onPath('socat')],
  ['procps', () => onPath('pgrep')],
  ['curl', () => onPath('curl')],
];

const isDebian = () => existsSync('/etc/debian_version');
const missingPackages = () => needs.filter(([, isThere]) => !isThere()).map(([name]) => name);

/** @returns {Promise<string | undefined>} why the cluster cannot run here, or undefined when it can */
async function obstacle() {
  if (process.platform !== 'linux') return 'the real cluster runs on Linux only';
  if (process.getuid?.() !== 0) return 'the real cluster needs root: run "sudo -E npm run test:cluster"';
  const missing = missingPackages();
  if (missing.length > 0) {
    const command = `apt-get install -y --no-install-recommends ${missing.join(' ')}`;
    if (!isDebian() || !process.env['CI']) return `missing on this machine: ${missing.join(', ')}; on Debian run "${command}"`;
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    const code =
      (await run('apt-get', ['update', '-qq'], { env })) || (await run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...missing], { env }));
    if (code !== 0) return `"${command}" failed; its message stands above`;
  }
  if (existsSync(join(binaries, 'kube-apiserver')) && existsSync(join(binaries, 'probe'))) return undefined;
  const go = await capture('go', ['version']);
  const version = /go(\d+\.\d+(\.\d+)?)/.exec(go.stdout)?.[1];
  if (version === undefined || compareVersions(version, oldestGo) < 0)
    return `building the cluster needs Go ${oldestGo} or newer on PATH: see https://go.dev/dl`;
  return undefined;
}

const isUp = async () =>
  existsSync(join(state, 'admin.kubeconfig')) && (await capture(script, ['run', 'kubectl', 'get', 'namespace', 'default', '--request-timeout=5s'])).code === 0;

async function main() {
  const startedAtMs = performance.now();
  const reason = await obstacle();
  if (reason !== undefined) {
    await writeResult(skippedPart(part, 'all suites on the real cluster', reason));
    return 0;
  }
  const failed = async (what) => {
    console.error(what);
    await writeResult(failedPart(part, what, Math.round(performance.now() - startedAtMs)));
    return 1;
  };
  if ((await run(script, ['build'])) !== 0) return failed('The cluster could not be built; the message stands above.');
  // Inside the cluster's namespace nothing can be fetched any more.
  if (findChromium() !== undefined) await ensureCodeServer((line) => console.log(line));
  const ours = !(await isUp());
  try {
    if (ours && (await run(script, ['up'])) !== 0) {
      const log = join(state, 'log/apiserver.log');
      return await failed(
        `The cluster did not start.${existsSync(log) ? ` Its API server said:\n${readFileSync(log, 'utf8').split('\n').slice(-20).join('\n')}` : ''}`,
      );
    }
    console.log(`cluster ${ours ? 'started' : 'found'} after ${((performance.now() - startedAtMs) / 1000).toFixed(1)} s`);
    return await runVitest({
      part,
      config: 'vitest.cluster.config.mjs',
      args: process.argv.slice(2),
      prefix: [script, 'run'],
      env: { KUBECTL: join(binaries, 'kubectl'), KUBECONFIG: join(state, 'admin.kubeconfig') },
    });
  } finally {
    if (ours) await run(script, ['down']);
  }
}

const code = await main();
if (process.env['KUBEORCH_PART_OF_TEST'] === undefined) printSummary(await readResults((name) => name === part));
process.exitCode = code;
