import { mkdtemp, readdir, readFile, rm, stat, writeFile, mkdir, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryLogger } from '../testing/memoryLogger';
import { PacedClock } from '../testing/pacedClock';
import { kubeconfigFor, startTlsServer } from '../testing/tlsServer';
import { clusterFromKubeconfig } from './connect';
import type { ProgramRequest } from './programs';
import { contextDigest, contextsOf, kubeconfigPaths } from './kubeconfig';

let folder: string;
const cleanup: (() => void | Promise<void>)[] = [];
const parts = { clock: new PacedClock(), logger: new MemoryLogger(), environment: {} };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
});
afterEach(async () => {
  for (const end of cleanup.splice(0).reverse()) await end();
  await rm(folder, { recursive: true });
});

function config(name: string, server = `https://${name}.example:6443`, more = ''): string {
  return `apiVersion: v1
kind: Config
clusters: [{name: ${name}, cluster: {server: "${server}"}}]
users: [{name: ${name}, user: {token: "token-of-${name}"}}]
contexts: [{name: ${name}, context: {cluster: ${name}, user: ${name}, namespace: ns-${name}}}]
current-context: ${name}
${more}`;
}

async function file(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

describe('where a context leads and as whom', () => {
  test('has one digest whatever is written of others, and another one with each change of its own', async () => {
    const path = await file('config', config('one'));
    const digest = (): Promise<string | undefined> => contextDigest({ path }, 'one');
    const before = await digest();
    expect(before).toMatch(/^[0-9a-f]{64}$/);
    const all = `apiVersion: v1
kind: Config
clusters: [{name: two, cluster: {server: "https://two.example"}}, {name: one, cluster: {server: "https://one.example:6443"}}]
users: [{name: two, user: {token: t}}, {name: one, user: {token: token-of-one}}]
contexts: [{name: two, context: {cluster: two, user: two}}, {name: one, context: {cluster: one, user: one, namespace: ns-one}}]
current-context: two
`;
    await file('config', all);
    expect(await digest()).toBe(before);
    const changes = [
      all.replace('https://one.example:6443', 'https://other.example:6443'),
      all.replace('token-of-one', 'of-somebody-else'),
      all.replace('token: token-of-one', 'token: token-of-one, as: root'),
      all.replace('token: token-of-one', 'token: token-of-one, as-user-extra: {team: [a]}'),
      all.replace('user: one, namespace', 'user: two, namespace'),
      all.replace('namespace: ns-one', 'namespace: ns-two'),
    ];
    const digests: (string | undefined)[] = [before];
    for (const text of changes) {
      await file('config', text);
      digests.push(await digest());
    }
    expect(new Set(digests).size).toBe(changes.length + 1);
    await file('config', config('two'));
    expect(await digest()).toBeUndefined();
    await file('config', 'clusters: [');
    await expect(digest()).rejects.toMatchObject({ problem: { code: 'target.kubeconfig' } });
  });

  test('stands in the files that are meant, whether they exist or not', () => {
    expect(kubeconfigPaths({ path: '/a', environment: { KUBECONFIG: '/b' } })).toEqual(['/a']);
    expect(kubeconfigPaths({ environment: { KUBECONFIG: ['/b', '', '/c'].join(delimiter) } })).toEqual(['/b', '/c']);
    expect(kubeconfigPaths({ environment: {}, home: '/home/ana' })).toEqual([join('/home/ana', '.kube', 'config')]);
    expect(kubeconfigPaths({ text: 'kind: Config' })).toEqual([]);
  });
});

describe('which contexts there are', () => {
  test('files of KUBECONFIG are merged: the first entry of a name and the first current-context win, missing files count for nothing', async () => {
    const list = [
      await file('a', config('one')),
      join(folder, 'missing'),
      await file('b', `${config('two')}\n`),
      await file('c', config('one', 'https://other.example')),
    ];
    const contexts = await contextsOf({ environment: { KUBECONFIG: list.join(delimiter) } });
    expect(contexts).toEqual([
      { name: 'one', cluster: 'one', user: 'one', namespace: 'ns-one', server: 'https://one.example:6443', current: true },
      { name: 'two', cluster: 'two', user: 'two', namespace: 'ns-two', server: 'https://two.example:6443', current: false },
    ]);
  });

  test('without KUBECONFIG it is the file in the home folder', async () => {
    await mkdir(join(folder, '.kube'));
    await file('.kube/config', config('home'));
    expect((await contextsOf({ environment: {}, home: folder })).map((context) => context.name)).toEqual(['home']);
  });

  test('in a pod without a kubeconfig it is the pod’s own account, to be chosen and never taken by itself', async () => {
    const started = await startTlsServer((_, response) => response.end('{"gitVersion":"v1.36.0"}'));
    const { caPem, port, seen } = started;
    cleanup.push(() => started.close());
    for (const [name, content] of [
      ['token', 'from-the-kubelet\n'],
      ['ca.crt', caPem],
      ['namespace', 'tools'],
    ] as const)
      await file(name, content);
    const environment = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(port) };
    const source = { environment, home: join(folder, 'home'), serviceAccountFolder: folder };
    expect(await contextsOf(source)).toEqual([
      { name: 'in-cluster', cluster: 'in-cluster', user: 'in-cluster', namespace: 'tools', server: `https://127.0.0.1:${port}`, current: false },
    ]);
    await expect(clusterFromKubeconfig({ ...parts, ...source })).rejects.toMatchObject({ problem: { code: 'target.none' } });
    const cluster = await clusterFromKubeconfig({ ...parts, ...source, context: 'in-cluster' });
    cleanup.push(() => cluster.dispose());
    expect(await cluster.version()).toBe('v1.36.0');
    expect(seen[0]?.headers['authorization']).toBe('Bearer from-the-kubelet');
    // A kubeconfig that is there goes before it, and the variables alone lead nowhere.
    await mkdir(join(folder, 'home', '.kube'), { recursive: true });
    await file('home/.kube/config', config('home'));
    expect((await contextsOf(source)).map(({ name }) => name)).toEqual(['home']);
    await expect(contextsOf({ ...source, home: join(folder, 'other'), serviceAccountFolder: join(folder, 'home') })).rejects.toThrow(/no such file/);
  });

  test('reading writes nothing', async () => {
    const path = await file('a', config('one'));
    const before = await stat(path);
    const cluster = await clusterFromKubeconfig({ path, ...parts });
    cluster.dispose();
    const after = await stat(path);
    expect(after.mtimeMs).toBe(before.mtimeMs);
    expect(await readFile(path, 'utf8')).toBe(config('one'));
    expect(await readdir(folder)).toEqual(['a']);
  });

  test.each([
    ['broken YAML', 'users:\n- name: a\n  user: {token: SECRET-IN-FILE\nclusters: [', /line \d+, column \d+/],
    ['a list where a map belongs', '[SECRET-IN-FILE]', /not a map/],
    ['a cluster without a server', 'clusters: [{name: SECRET-IN-FILE, cluster: {}}]', /clusters\[0\]/],
    ['a context without a cluster', 'contexts: [{name: x, context: {user: SECRET-IN-FILE}}]', /contexts\[0\]/],
    ['a name with escapes', 'contexts: [{name: "a\\e[31mSECRET-IN-FILE", context: {cluster: x}}]', /contexts\[0\]/],
    ['clusters that are no list', 'clusters: SECRET-IN-FILE', /clusters is not a list/],
    [
      'an alias bomb',
      `a: &a [SECRET-IN-FILE]\n${'bcdefghij'
        .split('')
        .map((key, index) => `${key}: &${key} [${Array.from({ length: 9 }, () => `*${'abcdefghij'[index] ?? ''}`).join(',')}]`)
        .join('\n')}`,
      /without end/,
    ],
    ['nesting without end', `a: ${'['.repeat(5_000)}SECRET-IN-FILE`, /nests deeper/],
  ])('%s is reported with file and place and quotes nothing', async (_, text, place) => {
    const path = await file('bad', text);
    const error: unknown = await contextsOf({ path }).catch((thrown: unknown) => thrown);
    expect(String(error)).toMatch(place);
    expect(String(error)).toContain('bad');
    expect(`${String(error)} ${error instanceof Error ? (error.stack ?? '') : ''}`).not.toContain('SECRET-IN-FILE');
  });

  test('a context that is not there, one without its cluster or user, and plain HTTP are refused by name', async () => {
    const path = await file('a', config('one'));
    await expect(clusterFromKubeconfig({ path, context: 'nope', ...parts })).rejects.toThrow(/no context "nope"/);
    await expect(clusterFromKubeconfig({ text: config('one').replace('cluster: one,', 'cluster: gone,'), ...parts })).rejects.toThrow(/cluster "gone"/);
    await expect(clusterFromKubeconfig({ text: config('one').replace('user: one,', 'user: gone,'), ...parts })).rejects.toThrow(/user "gone"/);
    await expect(clusterFromKubeconfig({ text: config('one', 'http://one.example'), ...parts })).rejects.toThrow(/https/);
    await expect(clusterFromKubeconfig({ text: config('one', 'https://me:pw@one.example'), ...parts })).rejects.toThrow(/credentials in its URL/);
    await expect(clusterFromKubeconfig({ text: config('one'), ...parts, proxy: { url: 'http://me:hunter2@:x' } })).rejects.toThrow(
      /^((?!hunter2).)*proxy((?!hunter2).)*$/,
    );
    await expect(clusterFromKubeconfig({ text: config('one').replace('current-context: one', ''), ...parts })).rejects.toThrow(/No target/);
  });
});

