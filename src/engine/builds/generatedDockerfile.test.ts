import { describe, expect, it } from 'vitest';
import { memoryFolder } from './tests/memoryFolder';
import { detectLanguage } from './detectLanguage';
import { generatedDockerfile } from './generatedDockerfile';

async function made(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = memoryFolder(files);
  const source = await detectLanguage(folder);
  if (source === undefined) throw new Error('nothing was detected');
  return generatedDockerfile(source, folder, 'web');
}

const json = (value: unknown): string => JSON.stringify(value);

describe('the language of a folder', () => {
  it.each([
    [{ 'package.json': '{}', 'go.mod': '' }, 'node', 3000],
    [{ 'requirements.txt': '' }, 'python', 8000],
    [{ 'pyproject.toml': '' }, 'python', 8000],
    [{ Pipfile: '' }, 'python', 8000],
    [{ 'go.mod': '', Gemfile: '' }, 'go', 8080],
    [{ 'Cargo.toml': '' }, 'rust', 8080],
    [{ Gemfile: '' }, 'ruby', 3000],
    [{ 'index.php': '', 'index.html': '' }, 'php', 8080],
    [{ 'build.gradle.kts': '' }, 'java', 8080],
    [{ 'Shop.csproj': '' }, 'dotnet', 5000],
    [{ 'index.html': '' }, 'static', 80],
  ] as const)('%j is %s', async (files, language, port) => {
    expect(await detectLanguage(memoryFolder(files))).toMatchObject({ language, port });
  });

  it('is none where no file says one, a folder of such a name included', async () => {
    expect(await detectLanguage(memoryFolder({ 'readme.md': '', 'package.json/x': '' }))).toBeUndefined();
  });

  it.each([
    ['yarn.lock', 'yarn', 'yarn install --frozen-lockfile'],
    ['pnpm-lock.yaml', 'pnpm', 'pnpm install --frozen-lockfile'],
    ['bun.lock', 'bun', 'bun install --frozen-lockfile'],
    ['package-lock.json', 'npm', 'npm ci'],
    ['none', 'npm', 'npm install'],
  ])('with %s is installed by %s', async (lock, manager, install) => {
    const text = await made({ 'package.json': json({ scripts: { build: 'x', start: 'y' } }), [lock]: '' });
    expect(text).toContain(`${install}\n`);
    expect(text).toContain(`RUN ${manager} run build\n`);
    expect(text).toContain(`CMD ["${manager}","run","start"]\n`);
    expect(text.indexOf('NODE_ENV')).toBeGreaterThan(text.indexOf('run build'));
  });
});

describe('a Dockerfile by our own rules', () => {
  it('starts what the folder says, and runs as nobody in particular', async () => {
    expect(await made({ 'package.json': json({ main: 'src/main.js' }) })).toContain('CMD ["node","src/main.js"]');
    expect(await made({ 'requirements.txt': '', 'manage.py': '' })).toContain('"manage.py","runserver","0.0.0.0:8000"');
    expect(await made({ Pipfile: '', 'app.py': '' })).toContain('pipenv install --system');
    expect(await made({ 'go.mod': '', 'cmd/shop/main.go': '' })).toContain('go build -trimpath -o /out/app ./cmd/shop');
    expect(await made({ 'Cargo.toml': '[workspace]\nname = "no"\n[package]\nedition = "2021"\nname = "shop-web"\n[dependencies]\nname = "x"' })).toContain(
      '/src/target/release/shop-web ',
    );
    expect(await made({ 'index.html': '' })).toContain('EXPOSE 80');
    for (const files of [{ 'package.json': json({ main: 'a' }) }, { 'go.mod': '', 'main.go': '' }]) expect(await made(files)).toMatch(/^USER \d+$/m);
  });

  it('lets nothing of a file become an instruction', async () => {
    const text = await made({ 'package.json': json({ main: 'a"]\nRUN evil\n$(x)' }) });
    expect(text.split('\n').filter((line) => line.startsWith('RUN'))).toEqual(['RUN npm install']);
    await expect(made({ 'Cargo.toml': '[package]\nname = "a b; evil"' })).rejects.toThrow('names no package');
    await expect(made({ 'go.mod': '', 'cmd/a b/main.go': '' })).rejects.toThrow('there is no main.go');
  });

  it.each([
    [{ 'package.json': '{ broken' }, 'neither a script "start" nor a "main"'],
    [{ 'requirements.txt': '' }, 'no main.py'],
    [{ 'go.mod': '', 'cmd/a/main.go': '', 'cmd/b/main.go': '' }, 'several programs: a, b'],
    [{ Gemfile: '' }, 'no rules of our own'],
  ])('%j has the way out', async (files, words) => {
    await expect(made(files)).rejects.toThrow(words);
    await expect(made(files)).rejects.toThrow('Write one, or install nixpacks');
  });
});
