import { createHash, createHmac } from 'node:crypto';
import type { RegistryLogin } from '../../shared/registry';
import { failure } from '../../shared/problem';

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

interface SignedRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
const keyed = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** The header by which Amazon's services know who asks (Signature Version 4). `host` and `x-amz-date` must be among the headers. */
export function signature(request: SignedRequest, key: AccessKey, region: string, service: string): string {
  const headers = Object.entries(request.headers)
    .map(([name, value]) => [name.toLowerCase(), value.trim()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  const time = headers.find(([name]) => name === 'x-amz-date')?.[1] ?? '';
  const day = time.slice(0, 8);
  const names = headers.map(([name]) => name).join(';');
  const query = [...request.url.searchParams].map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).sort();
  const canonical = [
    request.method,
    request.url.pathname,
    query.join('&'),
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    hash(request.body),
  ];
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', time, scope, hash(canonical.join('\n'))].join('\n');
  const signing = keyed(keyed(keyed(keyed(`AWS4${key.secret}`, day), region), service), 'aws4_request');
  return `AWS4-HMAC-SHA256 Credential=${key.id}/${scope}, SignedHeaders=${names}, Signature=${keyed(signing, text).toString('hex')}`;
}

export const regionPattern = /^[a-z]{2}(?:-[a-z]+)+-\d$/;

interface EcrRequest {
  readonly key: AccessKey;
  readonly region: string;
  readonly nowMs: number;
  readonly signal?: AbortSignal;
  /** Default: Amazon's own service of the region. */
  readonly endpoint?: string;
}

/** A sign-in to Amazon's registry that lasts twelve hours. Throws `registry.*`. */
export async function ecrLogin({ key, region, nowMs, signal, endpoint }: EcrRequest): Promise<RegistryLogin> {
  // The region becomes a part of the host that the request goes to.
  if (!regionPattern.test(region)) throw failure('registry.invalid', { detail: `"${region.slice(0, 40)}" is no region, such as eu-central-1` });
  const url = new URL(endpoint ?? `https://api.ecr.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`);
  const host = url.host;
  const body = '{}';
  const headers = {
    'content-type': 'application/x-amz-json-1.1',
    host,
    'x-amz-date': new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, ''),
    'x-amz-target': 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken',
  };
  const authorization = signature({ method: 'POST', url, headers, body }, key, region, 'ecr');
  const { host: _host, ...sent } = headers;
  const late = AbortSignal.timeout(10_000);
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { ...sent, authorization },
      body,
      redirect: 'error',
      signal: signal === undefined ? late : AbortSignal.any([signal, late]),
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw failure('registry.unreachable', { host, detail: late.aborted ? 'no answer within 10 s' : 'the connection failed' }, { cause: error });
  }
  const text = (await response.text()).slice(0, 1024 * 1024);
  if (response.status === 400 || response.status === 403)
    throw failure('registry.refused', { host, detail: 'the access key is not accepted, or may not ask for a token' });
  if (response.status !== 200) throw failure('registry.protocol', { host, detail: `it answers ${response.status}` });
  const token = /"authorizationToken"\s*:\s*"([A-Za-z0-9+/=]+)"/.exec(text)?.[1];
  const read = token === undefined ? '' : Buffer.from(token, 'base64').toString('utf8');
  const colon = read.indexOf(':');
  if (colon < 1) throw failure('registry.protocol', { host, detail: 'it gives no token' });
  return { user: read.slice(0, colon), password: read.slice(colon + 1) };
}
