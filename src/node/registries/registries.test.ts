import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cleanLine } from '../../kube/clean';
import { imageReference, registryTypeOfHost } from '../../shared/imageReference';
import type { Registry } from '../../shared/registry';
import { pullSecretName, registryFor } from '../../shared/registry';
import type { LoopbackRegistry } from '../../testing/loopbackRegistry';
import { startLoopbackRegistry } from '../../testing/loopbackRegistry';
import { ecrLogin, signature } from './ecrLogin';
import { RegistryClient, serviceAccountLogin } from './registryClient';
import { givenRegistry, loginOf, registryVariable } from './registryLogins';

const login = { user: 'ana', password: 'pass "word" ü' };
const client = new RegistryClient({ clean: cleanLine });

async function put(registry: LoopbackRegistry, repository: string, tags: readonly string[]): Promise<void> {
  const { token } = (await (
    await fetch(`http://${registry.host}/token`, { headers: { authorization: `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}` } })
  ).json()) as { token: string };
  for (const tag of tags) {
    const answer = await fetch(`http://${registry.host}/v2/${repository}/manifests/${tag}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      body: JSON.stringify({ tag }),
    });
    expect(answer.status).toBe(201);
  }
}

/** A server that answers what it is told, for registries that do not behave. */
async function odd(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<{ host: string; close(): void }> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.closeAllConnections() ?? server.close() };
}

describe('a registry', () => {
  let registry: LoopbackRegistry;
  beforeAll(async () => {
    registry = await startLoopbackRegistry({ login, pageSize: 3 });
    await put(registry, 'acme/web', ['1.0', '1.1', '1.2', '2.0', 'latest']);
  });
  afterAll(() => registry.close());

  it('is tested with what signs in, by its own token service', async () => {
    expect(await client.check(registry.host, login)).toBe('signed-in');
    await expect(client.check(registry.host, { user: 'ana', password: 'other' })).rejects.toThrow(
      `${registry.host} refuses the sign-in: incorrect username or password`,
    );
    await expect(client.check(registry.host, undefined)).rejects.toThrow('refuses the sign-in');
  });

  it('lists tags over its pages, and tells the digest of one', async () => {
    const image = imageReference(`${registry.host}/acme/web`);
    if (image === undefined) throw new Error('no reference');
    expect(await client.tags(image, login)).toEqual(['1.0', '1.1', '1.2', '2.0', 'latest']);
    expect(await client.digest(image, '1.1', login)).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(await client.digest(image, 'none', login)).toBeUndefined();
    expect(await client.tags({ ...image, repository: 'acme/none' }, login)).toEqual([]);
  });

  it('lists its repositories, and nothing as one that would lead elsewhere', async () => {
    expect(await client.repositories(registry.host, login, 10)).toEqual(['acme/web']);
    const sly = await odd((_request, response) =>
      response.end(JSON.stringify({ repositories: ['a/b', '../x', 'A/B', 'x y', 'a?n=1', 7, 'c'.repeat(2000), 'd'] })),
    );
    expect(await client.repositories(sly.host, undefined, 10)).toEqual(['a/b', 'd']);
    sly.close();
    const none = await odd((_request, response) => response.writeHead(404).end());
    expect(await client.repositories(none.host, undefined, 10)).toEqual([]);
    none.close();
  });

  it('may want the password itself, or nothing', async () => {
    const [basic, open] = await Promise.all([startLoopbackRegistry({ login, scheme: 'basic' }), startLoopbackRegistry()]);
    try {
      expect(await client.check(basic.host, login)).toBe('signed-in');
      await expect(client.check(basic.host, { user: 'ana', password: 'no' })).rejects.toThrow('refuses the sign-in');
      await expect(client.check(basic.host, undefined)).rejects.toThrow('wants a user and a password');
      expect(await client.check(open.host, login)).toBe('open');
    } finally {
      await Promise.all([basic.close(), open.close()]);
    }
  });

  it('that is away or is none is told as what it is', async () => {
    await expect(client.check('127.0.0.1:1', login)).rejects.toThrow('127.0.0.1:1 cannot be reached');
    const page = await odd((_request, response) => response.writeHead(404).end('<html>'));
    await expect(client.check(page.host, login)).rejects.toThrow('does not answer as a registry does: it answers 404');
    page.close();
    const moved = await odd((_request, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end());
    await expect(client.check(moved.host, login)).rejects.toThrow('it answers 302');
    moved.close();
  });

  it('gets no password to a place without TLS, and its words are cleaned', async () => {
    let asked = 0;
    const elsewhere = await odd((_request, response) => {
      asked += 1;
      response.end('{"token":"t"}');
    });
    const sly = await odd((_request, response) =>
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://registry.example/token",service="s"' }).end(),
    );
    await expect(client.check(sly.host, login)).rejects.toThrow('the place for tokens, registry.example, has no TLS');
    sly.close();
    expect(asked).toBe(0);
    elsewhere.close();
    const rude = await odd((request, response) => {
      if (request.headers.authorization === undefined) response.writeHead(401, { 'www-authenticate': 'Basic realm="r"' }).end();
      else response.writeHead(401).end(JSON.stringify({ errors: [{ message: '\u001b[31mgo\u202e away' }] }));
    });
    await expect(client.check(rude.host, login)).rejects.toThrow(/refuses the sign-in: go away$/);
    rude.close();
    const huge = await odd((request, response) => {
      if (request.url === '/v2/') response.writeHead(401, { 'www-authenticate': `Bearer realm="http://${String(request.headers.host)}/token"` }).end();
      else response.end('x'.repeat(5 * 1024 * 1024));
    });
    await expect(client.check(huge.host, login)).rejects.toThrow('its answer is no JSON');
    huge.close();
  });
});

describe("Amazon's registry", () => {
  it('is asked with the signature that its documents show', () => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', host: 'iam.amazonaws.com', 'x-amz-date': '20150830T123600Z' };
    const url = new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08');
    const key = { id: 'AKIDEXAMPLE', secret: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
    expect(signature({ method: 'GET', url, headers, body: '' }, key, 'us-east-1', 'iam')).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    );
  });

  it('gives a sign-in for a time, or refuses the key', async () => {
    const service = await odd((request, response) => {
      const isRight = String(request.headers.authorization).includes('Credential=AKIDEXAMPLE/20260102/eu-central-1/ecr/aws4_request');
      if (!isRight || request.headers['x-amz-target'] !== 'AmazonEC2ContainerRegistry_V20150921.GetAuthorizationToken') response.writeHead(400).end('{}');
      else response.end(JSON.stringify({ authorizationData: [{ authorizationToken: Buffer.from('AWS:for-a-time').toString('base64') }] }));
    });
    const request = { key: { id: 'AKIDEXAMPLE', secret: 'secret' }, region: 'eu-central-1', nowMs: Date.UTC(2026, 0, 2), endpoint: `http://${service.host}/` };
    expect(await ecrLogin(request)).toEqual({ user: 'AWS', password: 'for-a-time' });
    await expect(ecrLogin({ ...request, key: { id: 'OTHER', secret: 'secret' } })).rejects.toThrow('the access key is not accepted');
    await expect(ecrLogin({ ...request, region: 'evil.example/' })).rejects.toThrow('is no region');
    service.close();
  });
});