describe('credentials', () => {
  const server = async (requestClientCertificate = false) => {
    const started = await startTlsServer(
      (request, response) => {
        const refused = request.headers.authorization === 'Bearer refused' || request.headers.authorization === 'Bearer 1';
        response.writeHead(refused ? 401 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(refused ? { kind: 'Status', code: 401, message: 'Unauthorized' } : { gitVersion: 'v1.36.0' }));
      },
      { requestClientCertificate },
    );
    cleanup.push(() => started.close());
    return started;
  };
  /** A credential program that counts its runs in a file, answers with the count, and keeps what it was told. */
  const program = async (): Promise<string> => {
    const path = await file(
      'credentials.sh',
      `#!/bin/sh\nn=$(cat "${folder}/runs" 2>/dev/null || echo 0)\nn=$((n+1))\necho $n > "${folder}/runs"\nprintf '%s' "$KUBERNETES_EXEC_INFO" > "${folder}/info"\necho "{\\"apiVersion\\":\\"client.authentication.k8s.io/v1\\",\\"kind\\":\\"ExecCredential\\",\\"status\\":{\\"token\\":\\"$n\\"}}"\n`,
    );
    await chmod(path, 0o755);
    return path;
  };

  test('a kubeconfig that runs a program is refused without a clear yes, and the program has not run', async () => {
    const { caPem, server: address } = await server();
    const user = {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: await program(), args: ['--x'], env: [{ name: 'A', value: 'secret-value' }] },
    };
    const text = kubeconfigFor(address, caPem, user);
    await expect(clusterFromKubeconfig({ text, ...parts })).rejects.toThrow(/not allowed/);
    const asked: ProgramRequest[] = [];
    await expect(
      clusterFromKubeconfig({
        text,
        ...parts,
        allowPrograms: (request) => {
          asked.push(request);
          return Promise.resolve(false);
        },
      }),
    ).rejects.toThrow(/not allowed/);
    expect(asked).toMatchObject([
      { path: join(folder, 'credentials.sh'), command: join(folder, 'credentials.sh'), args: ['--x'], environment: ['A'], context: 'test', user: 'test' },
    ]);
    expect(JSON.stringify(asked)).not.toContain('secret-value');
    await expect(readFile(join(folder, 'runs'))).rejects.toThrow(/ENOENT/);
  });

  test('consent is bound to the command: other arguments have another digest', async () => {
    const digest = async (args: readonly string[]): Promise<string> => {
      let seen = '';
      await clusterFromKubeconfig({
        text: kubeconfigFor('https://x.example', '', { exec: { command: '/bin/false', args } }),
        ...parts,
        allowPrograms: (request) => {
          seen = request.digest;
          return Promise.resolve(false);
        },
      }).catch(() => undefined);
      return seen;
    };
    expect(await digest(['a'])).toBe(await digest(['a']));
    expect(await digest(['a'])).not.toBe(await digest(['b']));
  });

  test('an allowed program is told who asks, is asked once, and again after a 401', async () => {
    const { caPem, server: address } = await server();
    await program();
    const user = { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: './credentials.sh', provideClusterInfo: true } };
    // A relative path stands against the kubeconfig's folder, as kubectl has it.
    const path = await file('config', kubeconfigFor(address, caPem, user));
    const cluster = await clusterFromKubeconfig({ path, ...parts, allowPrograms: () => Promise.resolve(true) });
    cleanup.push(() => cluster.dispose());
    // The first token is refused by the server; the program is run again and the request repeated.
    expect(await cluster.version()).toBe('v1.36.0');
    expect(await cluster.version()).toBe('v1.36.0');
    expect((await readFile(join(folder, 'runs'), 'utf8')).trim()).toBe('2');
    expect(JSON.parse(await readFile(join(folder, 'info'), 'utf8'))).toMatchObject({
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: address } },
    });
  });

  test('a program that is not there is named with the hint of its author, one that fails without its secrets', async () => {
    const { caPem, server: address } = await server();
    const connect = (exec: object) =>
      clusterFromKubeconfig({
        text: kubeconfigFor(address, caPem, { exec }),
        ...parts,
        environment: { PATH: '/nowhere' },
        allowPrograms: () => Promise.resolve(true),
      });
    const failing = await connect({ command: '/bin/sh', args: ['-c', 'echo "denied for Bearer abcdefgh12345" >&2; exit 1'] });
    cleanup.push(() => failing.dispose());
    await expect(connect({ command: 'no-such-credential-program', installHint: 'Install it from your \u001b[31mplatform team.' })).rejects.toThrow(
      /"no-such-credential-program" was not found \(PATH: \/nowhere\)\. Install it from your platform team\./,
    );
    await expect(failing.version()).rejects.toThrow(/denied for Bearer \[hidden\]/);
  });

  test('a token file is read where the kubeconfig stands and read again when the token was refused', async () => {
    const { caPem, server: address } = await server();
    await file('token', 'refused\n');
    const path = await file('config', kubeconfigFor(address, caPem, { tokenFile: 'token' }));
    const cluster = await clusterFromKubeconfig({ path, ...parts });
    cleanup.push(() => cluster.dispose());
    await expect(cluster.version()).rejects.toMatchObject({ failure: { kind: 'unauthorized', code: 401 } });
    await file('token', 'renewed\n');
    expect(await cluster.version()).toBe('v1.36.0');
  });

  test('a client certificate, embedded or in a file, is shown to the server', async () => {
    const started = await server(true);
    const { loopbackCertificate } = await import('../testing/loopbackCertificate');
    const { keyPem, certificatePem } = await loopbackCertificate('a person');
    const names: unknown[] = [];
    started.http.on('secureConnection', (socket) => names.push((socket.getPeerCertificate() as { subject?: { CN?: string } }).subject?.CN));
    await file('cert.pem', certificatePem);
    await file('key.pem', keyPem);
    const inFiles = await file('config', kubeconfigFor(started.server, started.caPem, { 'client-certificate': 'cert.pem', 'client-key': 'key.pem' }));
    // Embedded data wins over a file that is named too.
    const embedded = kubeconfigFor(started.server, started.caPem, {
      'client-certificate': 'missing.pem',
      'client-certificate-data': Buffer.from(certificatePem).toString('base64'),
      'client-key-data': Buffer.from(keyPem).toString('base64'),
    });
    for (const source of [{ path: inFiles }, { text: embedded }]) {
      const cluster = await clusterFromKubeconfig({ ...source, ...parts });
      expect(await cluster.version()).toBe('v1.36.0');
      cluster.dispose();
    }
    expect(names).toEqual(['a person', 'a person']);
  });

  test('a program that answers with another certificate after a 401 is believed, for requests and for terminals', async () => {
    const { loopbackCertificate } = await import('../testing/loopbackCertificate');
    const [first, second] = await Promise.all([loopbackCertificate('first'), loopbackCertificate('second')]);
    const names: string[] = [];
    let refuse = false;
    const started = await startTlsServer(
      (_, response) => {
        response.writeHead(refuse ? 401 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(refuse ? { kind: 'Status', code: 401 } : { gitVersion: 'v1.36.0' }));
        refuse = false;
      },
      { requestClientCertificate: true },
    );
    cleanup.push(() => started.close());
    started.http.on('secureConnection', (socket) => names.push(String((socket.getPeerCertificate() as { subject?: { CN?: string } }).subject?.CN)));
    started.http.on('upgrade', (_, socket) => socket.end('HTTP/1.1 403 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'));
    const answer = (certificate: { readonly certificatePem: string; readonly keyPem: string }): string =>
      JSON.stringify({ kind: 'ExecCredential', status: { clientCertificateData: certificate.certificatePem, clientKeyData: certificate.keyPem } });
    await file('answer', answer(first));
    const cluster = await clusterFromKubeconfig({
      text: started.kubeconfig({ exec: { command: 'cat', args: [join(folder, 'answer')] } }),
      ...parts,
      environment: { PATH: '/bin:/usr/bin' },
      allowPrograms: () => Promise.resolve(true),
    });
    cleanup.push(() => cluster.dispose());
    const shell = { namespace: 'n', pod: 'p', container: 'c', command: ['sh'], tty: true, stdin: true };
    await cluster.version();
    await cluster.exec(shell).catch(() => undefined);
    await file('answer', answer(second));
    refuse = true;
    await cluster.version();
    await cluster.exec(shell).catch(() => undefined);
    expect(names).toEqual(['first', 'first', 'second', 'second']);
  });

  test.each(['gcp', 'azure'])('the removed provider %s, which would run a shell, is refused whatever is allowed', async (name) => {
    const text = kubeconfigFor('https://x.example', '', { 'auth-provider': { name, config: { 'cmd-path': 'touch', 'cmd-args': join(folder, 'mark') } } });
    await expect(clusterFromKubeconfig({ text, ...parts, allowPrograms: () => Promise.resolve(true) })).rejects.toThrow(/removed auth-provider/);
    expect(await readdir(folder)).toEqual([]);
  });

  test('a certificate that is not trusted is told as that, and no credentials were sent', async () => {
    const started = await server();
    const { certificatePem } = await import('../testing/loopbackCertificate').then(({ loopbackCertificate }) => loopbackCertificate());
    const cluster = await clusterFromKubeconfig({ text: kubeconfigFor(started.server, certificatePem), ...parts });
    cleanup.push(() => cluster.dispose());
    await expect(cluster.version()).rejects.toMatchObject({
      failure: { kind: 'unreachable', uncertain: false, message: expect.stringContaining('certificate') as string },
    });
    expect(started.seen).toEqual([]);
  });

  test('several groups and extra values are lines of their own, so that a comma stays part of a value', async () => {
    const started = await server();
    const lines: (readonly string[])[] = [];
    started.http.on('request', ({ rawHeaders }: { readonly rawHeaders: readonly string[] }) => lines.push(rawHeaders));
    const extra = { 'Example.org/why (not)': ['one', 'two, three'] };
    const cluster = await clusterFromKubeconfig({
      text: started.kubeconfig({ token: 't', as: 'jane', 'as-groups': ['ops', 'on call, at night'], 'as-user-extra': extra }),
      ...parts,
    });
    cleanup.push(() => cluster.dispose());
    await cluster.version();
    const valuesOf = (name: string): string[] => (lines[0] ?? []).filter((_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === name);
    expect(valuesOf('impersonate-group')).toEqual(['ops', 'on call, at night']);
    expect(valuesOf('impersonate-extra-example.org%2fwhy%20%28not%29')).toEqual(['one', 'two, three']);
  });

  test('impersonation goes along, groups included', async () => {
    const started = await server();
    const cluster = await clusterFromKubeconfig({ text: started.kubeconfig({ token: 't', as: 'jane', 'as-groups': ['ops'], 'as-uid': '7' }), ...parts });
    cleanup.push(() => cluster.dispose());
    await cluster.version();
    expect(started.seen[0]?.headers).toMatchObject({
      'impersonate-user': 'jane',
      'impersonate-group': 'ops',
      'impersonate-uid': '7',
      authorization: 'Bearer t',
    });
  });
});
