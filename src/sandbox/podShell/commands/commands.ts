// Every command of the scripted shell. What is not here is "not found": nothing is ever run for real.
import { builtin, program, type CommandProgram } from '../machine';
import { fileCommands } from './files';
import { systemCommands } from './system';
import { textCommands } from './text';

const known: Record<string, CommandProgram> = { ...fileCommands, ...textCommands, ...systemCommands };

known['help'] = builtin('list the commands', ({ stdout }) => {
  stdout.write('This is a scripted shell of the KubeOrch sandbox: no container and no program runs behind it. It knows:\n');
  for (const [name, { about }] of Object.entries(known).sort(([a], [b]) => (a < b ? -1 : 1))) stdout.write(`  ${name.padEnd(10)} ${about}\n`);
  return 0;
});

known['which'] = program('find programs', ({ args, stdout }) => {
  let code = 0;
  for (const name of args) {
    if (known[name] !== undefined && Object.hasOwn(known, name) && !known[name].onlyInShell) stdout.write(`/bin/${name}\n`);
    else code = 1;
  }
  return code;
});

export const commands: ReadonlyMap<string, CommandProgram> = new Map(Object.entries(known));
