// Sends the same exchanges to two API servers and compares the answers: code, reason, causes by reason and field, and the
// object without what no two clusters have in common. The wording of messages does not count.
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { parse } from 'yaml';
import type { Json, JsonMap } from '../../sandbox/objects';
import { isMap } from '../../sandbox/objects';
import type { Exchange } from './differentialCases';

export interface Answer {
  readonly code: number;
  readonly body: JsonMap;
}

export interface Wire {
  send(method: string, path: string, contentType: string | undefined, body: string | undefined): Promise<Answer>;
  close(): void;
}

interface Kubeconfig {
  readonly clusters: readonly {
    readonly cluster: { readonly server: string; readonly 'certificate-authority'?: string; readonly 'certificate-authority-data'?: string };
  }[];
  readonly users: readonly { readonly user: { readonly token: string } }[];
}

/** A client of the only cluster and user that a kubeconfig names; the user must have a token. */
export function wireOf(kubeconfigText: string): Wire {
  const config = parse(kubeconfigText) as Kubeconfig;
  const cluster = config.clusters[0]?.cluster;
  const token = config.users[0]?.user.token;
  if (cluster === undefined || token === undefined) throw new Error('the kubeconfig names no cluster or no user with a token');
  const data = cluster['certificate-authority-data'];
  const ca = data === undefined ? readFileSync(cluster['certificate-authority'] ?? '') : Buffer.from(data, 'base64');
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca });
  return {
    send: (method, path, contentType, body) =>
      new Promise((resolve, reject) => {
        const headers = {
          authorization: `Bearer ${token}`,
          accept: 'application/json',
          // Node sends no length with a DELETE of its own accord.
          'content-length': Buffer.byteLength(body ?? ''),
          ...(contentType === undefined ? {} : { 'content-type': contentType }),
        };
        const call = request(`${cluster.server}${path}`, { method, agent, headers }, (response) => {
          const parts: Buffer[] = [];
          response.on('data', (part: Buffer) => parts.push(part));
          response.on('error', reject);
          response.on('end', () => {
            const text = Buffer.concat(parts).toString('utf8');
            const json: unknown = text.startsWith('{') ? JSON.parse(text) : { text };
            resolve({ code: response.statusCode ?? 0, body: isMap(json) ? json : {} });
          });
        });
        call.on('error', reject);
        call.end(body);
      }),
    close: () => agent.destroy(),
  };
}

/** Sends one exchange; placeholders are filled from the live object, and a race with a controller is tried again. */
export async function sendExchange(wire: Wire, exchange: Exchange, namespace: string): Promise<Answer> {
  const path = exchange.path.replace('$ns', namespace);
  const text = exchange.body === undefined ? undefined : JSON.stringify(exchange.body);
  for (let tries = 0; ; tries++) {
    const raced = text?.includes('"$rv"') === true;
    const filled = text?.includes('"$') === true ? await withLive(wire, path, text) : text;
    const answer = await wire.send(exchange.method, path, exchange.contentType, filled);
    if (answer.code !== 409 || !raced || tries >= 5) return answer;
  }
}

async function withLive(wire: Wire, path: string, text: string): Promise<string> {
  const live = await wire.send('GET', path.split('?')[0] ?? path, undefined, undefined);
  const metadata = isMap(live.body['metadata']) ? live.body['metadata'] : {};
  return text.replaceAll('"$rv"', JSON.stringify(metadata['resourceVersion'] ?? '1')).replaceAll('"$uid"', JSON.stringify(metadata['uid'] ?? 'none'));
}

/** What of an answer is compared. */
export function comparable(answer: Answer): Json {
  const { code, body } = answer;
  if (body['kind'] !== 'Status') return { code, object: withoutChance(body) };
  const details = isMap(body['details']) ? body['details'] : {};
  const causes = Array.isArray(details['causes']) ? details['causes'] : [];
  const told = causes.map((cause) => (isMap(cause) ? `${textOf(cause['reason'])} ${textOf(cause['field'])}` : ''));
  return { code, status: textOf(body['status']), reason: textOf(body['reason']), causes: [...new Set(told)].sort() };
}

function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

const controllerFinalizers = ['orphan', 'foregroundDeletion', 'kubernetes.io/pvc-protection'];
const serverOwnManagers = ['kube-controller-manager', 'kube-scheduler', 'kubelet', 'kube-apiserver'];

function withoutChance(object: JsonMap): JsonMap {
  const metadata = isMap(object['metadata']) ? object['metadata'] : {};
  const entries = Array.isArray(metadata['managedFields']) ? metadata['managedFields'].filter(isMap) : [];
  const managedFields = entries
    .filter((entry) => !serverOwnManagers.includes(textOf(entry['manager'])))
    .map(({ time: _time, ...entry }) => entry)
    .sort((a, b) =>
      JSON.stringify([a['manager'], a['operation'], a['subresource']]) < JSON.stringify([b['manager'], b['operation'], b['subresource']]) ? -1 : 1,
    );
  const masked: JsonMap = { ...metadata, managedFields };
  // What holds an object that is being deleted is taken away by controllers, whenever they come round to it.
  if (metadata['deletionTimestamp'] !== undefined && Array.isArray(metadata['finalizers'])) {
    masked['finalizers'] = metadata['finalizers'].filter((one) => !controllerFinalizers.includes(textOf(one)));
  }
  for (const key of ['uid', 'resourceVersion', 'creationTimestamp', 'deletionTimestamp']) if (masked[key] !== undefined) masked[key] = 'masked';
  // Controllers write status whenever they come round to it.
  const { status: _status, ...rest } = object;
  return sortedKeys(withoutAllocated({ ...rest, metadata: masked })) as JsonMap;
}

/** Addresses, node ports and random names, wherever they stand. */
function withoutAllocated(value: Json): Json {
  if (Array.isArray(value)) return value.map(withoutAllocated);
  if (typeof value === 'string')
    return value
      .replace(/^kube-api-access-.{5}$/, 'kube-api-access-masked')
      .replace(/^10\.96\.\d+\.\d+$|^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/, 'masked');
  if (!isMap(value)) return value;
  const made = Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key.replace(/kube-api-access-[a-z0-9]{5}/, 'kube-api-access-masked'), withoutAllocated(item)]),
  );
  for (const key of ['nodePort', 'healthCheckNodePort']) if (typeof made[key] === 'number') made[key] = 'masked';
  return made;
}

function sortedKeys(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedKeys);
  if (!isMap(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sortedKeys(item)]),
  );
}

/** Paths at which two values differ, with both sides; for the list of differences. */
export function differences(left: Json | undefined, right: Json | undefined, path = ''): string[] {
  if (JSON.stringify(left) === JSON.stringify(right)) return [];
  if (isMap(left) && isMap(right))
    return [...new Set([...Object.keys(left), ...Object.keys(right)])].flatMap((key) => differences(left[key], right[key], `${path}/${key}`));
  if (Array.isArray(left) && Array.isArray(right) && left.length === right.length)
    return left.flatMap((item, index) => differences(item, right[index], `${path}/${index}`));
  return [`${path}: ${JSON.stringify(left) ?? 'absent'} <> ${JSON.stringify(right) ?? 'absent'}`];
}
