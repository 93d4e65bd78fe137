import { describe, expect, test } from 'vitest';
import { coreCatalog } from '../../../testing/coreCatalog';
import { MemoryFiles } from '../../../testing/memoryFiles';
import type { RepositoryImport } from './importRepository';
import { importRepository } from './importRepository';
import { branchOf, folderOf, isRepositoryUrl, repositoryPlace } from './repositoryPlace';

const { catalog } = await coreCatalog();

async function imported(tree: Readonly<Record<string, string>>, within?: string, repository?: { url: string; branch?: string }): Promise<RepositoryImport> {
  const files = new MemoryFiles();
  for (const [path, text] of Object.entries(tree)) await files.replace(path, text);
  return importRepository({
    files,
    folder: '/work/shop',
    catalog,
    name: 'shop',
    ...(within === undefined ? {} : { within }),
    ...(repository === undefined ? {} : { repository }),
  });
}

const dataOf = ({ workflow }: RepositoryImport): Readonly<Record<string, unknown>> =>
  Object.fromEntries(workflow.nodes.map(({ id, type, data }) => [id, { type, ...data }]));

describe('an address', () => {
  test.each([
    ['https://github.com/acme/shop', { url: 'https://github.com/acme/shop', name: 'shop' }],
    ['https://github.com/acme/shop.git', { url: 'https://github.com/acme/shop.git', name: 'shop' }],
    ['https://github.com/acme/shop/tree/main/deploy/prod', { url: 'https://github.com/acme/shop.git', branch: 'main', folder: 'deploy/prod', name: 'shop' }],
    ['https://github.com/acme/shop/blob/v1/deploy/compose.yaml', { url: 'https://github.com/acme/shop.git', branch: 'v1', folder: 'deploy', name: 'shop' }],
    ['ssh://git@git.acme.dev:2222/shop.git', { url: 'ssh://git@git.acme.dev:2222/shop.git', name: 'shop' }],
    ['git@github.com:acme/shop.git', { url: 'git@github.com:acme/shop.git', name: 'shop' }],
    ['https://git.acme.dev/team/shop.git?x=1#y', { url: 'https://git.acme.dev/team/shop.git', name: 'shop' }],
  ])('%s is read', (text, place) => {
    expect(isRepositoryUrl(text)).toBe(true);
    expect(repositoryPlace(text)).toEqual(place);
  });

  test.each([
    'ext::sh -c touch% /tmp/x',
    'ext::sh',
    'file:///etc',
    'git://github.com/acme/shop.git',
    'http://github.com/acme/shop.git',
    'ftp://a/b.git',
    'fd::17',
    'https://github.com/acme/shop.git\n--upload-pack=x',
    'https://github.com/../../etc/passwd.git',
    'https://-oProxyCommand=x/acme/shop.git',
    'ssh://-oProxyCommand=x/acme/shop.git',
    '-oProxyCommand=x@github.com:acme/shop.git',
    'git@-oProxyCommand=x:acme/shop.git',
    'https://github.com/acme/--upload-pack=x.git/-x',
    'https://github.com',
    'https://example.com/page',
    'javascript://github.com/acme/shop.git',
    'https://me:s3cr3t-canary@github.com/acme/shop.git',
    'https://github.com/acme/shop/tree/--upload-pack=x',
    'https://github.com/acme/shop/tree/main/%2e%2e/%2e%2e/etc',
  ])('%s is refused', (text) => {
    let message = '';
    try {
      repositoryPlace(text);
    } catch (error) {
      message = String(error);
    }
    expect(message).not.toBe('');
    expect(message).not.toContain('canary');
  });

  test('of more characters than any has is refused', () => {
    expect(() => repositoryPlace(`https://github.com/${'a'.repeat(3000)}/x.git`)).toThrow(/characters/);
  });

  test.each(['--upload-pack=x', '-x', 'a..b', '', 'a b', 'x@{1}', 'a\n'])('%s is no branch', (text) => {
    expect(() => branchOf(text)).toThrow(/no name of a branch/);
  });

  test.each(['../x', 'a/../../x', '/etc', 'C:\\x', '.git/hooks', '..\\x'])('%s is no folder of it', (text) => {
    expect(() => folderOf(text)).toThrow(/outside/);
  });
});

