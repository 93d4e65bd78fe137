import { join, resolve } from 'node:path';
import { vi } from 'vitest';
import type { CliResult } from '../../testing/bundledCli';
import { runCommandLine } from '../program';

const root = resolve(import.meta.dirname, '../../..');

/**
 * Runs a command line in this process: the commands, the engine and the way to the cluster are the ones that ship, and only
 * the process around them is not there. A command that wrote to the process past its own outputs would be told as a failure.
 */
export async function runHere(
  args: readonly string[],
  { cwd, env = {}, input = '' }: { readonly cwd: string; readonly env?: Readonly<Record<string, string>> | undefined; readonly input?: string },
): Promise<CliResult> {
  let [stdout, stderr] = ['', ''];
  const out = (text: string): void => void (stdout += text);
  const err = (text: string): void => void (stderr += text);
  const past = [vi.spyOn(process.stdout, 'write'), vi.spyOn(process.stderr, 'write')];
  try {
    const code = await runCommandLine(
      args,
      {
        workingFolder: cwd,
        environment: { ...process.env, NO_COLOR: '1', ...env },
        templatesFolder: join(root, 'templates'),
        openApiFile: join(root, 'src/openapi/data/kubernetes.json'),
        // Programs that lie beside the bundle are not beside the sources: what starts them is tested with the bundle.
        programFolder: join(root, 'no-bundle'),
        signal: new AbortController().signal,
        colours: false,
        interactive: false,
        ask: () => Promise.resolve(''),
        input: () => Promise.resolve(input),
        out: (text) => Promise.resolve(out(text)),
        err: (text) => Promise.resolve(err(text)),
      },
      { out, err },
    );
    const astray = past.flatMap((spy) => spy.mock.calls.map(([text]) => String(text)));
    if (astray.length > 0) throw new Error(`kubeorch ${args.join(' ')} wrote past its outputs:\n${astray.join('')}`);
    return { code, stdout, stderr };
  } finally {
    for (const spy of past) spy.mockRestore();
  }
}
