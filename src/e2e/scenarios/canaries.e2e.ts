// Every kind of secret that the product handles, each used as a person uses it, and everything that is kept or shown: the one must not
// be in the other. The one exception is what a person asks to see, while it is seen: a variable printed in a terminal.
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, onTestFinished } from 'vitest';
import { clusterFromKubeconfig } from '../../kube/index';
import { systemClock } from '../../node/systemClock';
import { startServer } from '../../sandbox/startServer';
import type { KubeObject } from '../../shared/kubeObject';
import { CanarySearch, canaryText, canaryWord } from '../../testing/canaries';
import type { Canary } from '../../testing/canaries';
import { startCanaryContexts } from '../../testing/canaryContexts';
import type { CanaryContexts } from '../../testing/canaryContexts';
import { MemoryLogger } from '../../testing/memoryLogger';
import { startOidcIssuer, userOfIssuer } from '../../testing/oidcIssuer';
import { startTokenCheckingProxy } from '../../testing/tokenCheckingProxy';
import { projectRoot } from '../editor';
import { hearEverything } from '../everythingHeard';
import { nodeOf } from '../gestures';
import { showIssuerPages, signInAtTheIssuer } from '../issuerPages';
import { filesBelow, storedInBrowser, windowFolders } from '../keptBytes';
import { fromMenu, openCluster, openKind, openRow, resourceRows, showResources } from '../resourceRows';
import { scenario } from '../scenario';
import type { Workbench } from '../workbench';

const file = '.kubeorch/shop.workflow.yaml';
const workflow = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
namespace: default
nodes:
  web: { type: deployment, image: 'nginx:1.27', replicas: 1, port: 80 }
  db-secret: { type: secret, keys: [PASSWORD] }
  registry: { type: secret, secretType: kubernetes.io/dockerconfigjson, keys: [.dockerconfigjson] }
edges:
  - { from: db-secret, to: web, as: env }
layout:
  web: [520, 100]
  db-secret: [80, 60]
  registry: [80, 240]
