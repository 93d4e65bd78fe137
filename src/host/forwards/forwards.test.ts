import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { connect as tcpConnect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { Cluster, ForwardedConnection } from '../../engine/ports';
import { ClusterError } from '../../engine/ports';
import { startServer } from '../../sandbox/startServer';
import type { KubeObject } from '../../shared/kubeObject';
import { contractRig } from '../../testing/contractRig';
import { forwardContract } from './tests/forwardContract';
import { MemoryLogger } from '../../testing/memoryLogger';
import { PacedClock } from '../../testing/pacedClock';
import { until } from '../../testing/until';
import { podPortOf, portsOf } from './forwardTarget';
import { PortForwards } from './portForwards';

describe('forwarded ports on the sandbox', () => {
  forwardContract(
    contractRig(async () => {
      const server = await startServer();
      return { kubeconfig: server.kubeconfig, dispose: () => server.close() };
    }),
  );
});

const pod = (name: string, ready = true, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'n', ...more },
  status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] },
});
const ref = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'n', name: 'web' };
const web: KubeObject = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'n' },
  spec: { selector: { matchLabels: { app: 'web' } } },
};
const cleanup: (() => void)[] = [];
afterEach(() => {
  for (const end of cleanup.splice(0).reverse()) end();
});

/** A cluster whose pods are those given and whose connections are what `open` makes of them. */
function clusterWith(pods: () => readonly KubeObject[], open: (pod: string) => Promise<ForwardedConnection>): Cluster {
  return {
    label: 'fake',
    get: () => Promise.resolve(web),
    list: () => Promise.resolve(pods()),
    forward: ({ pod: name }: { readonly pod: string }) => open(name),
  } as unknown as Cluster;
}

const refused = (): ClusterError =>
  new ClusterError({ kind: 'unreachable', code: 0, reason: 'ConnectionRefused', message: 'nothing listens', causes: [], conflicts: [], uncertain: false });

/** A pod that answers the first thing it is told, or refuses the connection after having been told it. */
function podThat(heard: string[], answers: boolean): ForwardedConnection {
  let told = (): void => undefined;
  const first = new Promise<void>((resolve) => {
    told = resolve;
  });
  return {
    output: (async function* () {
      await first;
      if (!answers) throw refused();
      yield Buffer.from('answer');
    })(),
    write: (bytes) => {
      heard.push(Buffer.from(bytes).toString());
      told();
      return Promise.resolve();
    },
    end: () => undefined,
    dispose: () => undefined,
  };
}

async function forwardOf(
  cluster: Cluster,
  preferredPort = 0,
  ended = new AbortController().signal,
): Promise<{ readonly port: number; readonly address: string; readonly forwards: PortForwards }> {
  const forwards = new PortForwards({ clock: new PacedClock(20), log: new MemoryLogger() });
  cleanup.push(() => forwards.dispose());
  const forward = await forwards.start({ connection: { cluster, ended, dispose: () => undefined }, ref, port: 80 }, preferredPort);
  return { port: forward.localPort, address: forward.localAddress, forwards };
}

function say(port: number, text: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = tcpConnect({ host: '127.0.0.1', port });
    let heard = '';
    socket.on('data', (bytes) => {
      heard += bytes.toString();
    });
    socket.on('error', () => undefined);
    socket.once('close', (broken) => resolve(broken ? 'reset' : heard));
    socket.write(text);
  });
}

