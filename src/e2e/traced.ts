// What a window's server, and all that it started, reached for: a file that strace wrote, read.
import { readFile } from 'node:fs/promises';

export interface Traced {
  /** Every start of a program that was tried, with its arguments. */
  readonly programs: readonly string[];
  /** Every address of another socket than a local one that was connected to. */
  readonly addresses: readonly string[];
  /** Files that were opened, by the path that they really have. */
  readonly opened: readonly string[];
  /** Files and folders that were made, changed or removed. */
  readonly written: readonly string[];
}

/** @param file as strace writes it with `-f -y` */
export async function readTrace(file: string): Promise<Traced> {
  const begun = new Map<string, string>();
  const traced = { programs: new Set<string>(), addresses: new Set<string>(), opened: new Set<string>(), written: new Set<string>() };
  for (const line of (await readFile(file, 'latin1')).split('\n')) {
    const [, process = '', said = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    // A call that others interrupted is written in two parts.
    const first = /^(.*) <unfinished \.\.\.>$/.exec(said)?.[1];
    if (first !== undefined) {
      begun.set(process, first);
      continue;
    }
    const rest = /^<\.\.\. \w+ resumed>(.*)$/.exec(said)?.[1];
    note(rest === undefined ? said : `${begun.get(process) ?? ''}${rest}`, traced);
  }
  return { programs: [...traced.programs], addresses: [...traced.addresses], opened: [...traced.opened], written: [...traced.written] };
}

function note(call: string, traced: Readonly<Record<keyof Traced, Set<string>>>): void {
  const [, name = '', inside = ''] = /^(\w+)\((.*)$/.exec(call) ?? [];
  const succeeded = !/ = -1 E/.test(inside) && / = /.test(inside);
  const path = /"((?:[^"\\]|\\.)*)"/.exec(inside)?.[1] ?? '';
  if (name === 'execve') traced.programs.add(/^"(?:[^"\\]|\\.)*", \[.*?\](?=, 0x)/.exec(inside)?.[0] ?? inside);
  else if (name === 'connect') {
    if (/AF_INET/.test(inside)) traced.addresses.add(/\{sa_family=(.*?)\}/.exec(inside)?.[1] ?? inside);
  } else if (/^(open|openat|creat)$/.test(name)) {
    if (!succeeded) return;
    const real = / = \d+<(.*)>$/.exec(inside)?.[1] ?? path;
    traced.opened.add(real);
    if (name === 'creat' || /O_WRONLY|O_RDWR|O_CREAT/.test(inside)) traced.written.add(real);
  } else if (name !== '' && succeeded) {
    for (const [, changed = ''] of inside.matchAll(/"((?:[^"\\]|\\.)*)"/g)) traced.written.add(changed);
  }
}
