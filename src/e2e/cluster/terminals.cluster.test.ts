import { randomBytes } from 'node:crypto';
import { getActiveResourcesInfo } from 'node:process';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Cluster, ExecSession } from '../../engine/ports';
import { forwardContract } from '../../host/forwards/tests/forwardContract';
import { PodHome } from '../../host/terminal/podHome';
import { hangUp, shellCommand } from '../../host/terminal/shell';
import { TerminalSession } from '../../host/terminal/terminalSession';
import type { PodPlace } from '../../host/terminal/terminalSession';
import { clusterFromKubeconfig } from '../../kube';
import type { KubeObject } from '../../shared/kubeObject';
import { contractRig, fieldManager, image, pod } from '../../testing/contractRig';
import { MemoryLogger } from '../../testing/memoryLogger';
import { PacedClock } from '../../testing/pacedClock';
import { until } from '../../testing/until';
import { selfContainedKubeconfig } from './administrator';

describe('forwarded ports on a real cluster', () => {
  forwardContract(contractRig(async () => ({ kubeconfig: await selfContainedKubeconfig(), dispose: () => Promise.resolve() })));
});

describe('terminals on a real cluster', () => {
  const namespace = `terminals-${Date.now().toString(36)}`;
  const place: PodPlace = { namespace, pod: 'shell', container: 'main' };
  const clock = new PacedClock();
  let cluster: Cluster;

  beforeAll(async () => {
    cluster = await clusterFromKubeconfig({ text: await selfContainedKubeconfig(), clock, logger: new MemoryLogger() });
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } }, { fieldManager });
    await cluster.apply(pod(namespace, 'shell'), { fieldManager });
    const isRunning = async (): Promise<boolean> =>
      (await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace, name: 'shell' }))?.status?.['phase'] === 'Running';
    await until('the pod runs', isRunning, 60_000);
  });
  afterAll(async () => {
    await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
    cluster.dispose();
  });

  /** Open terminals are joined to a screen instead of an editor. */
  const open = (at: PodPlace = place): { readonly session: TerminalSession; readonly screen: () => string; readonly ended: () => number | undefined } => {
    const home = new PodHome(cluster, at);
    let screen = '';
    let code: number | undefined;
    const session = new TerminalSession({
      place: at,
      connect: async (where, signal) => {
        const mark = randomBytes(8).toString('hex');
        const opened = await cluster.exec({ ...where, command: shellCommand('', mark), tty: true, stdin: true, signal });
        return { session: opened, hangUp: () => hangUp(cluster, where, mark, clock, new MemoryLogger()) };
      },
      locate: (where, signal) => home.locate(where, signal),
      withoutShell: undefined,
      clock,
      log: new MemoryLogger(),
      words: {
        completed: () => '<completed>',
        exited: (exitCode) => `<exit ${exitCode}>`,
        notStarted: (why) => `<not started ${why}>`,
        lost: (why, next) => `<lost ${why} ${next}>`,
        moved: (from, to) => `<moved ${from} ${to}>`,
        waiting: (name) => `<waiting ${name}>`,
        stillWaiting: (name) => `<still waiting ${name}>`,
        gone: (name) => `<gone ${name}>`,
        noShell: (container) => `<no shell ${container}>`,
        failure: (error) => (error instanceof Error ? error.message : String(error)),
      },
      show: (text) => {
        screen += text;
      },
      onClosed: (exitCode) => {
        code = exitCode;
      },
      onEntered: (where) => home.remember(where),
    });
    session.open({ columns: 100, rows: 40 });
    return { session, screen: () => screen, ended: () => code };
  };

  const run = async (command: string): Promise<string> => {
    const session: ExecSession = await cluster.exec({ ...place, command: ['/bin/sh', '-c', command], tty: false, stdin: false });
    let out = '';
    for await (const { bytes } of session.output) out += Buffer.from(bytes).toString('utf8');
    return out;
  };
  const shells = async (): Promise<number> =>
    Number(await run('n=0; for p in /proc/[0-9]*; do case "$(tr "\\0" " " < $p/cmdline)" in "sh "*) n=$((n+1));; esac; done; echo $n'));

  test('fifty opened and closed leave no socket, no timer and no shell behind', async () => {
    const sockets = (): number => getActiveResourcesInfo().filter((one) => /TCP|TLS|Socket/.test(one)).length;
    await run('true');
    const before = { sockets: sockets(), shells: await shells() };
    for (let round = 0; round < 5; round++) {
      const ten = Array.from({ length: 10 }, () => open());
      for (const { session, screen } of ten) {
        session.input('echo "o"pen\r');
        await until('the shell', () => screen().includes('open'), 30_000);
      }
      // Half are closed as a tab is, half by their shell's own end.
      for (const [index, { session, ended }] of ten.entries()) {
        if (index % 2 === 0) session.dispose();
        else {
          session.input('exit\r');
          await until('the exit', () => ended() === 0, 15_000);
        }
      }
    }
    await until('the sockets are closed', () => sockets() <= before.sockets, 15_000);
    // The last command may still be waiting for its server to close; nothing else may wait.
    await until('no timer is left', () => clock.waiting === 0);
    await until('the shells have ended', async () => (await shells()) <= before.shells, 30_000);
  }, 180_000);

  test('vi draws itself anew in the size that it is given', async () => {
    const { session, screen } = open();
    session.input('vi /tmp/resized\r');
    await until('vi', () => screen().includes('/tmp/resized') && screen().includes('~'));
    const start = screen().length;
    session.resize({ columns: 60, rows: 17 });
    // The status line stands in the last row: busybox vi moves there by row and column.
    await until('the new last row', () => screen().slice(start).includes('\x1b[17;1H'), 15_000);
    expect(screen().slice(start)).not.toContain('\x1b[40;1H');
    session.input(':q!\r');
    session.input('exit 4\r');
    await until('the exit', () => screen().includes('<exit 4>'), 15_000);
  }, 60_000);

  test('a terminal whose pod is deleted says so and goes on in the replacement', async () => {
    const labels = { app: 'mortal' };
    const workload: KubeObject = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'mortal', namespace },
      spec: {
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: {
            terminationGracePeriodSeconds: 0,
            automountServiceAccountToken: false,
            containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent' }],
          },
        },
      },
    };
    await cluster.apply(workload, { fieldManager });
    const ready = async (): Promise<KubeObject | undefined> =>
      (await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector: 'app=mortal' })).find((one) => one.status?.['phase'] === 'Running');
    await until('the pod runs', async () => (await ready()) !== undefined, 60_000);
    const first = (await ready())?.metadata.name ?? '';
    const { session, screen } = open({ namespace, pod: first, container: 'main' });
    session.input('echo "in" $HOSTNAME\r');
    await until('the shell', () => screen().includes(`in ${first}`));
    await cluster.delete({ apiVersion: 'v1', kind: 'Pod', namespace, name: first });
    await until('the words', () => /<lost .* again>/s.test(screen()), 30_000);
    await until('the replacement', () => screen().includes(`<moved ${first} mortal-`), 60_000);
    session.input('echo "in" $HOSTNAME\r');
    await until('the new shell', () => /in mortal-\S+/.test(screen().split('<moved')[1] ?? ''), 30_000);
    session.dispose();
  }, 180_000);
});
