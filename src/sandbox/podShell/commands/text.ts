import { FileError, FileSystem } from '../fileSystem';
import { optionsIn, program, type CommandProgram, type Invocation } from '../machine';

interface Source {
  name: string;
  text: string;
}

/** The files that are named, or the standard input; what cannot be read is told and left out. */
async function sources(invocation: Invocation, paths: readonly string[]): Promise<{ found: Source[]; failed: boolean }> {
  if (paths.length === 0) return { found: [{ name: '', text: await invocation.stdin.rest(invocation.signal) }], failed: false };
  const found: Source[] = [];
  let failed = false;
  for (const path of paths) {
    try {
      found.push({ name: path, text: invocation.shell.machine.files.read(FileSystem.resolve(invocation.shell.folder, path)) });
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      invocation.stderr.write(`${invocation.name}: ${path}: ${error.message}\n`);
      failed = true;
    }
  }
  return { found, failed };
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** `-n 5`, `-n5` and `-5` alike. */
function countOption(args: readonly string[]): { count: number; rest: string[] } {
  const rest: string[] = [];
  let count = 10;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at] ?? '';
    const joined = /^-n?(\d+)$/.exec(arg);
    if (joined) count = Number(joined[1]);
    else if (arg === '-n') count = Number(args[++at] ?? 10);
    else rest.push(arg);
  }
  return { count: Number.isFinite(count) ? count : 10, rest };
}

function partOfFile(about: string, cut: (lines: string[], count: number) => string[]): CommandProgram {
  return program(about, async (invocation) => {
    const { count, rest } = countOption(invocation.args);
    const { found, failed } = await sources(invocation, rest);
    for (const { name, text } of found) {
      if (found.length > 1) invocation.stdout.write(`==> ${name} <==\n`);
      for (const line of cut(linesOf(text), count)) invocation.stdout.write(`${line}\n`);
    }
    return Number(failed);
  });
}

const wc = program('count lines, words and bytes (-l -w -c)', async (invocation) => {
  const options = optionsIn(invocation, 'lwc');
  if (options === undefined) return 1;
  const { flags } = options;
  const { found, failed } = await sources(invocation, options.rest);
  for (const { name, text } of found) {
    const counts: [string, number][] = [
      ['l', text.split('\n').length - 1],
      ['w', text.split(/\s+/).filter((word) => word !== '').length],
      ['c', Buffer.byteLength(text)],
    ];
    const shown = counts.filter(([flag]) => flags.size === 0 || flags.has(flag)).map(([, count]) => count);
    const numbers = shown.length === 1 && name === '' ? String(shown[0]) : shown.map((count) => String(count).padStart(7)).join(' ');
    invocation.stdout.write(`${numbers}${name === '' ? '' : ` ${name}`}\n`);
  }
  return Number(failed);
});

/** Basic patterns: `^ $ . * [ ]`. Matched line by line with a bound on the line's length, so that no pattern can take long. */
function lineTest(pattern: string, ignoreCase: boolean, fixed: boolean): ((line: string) => boolean) | undefined {
  if (fixed) return (line) => (ignoreCase ? line.toLowerCase().includes(pattern.toLowerCase()) : line.includes(pattern));
  // More than three repetitions could take time that grows with a high power of the line's length.
  if ((pattern.match(/[*+{]/g)?.length ?? 0) > 3) return undefined;
  try {
    const test = new RegExp(pattern.replace(/[(){}|+?]/g, '\\$&'), ignoreCase ? 'i' : '');
    return (line) => test.test(line.slice(0, 600));
  } catch {
    return undefined;
  }
}

const grep = program('find lines by a pattern (-i -v -n -c -q -F)', async (invocation) => {
  const options = optionsIn(invocation, 'ivncqFEw');
  if (options === undefined) return 2;
  const { flags } = options;
  const [pattern, ...paths] = options.rest;
  if (pattern === undefined) {
    invocation.stderr.write('grep: a pattern is missing\n');
    return 2;
  }
  const test = lineTest(pattern, flags.has('i'), flags.has('F'));
  if (test === undefined) {
    invocation.stderr.write(`grep: the pattern "${pattern}" is beyond this simulated grep\n`);
    return 2;
  }
  const { found, failed } = await sources(invocation, paths);
  let any = false;
  for (const { name, text } of found) {
    const prefix = found.length > 1 ? `${name}:` : '';
    let count = 0;
    for (const [index, line] of linesOf(text).entries()) {
      if (test(line) === flags.has('v')) continue;
      any = true;
      count++;
      if (!flags.has('q') && !flags.has('c')) invocation.stdout.write(`${prefix}${flags.has('n') ? `${String(index + 1)}:` : ''}${line}\n`);
    }
    if (flags.has('c')) invocation.stdout.write(`${prefix}${String(count)}\n`);
  }
  return failed ? 2 : Number(!any);
});

const sort = program('sort lines (-r -u -n)', async (invocation) => {
  const options = optionsIn(invocation, 'run');
  if (options === undefined) return 1;
  const { flags } = options;
  const { found, failed } = await sources(invocation, options.rest);
  const lines = found.flatMap(({ text }) => linesOf(text));
  lines.sort((a, b) => (flags.has('n') ? (Number.parseFloat(a) || 0) - (Number.parseFloat(b) || 0) : 0) || (a < b ? -1 : a > b ? 1 : 0));
  if (flags.has('r')) lines.reverse();
  for (const line of flags.has('u') ? new Set(lines) : lines) invocation.stdout.write(`${line}\n`);
  return Number(failed);
});

export const textCommands: Readonly<Record<string, CommandProgram>> = {
  grep,
  head: partOfFile('print the first lines (-n N)', (lines, count) => lines.slice(0, count)),
  sort,
  tail: partOfFile('print the last lines (-n N)', (lines, count) => (count === 0 ? [] : lines.slice(-count))),
  wc,
};
