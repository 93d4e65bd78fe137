import { failure } from '../../shared/problem';
import type { Files } from '../ports';
import type { DetectedSource, NodeSource } from './detectLanguage';

/** What never belongs in an image, for folders that have no .dockerignore of their own. */
export const generatedIgnores = ['.git', '.kubeorch', '.env', '.env.*', 'node_modules', 'target', '__pycache__', '.venv', ''].join('\n');

/**
 * A Dockerfile for a folder that has none. `BASE_IMAGE` is an argument, so that another base can be put in its place. Throws
 * `build.noRules` for what we have no rules for, or when nothing says how the program is started.
 */
export async function generatedDockerfile(source: DetectedSource, files: Pick<Files, 'list' | 'read'>, path: string): Promise<string> {
  const cannot = (detail: string): Error => failure('build.noRules', { path, language: source.language, detail });
  const names = (await files.list('.')).filter((entry) => !entry.folder).map((entry) => entry.name);
  switch (source.language) {
    case 'node':
      return nodeFile(source.node ?? { packageManager: 'npm', hasBuild: false, hasStart: false }, names, source.port, cannot);
    case 'python':
      return pythonFile(names, source.port, cannot);
    case 'go':
      return goFile(await mainPackage(names, files, cannot), source.port);
    case 'rust':
      return rustFile(await crateName(files, cannot), source.port);
    case 'static':
      return lines('ARG BASE_IMAGE=nginx:1-alpine', 'FROM ${BASE_IMAGE}', 'COPY . /usr/share/nginx/html', `EXPOSE ${source.port}`);
    default:
      throw cannot('there are no rules of our own for this language.');
  }
}

function lines(...all: readonly string[]): string {
  return `${all.join('\n')}\n`;
}

/** The exec form: nothing in it is read by a shell, and a quote cannot end it. */
function command(...words: readonly string[]): string {
  return `CMD ${JSON.stringify(words)}`;
}

function nodeFile(node: NodeSource, names: readonly string[], port: number, cannot: (detail: string) => Error): string {
  const { packageManager: manager, lockFile } = node;
  const entry = node.main ?? ['server.js', 'index.js', 'app.js'].find((name) => names.includes(name));
  const start = node.hasStart ? command(manager, 'run', 'start') : entry === undefined ? undefined : command(manager === 'bun' ? 'bun' : 'node', entry);
  if (start === undefined) throw cannot('package.json has neither a script "start" nor a "main".');
  const install: Readonly<Record<NodeSource['packageManager'], string>> = {
    npm: lockFile === undefined ? 'npm install' : 'npm ci',
    yarn: 'corepack enable && yarn install --frozen-lockfile',
    pnpm: 'corepack enable && pnpm install --frozen-lockfile',
    bun: 'bun install --frozen-lockfile',
  };
  return lines(
    `ARG BASE_IMAGE=${manager === 'bun' ? 'oven/bun:1' : 'node:24-slim'}`,
    'FROM ${BASE_IMAGE}',
    'WORKDIR /app',
    'COPY . .',
    `RUN ${install[manager]}`,
    ...(node.hasBuild ? [`RUN ${manager} run build`] : []),
    // Only now: with it the packages that the build needs would not have been installed.
    `ENV NODE_ENV=production PORT=${port}`,
    `EXPOSE ${port}`,
    'USER 1000',
    start,
  );
}

function pythonFile(names: readonly string[], port: number, cannot: (detail: string) => Error): string {
  const has = (name: string): boolean => names.includes(name);
  const entry = ['main.py', 'app.py', 'server.py'].find(has);
  const start = has('manage.py') ? command('python', 'manage.py', 'runserver', `0.0.0.0:${port}`) : entry === undefined ? undefined : command('python', entry);
  if (start === undefined) throw cannot('there is no main.py, app.py, server.py or manage.py to start.');
  const install = has('requirements.txt')
    ? 'pip install --no-cache-dir -r requirements.txt'
    : has('Pipfile')
      ? 'pip install --no-cache-dir pipenv && pipenv install --system --deploy'
      : 'pip install --no-cache-dir .';
  return lines(
    'ARG BASE_IMAGE=python:3-slim',
    'FROM ${BASE_IMAGE}',
    'WORKDIR /app',
    'COPY . .',
    `RUN ${install}`,
    `ENV PYTHONUNBUFFERED=1 PORT=${port}`,
    `EXPOSE ${port}`,
    'USER 1000',
    start,
  );
}

/** Names that may stand in a path of a RUN line as they are. */
const plainName = /^[A-Za-z0-9_][\w.-]*$/;

async function mainPackage(names: readonly string[], files: Pick<Files, 'list'>, cannot: (detail: string) => Error): Promise<string> {
  if (names.includes('main.go')) return '.';
  const commands: string[] = [];
  for (const { name, folder } of await files.list('cmd'))
    if (folder && plainName.test(name) && (await files.list(`cmd/${name}`)).some((entry) => entry.name === 'main.go')) commands.push(name);
  const [only] = commands;
  if (only === undefined) throw cannot('there is no main.go, neither here nor in a folder below cmd.');
  if (commands.length > 1) throw cannot(`cmd holds several programs: ${commands.join(', ')}.`);
  return `./cmd/${only}`;
}

function goFile(pkg: string, port: number): string {
  return lines(
    'ARG BASE_IMAGE=golang:1',
    'FROM ${BASE_IMAGE} AS build',
    'WORKDIR /src',
    'COPY . .',
    `RUN CGO_ENABLED=0 go build -trimpath -o /out/app ${pkg}`,
    'FROM scratch',
    'COPY --from=build /etc/ssl/certs /etc/ssl/certs',
    'COPY --from=build /out/app /app',
    `ENV PORT=${port}`,
    `EXPOSE ${port}`,
    'USER 65532',
    command('/app'),
  );
}

async function crateName(files: Pick<Files, 'read'>, cannot: (detail: string) => Error): Promise<string> {
  const section = /^\s*\[package\]\s*$([\s\S]*?)(?=^\s*\[|(?![\s\S]))/m.exec((await files.read('Cargo.toml')) ?? '')?.[1];
  const name = /^\s*name\s*=\s*"([^"]+)"/m.exec(section ?? '')?.[1];
  if (name === undefined || !plainName.test(name)) throw cannot('Cargo.toml names no package.');
  return name;
}

function rustFile(crate: string, port: number): string {
  return lines(
    'ARG BASE_IMAGE=rust:1',
    'FROM ${BASE_IMAGE} AS build',
    'WORKDIR /src',
    'COPY . .',
    'RUN cargo build --release',
    'FROM debian:stable-slim',
    `COPY --from=build /src/target/release/${crate} /usr/local/bin/app`,
    `ENV PORT=${port}`,
    `EXPOSE ${port}`,
    'USER 65532',
    command('app'),
  );
}
