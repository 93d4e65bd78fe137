import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What hostile sources try to reach. */
export interface ImportAims {
  /** A folder that holds `secret.txt`, `compose.yaml` and `manifest.yaml`, and that no import may look into. */
  readonly outside: string;
  /** A port on loopback that nobody may connect to. */
  readonly port: number;
}

type Made = string | Buffer | { readonly link: string } | { readonly pipe: true } | { readonly bytes: number };

/** A source that wants something read, written, started or asked, or that wants to take long. */
export interface HostileImport {
  readonly name: string;
  readonly files: Readonly<Record<string, Made>>;
  /** The arguments behind `kubeorch import`. */
  readonly args: readonly string[];
}

export function writeHostile(folder: string, files: HostileImport['files']): void {
  for (const [path, made] of Object.entries(files)) {
    const place = join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    if (typeof made === 'string' || Buffer.isBuffer(made)) writeFileSync(place, made);
    else if ('link' in made) symlinkSync(made.link, place);
    else if ('pipe' in made) execFileSync('mkfifo', [place]);
    else {
      writeFileSync(place, '');
      truncateSync(place, made.bytes);
    }
  }
}

const pipe = { pipe: true } as const;
const huge = { bytes: 50 * 1024 * 1024 } as const;
const service = (more: string): string => `services:\n  web:\n    image: a\n    ${more}\n`;
const quoted = (text: string): string => JSON.stringify(text);

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Where a compose file can name a path. */
const positions: Readonly<Record<string, (path: string) => string>> = {
  include: (path) => `include: [${quoted(path)}]\n${service('tty: true')}`,
  'include-long': (path) => `include: [{ path: [compose.base.yaml, ${quoted(path)}] }]\n${service('tty: true')}`,
  'include-folder': (path) => `include: [{ path: compose.base.yaml, project_directory: ${quoted(path)} }]\n${service('tty: true')}`,
  'include-env': (path) => `include: [{ path: compose.base.yaml, env_file: ${quoted(path)} }]\n${service('tty: true')}`,
  extends: (path) => service(`extends: { file: ${quoted(path)}, service: base }`),
  'env-file': (path) => service(`env_file: ${quoted(path)}`),
  'env-file-optional': (path) => service(`env_file: [{ path: ${quoted(path)}, required: false }]`),
  'env-file-raw': (path) => service(`env_file: [{ path: ${quoted(path)}, format: raw }]`),
  'label-file': (path) => service(`label_file: ${quoted(path)}`),
  config: (path) => `${service('configs: [c]')}configs: { c: { file: ${quoted(path)} } }\n`,
  secret: (path) => `${service('secrets: [c]')}secrets: { c: { file: ${quoted(path)} } }\n`,
  bind: (path) => service(`volumes: [{ type: bind, source: ${quoted(path)}, target: /x }]`),
  'bind-short': (path) => service(`volumes: [${quoted(`${path}:/x`)}]`),
  build: (path) => service(`build: ${quoted(path)}`),
  dockerfile: (path) => service(`build: { context: ., dockerfile: ${quoted(path)}, additional_contexts: { a: ${quoted(path)} } }`),
  watch: (path) => service(`develop: { watch: [{ path: ${quoted(path)}, action: rebuild }] }`),
  'credential-spec': (path) => service(`credential_spec: { file: ${quoted(path)} }`),
  ssh: (path) => service(`build: { context: ., ssh: [${quoted(`default=${path}`)}], secrets: [c] }`).concat(`secrets: { c: { file: ${quoted(path)} } }\n`),
};

/** Paths that lead elsewhere, or to what has no end. */
function paths({ outside }: ImportAims): readonly string[] {
  return [
    '../outside/secret.txt', '../../../../../../../../etc/passwd', './a/../../outside/secret.txt', join(outside, 'secret.txt'), join(outside, 'compose.yaml'), outside,
    'linked/secret.txt', 'linked/compose.yaml', 'linked', 'link.txt', 'circle', 'dangling', 'pipe', 'a/pipe', 'endless', 'random', 'huge.txt',
    '/etc/passwd', '/dev/zero', '/dev/random', '/dev/stdin', '/proc/self/environ', '/proc/self/mem', '/', '..', '.', '~/.ssh/id_rsa', '$HOME/.ssh/id_rsa', '${HOME}/../x',
    'file:///etc/passwd', '\\\\server\\share\\x', 'C:\\Windows\\win.ini', 'a\u0000b', 'n'.repeat(5000), `${'d/'.repeat(2000)}x`, '%2e%2e/%2e%2e/etc/passwd',
    '..\\..\\outside\\secret.txt', '.../...//', ' ', '\u202e../x', '-rf', '$(touch ran)', '`touch ran`', '| touch ran',
  ]; // prettier-ignore
}

