import { isIP } from 'node:net';
import { join } from 'node:path';
import { cleanLine } from './clean';
import { credentialFileBytes, readLimited } from './limitedFile';
import type { Environment } from './proxies';

/** Where Kubernetes puts a pod's own credentials. */
const serviceAccountFolder = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The kubeconfig of a pod's own service account, for an editor that runs in a cluster; undefined outside of one. It names no
 * current context: being in a cluster does not mean wanting to deploy to it, so a person chooses it like any other.
 */
export async function inClusterKubeconfig(environment: Environment, folder: string = serviceAccountFolder): Promise<string | undefined> {
  const host = environment['KUBERNETES_SERVICE_HOST'] ?? '';
  const port = environment['KUBERNETES_SERVICE_PORT'] ?? '';
  if (host === '' || !/^\d{1,5}$/.test(port)) return undefined;
  const files = { token: join(folder, 'token'), ca: join(folder, 'ca.crt'), namespace: join(folder, 'namespace') };
  let namespace: string;
  try {
    await readLimited(files.token, credentialFileBytes);
    namespace = cleanLine((await readLimited(files.namespace, 1_024)).trim(), 253);
  } catch {
    // Those variables reach every process of a pod; without an account's files they lead nowhere.
    return undefined;
  }
  const name = 'in-cluster';
  return JSON.stringify({
    clusters: [{ name, cluster: { server: `https://${isIP(host) === 6 ? `[${host}]` : host}:${port}`, 'certificate-authority': files.ca } }],
    // The file and not its content: the kubelet renews it.
    users: [{ name, user: { tokenFile: files.token } }],
    contexts: [{ name, context: { cluster: name, user: name, ...(namespace === '' ? {} : { namespace }) } }],
  });
}
