import { FileError, FileSystem, type Entry } from '../fileSystem';
import { optionsIn, program, type CommandProgram, type Invocation } from '../machine';

function at({ shell }: Invocation, path: string): string {
  return FileSystem.resolve(shell.folder, path);
}

/** Does something to each path, tells what failed, and goes on with the next. */
function forEach(invocation: Invocation, paths: readonly string[], act: (path: string) => void): number {
  let code = 0;
  for (const path of paths) {
    try {
      act(path);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      invocation.stderr.write(`${invocation.name}: ${path}: ${error.message}\n`);
      code = 1;
    }
  }
  return code;
}

function missing(invocation: Invocation): number {
  invocation.stderr.write(`${invocation.name}: missing operand\n`);
  return 1;
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

function longLine(entry: Entry): string {
  const when = new Date(entry.modifiedMs);
  const date = `${months[when.getUTCMonth()] ?? ''} ${String(when.getUTCDate()).padStart(2)} ${when.toISOString().slice(11, 16)}`;
  const mode = entry.isFolder ? 'drwxr-xr-x' : entry.executable ? '-rwxr-xr-x' : '-rw-r--r--';
  return `${mode}    ${entry.isFolder ? '2' : '1'} root     root     ${String(entry.size).padStart(9)} ${date} ${entry.name}`;
}

const ls = program('list files (-l -a -1)', (invocation) => {
  const options = optionsIn(invocation, 'la1AhtrR');
  if (options === undefined) return 1;
  const { files } = invocation.shell.machine;
  const paths = options.rest.length === 0 ? ['.'] : options.rest;
  const columns = invocation.shell.machine.terminal()?.columns;
  return forEach(invocation, paths, (path) => {
    const target = at(invocation, path);
    const entries = files
      .list(target)
      .filter((entry) => options.flags.has('a') || options.flags.has('A') || !entry.name.startsWith('.') || !files.isFolder(target));
    const named = files.isFolder(target) ? entries : entries.map((entry) => ({ ...entry, name: path }));
    if (paths.length > 1 && files.isFolder(target)) invocation.stdout.write(`${path}:\n`);
    if (options.flags.has('l')) {
      if (files.isFolder(target)) invocation.stdout.write(`total ${String(named.length * 4)}\n`);
      for (const entry of named) invocation.stdout.write(`${longLine(entry)}\n`);
    } else if (columns === undefined || options.flags.has('1')) for (const entry of named) invocation.stdout.write(`${entry.name}\n`);
    else
      invocation.stdout.write(
        inColumns(
          named.map((entry) => entry.name),
          columns,
        ),
      );
  });
});

function inColumns(names: readonly string[], columns: number): string {
  if (names.length === 0) return '';
  const width = Math.max(...names.map((name) => name.length)) + 2;
  const perLine = Math.max(1, Math.floor(columns / width));
  const rows = Math.ceil(names.length / perLine);
  let text = '';
  for (let row = 0; row < rows; row++) {
    const line = names.filter((_name, index) => index % rows === row).map((name) => name.padEnd(width));
    text += `${line.join('').trimEnd()}\n`;
  }
  return text;
}

const cat = program('print files', async (invocation) => {
  const { shell, stdin, stdout, signal } = invocation;
  const paths = invocation.args.filter((arg) => arg !== '-u');
  if (paths.length === 0 || (paths.length === 1 && paths[0] === '-')) {
    for (let line = await stdin.line(signal); line !== undefined; line = await stdin.line(signal)) if (!stdout.write(line)) break;
    return 0;
  }
  return forEach(invocation, paths, (path) => {
    if (at(invocation, path) !== '/dev/null') stdout.write(shell.machine.files.read(at(invocation, path)));
  });
});

const mkdir = program('make folders (-p)', (invocation) => {
  const options = optionsIn(invocation, 'p');
  if (options === undefined) return 1;
  if (options.rest.length === 0) return missing(invocation);
  return forEach(invocation, options.rest, (path) => {
    invocation.shell.machine.files.makeFolder(at(invocation, path), options.flags.has('p'));
  });
});

const rmdir = program('remove empty folders', (invocation) =>
  forEach(invocation, invocation.args, (path) => {
    invocation.shell.machine.files.removeFolder(at(invocation, path));
  }),
);

const touch = program('make files, or set their time', (invocation) => {
  if (invocation.args.length === 0) return missing(invocation);
  return forEach(invocation, invocation.args, (path) => {
    invocation.shell.machine.files.touch(at(invocation, path));
  });
});

const rm = program('remove files (-r -f)', (invocation) => {
  const options = optionsIn(invocation, 'rRf');
  if (options === undefined) return 1;
  const { files } = invocation.shell.machine;
  return forEach(invocation, options.rest, (path) => {
    if (options.flags.has('f') && !files.exists(at(invocation, path))) return;
    files.remove(at(invocation, path), options.flags.has('r') || options.flags.has('R'));
  });
});

/** A file onto a name, or into a folder. */
function targetOf(invocation: Invocation, from: string, to: string): string {
  const target = at(invocation, to);
  return invocation.shell.machine.files.isFolder(target) ? FileSystem.resolve(target, from.split('/').at(-1) ?? '') : target;
}

const cp = program('copy files', (invocation) => {
  const to = invocation.args.at(-1);
  if (invocation.args.length < 2 || to === undefined) return missing(invocation);
  const { files } = invocation.shell.machine;
  return forEach(invocation, invocation.args.slice(0, -1), (path) => {
    files.write(targetOf(invocation, path, to), files.read(at(invocation, path)));
  });
});

const mv = program('move files', (invocation) => {
  const to = invocation.args.at(-1);
  if (invocation.args.length < 2 || to === undefined) return missing(invocation);
  const { files } = invocation.shell.machine;
  return forEach(invocation, invocation.args.slice(0, -1), (path) => {
    const content = files.read(at(invocation, path));
    files.remove(at(invocation, path), false);
    files.write(targetOf(invocation, path, to), content);
  });
});

export const fileCommands: Readonly<Record<string, CommandProgram>> = { cat, cp, ls, mkdir, mv, rm, rmdir, touch };
