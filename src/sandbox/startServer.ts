import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openApiFromJson, type OpenApi, type OpenApiData } from '../openapi';
import { Accounts } from './access/accounts';
import { apiHandlers } from './apiServer';
import { makeCertificate } from './certificate';
import { startCluster } from './cluster';
import { HttpServer } from './httpServer';
import { kubeconfigText } from './kubeconfig';
import type { RunningSandbox, SandboxOptions } from './options';
import { PodStreams } from './routes/podRoutes';
import { WatchHub } from './watching';

const sandboxAdmin = { username: 'sandbox-admin', uid: 'sandbox-admin', groups: ['system:masters'] };

/**
 * Starts a cluster inside this process: a fresh one each time, all in memory. It answers as soon as the promise resolves.
 * Rejects when the port is taken or the OpenAPI data cannot be read.
 */
export async function startServer(options: SandboxOptions = {}): Promise<RunningSandbox> {
  // The certificate lives in real time, whatever time the cluster lives in.
  const [openApi, certificate] = await Promise.all([readOpenApi(options.openapiFile), makeCertificate(Date.now())]);
  const cluster = startCluster(openApi, options, certificate.certificatePem);
  const { registry, clock } = cluster;
  const watches = new WatchHub(registry.storage, clock);
  const accounts = new Accounts();
  const token = accounts.add(sandboxAdmin);
  for (const { token: given, ...user } of options.users ?? []) accounts.add(user, given);
  let server = '';
  const podStreams = new PodStreams(registry, cluster.kubelet, clock);
  const http = new HttpServer(certificate, accounts, apiHandlers({ registry, watches, clock, openApi, podStreams, accounts, server: () => server }));
  let port: number;
  try {
    port = await http.listen(options.port ?? 0);
  } catch (error) {
    cluster.close();
    watches.close();
    podStreams.close();
    throw error;
  }
  server = `https://127.0.0.1:${String(port)}`;
  return {
    server,
    port,
    caPem: certificate.certificatePem,
    token,
    kubeconfig: kubeconfigText(server, certificate.certificatePem, token),
    addUser: (user) => {
      const made = accounts.add(user);
      return { token: made, kubeconfig: kubeconfigText(server, certificate.certificatePem, made) };
    },
    revokeToken: (revoked) => accounts.revoke(revoked),
    idleMs: () => http.idleMs(),
    close: async () => {
      cluster.close();
      podStreams.close();
      watches.close();
      await http.close();
    },
  };
}

/** Beside the bundle it is called openapi.json; in the source tree it lies in the openapi room. */
async function readOpenApi(file: string | undefined): Promise<OpenApi> {
  const candidates = file === undefined ? [join(__dirname, 'openapi.json'), join(__dirname, '../openapi/data/kubernetes.json')] : [file];
  for (const candidate of candidates) {
    try {
      return openApiFromJson(JSON.parse(await readFile(candidate, 'utf8')) as OpenApiData);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || candidate === candidates.at(-1)) throw error;
    }
  }
  throw new Error('the OpenAPI data of the sandbox is missing');
}
