// Every command of the scripted shell. What is not here is "not found": nothing is ever run for real.
import { builtin, ExitRequest, program, shellNames, ShellRequest, type CommandProgram, type Invocation } from '../machine';
import { fileCommands } from './files';
import { systemCommands } from './system';
import { textCommands } from './text';

const known: Record<string, CommandProgram> = { ...fileCommands, ...textCommands, ...systemCommands };

known['help'] = builtin('list the commands', ({ stdout }) => {
  stdout.write('This is a scripted shell of the KubeOrch sandbox: no container and no program runs behind it. It knows:\n');
  for (const [name, { about }] of Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1))) stdout.write(`  ${name.padEnd(10)} ${about}\n`);
  return 0;
});

const found = (name: string): CommandProgram | undefined => (Object.hasOwn(known, name) ? known[name] : undefined);

known['which'] = program('find programs', ({ args, stdout }) => {
  let code = 0;
  for (const name of args) {
    if (found(name)?.onlyInShell === false) stdout.write(`/bin/${name}\n`);
    else code = 1;
  }
  return code;
});

known['command'] = builtin('run a command, or say with -v what it is', async (invocation) => {
  const [first, ...rest] = invocation.args;
  if (first === '-v' || first === '-V') {
    let code = 0;
    for (const name of rest) {
      const one = found(name);
      if (one === undefined) code = 127;
      else invocation.stdout.write(one.onlyInShell ? `${name}\n` : `/bin/${name}\n`);
    }
    return code;
  }
  return await run(invocation.args, invocation);
});

known['exec'] = builtin('go on as another program', async (invocation) => {
  const [name = '', ...rest] = invocation.args;
  if (name === '') return 0;
  if (shellNames.has(name.split('/').at(-1) ?? '') && rest.every((arg) => /^-[il]+$/.test(arg))) throw new ShellRequest();
  throw new ExitRequest(await run(invocation.args, invocation));
});

async function run(args: readonly string[], { shell, stdin, stdout, stderr, signal }: Invocation): Promise<number> {
  const code = await shell.program(args, { stdin, stdout, stderr }, signal);
  if (code === undefined) stderr.write(`sh: ${args[0] ?? ''}: not found\n`);
  return code ?? 127;
}

export const commands: ReadonlyMap<string, CommandProgram> = new Map(Object.entries(known));
