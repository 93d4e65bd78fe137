import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { BundledCli, CliResult } from '../testing/bundledCli';
import { bundleCli } from '../testing/bundledCli';
import { runHere } from './tests/runHere';

const voting = 'templates/workspaces/voting/.kubeorch/voting.workflow.yaml';

describe('the program', () => {
  let cli: BundledCli;
  beforeAll(async () => {
    cli = await bundleCli();
  });
  afterAll(() => cli.dispose());

  /** In this process, for what is a matter of the commands. */
  const here = (args: readonly string[]): Promise<CliResult> => runHere(args, { cwd: cli.folder });

  async function file(name: string, text: string): Promise<string> {
    await mkdir(dirname(join(cli.folder, '.kubeorch', name)), { recursive: true });
    await writeFile(join(cli.folder, '.kubeorch', name), text);
    return join('.kubeorch', name);
  }

  const head = (name: string): string => `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: ${name}\n`;

  test('finds nothing wrong with the example', async () => {
    expect(await cli.run(['validate', voting])).toEqual({ code: 0, stdout: '', stderr: `No errors in ${voting}\n` });
    expect(JSON.parse((await cli.run(['validate', voting, '-o', 'json'])).stdout)).toEqual([]);
  });

  test('tells a problem like a compiler, with its line and its repairs', async () => {
    const path = await file('typo.workflow.yaml', `${head('typo')}nodes:\n  web:\n    type: deploymnt\n    image: nginx\n`);
    const { code, stdout, stderr } = await here(['validate', path]);
    expect(code).toBe(2);
    expect(stdout.split('\n')).toEqual([
      `${path}:6:11: error: Unknown type "deploymnt". Known types: configmap, cronjob, daemonset, deployment, gate, helm, hpa, ingress, job, kustomize, manifest, namespace, networkpolicy, persistentvolumeclaim, poddisruptionbudget, role, secret, service, serviceaccount, statefulset.`,
      '    6 |     type: deploymnt',
      '      |           ^~~~~~~~~',
      '        fix: Change the type to "deployment"',
      '',
    ]);
    expect(stderr).toBe(`1 error in ${path}\n`);
  });

  test('imports manifests from files, folders and standard input', async () => {
    const folder = join(cli.folder, 'objects');
    await mkdir(join(folder, 'more'), { recursive: true });
    const deployment =
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: web }\nspec:\n  selector: { matchLabels: { app: web } }\n  template:\n    metadata: { labels: { app: web } }\n    spec: { containers: [{ name: web, image: "nginx:1.29", ports: [{ containerPort: 80 }] }] }\n';
    const service = '{"apiVersion":"v1","kind":"Service","metadata":{"name":"web"},"spec":{"selector":{"app":"web"},"ports":[{"port":80}]}}';
    await writeFile(join(folder, 'web.yaml'), deployment);
    await writeFile(join(folder, 'more/service.json'), service);
    await writeFile(join(folder, 'more/secret.yml'), 'apiVersion: v1\nkind: Secret\nmetadata: { name: db }\nstringData: { PASSWORD: s3cr3t-canary }\n');
    await writeFile(join(folder, 'README.md'), 'kind: none\n');
    const made = await here(['import', 'manifests', 'objects', '--name', 'shop', '--out', 'objects.workflow.yaml', '--report', 'objects.txt', '-o', 'json']);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(made.stdout)).toMatchObject({
      name: 'shop',
      file: 'objects.workflow.yaml',
      objects: [
        { kind: 'Secret', name: 'db', node: 'db', type: 'secret', file: 'objects/more/secret.yml', line: 1 },
        { kind: 'Service', node: 'web-service', type: 'service' },
        { kind: 'Deployment', node: 'web', type: 'deployment' },
      ],
      secrets: [{ node: 'db', keys: ['PASSWORD'] }],
    });
    const written =
      (await readFile(join(cli.folder, 'objects.workflow.yaml'), 'utf8')) + (await readFile(join(cli.folder, 'objects.txt'), 'utf8')) + made.stdout;
    expect(written).toContain('web-service -> web');
    expect(written).toContain('objects/more/secret.yml:4:');
    expect(written).not.toContain('s3cr3t-canary');
    expect(await here(['validate', 'objects.workflow.yaml'])).toMatchObject({ code: 0 });
    const piped = await runHere(['import', 'manifests', '-'], { cwd: cli.folder, input: `${deployment}---\n${service}\n` });
    expect(piped).toMatchObject({ code: 0 });
    expect(piped.stdout).toContain('type: deployment');
    expect(await here(['import', 'manifests', 'objects/README.md'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('objects/README.md:1:1') as string,
    });
    expect(await here(['import', 'manifests', 'gone'])).toMatchObject({ code: 2 });
  });

  test('imports compose files, tells every loss, and writes over nothing', async () => {
    const folder = join(cli.folder, 'shop');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, '.env'), 'DB_PASSWORD=hunter2-canary\n');
    await writeFile(
      join(folder, 'compose.yaml'),
      'services:\n  web:\n    image: nginx\n    ports: ["8080:80"]\n    ulimits: {nproc: 5}\n    environment: {URL: "db:$DB_PASSWORD"}\n    depends_on: [db]\n  db: {image: postgres}\n',
    );
    const where = { cwd: folder };
    const args = ['import', 'compose', 'compose.yaml', '--out', 'shop.workflow.yaml', '--report', 'losses.json', '-o', 'json'];
    const { code, stdout } = await cli.run(args, where);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout) as { readonly losses: readonly unknown[] };
    expect(answer).toMatchObject({
      name: 'shop',
      file: 'shop.workflow.yaml',
      services: [
        { service: 'web', workload: { node: 'web', kind: 'deployment', name: 'web' }, services: ['web'] },
        { service: 'db', workload: { node: 'db', kind: 'statefulset', name: 'db' }, services: ['db'] },
      ],
      secrets: [{ node: 'web-secrets', keys: ['URL'] }],
    });
    expect(answer.losses).toContainEqual(
      expect.objectContaining({ kind: 'lost', path: 'services.web.ulimits.nproc', file: 'compose.yaml', line: 5, column: 22 }),
    );
    expect(JSON.parse(await readFile(join(folder, 'losses.json'), 'utf8'))).toEqual(answer.losses);
    expect(await readFile(join(folder, 'shop.workflow.yaml'), 'utf8')).not.toContain('canary');
    expect((await cli.run(['validate', 'shop.workflow.yaml'], where)).code).toBe(0);
    expect(await cli.run(args, where)).toMatchObject({ code: 2, stderr: expect.stringContaining('is there already') as string });

    const plain = await cli.run(['import', 'compose', 'compose.yaml', '--name', 'other'], where);
    expect(plain.stdout).toContain('name: other\n');
    expect(plain.stderr).toContain("compose.yaml:5:22: lost: services.web.ulimits.nproc: Limits of processes are the machine's own.\n        to do: ");
    await writeFile(join(folder, 'broken.yaml'), 'services:\n  web: {imagee: x}\n');
    expect(await cli.run(['import', 'compose', 'broken.yaml'], where)).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(/broken\.yaml:2:9: .*"imagee"/) as string,
    });
    expect(await cli.run(['import', 'compose', 'gone.yaml'], where)).toMatchObject({ code: 2 });
  });

  test('writes a plugin for a definition in a file, and never over one that is there', async () => {
    const crd = (version: string): string =>
      `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: { name: queues.q.example.com }\nspec: { group: q.example.com, scope: Namespaced, names: { kind: Queue, plural: queues }, versions: [{ name: ${version}, served: true, storage: true, schema: { openAPIV3Schema: { type: object, properties: { spec: { type: object, properties: { size: { type: integer } } } } } } }] }\n`;
    const source = await file('crd.yaml', crd('v1beta1'));
    const written = join('.kubeorch', 'plugins', 'queue.yaml');
    expect(await cli.run(['plugin', 'generate', source])).toEqual({ code: 0, stdout: `${written}\n`, stderr: '' });
    const path = await file('queued.workflow.yaml', `${head('queued')}nodes:\n  q: { type: queue, fields: { size: 3 } }\n`);
    const { stdout } = await here(['render', path]);
    expect(parseAllDocuments(stdout).map((document) => document.toJS() as unknown)).toMatchObject([
      { apiVersion: 'q.example.com/v1beta1', kind: 'Queue', spec: { size: 3 } },
    ]);
    expect(await here(['plugin', 'generate', source])).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining('is there already') as string });
    expect((await here(['plugin', 'generate', source, '--out', '-'])).stdout).toContain('plural: queues');

    // What is broken is told at its own file, and by the nodes that it concerns.
    await file('plugins/queue.yaml', 'name: queue\ncategory: cicd\ncrd: { group: q.example.com, version: v1, kind: Queue, plural: queues }\n');
    const broken = await here(['validate', path]);
    expect(broken.code).toBe(2);
    expect(broken.stdout).toContain(`${written}:2:11: error: "category" is "cicd"`);
    expect(broken.stdout).toContain('Nothing can be made of type "queue"');
    await rm(join(cli.folder, '.kubeorch', 'plugins'), { recursive: true });
  });

  test('gives problems as JSON with file, range, code, text and severity', async () => {
    const path = await file('nowhere.workflow.yaml', `${head('nowhere')}nodes:\n  web: { type: deployment, image: nginx }\nedges:\n  - svc -> web\n`);
    const { code, stdout } = await here(['validate', path, '-o', 'json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual([
      {
        file: path,
        range: { start: { line: 6, character: 4 }, end: { line: 6, character: 7 } },
        code: 'edge.unknownSource',
        text: 'The edge comes from "svc", which is no node of this workflow.',
        severity: 'error',
      },
    ]);
  });

  test('checks the readable files even when one cannot be read', async () => {
    const path = await file('fine.workflow.yaml', `${head('fine')}nodes: {}\n`);
    const { code, stdout } = await here(['validate', 'missing.yaml', path]);
    expect(code).toBe(2);
    expect(stdout).toBe('missing.yaml: error: missing.yaml cannot be read: there is no such file\n');
  });

  test('never sends control characters of a file to the terminal', async () => {
    const path = await file('hostile.workflow.yaml', `${head('hostile')}nodes:\n  web: { type: "a\\u001b[31m", image: "\u001b]0;x\u0007" }\n`);
    const { stdout } = await cli.run(['validate', path]);
    expect(stdout).toContain('Unknown type "a\\u001b[31m"');
    expect(stdout).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  test('shows no line that may hold the value of a secret', async () => {
    const path = await file('leak.workflow.yaml', `${head('leak')}nodes:\n  s: { type: secret, keys: [A], data: { A: hunter2 } }\n`);
    const { code, stdout, stderr } = await here(['validate', path]);
    expect(code).toBe(2);
    expect(stdout).toContain("A secret's values do not belong in the file");
    expect(stdout + stderr).not.toContain('hunter2');
  });

  test('renders the example as a stream that kubectl reads, in the order of application, without secret values', async () => {
    const { code, stdout, stderr } = await cli.run(['render', voting]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const objects = parseAllDocuments(stdout, { version: '1.1' }).map((document) => document.toJS() as { kind: string; metadata: { name: string } });
    const names = objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(names).toHaveLength(12);
    expect(names.indexOf('Secret/db-secret')).toBeLessThan(names.indexOf('Deployment/db'));
    expect(names.indexOf('Deployment/db')).toBeLessThan(names.indexOf('Deployment/worker'));
    expect(names.indexOf('Service/vote')).toBeLessThan(names.indexOf('Ingress/web'));
    expect(objects.find(({ kind }) => kind === 'Secret')).not.toHaveProperty('data');
  });

  test('renders an environment with its namespace and its overrides', async () => {
    const { stdout } = await here(['render', voting, '--env', 'staging', '-o', 'json']);
    const list = JSON.parse(stdout) as { kind: string; items: { kind: string; metadata: { name: string; namespace: string }; spec?: { replicas?: number } }[] };
    expect(list.kind).toBe('List');
    expect(new Set(list.items.map((item) => item.metadata.namespace))).toEqual(new Set(['voting-staging']));
    expect(list.items.find((item) => item.kind === 'Deployment' && item.metadata.name === 'vote')?.spec?.replicas).toBe(2);
  });

  test('refuses to render what has errors, and says on stderr why', async () => {
    const path = await file('broken.workflow.yaml', `${head('broken')}nodes:\n  web: { type: deployment }\n`);
    const { code, stdout, stderr } = await here(['render', path]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain('Deployment "web" needs "image".');
  });

  test('answers 2 to wrong usage and to an unknown environment', async () => {
    expect((await here(['validate'])).code).toBe(2);
    expect((await cli.run(['validate', voting, '-o', 'xml'])).code).toBe(2);
    expect((await here(['no-such-command'])).code).toBe(2);
    const unknown = await cli.run(['render', voting, '--env', 'production']);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain('There is no environment "production" in this workflow; known: staging.');
  });

  test('answers 0 to --help and names its commands', async () => {
    const { code, stdout } = await cli.run(['--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/validate[^]*render[^]*Exit codes/);
  });

  test("takes templates of the file's workspace", async () => {
    await mkdir(join(cli.folder, '.kubeorch/templates/deployment'), { recursive: true });
    await writeFile(join(cli.folder, '.kubeorch/templates/deployment/template.yaml'), 'spec:\n  paused: ${ data.replicas == 0 }\n');
    const path = await file('own.workflow.yaml', `${head('own')}nodes:\n  web: { type: deployment, image: nginx, replicas: 0 }\n`);
    const { stdout, code } = await here(['validate', path, '-o', 'json']);
    // The override forgets the selector and the pods: the structure of the API says so.
    expect(code).toBe(2);
    expect((JSON.parse(stdout) as { code: string }[]).map((problem) => problem.code)).toEqual(['object.missingField', 'object.missingField']);
  });
});
