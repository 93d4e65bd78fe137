import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RegistryLogin } from '../shared/registry';

/** A registry on loopback: the distribution API as builders push by it, with the token sign-in. Images live in its memory. */
export interface LoopbackRegistry {
  /** `127.0.0.1:port`. */
  readonly host: string;
  /** Every request, as `METHOD path`. */
  readonly requests: readonly string[];
  /** The bytes of a manifest by tag or digest. */
  manifest(repository: string, reference: string): Buffer | undefined;
  blob(digest: string): Buffer | undefined;
  close(): Promise<void>;
}

export interface LoopbackRegistryOptions {
  /** Who may come in; without it the registry is open. */
  readonly login?: RegistryLogin;
  /** `basic` asks for the password itself instead of a token. */
  readonly scheme?: 'bearer' | 'basic';
  readonly port?: number;
  /** Of a tags list; more are told by a link to the next page. */
  readonly pageSize?: number;
  /** Called before each answer, which waits for it. */
  readonly before?: (request: string) => Promise<void> | void;
}

export async function startLoopbackRegistry(options: LoopbackRegistryOptions = {}): Promise<LoopbackRegistry> {
  const { login, scheme = 'bearer', pageSize = 1000, before } = options;
  const blobs = new Map<string, Buffer>();
  const manifests = new Map<string, { readonly bytes: Buffer; readonly type: string }>();
  const tags = new Map<string, string[]>();
  const uploads = new Map<string, Buffer[]>();
  const tokens = new Set<string>();
  const requests: string[] = [];
  const digestOf = (bytes: Buffer): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://registry');
    const method = request.method ?? 'GET';
    requests.push(`${method} ${url.pathname}`);
    await before?.(`${method} ${url.pathname}`);
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    const bytes = Buffer.concat(body);
    const end = (status: number, headers: Record<string, string> = {}, content: string | Buffer = ''): void => {
      response.writeHead(status, { 'docker-distribution-api-version': 'registry/2.0', ...headers });
      response.end(method === 'HEAD' ? undefined : content);
    };
    const refuse = (status: number, code: string, message: string, headers: Record<string, string> = {}): void =>
      end(status, { 'content-type': 'application/json', ...headers }, JSON.stringify({ errors: [{ code, message }] }));

    const given = request.headers.authorization ?? '';
    const isRight = login !== undefined && given === `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
    if (url.pathname === '/token') {
      if (login !== undefined && !isRight) return refuse(401, 'UNAUTHORIZED', 'incorrect username or password');
      const token = randomBytes(12).toString('hex');
      tokens.add(token);
      return end(200, { 'content-type': 'application/json' }, JSON.stringify({ token, expires_in: 300 }));
    }
    const entered = login === undefined || (scheme === 'basic' ? isRight : tokens.has(given.replace(/^Bearer /, '')));
    if (!entered) {
      const realm = `http://${String(request.headers.host)}/token`;
      const asks = scheme === 'basic' ? 'Basic realm="registry"' : `Bearer realm="${realm}",service="loopback"`;
      return refuse(401, 'UNAUTHORIZED', 'authentication required', { 'www-authenticate': asks });
    }
    if (url.pathname === '/v2/') return end(200, { 'content-type': 'application/json' }, '{}');

    if (url.pathname === '/v2/_catalog') return end(200, { 'content-type': 'application/json' }, JSON.stringify({ repositories: [...tags.keys()].sort() }));

    const found = /^\/v2\/(.+?)\/(blobs\/uploads|blobs|manifests|tags)\/?(.*)$/.exec(url.pathname);
    if (found === null) return refuse(404, 'NAME_UNKNOWN', 'no such place');
    const [, repository = '', part = '', rest = ''] = found;
    if (part === 'tags') {
      const all = [...(tags.get(repository) ?? [])].sort();
      if (all.length === 0) return refuse(404, 'NAME_UNKNOWN', 'repository name not known to registry');
      const last = url.searchParams.get('last') ?? '';
      const from = all.filter((tag) => tag > last);
      const page = from.slice(0, pageSize);
      const more: Record<string, string> =
        from.length > page.length ? { link: `</v2/${repository}/tags/list?last=${page.at(-1) ?? ''}&n=${pageSize}>; rel="next"` } : {};
      return end(200, { 'content-type': 'application/json', ...more }, JSON.stringify({ name: repository, tags: page }));
    }
    if (part === 'blobs/uploads') {
      if (method === 'POST') {
        const id = randomBytes(8).toString('hex');
        uploads.set(id, []);
        return end(202, { location: `/v2/${repository}/blobs/uploads/${id}`, range: '0-0', 'docker-upload-uuid': id });
      }
      const upload = uploads.get(rest);
      if (upload === undefined) return refuse(404, 'BLOB_UPLOAD_UNKNOWN', 'blob upload unknown to registry');
      if (bytes.length > 0) upload.push(bytes);
      const whole = Buffer.concat(upload);
      if (method === 'PATCH') return end(202, { location: url.pathname, range: `0-${Math.max(0, whole.length - 1)}` });
      const digest = url.searchParams.get('digest') ?? '';
      if (digestOf(whole) !== digest) return refuse(400, 'DIGEST_INVALID', 'provided digest did not match uploaded content');
      blobs.set(digest, whole);
      uploads.delete(rest);
      return end(201, { location: `/v2/${repository}/blobs/${digest}`, 'docker-content-digest': digest });
    }
    if (part === 'blobs') {
      const blob = blobs.get(rest);
      if (blob === undefined) return refuse(404, 'BLOB_UNKNOWN', 'blob unknown to registry');
      return end(200, { 'content-length': String(blob.length), 'docker-content-digest': rest, 'content-type': 'application/octet-stream' }, blob);
    }
    if (method === 'PUT') {
      const digest = digestOf(bytes);
      const kept = { bytes, type: request.headers['content-type'] ?? 'application/octet-stream' };
      manifests.set(`${repository}@${digest}`, kept);
      manifests.set(`${repository}@${rest}`, kept);
      if (!rest.startsWith('sha256:')) tags.set(repository, [...new Set([...(tags.get(repository) ?? []), rest])]);
      return end(201, { location: `/v2/${repository}/manifests/${digest}`, 'docker-content-digest': digest });
    }
    const manifest = manifests.get(`${repository}@${rest}`);
    if (manifest === undefined) return refuse(404, 'MANIFEST_UNKNOWN', 'manifest unknown');
    return end(
      200,
      { 'content-type': manifest.type, 'content-length': String(manifest.bytes.length), 'docker-content-digest': digestOf(manifest.bytes) },
      manifest.bytes,
    );
  };
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => {
      response.writeHead(500);
      response.end(String(error));
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    manifest: (repository, reference) => manifests.get(`${repository}@${reference}`)?.bytes,
    blob: (digest) => blobs.get(digest),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
