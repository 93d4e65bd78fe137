import { expect, test } from 'vitest';
import type { ExecSession, ForwardedConnection } from '../engine/ports';
import type { KubeObject } from '../shared/kubeObject';
import type { ContractRig } from './contractRig';
import { failureOf, image, pod } from './contractRig';
import { PacedClock } from './pacedClock';
import { until } from './until';

/** The part of the contract that is about getting into pods: terminals, attached processes, debug containers, forwarded ports. */
export function terminalContract(rig: ContractRig): void {
  const { namespace, target, cluster, proxy, connect, ref, apply } = rig;

  const shell = (): Promise<ExecSession> => cluster().exec({ namespace, pod: 'shell', container: 'main', command: ['/bin/sh'], tty: true, stdin: true });
  const running = async (name: string): Promise<void> => {
    await apply(withPort(pod(namespace, name)));
    await until('the pod runs', async () => (await cluster().get(ref('Pod', name)))?.status?.['phase'] === 'Running', 60_000);
  };

  test('Ctrl-C ends what runs in a terminal, and the shell goes on', async () => {
    const session = await shell();
    const screen = screenOf(session);
    await session.write(Buffer.from('echo "sle"eping; sleep 600\r'));
    await until('the command', () => screen.text().includes('sleeping'));
    await session.write(Buffer.from('\x03'));
    // A terminal's driver throws away what is typed before it has dealt with the key.
    await until('the key', () => screen.text().includes('^C'));
    await session.write(Buffer.from('echo "code"=$?\r'));
    await until('the exit code', () => screen.text().includes('code=130'));
    await session.write(Buffer.from('exit 7\r'));
    await screen.done;
    expect(await session.exit).toMatchObject({ exitCode: 7, clean: true });
  });

  test('a megabyte arrives whole and in its order', async () => {
    const line = (index: number): string => `${String(index).padStart(7, '0')} ${'Ünïcödé→'.repeat(4)}\n`;
    let text = '';
    for (let index = 0; Buffer.byteLength(text) < 1024 * 1024; index += 500) text += Array.from({ length: 500 }, (_, at) => line(index + at)).join('');
    const session = await cluster().exec({ namespace, pod: 'shell', container: 'main', command: ['/bin/sh', '-c', 'cat'], tty: false, stdin: true });
    const screen = screenOf(session);
    await session.write(Buffer.from(text));
    session.endInput();
    await screen.done;
    expect(await session.exit).toMatchObject({ exitCode: 0, clean: true });
    expect(screen.text() === text).toBe(true);
  }, 60_000);

  test('a megabyte pasted into a terminal is not cut short', async () => {
    const session = await shell();
    const screen = screenOf(session);
    await session.write(Buffer.from('cat > /tmp/pasted; wc -l < /tmp/pasted; echo "fin"ished\r'));
    await until('the command', () => screen.text().includes('finished"') || screen.text().includes('"fin"ished'));
    const lines = 16_384;
    const paste = Buffer.from(Array.from({ length: lines }, (_, index) => `${String(index).padStart(63, '.')}\r`).join(''));
    expect(paste.length).toBe(1024 * 1024);
    await session.write(paste);
    await session.write(Buffer.from('\x04'));
    await until('the end', () => /\r\nfinished/.test(screen.text()), 60_000);
    expect(screen.text()).toMatch(new RegExp(`\\r\\n\\s*${lines}\\r\\n`));
    await session.write(Buffer.from('rm /tmp/pasted; exit\r'));
    await screen.done;
  }, 90_000);

  test('a quiet terminal outlives a proxy that cuts what is silent', async () => {
    // Twenty times as fast, the half minute between two signs of life is 1.5 s: more often than this proxy cuts.
    const far = await connect(proxy().kubeconfig, new PacedClock(20));
    proxy().cutIdleAfter(4_000);
    try {
      const session = await far.exec({ namespace, pod: 'shell', container: 'main', command: ['/bin/sh'], tty: true, stdin: true });
      const screen = screenOf(session);
      session.resize(80, 24);
      await new Promise((resolve) => setTimeout(resolve, 6_000));
      await session.write(Buffer.from('echo "still"-here\r'));
      await until('the echo', () => screen.text().includes('still-here'));
      await session.write(Buffer.from('exit\r'));
      await screen.done;
      expect(await session.exit).toMatchObject({ exitCode: 0, clean: true });
    } finally {
      proxy().cutIdleAfter(undefined);
    }
  }, 30_000);

  test('a pod that is deleted takes its terminals with it', async () => {
    await running('mortal');
    const session = await cluster().exec({ namespace, pod: 'mortal', container: 'main', command: ['/bin/sh'], tty: true, stdin: true });
    const screen = screenOf(session);
    await session.write(Buffer.from('echo "re"ady\r'));
    await until('the shell', () => screen.text().includes('ready'));
    await cluster().delete(ref('Pod', 'mortal'));
    await screen.done;
    const exit = await session.exit;
    // Some runtimes tell of the kill, some only close.
    expect(exit.exitCode ?? 137).toBe(137);
  }, 60_000);

  test('a shell that the image does not have is told apart from one that ran', async () => {
    const session = await cluster().exec({ namespace, pod: 'shell', container: 'main', command: ['/bin/no-such-shell'], tty: true, stdin: true });
    const screen = screenOf(session);
    await screen.done;
    const exit = await session.exit;
    expect(exit.clean).toBe(true);
    expect(exit.exitCode ?? 127).toBeGreaterThanOrEqual(126);
    expect(screen.text()).toBe('');
    expect(exit.message).toMatch(/not found|no such file/);
  });

  test('what a container prints reaches who attaches to it, and who leaves does it no harm', async () => {
    const session = await cluster().attach({ namespace, pod: 'shell', container: 'main', tty: false, stdin: false });
    const screen = screenOf(session);
    await until('a line', () => screen.text().includes('\n'), 15_000);
    session.dispose();
    await screen.done;
    expect((await cluster().get(ref('Pod', 'shell')))?.status?.['phase']).toBe('Running');
    expect(await failureOf(cluster().attach({ namespace, pod: 'no-such-pod', container: 'main', tty: false, stdin: false }))).toMatchObject({ code: 404 });
  });

  test('a debug container is added to a running pod, is a terminal, and ends with its shell', async () => {
    await running('debugged');
    const added = await cluster().addDebugContainer({ namespace, pod: 'debugged', name: 'looker', image, target: 'main', command: ['sh'] });
    expect(added.spec?.['ephemeralContainers']).toMatchObject([{ name: 'looker', image, targetContainerName: 'main', stdin: true, tty: true }]);
    await until('it runs', async () => debugState(await cluster().get(ref('Pod', 'debugged')))['running'] !== undefined, 60_000);
    const session = await cluster().attach({ namespace, pod: 'debugged', container: 'looker', tty: true, stdin: true });
    const screen = screenOf(session);
    session.resize(91, 33);
    await session.write(Buffer.from('echo "in"side; stty size\r'));
    await until('the size', () => screen.text().includes('inside') && screen.text().includes('33 91'));
    await session.write(Buffer.from('exit\r'));
    await screen.done;
    expect((await session.exit).clean).toBe(true);
    await until('it has ended', async () => debugState(await cluster().get(ref('Pod', 'debugged')))['terminated'] !== undefined, 30_000);
    const again = cluster().addDebugContainer({ namespace, pod: 'debugged', name: 'looker', image: 'docker.io/library/other:1' });
    expect(await failureOf(again)).toMatchObject({ kind: 'invalid', code: 422 });
    expect(await failureOf(cluster().addDebugContainer({ namespace, pod: 'debugged', name: 'x', image, target: 'nobody' }))).toMatchObject({ code: 422 });
    expect(await failureOf(cluster().addDebugContainer({ namespace, pod: 'no-such-pod', name: 'x', image }))).toMatchObject({ kind: 'not-found', code: 404 });
  }, 90_000);

  test('an HTTP request goes through a forwarded port, and a second one on the same connection', async () => {
    await running('web');
    const connection = await cluster().forward({ namespace, pod: 'web', port: 8080 });
    const answers = textOf(connection);
    await connection.write(Buffer.from('GET /one HTTP/1.1\r\nHost: web\r\n\r\n'));
    await until('the first answer', () => answers.text().includes('web'));
    expect(answers.text()).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    await connection.write(Buffer.from('GET /two HTTP/1.1\r\nHost: web\r\nConnection: close\r\n\r\n'));
    await answers.done;
    expect(answers.text().match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2);
    connection.dispose();
  }, 90_000);

  test('a port on which nobody listens, a pod that is not there and a number that is no port are each a sentence', async () => {
    await running('web');
    const connection = await cluster().forward({ namespace, pod: 'web', port: 9 });
    expect(await failureOf(textOf(connection).done)).toMatchObject({
      kind: 'unreachable',
      reason: 'ConnectionRefused',
      message: 'nothing listens on port 9 of pod web',
    });
    expect(await failureOf(cluster().forward({ namespace, pod: 'no-such-pod', port: 8080 }))).toMatchObject({ kind: 'not-found', code: 404 });
    expect(await failureOf(cluster().forward({ namespace, pod: 'web', port: 70_000 }))).toMatchObject({ kind: 'invalid', code: 0 });
  }, 90_000);

  test('an ended input still gets its answer, and then the connection ends', async () => {
    await running('web');
    const hasty = await connect(target().kubeconfig, new PacedClock(10));
    const connection = await hasty.forward({ namespace, pod: 'web', port: 8080 });
    const answers = textOf(connection);
    await connection.write(Buffer.from('GET / HTTP/1.1\r\nHost: web\r\n\r\n'));
    connection.end();
    await answers.done;
    expect(answers.text()).toContain('200 OK');
    expect(await failureOf(connection.write(Buffer.from('more')))).toMatchObject({ kind: 'unreachable' });
  }, 90_000);

  test('a forwarded connection that is cut on the way is an error, and one given up is an abort', async () => {
    await running('web');
    const far = await connect(proxy().kubeconfig);
    const cut = textOf(await far.forward({ namespace, pod: 'web', port: 8080 }));
    proxy().cutStreams();
    expect(await failureOf(cut.done)).toMatchObject({ kind: 'unreachable', reason: 'ForwardLost' });
    const stop = new AbortController();
    const given = textOf(await cluster().forward({ namespace, pod: 'web', port: 8080, signal: stop.signal }));
    stop.abort();
    expect(await failureOf(given.done)).toMatchObject({ kind: 'aborted' });
  }, 90_000);
}

function withPort(object: KubeObject): KubeObject {
  const [main] = (object.spec?.['containers'] ?? []) as readonly Record<string, string>[];
  return { ...object, spec: { ...object.spec, containers: [{ ...main, ports: [{ containerPort: 8080 }] }] } };
}

function debugState(object: KubeObject | undefined): Readonly<Record<string, unknown>> {
  const [status] = (object?.status?.['ephemeralContainerStatuses'] ?? []) as unknown as readonly { readonly state?: Record<string, unknown> }[];
  return status?.state ?? {};
}

function screenOf(session: ExecSession): { readonly text: () => string; readonly done: Promise<void> } {
  const decoder = new TextDecoder();
  let text = '';
  const done = (async () => {
    for await (const { bytes } of session.output) text += decoder.decode(bytes, { stream: true });
  })();
  return { text: () => text, done };
}

function textOf(connection: ForwardedConnection): { readonly text: () => string; readonly done: Promise<void> } {
  let text = '';
  const done = (async () => {
    for await (const bytes of connection.output) text += Buffer.from(bytes).toString('utf8');
  })();
  // A failure is looked at by whoever waits; until then it is none of the process's business.
  done.catch(() => undefined);
  return { text: () => text, done };
}
