import { afterEach, beforeEach, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { VirtualClock } from '../clock';
import type { RunningSandbox } from '../options';
import { startServer } from '../startServer';
import { call, openLines } from '../tests/client';
import { podOf } from '../tests/workloads';

const pods = '/api/v1/namespaces/default/pods';
let clock: VirtualClock;
let sandbox: RunningSandbox;

beforeEach(async () => {
  clock = new VirtualClock();
  sandbox = await startServer({ clock, seed: 'streams' });
  clock.advance(100);
});
afterEach(() => sandbox.close());

async function run(pod: object, forMs: number): Promise<void> {
  expect((await call(sandbox, 'POST', pods, { body: pod })).status).toBe(201);
  clock.advance(forMs);
}

test('a log begins by saying that it is simulated, and goes on line by line', async () => {
  await run(podOf('p'), 5_000);
  const { text } = await call(sandbox, 'GET', `${pods}/p/log`);
  const lines = text.trim().split('\n');
  expect(lines[0]).toBe('[sandbox] simulated log of redis:7; no container runs here');
  expect(lines.length).toBeGreaterThan(7);
  expect((await call(sandbox, 'GET', `${pods}/p/log`)).text).toBe(text);
  expect((await call(sandbox, 'GET', `${pods}/p/log?tailLines=2`)).text.trim().split('\n')).toEqual(lines.slice(-2));
  expect((await call(sandbox, 'GET', `${pods}/p/log?tailLines=0`)).text).toBe('');
  expect((await call(sandbox, 'GET', `${pods}/p/log?limitBytes=10`)).text).toBe(text.slice(0, 10));
  const stamped = (await call(sandbox, 'GET', `${pods}/p/log?timestamps=true&sinceSeconds=2`)).text.trim().split('\n');
  expect(stamped.length).toBe(2);
  expect(stamped[0]).toMatch(/^2026-01-01T00:00:0\d\.\d{9}Z /);
});

test('a followed log goes on while time does, and ends with its container', async () => {
  await run(podOf('p'), 1_000);
  const stream = await openLines(sandbox, `${pods}/p/log?follow=true&tailLines=0`);
  clock.advance(3_000);
  expect([await stream.next(), await stream.next(), await stream.next()].every((line) => line !== undefined && line !== '')).toBe(true);
  await call(sandbox, 'DELETE', `${pods}/p`);
  clock.advance(2_000);
  const rest: string[] = [];
  for (let line = await stream.next(); line !== undefined; line = await stream.next()) rest.push(line);
  expect(rest.at(-1)).toBe('[sandbox] the process ended with exit code 0');
});

test('what cannot be read of a log is told in the words of the kubelet', async () => {
  await run(podOf('bad', { container: { image: 'x:does-not-exist' } }), 300);
  await run(
    podOf('two', {
      spec: {
        containers: [
          { name: 'a', image: 'i' },
          { name: 'b', image: 'i' },
        ],
      },
    }),
    10,
  );
  const message = async (path: string): Promise<unknown> => {
    const { status, json } = await call(sandbox, 'GET', `${pods}/${path}`);
    expect(status).toBe(400);
    return json['message'];
  };
  clock.advance(20);
  expect(await message('two/log')).toBe('a container name must be specified for pod two, choose one of: [a b]');
  expect(await message('two/log?container=c')).toBe('container c is not valid for pod two');
  expect(await message('two/log?container=a')).toBe('container "a" in pod "two" is waiting to start: ContainerCreating');
  expect(await message('two/log?container=a&previous=true')).toBe('previous terminated container "a" in pod "two" not found');
  clock.advance(2_000);
  expect(await message('bad/log')).toBe('container "main" in pod "bad" is waiting to start: trying and failing to pull image');
  expect((await call(sandbox, 'GET', `${pods}/none/log`)).status).toBe(404);
});

test('the log before a crash is there as the previous one', async () => {
  await run(podOf('p', { annotations: { 'sandbox.kubeorch.dev/scenario': 'crash-loop' } }), 5_000);
  expect((await call(sandbox, 'GET', `${pods}/p/log?previous=true`)).text).toContain('the process ended with exit code 1');
});

interface Exec {
  output: string;
  errors: string;
  status: Record<string, unknown> | undefined;
  protocol: string;
  closeCode: number;
}

interface ExecRun {
  done: Promise<Exec>;
  send(channel: number, content: string | Uint8Array): void;
  /** Resolves when the output so far holds the text. */
  shows(text: string): Promise<void>;
}

async function exec(query: string, protocols: string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io']): Promise<ExecRun> {
  const ws = new WebSocket(`${sandbox.server.replace('https', 'wss')}${pods}/p/exec?${query}`, protocols, {
    ca: sandbox.caPem,
    headers: { authorization: `Bearer ${sandbox.token}` },
  });
  const seen: Exec = { output: '', errors: '', status: undefined, protocol: '', closeCode: 0 };
  ws.on('message', (data: Buffer) => {
    const text = data.subarray(1).toString('utf8');
    if (data[0] === 1) seen.output += text;
    else if (data[0] === 2) seen.errors += text;
    else if (data[0] === 3) seen.status = JSON.parse(text) as Record<string, unknown>;
  });
  const done = new Promise<Exec>((resolve) => {
    ws.on('close', (code) => {
      resolve({ ...seen, closeCode: code });
    });
  });
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve);
    ws.once('error', reject);
    ws.once('unexpected-response', (_request, response) => {
      reject(new Error(`status ${String(response.statusCode)}`));
    });
  });
  seen.protocol = ws.protocol;
  return {
    done,
    send: (channel, content) => {
      ws.send(Buffer.concat([Buffer.from([channel]), Buffer.from(content)]));
    },
    shows: async (text) => {
      const deadlineMs = Date.now() + 2_000;
      while (!seen.output.includes(text)) {
        if (Date.now() > deadlineMs) throw new Error(`"${text}" is not in ${JSON.stringify(seen.output)}`);
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
  };
}

test('a command runs, its streams are kept apart, and its exit code comes as a status', async () => {
  await run(podOf('p', { container: { env: [{ name: 'COLOR', value: 'red' }] } }), 2_000);
  const script = encodeURIComponent('echo $COLOR; echo bad >&2; exit 3');
  const result = await (await exec(`command=sh&command=-c&command=${script}&stdout=true&stderr=true`)).done;
  expect(result).toMatchObject({ output: 'red\n', errors: 'bad\n', protocol: 'v5.channel.k8s.io', closeCode: 1000 });
  expect(result.status).toMatchObject({ status: 'Failure', reason: 'NonZeroExitCode', details: { causes: [{ reason: 'ExitCode', message: '3' }] } });
  const good = await (await exec('command=true&stdout=true', ['v4.channel.k8s.io'])).done;
  expect(good).toMatchObject({ protocol: 'v4.channel.k8s.io', status: { status: 'Success' } });
  const missing = await (await exec('command=redis-cli&stdout=true')).done;
  expect(missing.status).toMatchObject({
    status: 'Failure',
    reason: 'InternalError',
    message: expect.stringContaining('executable file not found in $PATH') as unknown,
  });
});

test('input ends with the close message of version 5, and the rest of the output still comes', async () => {
  await run(podOf('p'), 2_000);
  const session = await exec('command=wc&command=-l&stdin=true&stdout=true');
  session.send(0, 'one\ntw');
  session.send(0, 'o\n');
  session.send(255, new Uint8Array([0]));
  expect(await session.done).toMatchObject({ output: '2\n', status: { status: 'Success' } });
});

test('a terminal has a prompt, echoes, knows its size, and survives Ctrl-C', async () => {
  await run(podOf('p'), 2_000);
  const session = await exec('command=sh&stdin=true&stdout=true&tty=true');
  await session.shows('root@p:/# ');
  session.send(4, JSON.stringify({ Width: 101, Height: 33 }));
  session.send(0, 'stty size\r');
  await session.shows('33 101\r\n');
  session.send(0, 'cd /tmp && echo "$HOSTNAME in $PWD"\r');
  await session.shows('p in /tmp\r\n');
  session.send(0, 'sleep 1000\r');
  await session.shows('sleep 1000\r\n');
  session.send(0, '\u0003');
  session.send(0, 'echo $?\r');
  await session.shows('130\r\n');
  session.send(0, 'exit 4\r');
  expect((await session.done).status).toMatchObject({ details: { causes: [{ message: '4' }] } });
});

test('mounted files are there, cannot be changed, and what is written lasts until the container restarts', async () => {
  await call(sandbox, 'POST', '/api/v1/namespaces/default/configmaps', {
    body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'conf' }, data: { 'app.conf': 'on=1\n' } },
  });
  const container = { volumeMounts: [{ name: 'conf', mountPath: '/etc/app' }] };
  await run(
    podOf('p', {
      container,
      spec: { volumes: [{ name: 'conf', configMap: { name: 'conf' } }], containers: [{ name: 'main', image: 'redis:7', ...container }] },
    }),
    2_000,
  );
  const shell = async (script: string): Promise<Exec> =>
    (await exec(`command=sh&command=-c&command=${encodeURIComponent(script)}&stdout=true&stderr=true`)).done;
  expect((await shell('cat /etc/app/app.conf; echo x > /tmp/kept')).output).toBe('on=1\n');
  expect(await shell('cat /tmp/kept; echo no > /etc/app/app.conf')).toMatchObject({
    output: 'x\n',
    errors: "sh: can't create /etc/app/app.conf: Read-only file system\n",
  });
});

