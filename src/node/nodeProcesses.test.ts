import { describe, expect, test } from 'vitest';
import { nodeProcesses } from './nodeProcesses';
import { systemClock } from './systemClock';

const processes = nodeProcesses(systemClock());
const options = { env: { PATH: '/usr/bin:/bin', GIVEN: 'yes' }, timeoutMs: 10_000, outputLimitBytes: 100_000 };
const shell = (script: string, more: object = {}) => processes.run('/bin/sh', ['-c', script], { ...options, ...more });

describe.skipIf(process.platform === 'win32')('a program that is started', () => {
  test('gets its arguments, its input and exactly the given environment, and gives what it wrote', async () => {
    const { stdout, stderr, exitCode, stopped } = await shell('cat; env | grep -c HOME; echo "$GIVEN"; echo oops >&2; exit 3', { input: 'in\n' });
    expect({ stdout, stderr, exitCode, stopped }).toEqual({ stdout: 'in\n0\nyes\n', stderr: 'oops\n', exitCode: 3, stopped: undefined });
  });

  test.each([
    ['output without end', 'yes', {}, 'output'],
    ['no end', 'sleep 600 & sleep 600', { timeoutMs: 200 }, 'timeout'],
    ['a cancel', 'sleep 600', { signal: AbortSignal.timeout(100) }, 'cancelled'],
  ])('with %s is ended with all that it started', async (_, script, more, stopped) => {
    expect(await shell(script, more)).toMatchObject({ stopped });
  });

  test.skipIf(process.platform !== 'linux')('that wants more memory than it may have is ended', async () => {
    const script = 'const kept = []; setInterval(() => kept.push(Buffer.alloc(16 * 1024 * 1024, 1)), 10);';
    const end = await processes.run(process.execPath, ['-e', script], { ...options, memoryLimitBytes: 200 * 1024 * 1024 });
    expect(end).toMatchObject({ stopped: 'memory' });
  });

  test('that is not there is refused with the system’s word, and one whose start was cancelled never starts', async () => {
    await expect(processes.run('/nowhere/program', [], options)).rejects.toMatchObject({ code: 'ENOENT' });
    expect(await shell('echo x', { signal: AbortSignal.abort() })).toEqual({ stopped: 'cancelled', stdout: '', stderr: '' });
  });
});
