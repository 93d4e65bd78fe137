import { chmod, mkdir, mkdtemp, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { MemoryLogger } from '../testing/memoryLogger';
import { PacedClock } from '../testing/pacedClock';
import { startTlsServer } from '../testing/tlsServer';
import type { TlsServer } from '../testing/tlsServer';
import { clusterFromKubeconfig } from './connect';
import { contextsOf } from './kubeconfig';

const secret = 'SECRET-TOKEN-OF-A-PERSON';
let folder: string;
let mark: string;
/** The cluster that the kubeconfig is for, and a host that has no business in it. */
let own: TlsServer;
let other: TlsServer;
const connectsSeen: string[] = [];

beforeAll(async () => {
  [own, other] = await Promise.all([
    startTlsServer((request, response) => {
      if (request.url.startsWith('/redirect')) response.writeHead(307, { location: `${other.server}/stolen` });
      else response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"gitVersion":"v1.36.0"}');
    }),
    startTlsServer((_, response) => response.end('{}')),
  ]);
  own.http.on('upgrade', (_, socket) => {
    socket.end(`HTTP/1.1 302 Found\r\nLocation: ${other.server}/stolen\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
  });
});
afterAll(() => Promise.all([own.close(), other.close()]));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hostile-'));
  mark = join(folder, 'mark');
  connectsSeen.length = 0;
  await mkdir(join(folder, 'config'));
  await script('config/evil.sh');
  await script('evil.sh');
});
afterEach(() => rm(folder, { recursive: true }));

/** A program that leaves its mark, and answers as a credential program would. */
async function script(name: string, token = 'from-a-program'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n/bin/echo "$0 $*" >> "${mark}"\n/bin/echo '{"kind":"ExecCredential","status":{"token":"${token}"}}'\n`);
  await chmod(path, 0o755);
  return path;
}

interface Parts {
  readonly user?: unknown;
  readonly server?: string;
  readonly cluster?: object;
  readonly context?: object;
  readonly more?: object;
}

const ca = (server: TlsServer): string => Buffer.from(server.caPem).toString('base64');

function config({ user = { token: secret }, server = own.server, cluster, context, more }: Parts): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server, 'certificate-authority-data': ca(own), ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u', ...context } }],
    'current-context': 'x',
    ...more,
  });
}