describe('what signs in', () => {
  it("is Google's key as a whole, when it is one, and it is never quoted", async () => {
    const json = JSON.stringify({ client_email: 'a@b', private_key: 'very-private', project_id: 'p' });
    expect(serviceAccountLogin(json)).toEqual({ user: '_json_key', password: json });
    expect(() => serviceAccountLogin('{"client_email":"a","private_key":"very-private"}')).toThrow('lacks project_id');
    for (const wrong of ['very-private', '{"private_key":"very-private"', '[]']) {
      const told = await loginOf({ type: 'gcr', user: '' }, wrong, 0).catch((error: unknown) => String(error));
      expect(told).not.toContain('very-private');
    }
  });

  it('is read from the environment, else from the file that docker writes', () => {
    expect(registryVariable('registry.example:5000', 'PASSWORD')).toBe('KUBEORCH_REGISTRY_REGISTRY_EXAMPLE_5000_PASSWORD');
    const environment = { KUBEORCH_REGISTRY_GHCR_IO_USER: 'ana', KUBEORCH_REGISTRY_GHCR_IO_PASSWORD: 'env' };
    const dockerConfig = JSON.stringify({
      auths: {
        'ghcr.io': { auth: Buffer.from('bo:file').toString('base64') },
        'https://index.docker.io/v1/': { auth: Buffer.from('hub:pass:word').toString('base64') },
      },
    });
    expect(givenRegistry('ghcr.io', { environment, dockerConfig })).toMatchObject({ registry: { type: 'ghcr', user: 'ana' }, secret: 'env' });
    expect(givenRegistry('ghcr.io', { environment: {}, dockerConfig })).toMatchObject({ registry: { user: 'bo' }, secret: 'file' });
    expect(givenRegistry('docker.io', { environment: {}, dockerConfig })).toMatchObject({ registry: { user: 'hub' }, secret: 'pass:word' });
    expect(givenRegistry('quay.io', { environment, dockerConfig })).toBeUndefined();
    expect(() => givenRegistry('ghcr.io', { environment: { KUBEORCH_REGISTRY_GHCR_IO_PASSWORD: 'x' } })).toThrow('KUBEORCH_REGISTRY_GHCR_IO_USER is not');
  });
});