function beside({ outside }: ImportAims): HostileImport['files'] {
  return {
    'compose.base.yaml': 'services: { base: { image: b } }\n',
    linked: { link: outside },
    'link.txt': { link: join(outside, 'secret.txt') },
    circle: { link: 'circle' },
    dangling: { link: 'nowhere' },
    pipe,
    'a/pipe': pipe,
    endless: { link: '/dev/zero' },
    random: { link: '/dev/random' },
    'huge.txt': huge,
  };
}

function addresses({ outside, port }: ImportAims): readonly string[] {
  const host = `127.0.0.1:${String(port)}`;
  return [
    'ext::sh -c "touch% ran"', 'ext::sh -c touch% ran', 'fd::17/x', `git://${host}/x.git`, `http://${host}/x.git`, `https://${host}/compose.yaml`, `https://${host}/compose.yaml#main:../..`,
    `ftp://${host}/x`, `file://${outside}`, `oci://${host}/x:1`, `docker://${host}/x`, `s3::https://${host}/x`, `ssh://-oProxyCommand=touch%20ran/x`, '-u./ran', '--upload-pack=touch ran',
    'git@-oProxyCommand=touch ran:x', `https://me:s3cr3t@${host}/x.git`, `https://${host}\\@github.com/x.git`, `https://github.com/acme/shop/tree/../../x`, 'https://github.com/acme/shop/tree/main/../../..',
    'git::ext::touch ran', 'javascript:alert(1)', 'data:text/yaml,services: {}', `HTTPS://${host}/X.GIT`, `\u0000https://${host}/x.git`,
  ]; // prettier-ignore
}

