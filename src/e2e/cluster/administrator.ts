import { readFile } from 'node:fs/promises';
import { isMap, parseDocument } from 'yaml';

/** The test cluster's kubeconfig with its certificate authority embedded; as somebody else when a token is given. */
export async function selfContainedKubeconfig(token?: string): Promise<string> {
  const path = process.env['KUBECONFIG'];
  if (path === undefined) throw new Error('KUBECONFIG is not set: start this suite with npm run test:cluster');
  const document = parseDocument(await readFile(path, 'utf8'));
  const cluster = document.getIn(['clusters', 0, 'cluster']);
  const user = document.getIn(['users', 0, 'user']);
  if (!isMap(cluster) || !isMap(user)) throw new Error('the kubeconfig of the test cluster has another shape than expected');
  cluster.set('certificate-authority-data', (await readFile(String(cluster.get('certificate-authority')))).toString('base64'));
  cluster.delete('certificate-authority');
  if (token !== undefined) user.set('token', token);
  return document.toString();
}