`;

const given = mkdtempSync(join(tmpdir(), 'kubeorch-given-'));
mkdirSync(join(given, 'home'));
afterAll(() => rm(given, { recursive: true, force: true }));
const [kubeconfigFile, issuerKubeconfig] = [join(given, 'config'), join(given, 'issuer')];
const ofNoConcern = canaryWord('variable of the window');
const options = {
  workspace: { [file]: workflow, '.vscode/settings.json': JSON.stringify({ 'kubeorch.signIn.callback': 'loopback' }) },
  env: { KUBECONFIG: `${kubeconfigFile}:${issuerKubeconfig}`, NPM_TOKEN: ofNoConcern.value },
  settings: { 'terminal.integrated.gpuAcceleration': 'off' },
  timeoutMs: 600_000,
} as const;

/** Contexts that lead nowhere, and what is said of each. */
const refusals = [
  ['by-password', 'refused the credentials (401)'],
  ['by-url', 'password'],
  ['by-issuer', 'identity provider'],
  ['by-proxy', 'proxy'],
] as const;

/** A Secret of somebody else, as `kubectl apply` left it: with all of itself in an annotation. */
function strangersSecret({ value }: Canary, annotated: Canary): KubeObject {
  const last = JSON.stringify({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'login' }, stringData: { KEY: annotated.value } });
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'login', namespace: 'default', annotations: { 'kubectl.kubernetes.io/last-applied-configuration': last } },
    type: 'Opaque',
    stringData: { KEY: value },
  } as KubeObject;
}

async function addCluster(workbench: Workbench, { front, client, addedToken }: CanaryContexts, way: 'Bearer Token' | 'Client Certificate', name: string) {
  await workbench.runCommand('KubeOrch: Add Cluster…');
  await workbench.pick(way);
  await workbench.answer(front.server.server, 'Address of the API server');
  await workbench.answer(name, 'A name for the cluster');
  if (way === 'Bearer Token') await workbench.answer(addedToken.value, 'Bearer token.');
  else {
    await workbench.answer(Buffer.from(client.certificatePem).toString('base64'), 'Client certificate:');
    await workbench.answer(Buffer.from(client.keyPem).toString('base64'), 'Key of the client certificate');
  }
  await workbench.pick("The Cluster's Own Authority");
  await workbench.answer(Buffer.from(front.server.caPem).toString('base64'), "The cluster's certificate authority");
  await workbench.accept('Namespace for what names none itself');
  await workbench.notification(new RegExp(`${name} is connected`));
}

async function choose(workbench: Workbench, target: string): Promise<void> {
  await workbench.runCommand('KubeOrch: Select Target…');
  await workbench.pick(target);
}

scenario('no secret is kept, shown or said anywhere', options, async (workbench) => {
  const { page } = workbench;
  const { heard, lookAround } = await hearEverything(page);

  // A cluster, every way of showing credentials to it, an issuer, and a stranger's Secret.
  const sandbox = await startServer({ delays: { imagePullMs: 20, containerStartMs: 20, readinessMs: 100, terminationMs: 20 } });
  onTestFinished(() => sandbox.close());
  const behind = { server: sandbox.server, ca: sandbox.caPem, token: sandbox.token };
  const contexts = await startCanaryContexts(behind, given);
  onTestFinished(() => contexts.close());
  const issuer = await startOidcIssuer();
  onTestFinished(() => issuer.close());
  issuer.behaviour.person = { sub: 'ana', email: 'ana@example.com', groups: ['developers'] };
  const front = await startTokenCheckingProxy(issuer, behind);
  onTestFinished(() => front.close());
  await writeFile(issuerKubeconfig, front.server.kubeconfig(userOfIssuer(issuer)));
  await showIssuerPages(page.context(), issuer);
  const [present, annotated, typed, changed] = [
    canaryText('Secret on the cluster'),
    canaryText('last applied'),
    canaryText('typed'),
    canaryText('typed later'),
  ];
  const registry = canaryWord('password of a registry');
  const administrator = await clusterFromKubeconfig({ text: sandbox.kubeconfig, clock: systemClock(), logger: new MemoryLogger(), environment: {} });
  onTestFinished(() => administrator.dispose());
  await administrator.apply(strangersSecret(present, annotated), { fieldManager: 'stranger' });

  await workbench.openFile(file);
  let canvas = await workbench.canvas();
  await nodeOf(canvas, 'web').waitFor();
  const live = canvas.locator('.target-chip[data-state="live"]');

  // Every way in, whether it opens or not. A program runs once it was allowed.
  await addCluster(workbench, contexts, 'Client Certificate', 'keyed');
  await addCluster(workbench, contexts, 'Bearer Token', 'team');
  await workbench.clearNotifications();
  for (const context of ['by-certificate', 'by-token', 'keyed']) {
    await choose(workbench, context);
    await live.and(canvas.locator('.target-chip', { hasText: context })).waitFor();
  }
  await choose(workbench, 'by-program');
  const question = await workbench.dialog('wants to run a program');
  await lookAround('while a program is asked for');
  await question.getByRole('button', { name: 'Allow', exact: true }).click();
  await live.and(canvas.locator('.target-chip', { hasText: 'by-program' })).waitFor();
  for (const [context, words] of refusals) {
    await choose(workbench, context);
    await canvas.locator('.banner', { hasText: words }).waitFor();
    await lookAround(`refused ${context}`);
  }
  await workbench.screenshot('canaries-refused');

  // Plan and deploy with typed values; then a server that quotes what it refuses.
  await choose(workbench, 'team');
  await live.waitFor();
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await workbench.answer(typed.value, 'PASSWORD in secret db-secret');
  await workbench.pick('For This Window');
  await workbench.answer(JSON.stringify({ auths: { 'registry.example': { username: 'ana', password: registry.value } } }), 'in secret registry');
  await workbench.pick('Remember');
  await canvas.locator('#accept-plan').waitFor();
  await lookAround('planned');
  await canvas.locator('#accept-plan').click();
  await canvas.locator('.health-summary[data-tone="good"]').waitFor();
  await workbench.runCommand('KubeOrch: Set Secret Value…');
  await workbench.pick('PASSWORD');
  await workbench.answer(changed.value, 'PASSWORD in secret db-secret');
  await workbench.pick('For This Window');
  const echoes = contexts.front.echoes();
  contexts.front.refuseSecrets(true);
  await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
  await expect.poll(() => contexts.front.echoes()).toBeGreaterThan(echoes);
  await canvas.locator('.side-view.plan', { hasText: '[hidden]' }).waitFor();
  await lookAround('refused with the value');
  await workbench.screenshot('canaries-echoed');
  contexts.front.refuseSecrets(false);

  // Diagnoses, logs, and a shell that shows the value to whoever asks it.
  await workbench.runCommand('KubeOrch: Diagnose…');
  await workbench.runCommand('KubeOrch: Fit Canvas to View');
  await nodeOf(canvas, 'web').locator('.card-name').click();
  await workbench.runCommand('KubeOrch: Show Logs…');
  await (await workbench.webview('.log-row')).locator('.log-row').nth(2).waitFor();
  await lookAround('logs');
  await page.locator('.tab', { hasText: 'shop.workflow.yaml' }).first().click();
  await workbench.runCommand('KubeOrch: Open Terminal…');
  const rows = page.locator('.terminal-wrapper.active .xterm-rows');
  await rows.getByText('scripted shell').waitFor();
  await page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
  await page.keyboard.type('printenv PASSWORD\n');
  await expect.poll(async () => ((await rows.textContent()) ?? '').replaceAll('\u00a0', ' ')).toContain(typed.value);
  await page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
  await page.keyboard.type('exit\n');
  await rows.waitFor({ state: 'detached' });
  await lookAround('after the terminal');

  // What is in the cluster, Secrets among it.
  await showResources(workbench);
  const row = resourceRows(workbench);
  await openCluster(row, 'team');
  await openRow(row('default'));
  await openKind(row, 'Secret');
  for (const title of ['Open YAML', 'Describe', 'Open Detail', 'Show Events']) {
    await fromMenu(workbench, row('login'), title);
    if (title.startsWith('Open D') || title.startsWith('Show'))
      await (await workbench.webview('.resource')).locator('h1', { hasText: 'Secret login' }).waitFor();
    else await page.locator('.editor-instance .view-lines', { hasText: 'login' }).first().waitFor();
    await lookAround(title);
  }

  // An issuer: signed in and out.
  await page.locator('.tab', { hasText: 'shop.workflow.yaml' }).first().click();
  canvas = await workbench.canvas();
  await choose(workbench, 'test');
  const notice = await workbench.notification('nobody is signed in');
  await signInAtTheIssuer(page.context(), () => notice.getByRole('button', { name: 'Sign In Again' }).click());
  await canvas.locator('.target-chip[data-state="live"]', { hasText: 'test' }).waitFor();
  await lookAround('signed in');

  // What is asked for when something is wrong.
  await workbench.runCommand('KubeOrch: Doctor');
  await page.locator('.editor-instance .view-lines').first().getByText('KubeOrch Doctor').waitFor();
  await lookAround('doctor');
  await workbench.runCommand('KubeOrch: Save Support Bundle…');
  await workbench.pick('Name Them');
  await workbench.saveAsProposed('kubeorch-support.json');
  await workbench.notification('The support bundle was saved');
  await workbench.runCommand('KubeOrch: Show Output');
  await lookAround('output');
  await workbench.runCommand('KubeOrch: Show Cluster Log');
  await lookAround('cluster log');
  await workbench.runCommand('KubeOrch: Sign Out…');
  await workbench.pick('ana@example.com');
  await page.locator('.tab', { hasText: 'shop.workflow.yaml' }).first().click();
  canvas = await workbench.canvas();
  await canvas.locator('.banner', { hasText: 'nobody is signed in' }).waitFor();
  await lookAround('signed out');

  const canaries: Canary[] = [
    ...contexts.canaries,
    ...[present, annotated, typed, changed, registry, ofNoConcern],
    ...issuer.issued.map(({ type, value }) => ({ name: `${type} of the issuer`, value })),
    { name: 'client secret of the issuer', value: issuer.clientSecret },
    { name: 'token of the sandbox', value: sandbox.token },
  ];
  expect(new Set(issuer.issued.map(({ type }) => type)).size).toBe(3);
  const lookThrough = async (search: CanarySearch): Promise<void> => {
    for (const { place, text } of heard) search.look(place, text);
    // The state databases. The secret storage is one of them; what it holds is sealed.
    search.look("the browser's storage", await storedInBrowser(page));
    for await (const { path, text } of filesBelow([workbench.folder, ...(await windowFolders())])) search.look(path, text);
  };

  // The command line beside it, on the same files.
  const search = new CanarySearch(canaries);
  for (const args of [
    ['status', file, '--context', 'by-token', '-o', 'json'],
    ['plan', file, '--context', 'by-program'],
    ['diagnose', file, '--context', 'by-certificate'],
  ]) {
    const environment = { PATH: process.env['PATH'], HOME: join(given, 'home'), KUBECONFIG: options.env.KUBECONFIG, NPM_TOKEN: ofNoConcern.value };
    const said = await promisify(execFile)(process.execPath, [join(projectRoot, 'dist/cli.js'), ...args], { cwd: workbench.folder, env: environment }).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    );
    expect(`${said.stdout}${said.stderr}`).not.toBe('');
    search.look(`kubeorch ${args.join(' ')}`, `${said.stdout}\n${said.stderr}`);
  }
  await lookThrough(search);
  expect(search.hits).toEqual([]);
  console.log(`${canaries.length} secrets looked for in ${search.texts} texts of ${Math.round(search.characters / 1e6)} MB`);

  // The search would have found them: each place holds what belongs there, and one that is planted in it.
  const planted = new CanarySearch([typed]);
  await page.evaluate((value) => {
    localStorage.setItem('planted', value);
    console.log(value);
  }, typed.value);
  await canvas.evaluate((value) => {
    postMessage({ value }, '*');
    document.body.append(value);
  }, typed.value);
  await writeFile(join(workbench.folder, '.kubeorch/planted'), typed.value);
  await lookAround('planted');
  await lookThrough(planted);
  const places = planted.hits.map(({ place }) => place);
  for (const place of [/^console.*/, /^frame /, /the browser's storage/, /\.kubeorch\/planted$/])
    expect(
      places.some((one) => place.test(one)),
      String(place),
    ).toBe(true);
  expect(heard.some(({ text }) => text.startsWith('message') && text.includes('run:completed'))).toBe(true);
  expect(await readFile(join(workbench.folder, 'kubeorch-support.json'), 'utf8')).toContain(contexts.front.server.server);
});
