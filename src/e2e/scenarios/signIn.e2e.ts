// Signing in to a cluster by OpenID Connect: through a browser page, renewed, revoked and signed out.
import { mkdtempSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { sandboxStateDir, startSandbox, stopSandbox } from '../../sandbox/index';
import { startOidcIssuer, userOfIssuer } from '../../testing/oidcIssuer';
import { startTokenCheckingProxy } from '../../testing/tokenCheckingProxy';
import { projectRoot } from '../editor';
import { nodeOf } from '../gestures';
import { showIssuerPages, signInAtTheIssuer } from '../issuerPages';
import { scenario } from '../scenario';

const file = '.kubeorch/shop.workflow.yaml';
const text = `apiVersion: kubeorch.dev/v1alpha1
kind: Workflow
name: shop
status: published
namespace: default
nodes:
  web: { type: deployment, image: 'nginx:1.27', port: 80 }
`;

const place = mkdtempSync(join(tmpdir(), 'kubeorch-sign-in-'));
const kubeconfigFile = join(place, 'config');
afterAll(() => rm(place, { recursive: true, force: true }));

interface Kubeconfig {
  clusters: { cluster: { server: string; 'certificate-authority-data': string } }[];
  users: { user: { token: string } }[];
}

const workspace = { [file]: text, '.vscode/settings.json': JSON.stringify({ 'kubeorch.signIn.callback': 'loopback' }) };

scenario(
  'a person signs in at an issuer, stays signed in, and signs out',
  { workspace, env: { KUBECONFIG: kubeconfigFile }, timeoutMs: 600_000 },
  async (workbench) => {
    const { page } = workbench;
    const issuer = await startOidcIssuer();
    onTestFinished(() => issuer.close());
    const stateDir = sandboxStateDir(join(place, 'cluster'));
    await mkdir(join(place, 'cluster'));
    const sandbox = await startSandbox({ stateDir, entry: join(projectRoot, 'dist/sandbox.js'), execPath: process.execPath });
    onTestFinished(async () => void (await stopSandbox(stateDir)));
    const behind = parse(await readFile(sandbox.kubeconfigPath, 'utf8')) as Kubeconfig;
    const cluster = behind.clusters[0]?.cluster;
    if (cluster === undefined) throw new Error('The kubeconfig of the sandbox is empty.');
    const front = await startTokenCheckingProxy(issuer, {
      server: cluster.server,
      ca: Buffer.from(cluster['certificate-authority-data'], 'base64').toString('utf8'),
      token: behind.users[0]?.user.token ?? '',
    });
    onTestFinished(() => front.close());
    await writeFile(kubeconfigFile, front.server.kubeconfig(userOfIssuer(issuer)));
    issuer.behaviour.person = { sub: 'ana', email: 'ana@example.com', groups: ['developers', 'night-shift'] };
    // Lives for seconds, so that it is renewed within the test.
    issuer.behaviour.idTokenLifetimeSeconds = 12;
    const context = page.context();
    await showIssuerPages(context, issuer);
    const refreshes = (): number => issuer.tokenRequests.filter(({ form }) => form.get('grant_type') === 'refresh_token').length;

    await workbench.openFile(file);
    const canvas = await workbench.canvas();
    await nodeOf(canvas, 'web').waitFor();

    // Nobody is signed in: the target says so, once.
    await workbench.runCommand('KubeOrch: Select Target…');
    await workbench.pick('test');
    const ended = page.locator('.notification-list-item', { hasText: 'Sign in again' });
    const notice = await workbench.notification('nobody is signed in');
    expect(await ended.count()).toBe(1);

    // Signing in leads through the issuer's page and back.
    await signInAtTheIssuer(context, () => notice.getByRole('button', { name: 'Sign In Again' }).click());
    await canvas.locator('.target-chip[data-state="live"]').waitFor();
    expect(front.accepted.length).toBeGreaterThan(0);
    await workbench.screenshot('sign-in-live');

    // Who that is.
    const whoAmI = async (): Promise<void> => {
      await workbench.runCommand('KubeOrch: Who Am I');
      for (const words of ['ana@example.com', 'night-shift', 'OpenID Connect'])
        await page.locator('.quick-input-list .monaco-list-row', { hasText: words }).first().waitFor();
      await workbench.dismiss();
    };
    await whoAmI();

    // The token ends and is renewed without anybody noticing.
    const before = refreshes();
    await expect.poll(async () => (await whoAmI(), refreshes()), { interval: 3_000 }).toBeGreaterThan(before);
    await canvas.locator('.target-chip[data-state="live"]').waitFor();
    expect(front.accepted.length).toBeGreaterThan(1);

    // The issuer takes it back, and the cluster refuses what is left: one message, however many requests find out.
    issuer.behaviour.tokenFault = { status: 400, body: JSON.stringify({ error: 'invalid_grant', error_description: 'revoked by the administrator' }) };
    front.refuseAll(true);
    // Which of the two is found out first depends on the moment.
    const over = /has ended \((?:revoked by the administrator|the cluster refused the token)\)/;
    const revoked = await workbench.notification(over);
    const atTheEnd = refreshes();
    await canvas.getByRole('button', { name: 'Plan', exact: true }).click();
    await canvas.locator('.side-view.plan [role="alert"]').waitFor();
    expect(await page.locator('.notification-list-item', { hasText: over }).count()).toBe(1);
    expect(refreshes()).toBe(atTheEnd);
    await workbench.screenshot('sign-in-revoked');

    // Again, and out.
    issuer.behaviour.tokenFault = undefined;
    front.refuseAll(false);
    await signInAtTheIssuer(context, () => revoked.getByRole('button', { name: 'Sign In Again' }).click());
    await canvas.locator('.target-chip[data-state="live"]').waitFor();
    await workbench.runCommand('KubeOrch: Sign Out…');
    await workbench.pick('ana@example.com');
    await canvas.locator('.target-chip[data-state="live"]').waitFor({ state: 'detached' });
    await canvas.locator('.banner', { hasText: 'nobody is signed in' }).waitFor();
  },
);