describe('an image', () => {
  it.each([
    ['nginx', 'docker.io', 'library/nginx', undefined, 'dockerhub'],
    ['acme/web:1.4', 'docker.io', 'acme/web', '1.4', 'dockerhub'],
    ['index.docker.io/acme/web', 'docker.io', 'acme/web', undefined, 'dockerhub'],
    ['ghcr.io/acme/web', 'ghcr.io', 'acme/web', undefined, 'ghcr'],
    ['gcr.io/p/web', 'gcr.io', 'p/web', undefined, 'gcr'],
    ['eu.gcr.io/p/web', 'eu.gcr.io', 'p/web', undefined, 'gcr'],
    ['europe-docker.pkg.dev/p/r/web', 'europe-docker.pkg.dev', 'p/r/web', undefined, 'gcr'],
    ['acme.azurecr.io/web', 'acme.azurecr.io', 'web', undefined, 'acr'],
    ['123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1', '123456789012.dkr.ecr.eu-central-1.amazonaws.com', 'web', '1', 'ecr'],
    ['public.ecr.aws/x/web', 'public.ecr.aws', 'x/web', undefined, 'ecr'],
    ['localhost:5000/web', 'localhost:5000', 'web', undefined, 'custom'],
    ['host:5000/a/b:1@sha256:' + 'a'.repeat(64), 'host:5000', 'a/b', '1', 'custom'],
    ['dkr.ecr.evil.example/web', 'dkr.ecr.evil.example', 'web', undefined, 'custom'],
    ['evil-gcr.io.example/web', 'evil-gcr.io.example', 'web', undefined, 'custom'],
  ])('%s is at its registry', (text, host, repository, tag, type) => {
    const image = imageReference(text);
    expect([image?.host, image?.repository, image?.tag, registryTypeOfHost(image?.host ?? '')]).toEqual([host, repository, tag, type]);
  });

  it.each(['', 'UPPER', 'a b', 'web:', 'web@sha256:1', '../x', 'a//b', '-x', `a/${'x'.repeat(2000)}`, 'a:1:2'])('%j is none', (text) => {
    expect(imageReference(text)).toBeUndefined();
  });

  it("is opened by its host's registry only, the default one first", () => {
    const one = (name: string, host: string, isDefault = false): Registry => ({ name, host, isDefault, type: 'custom', user: 'u' });
    const all = [one('a', 'registry.example'), one('b', 'registry.example', true), one('c', 'other.example', true)];
    expect(registryFor(all, { host: 'registry.example' })?.name).toBe('b');
    expect(registryFor(all, { host: 'third.example' })).toBeUndefined();
    expect(pullSecretName({ name: 'My Team_registry' })).toBe('kubeorch-registry-my-team-registry');
  });
});
