import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canaryToken, canaryWord } from './canaries';
import type { Canary } from './canaries';
import { startLeakyServer } from './leakyServer';
import type { LeakyServer } from './leakyServer';
import { loopbackCertificate } from './loopbackCertificate';

export interface CanaryContexts {
  readonly front: LeakyServer;
  /** Every secret of the kubeconfig, and the token that an added cluster may use. */
  readonly canaries: readonly Canary[];
  /** A token that the server knows and that no kubeconfig has. */
  readonly addedToken: Canary;
  readonly kubeconfigFile: string;
}

/**
 * One leaky server, and a kubeconfig with every way of showing credentials to it, each with canaries: `by-token`, `by-certificate`
 * and `by-program` are let in; `by-password`, `by-url` and `by-issuer` are refused with what they showed.
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
  const programToken = canaryToken('token of a program');
  const programVariable = canaryWord('environment variable of a program');
  const [idToken, refreshToken, clientSecret] = [canaryToken('ID token'), canaryToken('refresh token'), canaryWord('client secret')];
  const known = new Set([token, addedToken, programToken].map(({ value }) => `Bearer ${value}`));
  const front = await startLeakyServer(behind, (authorization) => known.has(authorization));
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
  const kubeconfigFile = join(folder, 'config');
  await writeFile(
    kubeconfigFile,
    JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'plain', cluster: { server: front.server.server, 'certificate-authority-data': ca } },
        { name: 'with-password', cluster: { server: inUrl, 'certificate-authority-data': ca } },
      ],
      users: Object.entries(users).map(([name, user]) => ({ name, user })),
      contexts: Object.keys(users).map((name) => ({
        name,
        context: { cluster: name === 'by-url' ? 'with-password' : 'plain', user: name, namespace: 'default' },
      })),
    }),
  );
  return {
    front,
    addedToken,
    kubeconfigFile,
    canaries: [
      { name: 'client key', value: keyLine },
      token,
      addedToken,
      password,
      urlPassword,
      programToken,
      programVariable,
      idToken,
      refreshToken,
      clientSecret,
    ],
  };
}
