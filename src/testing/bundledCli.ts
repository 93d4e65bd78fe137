import { spawn } from 'node:child_process';
import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { nodeBundle } from '../build/bundles.mjs';

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BundledCli {
  /** The folder above `dist` and `templates`; gone after `dispose`. */
  readonly folder: string;
  run(
    args: readonly string[],
    options?: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> | undefined; readonly signal?: AbortSignal },
  ): Promise<CliResult>;
  dispose(): Promise<void>;
}

/** Bundles the program and the rooms that it loads into a folder of its own, laid out as it ships, so that a test runs today's sources. */
export async function bundleCli(rooms: readonly ('engine' | 'kube')[] = ['engine']): Promise<BundledCli> {
  const root = resolve(import.meta.dirname, '../..');
  const folder = await mkdtemp(join(tmpdir(), 'kubeorch-cli-'));
  const dist = join(folder, 'dist');
  await Promise.all([
    build(nodeBundle({ production: false }, 'src/cli/main.ts', join(dist, 'cli.js'))),
    ...rooms.map((room) => build(nodeBundle({ production: false }, `src/${room}/index.ts`, join(dist, `${room}.js`)))),
  ]);
  await copyFile(join(root, 'src/cli/kubeorch.mjs'), join(dist, 'kubeorch.mjs'));
  await copyFile(join(root, 'src/openapi/data/kubernetes.json'), join(dist, 'openapi.json'));
  await cp(join(root, 'templates'), join(folder, 'templates'), { recursive: true });
  return {
    folder,
    run: (args, { cwd = folder, env = {}, signal } = {}) =>
      new Promise((done, fail) => {
        const child = spawn(process.execPath, [join(dist, 'kubeorch.mjs'), ...args], {
          cwd,
          env: { ...process.env, NO_COLOR: '1', ...env },
          stdio: ['ignore', 'pipe', 'pipe'],
          ...(signal === undefined ? {} : { signal }),
        });
        let [stdout, stderr] = ['', ''];
        child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
        child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
        child.on('error', fail).on('close', (code) => done({ code, stdout, stderr }));
      }),
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
}