describe('a repository', () => {
  test('with a compose file anywhere is that, with its override; others are named', async () => {
    const made = await imported({
      'README.md': '',
      'deploy/docker-compose.yml': 'services: { web: { image: nginx:1 } }',
      'deploy/docker-compose.override.yml': 'services: { web: { environment: { LEVEL: debug } } }',
      'deploy/old/docker-compose.yml': 'services: {}',
      'node_modules/x/compose.yaml': 'services: {}',
    });
    expect(made.found).toEqual({
      type: 'compose',
      paths: ['deploy/docker-compose.yml', 'deploy/docker-compose.override.yml'],
      others: ['deploy/old/docker-compose.yml'],
    });
    expect(made.text).toContain('LEVEL: debug');
    expect(made.builds).toEqual([]);
  });

  test('with Dockerfiles has a service for each, with the port that it opens', async () => {
    const made = await imported({
      'api/Dockerfile': 'FROM a AS b\nEXPOSE 1\nFROM b\nARG PORT=9000\nEXPOSE ${PORT}/tcp\n',
      'web/Containerfile': 'FROM nginx\nEXPOSE 80\n',
      'api/package.json': '{}',
    });
    expect(dataOf(made)).toMatchObject({
      api: { type: 'deployment', image: 'shop-api:latest', port: 9000, options: { build: { context: 'api' } } },
      web: { image: 'shop-web:latest', port: 80, options: { build: { context: 'web', dockerfile: 'Containerfile' } } },
    });
    expect(made.builds).toEqual(['api', 'web']);
  });

  test('of a known language is built from its folder, with the variables of its example', async () => {
    const made = await imported({
      'package.json': '{"scripts":{"start":"node ."}}',
      '.env.example': 'PORT=4000\n# more\nexport LEVEL="in$fo"\nAPI_TOKEN=s3cr3t-canary\n',
      'sub/go.mod': 'module x',
    });
    expect(made.found).toMatchObject({ type: 'sources', folders: [{ folder: '.', source: { language: 'node', found: 'package.json' } }] });
    expect(dataOf(made)).toMatchObject({ shop: { image: 'shop:latest', port: 4000, options: { build: { context: '.' } } }, 'shop-svc': { type: 'service' } });
    // The build looks for a way itself: a Dockerfile that is named has to be there.
    expect(made.text).not.toContain('dockerfile');
    expect(made.text).toContain('LEVEL: in$fo');
    expect(made.text).not.toContain('canary');
    expect(made.secrets).toEqual([{ node: 'shop-secrets', keys: ['API_TOKEN'] }]);
  });

  test('of several languages has a service for each of its folders', async () => {
    const made = await imported({ 'services/api/go.mod': 'module x', 'services/api/cmd/go.mod': 'module y', 'services/web/index.html': '' });
    expect(dataOf(made)).toMatchObject({ api: { port: 8080, options: { build: { context: 'services/api' } } }, web: { port: 80 } });
    expect(made.builds).toEqual(['api', 'web']);
  });

  test('that was cloned is built from its address, since the clone is gone by then', async () => {
    const repository = { url: 'https://git.example.com/shop.git', branch: 'next' };
    const made = await imported(
      { 'compose.yaml': 'services: { web: { build: ./web, image: r.example/web }, db: { image: postgres } }' },
      undefined,
      repository,
    );
    expect(dataOf(made)).toMatchObject({ web: { options: { build: { repoUrl: repository.url, branch: 'next', context: 'web' } } } });
    expect(made.text).not.toContain('db: { options');
    const source = await imported({ 'apps/api/go.mod': 'module x' }, 'apps/api', { url: repository.url });
    expect(source.text).toContain(`repoUrl: ${repository.url}`);
    expect(Object.values(dataOf(source))).toContainEqual(expect.objectContaining({ options: { build: { repoUrl: repository.url, context: 'apps/api' } } }));
  });

  test('with nothing that is known says what would be', async () => {
    await expect(imported({ 'README.md': '' })).rejects.toThrow(/no compose file, no Dockerfile/);
  });
});
