import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openApiFromJson, type OpenApi, type OpenApiData } from '../openapi';
import { Allocation } from './allocation';
import { apiHandlers } from './apiServer';
import { bootCluster } from './boot';
import { startBehaviours } from './behaviours/behaviours';
import { makeCertificate } from './certificate';
import { systemClock } from './clock';
import { HttpServer } from './httpServer';
import { kubeconfigText } from './kubeconfig';
import { Kinds } from './kinds';
import { defaultDelays, type RunningSandbox, type SandboxOptions } from './options';
import { randomness } from './randomness';
import { Registry } from './registry';
import { PodStreams } from './routes/podRoutes';
import { semanticsOf } from './semantics/semantics';
import { Storage } from './storage';
import { WatchHub } from './watching';

/**
 * Starts a cluster inside this process: a fresh one each time, all in memory. It answers as soon as the promise resolves.
 * Rejects when the port is taken or the OpenAPI data cannot be read.
 */
export async function startServer(options: SandboxOptions = {}): Promise<RunningSandbox> {
  const clock = options.clock ?? systemClock();
  const random = randomness(options.seed);
  const delays = { ...defaultDelays, ...options.delays };
  // The certificate lives in real time, whatever time the cluster lives in.
  const [openApi, certificate] = await Promise.all([readOpenApi(options.openapiFile), makeCertificate(Date.now())]);
  const kinds = new Kinds(openApi);
  const storage = new Storage(options.historyLimit ?? 10_000);
  const allocation = new Allocation(storage, kinds.named('services'), random);
  const registry = new Registry({ kinds, storage, semantics: semanticsOf(openApi), allocation, clock, random });
  const watches = new WatchHub(storage, clock);
  const token = randomBytes(24).toString('base64url');
  let server = '';
  const behaviours = startBehaviours({ registry, clock, random, delays, caPem: certificate.certificatePem });
  bootCluster(registry, clock, openApi.version);
  const podStreams = new PodStreams(registry, behaviours.kubelet, clock);
  const http = new HttpServer(certificate, token, apiHandlers({ registry, watches, clock, openApi, podStreams, server: () => server }));
  const port = await http.listen(options.port ?? 0);
  server = `https://127.0.0.1:${String(port)}`;
  return {
    server,
    port,
    caPem: certificate.certificatePem,
    token,
    kubeconfig: kubeconfigText(server, certificate.certificatePem, token),
    idleMs: () => http.idleMs(),
    close: async () => {
      behaviours.close();
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
