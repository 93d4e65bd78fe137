import { isJsonObject } from '../../shared/json';
import type { JsonValue } from '../../shared/json';
import type { Files } from '../ports';

export type Language = 'node' | 'python' | 'go' | 'rust' | 'ruby' | 'php' | 'java' | 'dotnet' | 'static';

export interface DetectedSource {
  readonly language: Language;
  /** The file that said so. */
  readonly found: string;
  /** The port that programs of this language listen on by habit. */
  readonly port: number;
  /** Of Node: what installs, builds and starts it. */
  readonly node?: NodeSource;
}

export interface NodeSource {
  readonly packageManager: 'npm' | 'yarn' | 'pnpm' | 'bun';
  /** The lock file, when there is one: with it exactly what it names is installed. */
  readonly lockFile?: string;
  readonly hasBuild: boolean;
  readonly hasStart: boolean;
  readonly main?: string;
}

/** In the order in which they are looked for: a project in Go may have a package.json for its pages, which then counts. */
const signs: readonly (readonly [language: Language, names: RegExp])[] = [
  ['node', /^package\.json$/],
  ['python', /^(?:requirements\.txt|pyproject\.toml|setup\.py|Pipfile)$/],
  ['go', /^go\.mod$/],
  ['rust', /^Cargo\.toml$/],
  ['ruby', /^Gemfile$/],
  ['php', /^(?:composer\.json|index\.php)$/],
  ['java', /^(?:pom\.xml|build\.gradle(?:\.kts)?)$/],
  ['dotnet', /^[^/]+\.(?:csproj|fsproj)$/],
  ['static', /^index\.html$/],
];

const ports: Readonly<Record<Language, number>> = {
  node: 3000,
  ruby: 3000,
  python: 8000,
  go: 8080,
  rust: 8080,
  java: 8080,
  php: 8080,
  dotnet: 5000,
  static: 80,
};

const lockFiles: readonly (readonly [name: string, manager: NodeSource['packageManager']])[] = [
  ['yarn.lock', 'yarn'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['bun.lockb', 'bun'],
  ['bun.lock', 'bun'],
  ['package-lock.json', 'npm'],
];

/** The language of a folder, by the files in it; undefined when none says one. Nothing is run. */
export async function detectLanguage(files: Pick<Files, 'list' | 'read'>): Promise<DetectedSource | undefined> {
  const names = (await files.list('.')).filter((entry) => !entry.folder).map((entry) => entry.name);
  for (const [language, pattern] of signs) {
    const found = names.find((name) => pattern.test(name));
    if (found === undefined) continue;
    const node = language === 'node' ? nodeSource(names, await files.read('package.json')) : undefined;
    return { language, found, port: ports[language], ...(node === undefined ? {} : { node }) };
  }
  return undefined;
}

function nodeSource(names: readonly string[], text: string | undefined): NodeSource {
  const manifest = jsonOf(text);
  const scripts = isJsonObject(manifest) && isJsonObject(manifest['scripts']) ? manifest['scripts'] : {};
  const main = isJsonObject(manifest) ? manifest['main'] : undefined;
  const lock = lockFiles.find(([name]) => names.includes(name));
  return {
    packageManager: lock?.[1] ?? 'npm',
    ...(lock === undefined ? {} : { lockFile: lock[0] }),
    hasBuild: typeof scripts['build'] === 'string',
    hasStart: typeof scripts['start'] === 'string',
    ...(typeof main === 'string' && main !== '' ? { main } : {}),
  };
}

/** A broken package.json is told by its package manager, with more words than we had for it. */
function jsonOf(text: string | undefined): JsonValue | undefined {
  try {
    return text === undefined ? undefined : (JSON.parse(text) as JsonValue);
  } catch {
    return undefined;
  }
}