/** Texts that take apart whoever reads them, as YAML of any kind. */
function bombs(random: () => number): readonly (readonly [name: string, text: string | Buffer])[] {
  const width = 5 + Math.floor(random() * 10);
  const depth = 100 + Math.floor(random() * 30_000);
  const letters = [...'abcdefghij'];
  const laughs = (open: string, close: string, item: (at: string) => string): string =>
    letters
      .map(
        (to, at) =>
          `${to}: &${to} ${open}${Array.from({ length: width }, (_, i) => (at === 0 ? item(`x${String(i)}`) : item(`*${letters[at - 1] ?? ''}`))).join(', ')}${close}\n`,
      )
      .join('');
  const merges = letters
    .map((to, at) => `x-${to}: &${to} { ${at === 0 ? 'k: 1' : `<<: [${Array.from({ length: width }, () => `*${letters[at - 1] ?? ''}`).join(', ')}]`} }\n`)
    .join('');
  const many = (count: number, line: (at: number) => string): string => Array.from({ length: count }, (_, at) => line(at)).join('');
  return [
    ['laughs-in-lists', `${laughs('[', ']', (at) => at)}services: { web: { image: a, command: *j } }\n`],
    ['laughs-in-maps', laughs('{', '}', (at) => `${at.replace('*', 'k')}${String(Math.floor(random() * 1e9))}: ${at.startsWith('*') ? at : '1'}`)],
    ['merges', `${merges}services: { web: { <<: *j, image: a } }\n`],
    ['alias-of-itself', 'a: &a [*a]\nservices: { web: *a }\n'],
    ['many-aliases', `a: &a {b: c}\nservices:\n${many(20_000, (at) => `  s${String(at)}: *a\n`)}`],
    ['deep-lists', `services: ${'['.repeat(depth)}`],
    ['deep-closed', `services: ${'['.repeat(depth)}${']'.repeat(depth)}`],
    ['deep-maps', `services: ${'{a: '.repeat(depth)}`],
    ['deep-block', many(Math.min(depth, 1_500), (at) => `${' '.repeat(at)}a:\n`)],
    ['deep-dashes', `services:\n  ${'- '.repeat(depth)}x`],
    ['deep-question-marks', `${'? '.repeat(depth)}x`],
    ['many-keys', `services:\n${many(40_000, (at) => `  s${String(at)}: {image: a}\n`)}`],
    ['many-keys-in-a-line', `services: {${many(15_000, (at) => `s${String(at)}: {image: a}, `)}}`],
    ['many-documents', many(20_000, () => '---\nservices: {}\n')],
    ['long-line', service(`command: "${'x'.repeat(5_000_000)}"`)],
    ['long-key', `${'k'.repeat(2_000_000)}: 1`],
    ['tags', `services: !!js/function 'function(){}'\nx: !<tag:yaml.org,2002:python/object/apply:os.system> ['touch ran']\n`],
    ['own-tags', many(5_000, (at) => `x-${String(at)}: !t${String(at)} 1\n`)],
    ['binary', service('command: !!binary "AAAA"')],
    ['nul-bytes', `services:\u0000\n  web: { image: "a\u0000b" }\n`],
    ['escaped-nul', service('container_name: "a\\0b"\n    environment: { "A\\0": "b\\0" }')],
    ['control', service('image: "\\x1b]0;x\\x07\\x9b31m"')],
    ['all-bytes', Buffer.from(Array.from({ length: 4096 }, (_, at) => at % 256))],
    ['utf-16', Buffer.from(`\ufeff${service('tty: true')}`, 'utf16le')],
    ['broken-utf-8', Buffer.from([0x73, 0x3a, 0x20, 0xc3, 0x28, 0xff, 0xfe, 0xf8])],
    ['prototype', '__proto__: { polluted: 1 }\nservices: { __proto__: { image: a }, constructor: { image: b }, toString: { image: c } }\n'],
    ['cycle', 'services: { a: { extends: b }, b: { extends: a } }\n'],
    ['includes-itself', 'include: [compose.yaml]\nservices: { a: { image: a } }\n'],
    ['defaults-in-defaults', service(`image: "${'${A:-'.repeat(depth)}x${'}'.repeat(depth)}"`)],
    ['open-braces', service(`command: "${'${'.repeat(depth)}"`)],
    ['dollars', service(`command: "${'$'.repeat(500_000)}"`)],
    ['all-ports', service(`ports: [${Array.from({ length: 40 }, () => '"1-65535:1-65535"').join(', ')}]`)],
    ['every-port', service('ports: ["1-65535:1-65535"]')],
    ['port-of-digits', service(`ports: ["${'9'.repeat(100_000)}"]`)],
    ['quotes', service(`command: '${'\\\\"'.repeat(100_000)}'`)],
    ['number', service(`mem_limit: ${'9'.repeat(400)}g\n    cpus: 1e999\n    scale: 99999999999`)],
    ['durations', service(`stop_grace_period: "${'1h'.repeat(50_000)}"`)],
    ['anchors-alone', many(30_000, (at) => `x-${String(at)}: &a${String(at)} 1\n`)],
    ['unclosed', 'services: {web: {image: "a'],
    ['only-spaces', ' '.repeat(900_000)],
    ['only-lines', '\n'.repeat(900_000)],
    ['comments', '#'.repeat(900_000)],
  ];
}

function composeOf(text: string | Buffer, more: HostileImport['files'] = {}): Pick<HostileImport, 'files' | 'args'> {
  return { files: { 'compose.yaml': text, ...more }, args: ['compose', 'compose.yaml'] };
}

