import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/** What hostile folders try to reach. */
export interface HostileAims {
  /** A program that must not be started. */
  readonly program: string;
  /** A folder that no hostile folder holds, with a file `secret.txt`. */
  readonly outside: string;
  /** The port on loopback of a server that nobody may ask for anything. */
  readonly port: number;
}

type Made = string | Buffer | { readonly link: string } | { readonly pipe: true } | { readonly bytes: number } | { readonly program: string };

export interface HostileFolder {
  readonly name: string;
  readonly files: Readonly<Record<string, Made>>;
  /** The name of the workflow's file, of which there is one in all folders; absent where it has no name that can be typed, or is no file. */
  readonly opens?: string;
}

const head = 'apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nstatus: published\n';
const pipe = { pipe: true } as const;
const plain = `${head}nodes:\n  web: { type: deployment, image: 'nginx:1.27', port: 80 }\n`;
const withNode = (node: string): string => `${head}nodes:\n  web: ${node}\n`;
const chart = (more: string): string => `apiVersion: v2\nname: shop\nversion: 1.0.0\n${more}`;
const plugin = (more: string): string =>
  `apiVersion: kubeorch.dev/v1alpha1\nkind: Plugin\nname: evil\nversion: 1.0.0\ndisplayName: Evil\ndescription: x\ncategory: storage\nicon: database\n${more}`;

