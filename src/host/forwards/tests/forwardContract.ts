import { request as httpRequest } from 'node:http';
import { connect as tcpConnect } from 'node:net';
import { expect, test } from 'vitest';
import { PortForwards } from '../portForwards';
import type { PortForward } from '../portForward';
import type { KubeObject, ObjectRef } from '../../../shared/kubeObject';
import type { ContractRig } from '../../../testing/contractRig';
import { fieldManager, image } from '../../../testing/contractRig';
import { MemoryLogger } from '../../../testing/memoryLogger';
import { PacedClock } from '../../../testing/pacedClock';
import { until } from '../../../testing/until';

/** What forwarded ports must do with every server: lead to whichever pod is ready now, and to nobody else's network. */
export function forwardContract(rig: ContractRig): void {
  const { namespace, cluster } = rig;
  const logger = new MemoryLogger();
  const deployment: ObjectRef = { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name: 'forwarded' };
  const service: ObjectRef = { apiVersion: 'v1', kind: 'Service', namespace, name: 'forwarded' };

  const forwarding = async (ref: ObjectRef, port: number, act: (forward: PortForward, forwards: PortForwards) => Promise<void>): Promise<void> => {
    const clock = new PacedClock();
    const forwards = new PortForwards({ clock, log: logger });
    try {
      // The cluster is the rig's; a real request hands over one share of it.
      const forward = await forwards.start({ connection: { cluster: cluster(), ended: new AbortController().signal, dispose: () => undefined }, ref, port }, 0);
      await act(forward, forwards);
    } finally {
      forwards.dispose();
    }
    await until('no timer is left', () => clock.waiting === 0);
  };

  const deployed = async (): Promise<void> => {
    await cluster().apply(workload(namespace), { fieldManager });
    await cluster().apply(frontDoor(namespace), { fieldManager });
    await until('the pod is ready', async () => (await cluster().get(deployment))?.status?.['availableReplicas'] === 1, 60_000);
    await until('the endpoint is ready', async () => JSON.stringify(await slices()).includes('"ready":true'), 30_000);
  };
  const slices = (): Promise<readonly KubeObject[]> =>
    cluster().list({ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }, { namespace, labelSelector: 'kubernetes.io/service-name=forwarded' });

  test('a forwarded Service port reaches a ready pod by its named target port, on loopback alone', async () => {
    await deployed();
    await forwarding(service, 80, async (forward) => {
      expect(forward.localAddress).toMatch(/^127\.0\.0\.1:\d+$/);
      expect((await ask(forward)).body).toContain(forward.figures.pod);
      expect(forward.figures).toMatchObject({ connections: 1, problem: undefined });
      expect(forward.figures.bytesSent).toBeGreaterThan(10);
      expect(forward.figures.bytesReceived).toBeGreaterThan(10);
      await until('it is closed', () => forward.figures.openConnections === 0);
    });
  }, 120_000);

  test('after its pod was deleted, the next request is served by the new one', async () => {
    await deployed();
    await forwarding(deployment, 8080, async (forward) => {
      const first = await ask(forward);
      const pod = forward.figures.pod ?? '';
      expect(first.body).toContain(pod);
      await cluster().delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: pod });
      await until(
        'the next answer',
        async () => {
          await ask(forward).catch(() => undefined);
          return forward.figures.pod !== pod && forward.figures.problem === undefined;
        },
        60_000,
      );
      const second = await ask(forward);
      expect(second.body).toContain(forward.figures.pod);
      expect(second.body).not.toContain(pod);
    });
  }, 120_000);

  test('a client that connects while there is no pod waits for one', async () => {
    await deployed();
    await forwarding(service, 80, async (forward) => {
      await cluster().mergePatch(deployment, { spec: { replicas: 0 } });
      await until('no pod', async () => !JSON.stringify(await slices()).includes('"ready":true'), 60_000);
      const answer = ask(forward);
      await cluster().mergePatch(deployment, { spec: { replicas: 1 } });
      expect((await answer).status).toBe(200);
    });
  }, 120_000);

  test('a stopped forward closes its connections and its port', async () => {
    await deployed();
    await forwarding(service, 80, async (forward, forwards) => {
      const socket = tcpConnect({ host: '127.0.0.1', port: forward.localPort });
      const ended = new Promise<string>((resolve) => {
        socket.once('error', () => resolve('ended')).once('close', () => resolve('ended'));
      });
      await until('it is open', () => forward.figures.openConnections === 1);
      forwards.stop(forward.id);
      expect(await ended).toBe('ended');
      await expect(ask(forward)).rejects.toThrow('ECONNREFUSED');
      expect(forwards.all).toEqual([]);
    });
  }, 120_000);
}

function workload(namespace: string): KubeObject {
  const labels = { app: 'forwarded' };
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'forwarded', namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          automountServiceAccountToken: false,
          containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent', ports: [{ name: 'web', containerPort: 8080 }] }],
        },
      },
    },
  };
}

function frontDoor(namespace: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'forwarded', namespace },
    spec: { selector: { app: 'forwarded' }, ports: [{ name: 'http', port: 80, targetPort: 'web' }] },
  };
}

function ask(forward: PortForward): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port: forward.localPort, agent: false, timeout: 30_000 }, (answer) => {
      let body = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        body += text;
      });
      answer.on('error', reject);
      answer.once('end', () => resolve({ status: answer.statusCode ?? 0, body }));
    });
    request.on('timeout', () => request.destroy(new Error('no answer in time')));
    request.on('error', reject);
    request.end();
  });
}