const exec = (changes: object): Parts => ({
  user: { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/bin/touch', args: [mark], ...changes } },
});
const provider = (name: unknown, more: object = {}): Parts => ({
  user: { 'auth-provider': { name, config: { 'cmd-path': '/bin/touch', 'cmd-args': mark, exec: { command: '/bin/touch', args: [mark] }, ...more } } },
});

/** A text, or what makes the file at `path`; then how it ends: a refusal that matches, or a connection. */
type Case = readonly [string, () => string | ((path: string) => Promise<void>), RegExp | 'connects'];

const cases: readonly Case[] = [
  ['a program by its path', () => config(exec({})), /was not allowed/],
  ['a program beside the kubeconfig', () => config(exec({ command: './evil.sh' })), /was not allowed/],
  ['a program outside, by a relative path', () => config(exec({ command: '../evil.sh' })), /was not allowed/],
  ['a program in the folder that is open, by its bare name', () => config(exec({ command: 'evil.sh' })), /was not found/],
  ['a shell line as command', () => config(exec({ command: `/bin/touch ${mark};` })), /was not found/],
  ['a substitution as argument', () => config(exec({ command: '/bin/echo', args: [`$(touch ${mark})`, `; touch ${mark}`] })), /was not allowed/],
  ['a NUL in the command', () => config(exec({ command: '/bin/touch\0x' })), /has no command/],
  ['a NUL in an argument', () => config(exec({ args: [`${mark}\0`] })), /holds a NUL/],
  ['arguments that are no texts', () => config(exec({ args: [{ a: mark }] })), /is no text/],
  ['a variable with a sign of equality in its name', () => config(exec({ env: [{ name: 'A=B', value: 'x' }] })), /no proper name/],
  ['a program that needs a terminal', () => config(exec({ interactiveMode: 'Always' })), /needs a terminal/],
  ['a mode nobody knows', () => config(exec({ interactiveMode: { toString: 'Never' } })), /unknown interactiveMode/],
  [
    'a version that was taken out',
    () => config(exec({ apiVersion: 'client.authentication.k8s.io/v1alpha1' })),
    /wants client\.authentication\.k8s\.io\/v1alpha1/,
  ],
  [
    'escapes in the hint',
    () => config(exec({ command: 'missing', installHint: '\u001b]8;;http://evil\u0007click\u001b[2J\u202e' })),
    /was not found \(PATH: [^)]*\)\. click/,
  ],
  ['escapes in the command', () => config(exec({ command: 'miss\u001b[31ming\u202e' })), /"missing" was not found/],
  ['a program beside a token: the token counts', () => config({ user: { ...(exec({}).user as object), token: secret } }), 'connects'],
  [
    'a program in the user of another context',
    () =>
      config({
        more: {
          users: [
            { name: 'u', user: { token: secret } },
            { name: 'v', user: exec({}).user },
          ],
        },
      }),
    'connects',
  ],
  [
    'a second user of the same name, with a program',
    () =>
      config({
        more: {
          users: [
            { name: 'u', user: { token: secret } },
            { name: 'u', user: exec({}).user },
          ],
        },
      }),
    'connects',
  ],
  [
    'a program brought in by a YAML merge',
    () => config({ user: '@' }).replace('"@"', '{"<<": *evil}').replace('{', `{"x-evil": &evil {exec: {command: /bin/touch, args: ["${mark}"]}}, `),
    'connects',
  ],
  [
    'a program under keys of a prototype',
    () => config({}).replace('"user":{', `"user":{"__proto__":${JSON.stringify(exec({}).user)},"constructor":{"prototype":{"exec":{"command":"/bin/touch"}}},`),
    'connects',
  ],
  [
    'a program in another spelling',
    () => config({ user: { Exec: { command: '/bin/touch', args: [mark] }, EXEC: { command: '/bin/touch' }, token: secret } }),
    'connects',
  ],
  ['the provider gcp with its shell line', () => config(provider('gcp')), /removed auth-provider "gcp"/],
  ['the provider azure', () => config(provider('azure')), /removed auth-provider "azure"/],
  ['a provider that is a program by another name', () => config(provider('exec')), /removed auth-provider "exec"/],
  ['the provider oidc with a program inside', () => config(provider('oidc')), /needs idp-issuer-url/],
  ['a provider whose name is no text', () => config(provider(['oidc', '\u001b[31m'])), /removed auth-provider/],
  [
    'an issuer over plain HTTP',
    () => config(provider('oidc', { 'idp-issuer-url': 'http://127.0.0.1:9', 'client-id': 'a', 'refresh-token': secret })),
    'connects',
  ],
  [
    'a program and a provider at once',
    () => config({ user: { ...(exec({}).user as object), ...(provider('oidc').user as object) } }),
    /both exec and auth-provider/,
  ],
  [
    'aliases that multiply',
    () =>
      `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghij'
        .split('')
        .map((key, index) => `${key}: &${key} [${Array.from({ length: 9 }, () => `*${'abcdefghij'[index] ?? ''}`).join(',')}]`)
        .join('\n')}\nusers: *j`,
    /without end/,
  ],
  ['nesting without end', () => `users: ${'{a: '.repeat(10_000)}`, /nests deeper/],
  [
    'a file of gigabytes',
    () => async (path) => {
      await writeFile(path, config({}));
      await truncate(path, 3 * 1024 ** 3);
    },
    /more than \d+ bytes/,
  ],
  ['a link to a device that never ends', () => (path) => symlink('/dev/zero', path), /more than \d+ bytes/],
  ['a link to a folder', () => (path) => symlink(folder, path), /cannot be opened \(EISDIR\)/],
  ['a link that leads to itself', () => (path) => symlink(path, path), /cannot be opened \(ELOOP\)/],
  [
    'escapes in a context’s name',
    () => config({ more: { contexts: [{ name: 'x\u001b[2J', context: { cluster: 'c', user: 'u' } }] } }),
    /contexts\[0\] has a name with control/,
  ],
  ['turned writing in a user’s name', () => config({ more: { users: [{ name: 'u\u202e', user: {} }] } }), /users\[0\] has a name with control/],
  ['a server over plain HTTP', () => config({ server: own.server.replace('https', 'http') }), /must begin with https/],
  ['a server that is a file', () => config({ server: 'file:///etc/passwd' }), /must begin with https/],
  ['a server with a name and a password', () => config({ server: own.server.replace('//', `//me:${secret}@`) }), /holds credentials/],
  ['a server with a query', () => config({ server: `${own.server}/?to=` }), /query or a fragment/],
  ['a server whose user part looks like a host', () => config({ server: `https://127.0.0.1:${own.port}@127.0.0.1:${other.port}` }), /holds credentials/],
  ['a server that sends elsewhere', () => config({ server: `${own.server}/redirect` }), 'connects'],
  ['another host behind the cluster’s authority', () => config({ server: other.server }), 'connects'],
  [
    'a server name that is not the certificate’s',
    () => config({ server: other.server, cluster: { 'certificate-authority-data': ca(other), 'tls-server-name': 'another.example' } }),
    'connects',
  ],
  ['an authority and no check at once', () => config({ cluster: { 'insecure-skip-tls-verify': true } }), /only one of them can be meant/],
  ['no check by a text that is no boolean', () => config({ server: other.server, cluster: { 'insecure-skip-tls-verify': 'true' } }), 'connects'],
  ['an authority that is no certificate', () => config({ cluster: { 'certificate-authority-data': 'AAAA' } }), 'connects'],
  ['a proxy that is a file', () => config({ cluster: { 'proxy-url': 'file:///etc/passwd' } }), /must be a URL that begins with http/],
  ['a proxy that is no URL and holds a password', () => config({ cluster: { 'proxy-url': `http://me:${secret}@:x` } }), /is no URL/],
  ['a proxy elsewhere', () => config({ cluster: { 'proxy-url': `https://127.0.0.1:${other.port}` } }), 'connects'],
  ['a token with a line of its own', () => config({ user: { token: `${secret}\r\nImpersonate-User: admin` } }), /no token has/],
  ['a name to act as with a line of its own', () => config({ user: { token: secret, as: 'a\r\nAuthorization: x' } }), 'connects'],
  ['groups to act as without a name', () => config({ user: { token: secret, 'as-groups': ['system:masters'] } }), 'connects'],
  ['a token file that is a device', () => config({ user: { tokenFile: '/dev/zero' } }), 'connects'],
  ['a token file that is somebody’s key', () => config({ user: { tokenFile: '../key.pem' } }), 'connects'],
];