describe('a forwarded connection', () => {
  it('ends with its cluster for whoever opened it: the port is closed, and told once', async () => {
    const ending = new AbortController();
    const cluster = clusterWith(
      () => [pod('web-1')],
      () => Promise.resolve(podThat([], true)),
    );
    const { port, forwards } = await forwardOf(cluster, 0, ending.signal);
    const lost: string[] = [];
    forwards.onDidLose((forward) => lost.push(forward.localAddress));
    expect(await say(port, 'question')).toBe('answer');
    ending.abort();
    expect([lost, forwards.all]).toEqual([[`127.0.0.1:${port}`], []]);
    expect(await say(port, 'question')).toBe('reset');
  });

  it('is made anew with another pod, with everything that was said, when the first one refuses it', async () => {
    const heard: Record<string, string[]> = { 'web-1': [], 'web-2': [] };
    const cluster = clusterWith(
      () => [pod('web-1'), pod('web-2')],
      (name) => Promise.resolve(podThat(heard[name] ?? [], name === 'web-2')),
    );
    const { port } = await forwardOf(cluster);
    expect(await say(port, 'question')).toBe('answer');
    expect(heard).toEqual({ 'web-1': ['question'], 'web-2': ['question'] });
  });

  it('is never said again to another pod once one has answered', async () => {
    const heard: string[] = [];
    let opened = 0;
    const cluster = clusterWith(
      () => [pod('web-1'), pod('web-2')],
      () => {
        opened++;
        const far = podThat(heard, true);
        return Promise.resolve({
          ...far,
          output: (async function* () {
            yield* far.output;
            throw refused();
          })(),
        });
      },
    );
    const { port, forwards } = await forwardOf(cluster);
    expect(await say(port, 'question')).toBe('reset');
    expect([opened, heard]).toEqual([1, ['question']]);
    await until('the problem', () => forwards.all[0]?.figures.problem !== undefined);
  });

  it('gives up, with the reason for the view, when there is no pod for a while', async () => {
    const { port, forwards } = await forwardOf(
      clusterWith(
        () => [pod('web-1', false), pod('web-2', true, { deletionTimestamp: 'now' })],
        () => Promise.reject(refused()),
      ),
    );
    expect(await say(port, 'question')).toBe('reset');
    await until('the problem', () => forwards.all[0]?.figures.problem !== undefined);
    expect(String(forwards.all[0]?.figures.problem)).toContain('Deployment web has no ready pod');
  });

  it('takes the same number where it is free, and another one where it is not', async () => {
    const cluster = clusterWith(
      () => [pod('web-1')],
      () => Promise.resolve(podThat([], true)),
    );
    const taken = createServer().listen({ host: '127.0.0.1', port: 0 });
    cleanup.push(() => taken.close());
    await new Promise((resolve) => taken.once('listening', resolve));
    const { port: number } = taken.address() as AddressInfo;
    const { port, address } = await forwardOf(cluster, number);
    expect(port).not.toBe(number);
    expect(address).toBe(`127.0.0.1:${port}`);
  });
});

describe('the ports of an object', () => {
  it('are those of a Service with what serves them, without other protocols', () => {
    const service: KubeObject = {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 's' },
      spec: { ports: [{ name: 'http', port: 80, targetPort: 'web' }, { name: 'dns', port: 53, protocol: 'UDP' }, { port: 443 }] },
    };
    expect(portsOf(service)).toEqual([
      { port: 80, name: 'http', detail: 'web' },
      { port: 443, name: '', detail: '443' },
    ]);
  });

  it('are those of a workload’s containers', () => {
    const containers = [
      { name: 'app', ports: [{ name: 'web', containerPort: 8080 }] },
      { name: 'side', ports: [{ containerPort: 9000, protocol: 'TCP' }] },
    ];
    expect(portsOf({ ...web, spec: { template: { spec: { containers } } } })).toEqual([
      { port: 8080, name: 'web', detail: 'app' },
      { port: 9000, name: '', detail: 'side' },
    ]);
  });

  it('lead to a pod that was not tried just now, as long as there is one', async () => {
    const cluster = clusterWith(
      () => [pod('web-1'), pod('web-2')],
      () => Promise.reject(refused()),
    );
    expect((await podPortOf(cluster, ref, 80, new Set()))?.pod).toBe('web-1');
    expect((await podPortOf(cluster, ref, 80, new Set(['web-1'])))?.pod).toBe('web-2');
    expect((await podPortOf(cluster, ref, 80, new Set(['web-1', 'web-2'])))?.pod).toBe('web-1');
  });
});
