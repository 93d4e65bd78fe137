import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { MemoryLogger } from '../testing/memoryLogger';
import { PacedClock } from '../testing/pacedClock';
import { ShellEnvironment } from './shellEnvironment';
import type { ShellEnvironmentOptions } from './shellEnvironment';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'shell-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A shell that counts its starts and does what a test says before it runs what it was given. */
async function shell(before: string): Promise<string> {
  const path = join(folder, 'sh');
  await writeFile(path, `#!/bin/sh\necho x >> "${folder}/starts"\n${before}\nexec /bin/sh -c "$2"\n`);
  await chmod(path, 0o755);
  return path;
}

function rig(SHELL: string, options: Partial<ShellEnvironmentOptions> = {}) {
  const logger = new MemoryLogger();
  const environment = { SHELL, PATH: '/usr/bin:/bin', OWN: 'kept', ELECTRON_RUN_AS_NODE: undefined };
  return { logger, environment, shell: new ShellEnvironment({ clock: new PacedClock(), logger, isTrusted: () => true, environment, ...options }) };
}

describe.skipIf(process.platform === 'win32')('the environment of the login shell', () => {
  test('is what the shell’s own files make of it, whatever they print, and asked for once', async () => {
    const { shell: resolved } = rig(await shell('export PATH="/opt/tools:$PATH" PLUGIN="two\nlines"; echo "Welcome! {\\"PATH\\": 1}"; echo noise >&2'));
    const [first, second] = await Promise.all([resolved.get(), resolved.get()]);
    expect(first).toMatchObject({ PATH: '/opt/tools:/usr/bin:/bin', PLUGIN: 'two\nlines', OWN: 'kept' });
    expect(first).not.toHaveProperty('ELECTRON_RUN_AS_NODE');
    expect(second).toBe(first);
    expect(await readFile(join(folder, 'starts'), 'utf8')).toBe('x\n');
  });

  test('is read from a real bash, login and interactive, without a terminal', async () => {
    await writeFile(join(folder, '.bash_profile'), 'export FROM_PROFILE=yes\n');
    const { shell: resolved } = rig('/bin/bash', { environment: { SHELL: '/bin/bash', PATH: '/usr/bin:/bin', HOME: folder } });
    expect(await resolved.get()).toMatchObject({ FROM_PROFILE: 'yes' });
  });

  test('what the person’s files start in the background keeps nobody waiting and goes on', async () => {
    const { shell: resolved } = rig(await shell(`(sleep 0.4; echo done > "${folder}/background") &`));
    expect(await resolved.get()).toMatchObject({ OWN: 'kept' });
    await expect(readFile(join(folder, 'background'))).rejects.toThrow(/ENOENT/);
    await expect.poll(() => readFile(join(folder, 'background'), 'utf8').catch(() => ''), { timeout: 5_000 }).toBe('done\n');
  });

  test('an untrusted workspace starts nothing, and trust given later is used', async () => {
    let trusted = false;
    const { shell: resolved, environment } = rig(await shell('export LATE=1'), { isTrusted: () => trusted });
    expect(await resolved.get()).toBe(environment);
    await expect(readFile(join(folder, 'starts'))).rejects.toThrow(/ENOENT/);
    trusted = true;
    expect(await resolved.get()).toMatchObject({ LATE: '1' });
  });

  test.each([
    ['hangs', 'sleep 600 & wait', /did not answer in 0\.3 s/],
    ['fails', 'exit 3', /ended with 3/],
    ['talks without end', 'yes', /wrote more than|did not answer/],
  ])('a shell that %s leaves the process’s own, and the log says why', async (_, before, why) => {
    const { shell: resolved, environment, logger } = rig(await shell(before), { timeoutMs: 300 });
    expect(await resolved.get()).toBe(environment);
    expect(logger.lines.join('\n')).toMatch(why);
  });

  test('an answer that cannot be read is told of without what it says', async () => {
    const path = join(folder, 'sh');
    await writeFile(path, `#!/bin/sh\nmark=$(printf '%s' "$2" | sed 's/.*"\\([0-9a-f]\\{32\\}\\)".*/\\1/')\nprintf '%s' "$mark TOKEN=canary-1 $mark"\n`);
    await chmod(path, 0o755);
    const { shell: resolved, environment, logger } = rig(path);
    expect(await resolved.get()).toBe(environment);
    expect(logger.lines.join('\n')).toMatch(/is no JSON/);
    expect(logger.lines.join('\n')).not.toContain('canary');
  });

  test('no shell, or one that is not there, leaves the process’s own', async () => {
    const { shell: resolved, environment, logger } = rig(join(folder, 'missing'));
    expect(await resolved.get()).toBe(environment);
    expect(logger.lines.join('\n')).toMatch(/ENOENT/);
  });

  test('Windows has one environment for all', async () => {
    const { shell: resolved, environment } = rig(await shell(''), { platform: 'win32' });
    expect(await resolved.get()).toBe(environment);
    await expect(readFile(join(folder, 'starts'))).rejects.toThrow(/ENOENT/);
  });
});
