// Which VS Code a suite runs in, and how it is started: always through test-electron, so that both kinds take one road.
import { runTests, runVSCodeCommand } from '@vscode/test-electron';
import { createWriteStream, existsSync, mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const projectRoot = resolve(fileURLToPath(import.meta.url), '../../..');

/** Where test-electron keeps the desktops that it downloads. */
const downloads = join(projectRoot, '.vscode-test');

/** Where the packaged extension stands once the run's setup has made it. */
export const packagedExtension = join(projectRoot, 'out/kubeorch.vsix');

/**
 * `desktop` is the VS Code that test-electron downloads; `browser` is our launcher, for machines without a screen or without
 * a way to download. The run's setup chooses.
 */
export const editorKind = (): 'desktop' | 'browser' => (process.env['KUBEORCH_EDITOR'] === 'desktop' ? 'desktop' : 'browser');

export interface EditorRun {
  /** Arguments as the `code` binary takes them. */
  readonly args: readonly string[];
  /** Folders of extensions under development. */
  readonly development: readonly string[];
  /** A bundled suite to run inside the extension host; without one the window stays until it is closed. */
  readonly suite?: string;
  readonly env: Readonly<Record<string, string>>;
  /** The file that everything the editor prints goes to. */
  readonly logFile: string;
}

/**
 * Starts VS Code and waits for its end.
 * @throws an Error with the console's findings, or the end of the log when there are none
 */
export async function runEditor({ args, development, suite, env, logFile }: EditorRun): Promise<void> {
  mkdirSync(resolve(logFile, '..'), { recursive: true });
  const log = createWriteStream(logFile, { flags: 'a' });
  // The launcher writes what it thinks on stderr and what the editor says on stdout; both go to one file in their order.
  try {
    await runTests({
      ...(editorKind() === 'browser' ? { vscodeExecutablePath: join(projectRoot, 'src/e2e/launcher.mjs') } : { cachePath: downloads }),
      extensionDevelopmentPath: [...development],
      extensionTestsPath: suite ?? '',
      launchArgs: [...args],
      extensionTestsEnv: { ...env },
      stdout: log,
      stderr: log,
    });
  } catch (error) {
    log.end();
    await finished(log);
    throw new Error(await explain(logFile, error), { cause: error });
  }
  log.end();
  await finished(log);
}

/** Installs the packaged extension into a profile. @param profile the arguments for its data and extension folders */
export async function installPackagedExtension(profile: readonly string[], logFile: string): Promise<void> {
  const args = [...profile, `--install-extension=${packagedExtension}`];
  // The desktop installs through its command line tool, which is not the binary that opens windows.
  if (editorKind() === 'desktop') await runVSCodeCommand([...args, '--force'], { cachePath: downloads });
  else await runEditor({ args, development: [], env: {}, logFile });
}

async function explain(logFile: string, error: unknown): Promise<string> {
  const lines = existsSync(logFile) ? (await readFile(logFile, 'utf8')).trimEnd().split('\n') : [];
  const findings = lines.filter((line) => line.startsWith('console error: '));
  const shown = findings.length > 0 ? findings : lines.slice(-30);
  return `${error instanceof Error ? error.message : String(error)} (log: ${logFile})\n${shown.join('\n')}`;
}