/** Exactly `count` hostile sources, the same for the same seed. */
export function hostileImports(aims: ImportAims, seed: number, count: number): readonly HostileImport[] {
  const random = numbers(seed);
  const object = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n';
  const listed: HostileImport[] = [
    ...bombs(random).flatMap(([name, text]): readonly HostileImport[] => [
      { name: `compose ${name}`, ...composeOf(text) },
      { name: `manifest ${name}`, files: { 'k8s/a.yaml': text }, args: ['manifests', 'k8s'] },
    ]),
    ...addresses(aims).flatMap((address): readonly HostileImport[] => [
      { name: `repo ${address}`, files: {}, args: ['repo', '--', address] },
      { name: `include ${address}`, ...composeOf(positions['include']?.(address) ?? '') },
      { name: `build ${address}`, ...composeOf(positions['build']?.(address) ?? '') },
    ]),
    ...['pipe', '/dev/zero', '/dev/random', 'huge.txt', 'linked', '.'].flatMap((path): readonly HostileImport[] => [
      { name: `compose itself ${path}`, files: beside(aims), args: ['compose', path] },
      { name: `env file ${path}`, files: { ...beside(aims), 'compose.yaml': service('tty: true') }, args: ['compose', 'compose.yaml', '--env-file', path] },
    ]),
    ...['pipe', '/dev/zero', '/dev/random', 'huge.txt'].map((path): HostileImport => ({
      name: `manifest itself ${path}`,
      files: beside(aims),
      args: ['manifests', path],
    })),
    ...(
      [
        ['linked-file', { 'a.yaml': { link: join(aims.outside, 'manifest.yaml') } }],
        ['linked-folder', { inner: { link: aims.outside } }],
        ['pipe', { 'a.yaml': pipe, 'b.json': pipe }],
        ['devices', { 'a.yaml': { link: '/dev/zero' }, 'b.yaml': { link: '/dev/random' }, 'c.yaml': { link: '/proc/self/environ' } }],
        ['circle', { 'a.yaml': { link: 'a.yaml' }, b: { link: '.' }, c: { link: '..' } }],
        ['huge', { 'a.yaml': huge }],
        ['deep', { [`${'d/'.repeat(300)}a.yaml`]: object }],
        ['many', Object.fromEntries(Array.from({ length: 800 }, (_, at) => [`${String(at)}.yaml`, '{}']))],
        ['names', { 'a\n\u001b[31m.yaml': object, '\u202elmay.yaml': object, '-rf.yaml': object, '$(touch ran).yaml': object }],
      ] as const
    ).flatMap(([name, files]): readonly HostileImport[] => [
      {
        name: `folder of manifests ${name}`,
        files: Object.fromEntries(Object.entries(files as HostileImport['files']).map(([path, made]) => [`k8s/${path}`, made])),
        args: ['manifests', 'k8s'],
      },
      { name: `repository ${name}`, files: { ...files, 'x/Dockerfile': 'FROM scratch\n' }, args: ['repo', '.'] },
    ]),
    ...(
      [
        ['linked-compose', { 'compose.yaml': { link: join(aims.outside, 'compose.yaml') } }],
        ['pipe-compose', { 'compose.yaml': pipe, 'compose.override.yaml': pipe }],
        ['pipe-dockerfile', { Dockerfile: pipe, '.env.example': pipe }],
        ['linked-example', { Dockerfile: 'FROM scratch\n', '.env.example': { link: join(aims.outside, 'secret.txt') } }],
        ['huge-package', { 'package.json': huge, 'go.mod': huge, 'requirements.txt': huge }],
        ['expose', { Dockerfile: `FROM scratch\n${'EXPOSE $'.repeat(50_000)}` }],
        ['linked-env', { '.env': { link: join(aims.outside, 'secret.txt') }, 'compose.yaml': service('command: $SECRET') }],
        ['pipe-env', { '.env': pipe, 'compose.yaml': service('tty: true') }],
        [
          'package-that-runs',
          { 'package.json': '{"scripts":{"preinstall":"touch ran","start":"touch ran"}}', '.git/hooks/post-checkout': '#!/bin/sh\ntouch ran\n' },
        ],
        [
          'git-config',
          {
            '.git/config': '[core]\n\tfsmonitor = touch ran\n\tsshCommand = touch ran\n',
            '.gitmodules': '[submodule "x"]\n\turl = ext::touch ran\n',
            Dockerfile: 'FROM scratch\n',
          },
        ],
      ] as const
    ).map(([name, files]): HostileImport => ({ name: `repository ${name}`, files, args: ['repo', '.'] })),
  ];
  const places = Object.entries(positions).flatMap(([position, write]) =>
    paths(aims).map((path): HostileImport => ({ name: `${position} ${path.slice(0, 60)}`, ...composeOf(write(path), beside(aims)) })),
  );
  // Which of them is tried is the seed's to say.
  while (listed.length < count && places.length > 0) listed.push(...places.splice(Math.floor(random() * places.length), 1));
  return listed;
}
