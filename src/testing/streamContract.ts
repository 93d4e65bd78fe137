import { expect, test } from 'vitest';
import type { ExecSession } from '../engine/ports';
import type { KubeObject } from '../shared/kubeObject';
import type { ContractRig } from './contractRig';
import { configMap, failureOf, fieldManager, outputOf, pod, watching } from './contractRig';
import { PacedClock } from './pacedClock';
import { until } from './until';

/** The part of the contract that is about streams: watches, logs, commands and terminals. */
export function streamContract(rig: ContractRig): void {
  const { namespace, cluster, proxy, connect, ref, apply } = rig;

  test('a watch tells what is there, then every change, and deletions by the last state', async () => {
    const watch = watching(cluster(), 'ConfigMap', namespace, { labelSelector: 'of=watch' });
    const labelled = (one: string, data: Readonly<Record<string, string>>): KubeObject =>
      configMap(namespace, one, data, { metadata: { name: one, namespace, labels: { of: 'watch' } } });
    await until('the first list', () => watch.count('synced') === 1);
    expect(watch.events).toEqual([{ type: 'synced' }]);
    await apply(labelled('watched', { a: '1' }));
    await until('the new object', () => watch.copy()['watched'] !== undefined);
    await apply(labelled('watched', { a: '2' }));
    await until('the change', () => watch.copy()['watched']?.data?.['a'] === '2');
    // A second listener shares the watch and hears the present state first.
    const second = watching(cluster(), 'ConfigMap', namespace, { labelSelector: 'of=watch' });
    await until('the replay', () => second.count('synced') === 1);
    expect(second.events.map((event) => event.type)).toEqual(['upsert', 'synced']);
    await cluster().delete(ref('ConfigMap', 'watched'));
    await until('the deletion', () => watch.copy()['watched'] === undefined);
    const last = watch.events.at(-1);
    expect(last).toMatchObject({ type: 'delete', object: { data: { a: '2' } } });
    expect(watch.count('disconnected')).toBe(0);
    watch.stop();
    second.stop();
  });

  test('a watch keeps our manager’s fields and drops those of others', async () => {
    await apply(configMap(namespace, 'managed', { a: '1' }));
    await cluster().apply(configMap(namespace, 'managed', { b: '2' }), { fieldManager: 'somebody-else' });
    const watch = watching(cluster(), 'ConfigMap', namespace, { fieldSelector: 'metadata.name=managed' });
    await until('the object', () => watch.copy()['managed'] !== undefined);
    expect(watch.copy()['managed']?.metadata.managedFields?.map((entry) => entry.manager)).toEqual([fieldManager]);
    expect(watch.copy()['managed']?.metadata.managedFields?.[0]?.fieldsV1).toEqual({ 'f:data': { 'f:a': {} } });
    watch.stop();
  });

  test('a watch whose version is gone lists again and tells what vanished meanwhile', async () => {
    const far = await connect(proxy().kubeconfig, new PacedClock(20));
    await apply(configMap(namespace, 'resync-old', {}));
    const watch = watching(far, 'ConfigMap', namespace);
    await until('the first list', () => watch.count('synced') === 1);
    proxy().fault = ({ watch: isWatch }) => (isWatch ? { fault: 'answer', status: 503, body: 'away' } : undefined);
    proxy().endWatches();
    await until('the loss', () => watch.count('disconnected') === 1);
    await cluster().delete(ref('ConfigMap', 'resync-old'));
    await apply(configMap(namespace, 'resync-new', {}));
    const gone = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410, message: 'too old resource version' };
    let told = 0;
    proxy().fault = ({ watch: isWatch }) => (isWatch && told++ === 0 ? { fault: 'answer', status: 410, body: gone } : undefined);
    await until('the second list', () => watch.count('synced') === 2);
    expect(watch.copy()['resync-old']).toBeUndefined();
    expect(watch.copy()['resync-new']).toBeDefined();
    await until('the connection', () => watch.count('connected') === 1);
    watch.stop();
    proxy().fault = () => undefined;
  });

  test('a log that is followed gives its lines with times, and ends with the reader', async () => {
    const lines: { readonly timestamp: string; readonly message: string }[] = [];
    for await (const line of cluster().logs({ namespace, pod: 'shell', container: 'main', follow: true })) {
      lines.push(line);
      if (lines.length === 3) break;
    }
    for (const line of lines) {
      expect(line.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
      expect(line.message).not.toBe('');
    }
  });

  test('a log that is not followed ends by itself, with at most the lines asked for', async () => {
    await until('two lines', async () => (await linesOf(cluster().logs({ namespace, pod: 'shell', container: 'main', follow: false }))).length >= 2);
    expect(await linesOf(cluster().logs({ namespace, pod: 'shell', container: 'main', follow: false, tailLines: 1 }))).toHaveLength(1);
    expect(await linesOf(cluster().logs({ namespace, pod: 'shell', container: 'main', follow: false, tailLines: 0 }))).toHaveLength(0);
  });

  test('a log that is followed to the end of its container ends without an error', async () => {
    await apply(pod(namespace, 'brief'));
    await until('the pod runs', async () => (await cluster().get(ref('Pod', 'brief')))?.status?.['phase'] === 'Running', 60_000);
    let lines = 0;
    const following = (async () => {
      for await (const _ of cluster().logs({ namespace, pod: 'brief', container: 'main', follow: true })) lines++;
    })();
    await until('the first line', () => lines > 0, 15_000);
    await cluster().delete(ref('Pod', 'brief'));
    await expect(following).resolves.toBeUndefined();
  });

  test('an aborted log is an aborted error and nothing else', async () => {
    const stop = new AbortController();
    const reading = failureOf(linesOf(cluster().logs({ namespace, pod: 'shell', container: 'main', follow: true, signal: stop.signal })));
    setTimeout(() => stop.abort(), 200);
    expect(await reading).toMatchObject({ kind: 'aborted', uncertain: false });
  });

  test('a container that is not in the pod is refused in the server’s words', async () => {
    const failure = await failureOf(linesOf(cluster().logs({ namespace, pod: 'shell', container: 'nobody', follow: false })));
    expect(failure).toMatchObject({ kind: 'invalid', code: 400 });
    expect(failure.message).toContain('nobody');
    expect(await failureOf(linesOf(cluster().logs({ namespace, pod: 'no-such-pod', container: 'main', follow: false })))).toMatchObject({
      kind: 'not-found',
      code: 404,
    });
  });

  const run = (command: readonly string[], options: { readonly tty?: boolean; readonly stdin?: boolean } = {}): Promise<ExecSession> =>
    cluster().exec({ namespace, pod: 'shell', container: 'main', command, tty: options.tty ?? false, stdin: options.stdin ?? false });

  test('a command’s output and exit code arrive', async () => {
    expect(await outputOf(await run(['/bin/sh', '-c', 'echo hello']))).toMatchObject({ out: 'hello\n', err: '', exit: { exitCode: 0, clean: true } });
    expect(await outputOf(await run(['/bin/sh', '-c', 'exit 3']))).toMatchObject({ exit: { exitCode: 3, clean: true } });
  });

  test('what is written reaches the command, and the end of the input ends it', async () => {
    const session = await run(['/bin/sh', '-c', 'cat'], { stdin: true });
    const output = outputOf(session);
    await session.write(Buffer.from('one\n'));
    await session.write(Buffer.from('two\n'));
    session.endInput();
    expect(await output).toMatchObject({ out: 'one\ntwo\n', exit: { exitCode: 0, clean: true } });
  });

  test('a terminal answers what is typed and learns its size', async () => {
    const session = await run(['/bin/sh'], { tty: true, stdin: true });
    let screen = '';
    const reading = (async () => {
      for await (const { bytes } of session.output) screen += Buffer.from(bytes).toString('utf8');
    })();
    session.resize(101, 37);
    await session.write(Buffer.from('echo "ty"ped-42\r'));
    await until('the echo', () => screen.includes('typed-42'));
    await session.write(Buffer.from('stty size\r'));
    await until('the size', () => screen.includes('37 101'));
    await session.write(Buffer.from('exit 5\r'));
    await reading;
    expect(await session.exit).toMatchObject({ exitCode: 5, clean: true });
  });

  test('a command that is not in the image ends without running, with a reason', async () => {
    const { exit } = await outputOf(await run(['/bin/no-such-command']));
    expect(exit.exitCode ?? 127).not.toBe(0);
    expect(exit.message).not.toBe('');
  });

  test('a terminal whose connection is cut says that this was not the command’s end', async () => {
    const far = await connect(proxy().kubeconfig);
    const session = await far.exec({ namespace, pod: 'shell', container: 'main', command: ['/bin/sh'], tty: true, stdin: true });
    const reading = outputOf(session);
    setTimeout(() => proxy().cutStreams(), 200);
    const { exit } = await reading;
    expect(exit).toMatchObject({ clean: false });
    expect(exit.exitCode).toBeUndefined();
  });

  test('exec into what is not there is refused before it begins', async () => {
    expect(await failureOf(cluster().exec({ namespace, pod: 'no-such-pod', container: 'main', command: ['/bin/sh'], tty: false, stdin: false }))).toMatchObject(
      { kind: 'not-found', code: 404 },
    );
  });
}

async function linesOf(lines: AsyncIterable<{ readonly timestamp: string; readonly message: string }>): Promise<string[]> {
  const read: string[] = [];
  for await (const line of lines) read.push(line.message);
  return read;
}
