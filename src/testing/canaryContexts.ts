import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { canaryToken, canaryWord } from './canaries';
import type { Canary } from './canaries';
import { startLeakyServer } from './leakyServer';
import type { LeakyServer } from './leakyServer';
import { loopbackCertificate } from './loopbackCertificate';

export interface CanaryContexts {
  readonly front: LeakyServer;
  /** The certificate and key that the server lets in, for an added cluster. */
  readonly client: { readonly certificatePem: string; readonly keyPem: string };
  /** Every secret of the kubeconfig, and the token that an added cluster may use. */
  readonly canaries: readonly Canary[];
  /** A token that the server knows and that no kubeconfig has. */
  readonly addedToken: Canary;
  readonly kubeconfigFile: string;
  /** Ends both servers. */
  close(): Promise<void>;
}

/** A proxy that lets nobody through and quotes what was shown to it. */
async function startLeakyProxy(): Promise<{ readonly address: string; close(): Promise<void> }> {
  const proxy = createServer();
  proxy.on('connect', (request, socket) => {
    socket.on('error', () => undefined);
    const shown = request.headers['proxy-authorization'] ?? 'nothing';
    const decoded = Buffer.from(shown.replace(/^\w+ /, ''), 'base64').toString('utf8');
    socket.end(`HTTP/1.1 407 No ${decoded} here\r\nproxy-authenticate: Basic realm="${decoded}"\r\ncontent-length: ${shown.length}\r\n\r\n${shown}`);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      }),
  };
}

/**
 * One leaky server, and a kubeconfig with every way of showing credentials to it, each with canaries: `by-token`, `by-certificate`
 * and `by-program` are let in; `by-password`, `by-url` and `by-issuer` are refused with what they showed, `by-proxy` by a proxy.
 * @param folder where the kubeconfig and the program that it names are written
 */
export async function startCanaryContexts(
  behind: { readonly server: string; readonly ca: string; readonly token: string },
  folder: string,
): Promise<CanaryContexts> {
  const token = canaryToken('bearer token');
  const addedToken = canaryToken('token of an added cluster');
  const password = canaryWord('password');
  const urlPassword = canaryWord('password in a URL');
  const proxyPassword = canaryWord('password for a proxy');
  const programToken = canaryToken('token of a program');
  const programVariable = canaryWord('environment variable of a program');
  const [idToken, refreshToken, clientSecret] = [canaryToken('ID token'), canaryToken('refresh token'), canaryWord('client secret')];
  const known = new Set([token, addedToken, programToken].map(({ value }) => `Bearer ${value}`));
  const front = await startLeakyServer(behind, (authorization) => known.has(authorization));
  const proxy = await startLeakyProxy();
  const { certificatePem, keyPem } = await loopbackCertificate('canary');
  const [, keyLine = ''] = keyPem.split('\n');

  const program = join(folder, 'program.mjs');
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status: { token: programToken.value } };
  await writeFile(program, `process.stdout.write(${JSON.stringify(JSON.stringify(credential))});\nprocess.stderr.write(process.env.CNRY_VARIABLE + '\\n');\n`);
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  const ca = base64(front.server.caPem);
  const users = {
    'by-token': { token: token.value },
    'by-certificate': { 'client-certificate-data': base64(certificatePem), 'client-key-data': base64(keyPem) },
    'by-program': {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        command: process.execPath,
        args: [program],
        env: [{ name: 'CNRY_VARIABLE', value: programVariable.value }],
        interactiveMode: 'Never',
      },
    },
    'by-password': { username: 'ana', password: password.value },
    'by-url': { username: 'ana', password: password.value },
    'by-proxy': { token: token.value },
    'by-issuer': {
      'auth-provider': {
        name: 'oidc',
        config: {
          'idp-issuer-url': 'https://127.0.0.1:9',
          'client-id': 'kubeorch',
          'client-secret': clientSecret.value,
          'id-token': idToken.value,
          'refresh-token': refreshToken.value,
        },
      },
    },
  };
  const inUrl = front.server.server.replace('https://', `https://ana:${urlPassword.value}@`);
  const proxyUrl = `http://ana:${proxyPassword.value}@${proxy.address}`;
  const clusterOf: Readonly<Record<string, string>> = { 'by-url': 'with-password', 'by-proxy': 'through-proxy' };
  const kubeconfigFile = join(folder, 'config');
  await writeFile(
    kubeconfigFile,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'plain', cluster: { server: front.server.server, 'certificate-authority-data': ca } },
        { name: 'with-password', cluster: { server: inUrl, 'certificate-authority-data': ca } },
        { name: 'through-proxy', cluster: { server: front.server.server, 'certificate-authority-data': ca, 'proxy-url': proxyUrl } },
      ],
      users: Object.entries(users).map(([name, user]) => ({ name, user })),
      contexts: Object.keys(users).map((name) => ({
        name,
        context: { cluster: clusterOf[name] ?? 'plain', user: name, namespace: 'default' },
      })),
    }),
  );
  return {
    front,
    client: { certificatePem, keyPem },
    addedToken,
    kubeconfigFile,
    close: async () => {
      await proxy.close();
      await front.close();
    },
    canaries: [
      { name: 'client key', value: keyLine },
      token,
      addedToken,
      password,
      urlPassword,
      proxyPassword,
      programToken,
      programVariable,
      idToken,
      refreshToken,
      clientSecret,
    ],
  };
}