/** Sixty folders of which each wants to have something run, asked, read or written by being opened. */
export function hostileFolders({ program, outside, port }: HostileAims): readonly HostileFolder[] {
  const server = `https://127.0.0.1:${port}`;
  const secret = join(outside, 'secret.txt');
  const kubeconfig = (user: object, cluster: object = {}): string =>
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'evil', cluster: { server, 'insecure-skip-tls-verify': true, ...cluster } }],
      users: [{ name: 'evil', user }],
      contexts: [{ name: 'evil', context: { cluster: 'evil', user: 'evil' } }],
      'current-context': 'evil',
    });
  const exec = kubeconfig({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: program, args: ['exec'], interactiveMode: 'Never' } });
  const settings = (all: object): Record<string, Made> => ({ '.vscode/settings.json': JSON.stringify(all) });
  const opened = (name: string, text: Made, more: Readonly<Record<string, Made>> = {}): HostileFolder => ({
    name,
    files: { [`.kubeorch/${name}.workflow.yaml`]: text, ...more },
    opens: `${name}.workflow.yaml`,
  });
  const beside = (name: string, more: Readonly<Record<string, Made>>): HostileFolder => opened(name, plain, more);
  const listed = (name: string, files: Readonly<Record<string, Made>>): HostileFolder => ({ name, files });
  const helm = withNode('{ type: helm, chart: charts/shop }');
  const kustomize = withNode('{ type: kustomize, path: base }');

  return [
    // Settings and kubeconfigs that name programs and servers.
    beside('kubeconfig-exec', { kubeconfig: exec, ...settings({ 'kubeorch.kubeconfig': './kubeconfig' }) }),
    beside('kubeconfig-exec-relative', {
      'bin/credential': { program },
      kubeconfig: exec.replaceAll(program, './bin/credential'),
      ...settings({ 'kubeorch.kubeconfig': './kubeconfig' }),
    }),
    beside('kubeconfig-in-place', { '.kube/config': exec, '.kubeorch/kubeconfig': exec, '.kubeorch/config': exec }),
    beside('kubeconfig-token-file', { kubeconfig: kubeconfig({ tokenFile: secret }), ...settings({ 'kubeorch.kubeconfig': './kubeconfig' }) }),
    beside('kubeconfig-authority-file', {
      kubeconfig: kubeconfig({ token: 'x' }, { 'certificate-authority': secret, 'insecure-skip-tls-verify': false }),
      ...settings({ 'kubeorch.kubeconfig': './kubeconfig' }),
    }),
    beside('kubeconfig-proxy', {
      kubeconfig: kubeconfig({ token: 'x' }, { 'proxy-url': `http://127.0.0.1:${port}` }),
      ...settings({ 'kubeorch.kubeconfig': './kubeconfig' }),
    }),
    beside('kubeconfig-pipe', { kubeconfig: pipe, ...settings({ 'kubeorch.kubeconfig': './kubeconfig' }) }),
    beside('kubeconfig-endless', settings({ 'kubeorch.kubeconfig': '/dev/zero' })),
    beside('kubeconfig-outside', settings({ 'kubeorch.kubeconfig': secret })),
    opened('settings-helm', helm, { ...settings({ 'kubeorch.tools.helm': program }), 'charts/shop/Chart.yaml': chart('') }),
    opened('settings-helm-relative', helm, {
      ...settings({ 'kubeorch.tools.helm': './bin/helm' }),
      'bin/helm': { program },
      'charts/shop/Chart.yaml': chart(''),
    }),
    opened('settings-kustomize', kustomize, { ...settings({ 'kubeorch.tools.kustomize': program }), 'base/kustomization.yaml': 'resources: []\n' }),
    opened('settings-remote', withNode(`{ type: helm, chart: shop, repo: '${server}', version: 1.0.0 }`), settings({ 'kubeorch.tools.allowRemote': true })),
    beside('settings-shell', settings({ 'kubeorch.terminal.shell': program, 'kubeorch.terminal.debugImage': '../../evil' })),
    beside('settings-of-wrong-types', settings({ 'kubeorch.target': { a: 1 }, 'kubeorch.kubeconfig': [program], 'kubeorch.logs.tailLines': '1e99' })),
    beside('settings-proxy', settings({ 'http.proxy': `http://127.0.0.1:${port}`, 'kubeorch.signIn.port': port })),
    opened('environment', `${plain}environments:\n  production: { context: evil, protected: false }\n`, { kubeconfig: exec }),
    beside('programs-by-name', { helm: { program }, kubectl: { program }, kustomize: { program }, git: { program }, node: { program } }),
    beside('environment-file', {
      '.env': `KUBECONFIG=${secret}\nPATH=.\nNODE_OPTIONS=--require ./evil.js\n`,
      'evil.js': "require('fs').writeFileSync('ran', '')\n",
    }),

    // Links and pipes.
    listed('link-kubeorch', { '.kubeorch': { link: outside } }),
    listed('link-workflow', { '.kubeorch/link-workflow.workflow.yaml': { link: secret } }),
    listed('link-endless', { '.kubeorch/link-endless.workflow.yaml': { link: '/dev/zero' } }),
    listed('link-random', { '.kubeorch/link-random.workflow.yaml': { link: '/dev/random' } }),
    listed('link-circle', { '.kubeorch/link-circle.workflow.yaml': { link: 'link-circle.workflow.yaml' } }),
    beside('link-plugins', { '.kubeorch/plugins': { link: outside } }),
    beside('link-plugin', { '.kubeorch/plugins/evil.yaml': { link: secret } }),
    beside('link-templates', { '.kubeorch/templates': { link: outside } }),
    beside('link-versions', { '.kubeorch/versions': { link: outside } }),
    beside('link-runs', { '.kubeorch/runs': { link: outside } }),
    opened('link-chart', helm, { 'charts/shop': { link: outside } }),
    beside('link-settings', { '.vscode': { link: outside } }),
    listed('pipe-workflow', { '.kubeorch/pipe-workflow.workflow.yaml': pipe }),
    beside('pipe-plugin', { '.kubeorch/plugins/evil.yaml': pipe }),
    beside('pipe-template', { '.kubeorch/templates/evil/metadata.yaml': pipe }),
    opened('pipe-values', withNode('{ type: helm, chart: charts/shop, valuesFiles: [values.yaml] }'), {
      'values.yaml': pipe,
      'charts/shop/Chart.yaml': chart(''),
    }),
    beside('pipe-run', { '.kubeorch/runs/shop/20260101T000000Z-aaaaaa.ndjson': pipe }),

    // Texts that take apart whoever reads them.
    opened(
      'yaml-bomb',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghij'].map((to, at) => `${to}: &${to} [${`*${'abcdefghi'[at] ?? ''},`.repeat(9)}]\n`).join('')}${plain}`,
    ),
    opened('yaml-deep', `${head}nodes: ${'['.repeat(5_000)}\n`),
    opened('yaml-many-keys', `${head}nodes:\n${Array.from({ length: 40_000 }, (_, at) => `  n${at}: 1\n`).join('')}`),
    opened(
      'yaml-prototype',
      `${head}__proto__: { polluted: yes }\nnodes:\n  __proto__: { type: deployment, image: x }\n  constructor: { type: service, port: 80 }\n`,
    ),
    opened('yaml-tags', `${head}nodes: !!js/function 'function(){}'\nedges: !<tag:yaml.org,2002:binary> AAAA\n`),
    opened('large-file', { bytes: 50 * 1024 * 1024 }),
    opened('large-line', `${head}description: "${'x'.repeat(5 * 1024 * 1024)}"\nnodes: {}\n`),
    beside('large-plugin', { '.kubeorch/plugins/evil.yaml': { bytes: 50 * 1024 * 1024 } }),
    opened('binary', Buffer.from(Array.from({ length: 4_096 }, (_, at) => at % 256))),
    opened('wide-characters', Buffer.from(`\ufeff${plain}`, 'utf16le')),
    opened('many-nodes', `${head}nodes:\n${Array.from({ length: 3_000 }, (_, at) => `  n${at}: { type: configmap, data: { a: b } }\n`).join('')}`),

    // Names.
    listed('names-control', { '.kubeorch/\u0007\u001b[31mred\n.workflow.yaml': plain, '.kubeorch/a\r\nb.workflow.yaml': plain }),
    listed('names-direction', { '.kubeorch/\u202etxt.lmay.workflow.yaml': plain, '.kubeorch/\u2066$(touch ran)`touch ran`.workflow.yaml': plain }),
    listed('names-long', {
      [`.kubeorch/${'n'.repeat(240)}.workflow.yaml`]: plain,
      '.kubeorch/-rf .workflow.yaml': plain,
      '.kubeorch/%2e%2e%2f.workflow.yaml': plain,
    }),
    opened('names-paths', `${head}nodes:\n  ../../up: { type: configmap, data: { ../../x: y } }\n  /etc/passwd: { type: secret, keys: [../../x] }\n`),
    listed('names-many', Object.fromEntries(Array.from({ length: 600 }, (_, at) => [`.kubeorch/w${at}.workflow.yaml`, plain]))),
    opened(
      'words',
      `${head}description: "[press](command:kubeorch.deploy) <img src=${server}/x.png> ![x](${server}/y.png)"\nnodes:\n  web: { type: deployment, image: '${server}/<script>alert(1)</script>' }\n`,
    ),

    // Charts, bases, plugins and templates.
    opened('chart-remote-dependency', helm, {
      'charts/shop/Chart.yaml': chart(
        `dependencies:\n  - { name: db, version: 1.0.0, repository: '${server}' }\n  - { name: up, version: 1.0.0, repository: 'file://../../../..' }\n`,
      ),
    }),
    opened('chart-registry', withNode(`{ type: helm, chart: 'oci://127.0.0.1:${port}/shop', version: 1.0.0 }`)),
    opened('chart-values-outside', withNode(`{ type: helm, chart: ../../..${outside}, valuesFiles: [../../..${secret}, ${secret}] }`)),
    opened('base-remote', kustomize, {
      'base/kustomization.yaml': `resources: ['${server}/evil//base?ref=x', 'ssh://git@127.0.0.1:${port}/x', '../../..${outside}']\n`,
    }),
    opened('base-program', kustomize, {
      'base/kustomization.yaml': 'generators: [gen.yaml]\nhelmCharts: [{ name: x, repo: x }]\n',
      'base/gen.yaml': `apiVersion: x/v1\nkind: X\nmetadata: { name: x, annotations: { config.kubernetes.io/function: 'exec: { path: ${program} }' } }\n`,
    }),
    opened('plugin-paths', withNode('{ type: evil, fields: {} }'), {
      '.kubeorch/plugins/evil.yaml': plugin(
        `fields:\n  - { name: ../../x, label: x, type: string, pattern: '(a+)+$' }\ntemplate: { include: '../../../..${secret}' }\n`,
      ),
      '.kubeorch/plugins/core.yaml': plugin('').replace('name: evil', 'name: deployment'),
    }),
    opened('template-paths', withNode('{ type: evil }'), {
      '.kubeorch/templates/evil/metadata.yaml': `type: ../../..${outside}/x\napiVersion: v1\nkind: ConfigMap\nicon: ../../..${secret}\nfields: []\n`,
      '.kubeorch/templates/evil/template.yaml': `\${ include("../../..${secret}") }\n\${ ${'('.repeat(3_000)} }\n`,
      '.kubeorch/templates/partials/loop.yaml': '${ include("loop") }\n',
      '.kubeorch/versions/shop/0001-aaaaaaaa.yaml': '../../..',
      '.kubeorch/runs/shop/x.ndjson': `{"event":"run:completed","path":"../../..${secret}"}\n{{{\n`,
    }),
  ];
}

/** Writes a hostile folder. Its parent must be there. */
export async function writeHostileFolder(place: string, { files }: HostileFolder): Promise<void> {
  await mkdir(place, { recursive: true });
  for (const [path, made] of Object.entries(files)) {
    const file = join(place, path);
    await mkdir(dirname(file), { recursive: true });
    if (typeof made === 'string' || Buffer.isBuffer(made)) await writeFile(file, made);
    else if ('pipe' in made) execFileSync('mkfifo', [file]);
    else if ('link' in made) await symlink(made.link, file);
    else if ('bytes' in made) {
      await writeFile(file, plain);
      await truncate(file, made.bytes);
    } else {
      await writeFile(file, `#!/bin/sh\nexec ${made.program} "$0" "$@"\n`);
      await chmod(file, 0o755);
    }
  }
}
