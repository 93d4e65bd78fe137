import type { RegistryLogin } from '../../shared/registry';
import { serviceAccountUser } from '../../shared/registry';
import type { ImageReference } from '../../shared/imageReference';
import { dockerHubHost, imageReference, isLoopbackHost } from '../../shared/imageReference';
import { failure } from '../../shared/problem';

export interface RegistryClientOptions {
  /** Text of a registry as it may be shown. */
  readonly clean: (text: string, limit: number) => string;
  /** Default: that of this process. */
  readonly fetch?: typeof globalThis.fetch;
}

/** Whether a registry took the sign-in, or asks for none, so that nothing could be said of it. */
export type RegistryCheck = 'signed-in' | 'open';

const askedMs = 10_000;
const longestAnswer = 4 * 1024 * 1024;
const pageSize = 1000;
const mostTags = 10_000;
const manifestTypes = [
  'application/vnd.oci.image.index.v1+json',
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.list.v2+json',
  'application/vnd.docker.distribution.manifest.v2+json',
].join(', ');

/** Asks registries by the distribution API. Credentials go only to the registry and to the place that it names for tokens, over TLS. */
export class RegistryClient {
  readonly #clean: RegistryClientOptions['clean'];
  readonly #fetch: typeof globalThis.fetch;

  constructor({ clean, fetch }: RegistryClientOptions) {
    this.#clean = clean;
    this.#fetch = fetch ?? globalThis.fetch;
  }

  /** Signs in. Throws `registry.unreachable`, `registry.refused` or `registry.protocol`. */
  async check(host: string, login: RegistryLogin | undefined, signal?: AbortSignal): Promise<RegistryCheck> {
    const answer = await this.#ask(host, '/v2/', 'GET', login, '', signal);
    if (answer.response.status !== 200) throw this.#unexpected(host, answer.response);
    return answer.signedIn ? 'signed-in' : 'open';
  }

  /** The tags of an image's repository, as the registry sorts them; no more than ten thousand. */
  async tags(image: ImageReference, login: RegistryLogin | undefined, signal?: AbortSignal): Promise<readonly string[]> {
    const tags: string[] = [];
    let path: string | undefined = `/v2/${image.repository}/tags/list?n=${pageSize}`;
    while (path !== undefined && tags.length < mostTags) {
      const { response } = await this.#ask(image.host, path, 'GET', login, `repository:${image.repository}:pull`, signal);
      if (response.status === 404) return tags;
      if (response.status !== 200) throw this.#unexpected(image.host, response);
      const body = await this.#json(image.host, response);
      const page = typeof body === 'object' && body !== null && 'tags' in body && Array.isArray(body.tags) ? (body.tags as readonly unknown[]) : [];
      tags.push(...page.filter((tag): tag is string => typeof tag === 'string' && /^\w[\w.-]{0,127}$/.test(tag)));
      const next: string | undefined = /<([^>]+)>\s*;\s*rel="?next"?/.exec(response.headers.get('link') ?? '')?.[1];
      // Only a path of this very registry is followed.
      path = next?.startsWith('/v2/') === true && next !== path ? next : undefined;
    }
    return tags.slice(0, mostTags);
  }

  /** The repositories that a registry lists, at most so many; none where it lists none to anybody. */
  async repositories(host: string, login: RegistryLogin | undefined, limit: number, signal?: AbortSignal): Promise<readonly string[]> {
    const { response } = await this.#ask(host, `/v2/_catalog?n=${limit}`, 'GET', login, 'registry:catalog:*', signal);
    if (response.status === 404 || response.status === 405) return [];
    if (response.status !== 200) throw this.#unexpected(host, response);
    const body = await this.#json(host, response);
    const told = typeof body === 'object' && body !== null && 'repositories' in body && Array.isArray(body.repositories) ? body.repositories : [];
    // They become a part of addresses that are asked next.
    const isOne = (name: unknown): name is string => typeof name === 'string' && imageReference(`${host}/${name}`)?.repository === name;
    return (told as readonly unknown[]).filter(isOne).slice(0, limit);
  }

  /** The digest that a tag stands for now; undefined when there is no such tag. */
  async digest(image: ImageReference, tag: string, login: RegistryLogin | undefined, signal?: AbortSignal): Promise<string | undefined> {
    const path = `/v2/${image.repository}/manifests/${encodeURIComponent(tag)}`;
    const { response } = await this.#ask(image.host, path, 'HEAD', login, `repository:${image.repository}:pull`, signal);
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw this.#unexpected(image.host, response);
    const digest = response.headers.get('docker-content-digest') ?? '';
    if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw failure('registry.protocol', { host: image.host, detail: 'it tells no digest' });
    return digest;
  }