/** Everything that a person or a log would see. */
async function use(path: string): Promise<{ readonly refused?: unknown; readonly shown: string }> {
  const logger = new MemoryLogger();
  const shown: unknown[] = [];
  try {
    shown.push(await contextsOf({ path }));
    const cluster = await clusterFromKubeconfig({
      path,
      clock: new PacedClock(),
      logger,
      // Relative folders in PATH would let the open folder decide what runs.
      environment: { PATH: ['.', '', relative(process.cwd(), join(folder, 'config'))].join(delimiter) },
      home: folder,
      allowPrograms: () => Promise.resolve(false),
    });
    try {
      for (const ask of [
        () => cluster.version(),
        () => cluster.whoAmI(),
        () => cluster.exec({ namespace: 'n', pod: 'p', container: 'c', command: ['sh'], tty: true, stdin: true }),
      ])
        shown.push(await ask().then(() => 'done', String));
    } finally {
      cluster.dispose();
    }
    return { shown: JSON.stringify([shown, logger.lines]) };
  } catch (error) {
    return { refused: error, shown: JSON.stringify([String(error), shown, logger.lines]) };
  }
}

describe('a hostile kubeconfig', () => {
  test('comes in at least thirty shapes', () => expect(new Set(cases.map(([name]) => name)).size).toBeGreaterThanOrEqual(30));

  test.each(cases)('with %s: nothing runs, no other host is shown a token, and nothing secret or dangerous is said', async (_, make, ending) => {
    const path = join(folder, 'config', 'kubeconfig');
    await writeFile(join(folder, 'key.pem'), own.certificate.keyPem);
    const made = make();
    if (typeof made === 'string') await writeFile(path, made);
    else await made(path);
    const { refused, shown } = await use(path);
    expect(existsSync(mark)).toBe(false);
    const elsewhere = JSON.stringify(other.seen);
    expect(elsewhere).not.toContain(secret);
    expect(other.seen.filter(({ headers }) => headers['authorization'] !== undefined)).toEqual([]);
    expect(JSON.stringify(own.seen)).not.toMatch(/PRIVATE KEY|impersonate/i);
    expect(shown).not.toContain(secret);
    // JSON would show a control character as an escape.
    expect(shown).not.toMatch(/\\u00[01]|\\u202e|\u202e/i);
    if (ending === 'connects') expect(refused).toBeUndefined();
    else expect(String(refused)).toMatch(ending);
  });
});