test('what exec cannot do is an honest status before anything is upgraded', async () => {
  await run(podOf('p'), 2_000);
  await expect(exec('command=sh', ['channel.k8s.io'])).rejects.toThrow('status 400');
  await expect(exec('command=sh&container=other')).rejects.toThrow('status 400');
  expect((await call(sandbox, 'GET', `${pods}/p/exec?command=sh`)).json).toMatchObject({ code: 400, message: 'Upgrade request required' });
  expect((await call(sandbox, 'POST', `${pods}/p/portforward`)).json).toMatchObject({ code: 400, message: 'Upgrade request required' });
  expect((await call(sandbox, 'GET', `${pods}/p/attach`)).json).toMatchObject({ code: 400, message: 'Upgrade request required' });
  expect((await call(sandbox, 'GET', `${pods}/p/proxy`)).json).toMatchObject({ code: 501, reason: 'NotImplemented' });
});

test('an eviction deletes the pod gracefully', async () => {
  await run(podOf('p'), 2_000);
  const eviction = { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'p', namespace: 'default' } };
  expect((await call(sandbox, 'POST', `${pods}/p/eviction`, { body: eviction })).status).toBe(201);
  clock.advance(1_000);
  expect((await call(sandbox, 'GET', `${pods}/p`)).status).toBe(404);
});