  async #ask(
    host: string,
    path: string,
    method: 'GET' | 'HEAD',
    login: RegistryLogin | undefined,
    scope: string,
    signal: AbortSignal | undefined,
  ): Promise<{ readonly response: Response; readonly signedIn: boolean }> {
    const url = `${originOf(host)}${path}`;
    const headers = { accept: method === 'HEAD' ? manifestTypes : 'application/json' };
    const first = await this.#request(host, url, { method, headers }, signal);
    if (first.status !== 401) return { response: first, signedIn: false };
    const challenge = challengeOf(first.headers.get('www-authenticate') ?? '');
    if (challenge === undefined) throw failure('registry.protocol', { host, detail: 'it asks for a sign-in and does not say for which' });
    const authorization = challenge.scheme === 'basic' ? basic(login) : await this.#token(host, challenge, login, scope, signal);
    if (authorization === undefined) throw failure('registry.refused', { host, detail: 'it wants a user and a password' });
    const response = await this.#request(host, url, { method, headers: { ...headers, authorization } }, signal);
    if (response.status === 401 || response.status === 403) throw failure('registry.refused', { host, detail: await this.#reason(response) });
    return { response, signedIn: login !== undefined };
  }

  /** A token of the place that the registry names. */
  async #token(host: string, challenge: Challenge, login: RegistryLogin | undefined, scope: string, signal: AbortSignal | undefined): Promise<string> {
    const { realm = '', service } = challenge.values;
    let url: URL;
    try {
      url = new URL(realm);
    } catch (error) {
      throw failure('registry.protocol', { host, detail: 'it names no place for tokens' }, { cause: error });
    }
    // A password goes over a network only under TLS.
    if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.host) && isLoopbackHost(host)))
      throw failure('registry.protocol', { host, detail: `the place for tokens, ${this.#clean(url.host, 200)}, has no TLS` });
    if (service !== undefined) url.searchParams.set('service', service);
    if (scope !== '') url.searchParams.set('scope', scope);
    const authorization = basic(login);
    const response = await this.#request(host, url.href, { method: 'GET', headers: authorization === undefined ? {} : { authorization } }, signal);
    if (response.status === 400 || response.status === 401 || response.status === 403)
      throw failure('registry.refused', { host, detail: await this.#reason(response) });
    if (response.status !== 200) throw this.#unexpected(host, response);
    const body = await this.#json(host, response);
    const told = typeof body === 'object' && body !== null ? (body as { readonly token?: unknown; readonly access_token?: unknown }) : {};
    const token = told.token ?? told.access_token;
    if (typeof token !== 'string' || !/^[\x21-\x7e]+$/.test(token)) throw failure('registry.protocol', { host, detail: 'it gives no token' });
    return `Bearer ${token}`;
  }

  async #request(
    host: string,
    url: string,
    init: { readonly method: string; readonly headers: Record<string, string> },
    signal: AbortSignal | undefined,
  ): Promise<Response> {
    const late = AbortSignal.timeout(askedMs);
    try {
      return await this.#fetch(url, { ...init, redirect: 'manual', signal: signal === undefined ? late : AbortSignal.any([signal, late]) });
    } catch (error) {
      signal?.throwIfAborted();
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : error instanceof Error ? error.message : String(error);
      const detail = late.aborted ? `no answer within ${askedMs / 1000} s` : this.#clean(cause, 300);
      throw failure('registry.unreachable', { host, detail }, { cause: error });
    }
  }

  async #json(host: string, response: Response): Promise<unknown> {
    try {
      return JSON.parse(await bounded(response)) as unknown;
    } catch (error) {
      throw failure('registry.protocol', { host, detail: 'its answer is no JSON' }, { cause: error });
    }
  }

  /** The registry's own words, where it has some. */
  async #reason(response: Response): Promise<string> {
    let text = '';
    try {
      const body = JSON.parse(await bounded(response)) as { readonly errors?: readonly { readonly message?: unknown }[]; readonly details?: unknown };
      const [first] = Array.isArray(body.errors) ? body.errors : [];
      text = typeof first?.message === 'string' ? first.message : typeof body.details === 'string' ? body.details : '';
    } catch {
      // Pages for people say nothing that a person would want here.
    }
    return this.#clean(text, 300) || `it answers ${response.status}`;
  }

  #unexpected(host: string, response: Response): Error {
    return failure('registry.protocol', { host, detail: `it answers ${response.status}` });
  }
}

/** Docker Hub's registry has another name than its images say. */
function originOf(host: string): string {
  if (host === dockerHubHost) return 'https://registry-1.docker.io';
  return `${isLoopbackHost(host) ? 'http' : 'https'}://${host}`;
}

function basic(login: RegistryLogin | undefined): string | undefined {
  return login === undefined ? undefined : `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
}

interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly values: Readonly<Record<string, string>>;
}

/** Reads `Bearer realm="…",service="…"`. */
function challengeOf(header: string): Challenge | undefined {
  const scheme = /^\s*(basic|bearer)\b/i.exec(header)?.[1]?.toLowerCase();
  if (scheme !== 'basic' && scheme !== 'bearer') return undefined;
  const values = Object.fromEntries([...header.slice(0, 4096).matchAll(/(\w+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key.toLowerCase(), value]));
  return { scheme, values };
}

async function bounded(response: Response): Promise<string> {
  if (response.body === null) return '';
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > longestAnswer) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** The sign-in for a service account's key. Throws `registry.invalid` for what is no such key; it is never quoted. */
export function serviceAccountLogin(json: string): RegistryLogin {
  let read: unknown;
  try {
    read = JSON.parse(json);
  } catch (error) {
    throw failure('registry.invalid', { detail: 'the key of the service account is no JSON' }, { cause: error instanceof SyntaxError ? undefined : error });
  }
  const has = (key: string): boolean => typeof read === 'object' && read !== null && key in read && typeof (read as Record<string, unknown>)[key] === 'string';
  const missing = ['client_email', 'private_key', 'project_id'].filter((key) => !has(key));
  if (missing.length > 0) throw failure('registry.invalid', { detail: `the key of the service account lacks ${missing.join(', ')}` });
  return { user: serviceAccountUser, password: json };
}
