import { chmod, open, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Command } from 'commander';
import { hasErrorCode } from '../../node/nodeFiles';
import { systemClock } from '../../node/systemClock';
import { findSandbox, sandboxStateDir, startSandbox, stopSandbox } from '../../sandbox/index';
import { failure } from '../../shared/problem';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';

/** How often the waiting command looks whether its sandbox is still there, in milliseconds. Asking also keeps it awake. */
const lookEveryMs = 2000;

export function sandboxCommand(run: Run): Command {
  const command = new Command('sandbox')
    .description('a small simulated Kubernetes for this folder, shared with the editor; runs until it is stopped')
    .option('--kubeconfig <file>', 'write its kubeconfig to this file, for kubectl and others')
    .action((options: { readonly kubeconfig?: string }) => run((invocation) => keepRunning(invocation, options.kubeconfig)));
  command
    .command('stop')
    .description('stop the sandbox of this folder')
    .action(() => run(stop));
  return command;
}

async function keepRunning(invocation: Invocation, kubeconfig: string | undefined): Promise<ExitCode> {
  const stateDir = sandboxStateDir(invocation.workingFolder);
  if (kubeconfig !== undefined) await refuseForeign(resolve(invocation.workingFolder, kubeconfig), kubeconfig);
  const sandbox = await startSandbox({ stateDir, entry: join(invocation.programFolder, 'sandbox.js'), execPath: process.execPath, signal: invocation.signal });
  const path = kubeconfig === undefined ? sandbox.kubeconfigPath : resolve(invocation.workingFolder, kubeconfig);
  if (kubeconfig !== undefined) await writeKubeconfig(sandbox.kubeconfigPath, path);
  await invocation.out(`${sandbox.already ? 'The sandbox of this folder runs already' : 'Sandbox started'}: ${sandbox.server}\nKubeconfig: ${path}\n`);
  await invocation.err('Press Ctrl+C to stop it, or run "kubeorch sandbox stop".\n');
  const clock = systemClock();
  try {
    for (;;) {
      await clock.sleep(lookEveryMs, invocation.signal);
      if ((await findSandbox(stateDir)) === undefined) {
        await invocation.err('The sandbox has ended.\n');
        return exitCodes.done;
      }
    }
  } catch (error) {
    if (!invocation.signal.aborted) throw error;
    // One that was here before belongs to someone else, such as an open editor.
    if (!sandbox.already) await stopSandbox(stateDir);
    return exitCodes.done;
  }
}

/** Never writes over anyone else's kubeconfig: only where there is no file, or one that a sandbox left there. */
async function refuseForeign(path: string, shown: string): Promise<void> {
  let present: string;
  try {
    present = await readFile(path, 'utf8');
  } catch (error) {
    if (hasErrorCode(error, 'ENOENT')) return;
    throw error;
  }
  if (!/^current-context: kubeorch-sandbox$/m.test(present))
    throw failure('file.unwritable', { file: shown, detail: 'it exists and is no kubeconfig of a sandbox' });
}

/** The file has its rights before it has its content, which is a token. */
async function writeKubeconfig(from: string, to: string): Promise<void> {
  await (await open(to, 'a', 0o600)).close();
  await chmod(to, 0o600);
  await writeFile(to, await readFile(from));
}

async function stop(invocation: Invocation): Promise<ExitCode> {
  const stopped = await stopSandbox(sandboxStateDir(invocation.workingFolder));
  await invocation.out(stopped ? 'The sandbox has ended.\n' : 'No sandbox runs for this folder.\n');
  return exitCodes.done;
}
