import { FileSystem } from '../fileSystem';
import { builtin, ExitRequest, program, type CommandProgram, type Invocation } from '../machine';
import { Interrupted } from '../streams';

const cd = builtin('change the folder', ({ shell, args, stderr }) => {
  const wanted = args[0] ?? shell.variables.get('HOME') ?? '/';
  const target = wanted === '-' ? (shell.variables.get('OLDPWD') ?? shell.folder) : FileSystem.resolve(shell.folder, wanted);
  if (!shell.machine.files.isFolder(target)) {
    stderr.write(`sh: cd: can't cd to ${wanted}: ${shell.machine.files.exists(target) ? 'Not a directory' : 'No such file or directory'}\n`);
    return 2;
  }
  shell.variables.set('OLDPWD', shell.folder);
  shell.variables.set('PWD', target);
  shell.folder = target;
  return 0;
});

const echo = program('print its arguments (-n -e)', ({ args, stdout }) => {
  let newline = true;
  let escapes = false;
  let at = 0;
  for (; /^-[neE]+$/.test(args[at] ?? ''); at++) {
    if (args[at]?.includes('n')) newline = false;
    if (args[at]?.includes('e')) escapes = true;
  }
  const text = args.slice(at).join(' ');
  const shown = escapes ? text.replace(/\\([nt\\])/g, (_whole, sign: string) => (sign === 'n' ? '\n' : sign === 't' ? '\t' : '\\')) : text;
  stdout.write(`${shown}${newline ? '\n' : ''}`);
  return 0;
});

function printEnvironment({ shell, stdout }: Invocation): void {
  for (const name of shell.exported) {
    const value = shell.variables.get(name);
    if (value !== undefined) stdout.write(`${name}=${value}\n`);
  }
}

const env = program('print the environment', async (invocation) => {
  const { args, shell, stderr, signal } = invocation;
  if (args.length === 0) {
    printEnvironment(invocation);
    return 0;
  }
  const inner = shell.copy();
  let at = 0;
  for (; /^[A-Za-z_]\w*=/.test(args[at] ?? ''); at++) {
    const [name = '', ...value] = (args[at] ?? '').split('=');
    inner.variables.set(name, value.join('='));
    inner.exported.add(name);
  }
  if (at === args.length) {
    printEnvironment({ ...invocation, shell: inner });
    return 0;
  }
  const code = await inner.program(args.slice(at), invocation, signal);
  if (code === undefined) stderr.write(`env: can't execute '${args[at] ?? ''}': No such file or directory\n`);
  return code ?? 127;
});

const printenv = program('print variables of the environment', (invocation) => {
  const { args, shell, stdout } = invocation;
  if (args.length === 0) printEnvironment(invocation);
  let code = 0;
  for (const name of args) {
    const value = shell.exported.has(name) ? shell.variables.get(name) : undefined;
    if (value === undefined) code = 1;
    else stdout.write(`${value}\n`);
  }
  return code;
});

const exportVariables = builtin('hand variables on to programs', (invocation) => {
  const { args, shell } = invocation;
  if (args.length === 0) printEnvironment(invocation);
  for (const arg of args) {
    const [name = '', ...value] = arg.split('=');
    if (arg.includes('=')) shell.variables.set(name, value.join('='));
    shell.exported.add(name);
  }
  return 0;
});

const unset = builtin('forget variables', ({ args, shell }) => {
  for (const name of args) {
    shell.variables.delete(name);
    shell.exported.delete(name);
  }
  return 0;
});

const exit = builtin('end the shell', ({ args, shell, stderr }) => {
  const asked = args[0];
  if (asked !== undefined && !/^\d+$/.test(asked)) {
    stderr.write(`sh: exit: Illegal number: ${asked}\n`);
    throw new ExitRequest(2);
  }
  throw new ExitRequest(asked === undefined ? shell.lastCode : Number(asked) & 255);
});