describe('consent', () => {
  /** Connects and asks the cluster, counting what is asked of the person. */
  async function rig(
    options: {
      readonly command?: string;
      readonly args?: readonly string[];
      readonly env?: object;
      readonly PATH?: string;
      readonly allow?: () => boolean;
    } = {},
  ) {
    const asked: string[] = [];
    const refuses = { now: false };
    const server = await startTlsServer((_, response) => {
      response.writeHead(refuses.now ? 401 : 200, { 'content-type': 'application/json' });
      response.end(refuses.now ? '{"kind":"Status","code":401}' : '{"gitVersion":"v1.36.0"}');
      refuses.now = false;
    });
    const user = {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: options.command ?? 'plugin', args: options.args ?? [], env: options.env ?? [] },
    };
    const cluster = await clusterFromKubeconfig({
      text: server.kubeconfig(user),
      clock: new PacedClock(),
      logger: new MemoryLogger(),
      environment: { PATH: options.PATH ?? [join(folder, 'first'), join(folder, 'second')].join(delimiter) },
      home: folder,
      allowPrograms: ({ digest }) => {
        asked.push(digest);
        return Promise.resolve(options.allow?.() ?? true);
      },
    }).catch(async (error: unknown) => {
      await server.close();
      throw error;
    });
    return {
      cluster,
      asked,
      /** A request whose credentials are refused, so that the program is started again. */
      renew: async () => {
        refuses.now = true;
        return cluster.version();
      },
      close: async () => {
        cluster.dispose();
        await server.close();
      },
    };
  }
  const runs = async (): Promise<number> => (existsSync(mark) ? (await import('node:fs')).readFileSync(mark, 'utf8').trim().split('\n').length : 0);

  beforeEach(async () => {
    await mkdir(join(folder, 'first'));
    await mkdir(join(folder, 'second'));
    await script('second/plugin');
  });

  test('holds for what was shown and is not asked for again while nothing changes', async () => {
    const { cluster, asked, renew, close } = await rig();
    await cluster.version();
    await cluster.version();
    await renew();
    expect([asked.length, await runs()]).toEqual([1, 2]);
    await close();
  });

  test.each([
    ['another content of the file', () => script('second/plugin', 'another')],
    ['another program earlier in PATH', () => script('first/plugin')],
    [
      'another file behind a link',
      async () => {
        await script('elsewhere', 'another');
        await rm(join(folder, 'second/plugin'));
        await symlink(join(folder, 'elsewhere'), join(folder, 'second/plugin'));
      },
    ],
  ])('is asked for again after %s, and without it the new one has not run', async (_, change) => {
    let allows = true;
    const { cluster, asked, renew, close } = await rig({ allow: () => allows });
    await cluster.version();
    expect(await runs()).toBe(1);
    await change();
    allows = false;
    await expect(renew()).rejects.toMatchObject({ failure: { kind: 'unauthorized', message: expect.stringContaining('was not allowed') as string } });
    expect([new Set(asked).size, await runs()]).toEqual([2, 1]);
    await close();
  });

  test('differs for other arguments, variables and values of variables', async () => {
    const digests: string[] = [];
    for (const options of [
      {},
      { args: ['a'] },
      { args: ['b'] },
      { env: [{ name: 'A', value: '1' }] },
      { env: [{ name: 'A', value: '2' }] },
      { env: [{ name: 'B', value: '1' }] },
      {},
    ]) {
      const { asked, close } = await rig(options);
      digests.push(...asked);
      await close();
    }
    expect(new Set(digests).size).toBe(6);
    expect(digests.at(-1)).toBe(digests[0]);
    expect(await runs()).toBe(0);
  });

  test('does not cover a file that was exchanged while the person thought about it', async () => {
    let questions = 0;
    const rigged = rig({
      allow: () => {
        questions++;
        if (questions === 1) {
          const { writeFileSync } = process.getBuiltinModule('node:fs');
          writeFileSync(join(folder, 'second/plugin'), `#!/bin/sh\ntouch ${mark}\n`);
          return true;
        }
        return false;
      },
    });
    await expect(rigged).rejects.toThrow(/was not allowed/);
    expect([questions, await runs()]).toEqual([2, 0]);
  });

  test.each([
    ['DenyAll', 'credentialPluginPolicy: DenyAll', /allows no credential programs/],
    ['an allowlist without it', 'credentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{command: another}]', /not on the allowlist/],
    ['a policy that cannot be understood', 'credentialPluginPolicy: [', /kuberc.*broken/],
    ['an empty allowlist', 'credentialPluginPolicy: Allowlist', /allowlist is empty/i],
    ['a list without its policy', 'credentialPluginAllowlist: [{name: plugin}]', /is not Allowlist/],
  ])('is not even asked for under a kuberc with %s', async (_, text, why) => {
    await mkdir(join(folder, '.kube'));
    await writeFile(join(folder, '.kube', 'kuberc'), `apiVersion: kubectl.config.k8s.io/v1beta1\nkind: Preference\n${text}\n`);
    let asked = false;
    await expect(rig({ allow: () => (asked = true) })).rejects.toThrow(why);
    expect([asked, await runs()]).toEqual([false, 0]);
  });

  test.each([['plugin'], ['path']])('is still needed for what an allowlist names by its %s', async (how) => {
    await mkdir(join(folder, '.kube'));
    const name = how === 'path' ? join(folder, 'second/plugin') : 'plugin';
    await writeFile(join(folder, '.kube', 'kuberc'), `kind: Preference\ncredentialPluginPolicy: Allowlist\ncredentialPluginAllowlist: [{name: ${name}}]\n`);
    const { cluster, asked, close } = await rig();
    await cluster.version();
    expect([asked.length, await runs()]).toEqual([1, 1]);
    await close();
  });
});
