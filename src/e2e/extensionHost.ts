// The process in which a window's extensions run.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

/** The id of the extension host of the server with this profile. @throws an Error where there is none */
export async function extensionHostOf(profile: string): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-A', '-ww', '-o', 'pid=,ppid=,args='], { maxBuffer: 16 * 1024 * 1024 });
  const all = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, args] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return args === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), args }];
  });
  const server = all.find(({ args }) => args.includes('server-main.js') && args.includes(profile));
  const host = all.find(({ parent, args }) => parent === server?.pid && args.includes('--type=extensionHost'));
  if (host === undefined) throw new Error(`No extension host runs for ${profile}.`);
  return host.pid;
}