const sleep = program('wait for seconds', async ({ args, shell, signal, stderr }) => {
  const match = /^(\d+(?:\.\d+)?)([smh]?)$/.exec(args[0] ?? '');
  if (!match) {
    stderr.write(`sleep: invalid number '${args[0] ?? ''}'\n`);
    return 1;
  }
  const unit = match[2] === 'm' ? 60 : match[2] === 'h' ? 3600 : 1;
  await new Promise<void>((resolve, reject) => {
    const cancel = shell.machine.clock.after(Number(match[1]) * unit * 1000, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    const abort = (): void => {
      cancel();
      reject(new Interrupted());
    };
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  return 0;
});

const ps = program('list processes', ({ shell, stdout }) => {
  const seconds = Math.max(0, Math.floor((shell.machine.clock.now() - shell.machine.startedAtMs) / 1000));
  const time = `${String(Math.floor(seconds / 60)).padStart(2)}:${String(seconds % 60).padStart(2, '0')}`;
  stdout.write(`PID   USER     TIME  COMMAND\n    1 root     ${time.padStart(5)} ${shell.machine.process}\n    7 root      0:00 sh\n   12 root      0:00 ps\n`);
  return 0;
});

const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

const date = program('print the time (-u -I +FORMAT)', ({ args, shell, stdout }) => {
  const now = new Date(shell.machine.clock.now());
  const iso = now.toISOString();
  const parts: Readonly<Record<string, string>> = {
    Y: iso.slice(0, 4),
    m: iso.slice(5, 7),
    d: iso.slice(8, 10),
    H: iso.slice(11, 13),
    M: iso.slice(14, 16),
    S: iso.slice(17, 19),
    F: iso.slice(0, 10),
    T: iso.slice(11, 19),
    s: String(Math.floor(now.getTime() / 1000)),
    Z: 'UTC',
    a: weekdays[now.getUTCDay()] ?? '',
    b: months[now.getUTCMonth()] ?? '',
    '%': '%',
  };
  const format = args.find((arg) => arg.startsWith('+'))?.slice(1) ?? (args.some((arg) => arg.startsWith('-I')) ? '%F' : '%a %b %d %T %Z %Y');
  stdout.write(`${format.replace(/%(.)/g, (whole, letter: string) => parts[letter] ?? whole)}\n`);
  return 0;
});

const stty = program('tell about the terminal (size)', ({ args, shell, stdout, stderr }) => {
  const size = shell.machine.terminal();
  if (size === undefined) {
    stderr.write('stty: standard input: Not a tty\n');
    return 1;
  }
  const text = `${String(size.rows)} ${String(size.columns)}`;
  stdout.write(args[0] === 'size' ? `${text}\n` : `speed 38400 baud; rows ${String(size.rows)}; columns ${String(size.columns)};\n`);
  return 0;
});

const tty = program('print the name of the terminal', ({ shell, stdout }) => {
  const has = shell.machine.terminal() !== undefined;
  stdout.write(has ? '/dev/pts/0\n' : 'not a tty\n');
  return Number(!has);
});

const id = program('print the user', ({ args, stdout }) => {
  stdout.write(args.includes('-u') || args.includes('-g') ? '0\n' : 'uid=0(root) gid=0(root) groups=0(root)\n');
  return 0;
});

const uname = program('print the system (-a -r -m -s -n)', ({ args, shell, stdout }) => {
  const parts: [string, string][] = [
    ['s', 'Linux'],
    ['n', shell.machine.hostname],
    ['r', 'sandbox'],
    ['m', 'x86_64'],
  ];
  const asked = args.join('');
  const shown = asked === '' ? ['Linux'] : parts.filter(([letter]) => asked.includes('a') || asked.includes(letter)).map(([, text]) => text);
  stdout.write(`${shown.join(' ')}\n`);
  return 0;
});

/** `test` and `[`: files, texts and whole numbers, one comparison. */
const test = program('compare and look', ({ args, name, shell, stderr }) => {
  let words = [...args];
  if (name === '[') {
    if (words.pop() !== ']') {
      stderr.write('sh: [: missing ]\n');
      return 2;
    }
  }
  let wanted = true;
  while (words[0] === '!') {
    wanted = !wanted;
    words = words.slice(1);
  }
  const [a = '', operator, b = ''] = words;
  const { files } = shell.machine;
  const path = (text: string): string => FileSystem.resolve(shell.folder, text);
  const unary: Readonly<Record<string, (text: string) => boolean>> = {
    '-e': (text) => files.exists(path(text)),
    '-f': (text) => files.exists(path(text)) && !files.isFolder(path(text)),
    '-d': (text) => files.isFolder(path(text)),
    '-s': (text) => files.exists(path(text)) && (files.isFolder(path(text)) || files.read(path(text)) !== ''),
    '-n': (text) => text !== '',
    '-z': (text) => text === '',
    '-r': (text) => files.exists(path(text)),
    '-t': () => shell.machine.terminal() !== undefined,
  };
  const binary: Readonly<Record<string, () => boolean>> = {
    '=': () => a === b,
    '==': () => a === b,
    '!=': () => a !== b,
    '-eq': () => Number(a) === Number(b),
    '-ne': () => Number(a) !== Number(b),
    '-lt': () => Number(a) < Number(b),
    '-le': () => Number(a) <= Number(b),
    '-gt': () => Number(a) > Number(b),
    '-ge': () => Number(a) >= Number(b),
  };
  const one = words.length === 2 ? unary[a] : undefined;
  const both = words.length === 3 ? binary[operator ?? ''] : undefined;
  if (words.length > 1 && one === undefined && both === undefined) {
    stderr.write(`sh: ${name}: ${words.join(' ')}: unknown operand\n`);
    return 2;
  }
  const truth = both?.() ?? one?.(operator ?? '') ?? a !== '';
  return Number(truth !== wanted);
});

const sh = program('run a script (-c SCRIPT)', async (invocation) => {
  const { args, shell, stdin, stderr, signal } = invocation;
  const inner = shell.copy();
  try {
    const flag = args.findIndex((arg) => /^-[a-z]*c$/.test(arg));
    if (flag >= 0) return await inner.run(args[flag + 1] ?? '', invocation, signal);
    const file = args.find((arg) => !arg.startsWith('-'));
    if (file !== undefined) {
      const path = FileSystem.resolve(shell.folder, file);
      if (!shell.machine.files.exists(path)) {
        stderr.write(`sh: can't open '${file}': No such file or directory\n`);
        return 2;
      }
      return await inner.run(shell.machine.files.read(path), invocation, signal);
    }
    return await inner.run(await stdin.rest(signal), invocation, signal);
  } catch (error) {
    if (error instanceof ExitRequest) return error.code;
    throw error;
  }
});

export const systemCommands: Readonly<Record<string, CommandProgram>> = {
  '[': test,
  ':': builtin('do nothing', () => 0),
  ash: sh,
  bash: sh,
  cd,
  clear: program('clear the terminal', ({ stdout }) => {
    stdout.write('\u001b[H\u001b[2J');
    return 0;
  }),
  date,
  echo,
  env,
  exit,
  export: exportVariables,
  false: program('fail', () => 1),
  hostname: program('print the name of the pod', ({ shell, stdout }) => {
    stdout.write(`${shell.machine.hostname}\n`);
    return 0;
  }),
  id,
  printenv,
  ps,
  pwd: program('print the folder', ({ shell, stdout }) => {
    stdout.write(`${shell.folder}\n`);
    return 0;
  }),
  sh,
  sleep,
  stty,
  test,
  true: program('succeed', () => 0),
  tty,
  uname,
  unset,
  whoami: program('print the user', ({ stdout }) => {
    stdout.write('root\n');
    return 0;
  }),
};
