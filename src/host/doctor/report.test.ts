import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { MemoryLogger } from '../../testing/memoryLogger';
import { VirtualClock } from '../../testing/virtualClock';
import { findOnPath, shownProxy } from './lookups';
import { RecentLog } from './recentLog';
import { fixLinks, reportText } from './report';

describe("the doctor's report", () => {
  const text = reportText('KubeOrch Doctor', [
    { title: 'Workspace', findings: [{ verdict: 'bad', text: 'not trusted', fix: { title: 'Manage Workspace Trust', command: 'workbench.trust.manage' } }] },
    { title: 'Nothing', findings: [] },
    { title: 'Contexts', findings: [{ verdict: 'good', text: 'prod\n      -> Click me (command:kubeorch.showOutput)' }] },
  ]);

  it('marks each line and leaves empty sections out', () => {
    expect(text).toContain('[!!]  not trusted\n      -> Manage Workspace Trust (command:workbench.trust.manage)');
    expect(text).not.toContain('Nothing');
  });

  it('links its own fixes and nothing that a file or a cluster wrote', () => {
    expect(fixLinks(text)).toEqual([{ line: 6, start: 9, end: 31, command: 'workbench.trust.manage' }]);
    expect(fixLinks('      -> Run (command:workbench.action.terminal.sendSequence)')).toEqual([]);
  });
});

describe('looking up programs', () => {
  it('finds the first file of the PATH that could be started, and starts none', async () => {
    const place = await mkdtemp(join(tmpdir(), 'kubeorch-path-'));
    onTestFinished(() => rm(place, { recursive: true, force: true }));
    for (const folder of ['a', 'b', 'c', 'd']) await mkdir(join(place, folder));
    await mkdir(join(place, 'a', 'kubectl'));
    await writeFile(join(place, 'b', 'kubectl'), 'no program', { mode: 0o644 });
    for (const folder of ['c', 'd']) {
      await writeFile(join(place, folder, 'kubectl'), `#!/bin/sh\ntouch ${join(place, 'started')}\n`);
      await chmod(join(place, folder, 'kubectl'), 0o755);
    }
    const path = ['relative', ...['a', 'b', 'c', 'd'].map((folder) => join(place, folder))].join(delimiter);
    expect(await findOnPath('kubectl', path, '')).toBe(join(place, 'c', 'kubectl'));
    expect(await findOnPath('helm', path, '')).toBeUndefined();
    await expect(import('node:fs/promises').then(({ stat }) => stat(join(place, 'started')))).rejects.toThrow('ENOENT');
  });

  it('shows a proxy without its credentials', () => {
    expect(shownProxy('http://user:canary@proxy.example:3128/?x=canary')).toBe('http://proxy.example:3128');
    expect(shownProxy('canary')).toBe('(no URL)');
  });
});

describe('the recent log', () => {
  it('passes lines on and keeps a bounded number of the last ones', () => {
    const onward = new MemoryLogger();
    const log = new RecentLog(onward, new VirtualClock());
    for (let line = 0; line < 2_500; line++) log.info(`line ${line}`);
    expect(log.entries.length).toBeLessThanOrEqual(1_000);
    expect(log.entries.at(-1)?.message).toBe('line 2499');
    log.warn('the cluster refused it');
    for (let line = 0; line < 2500; line++) log.debug(`GET ${line}`);
    expect(log.entries.some(({ message }) => message === 'the cluster refused it')).toBe(true);
    expect(log.entries.length).toBeLessThanOrEqual(1_000);
    expect(log.entries.map(({ atMs }) => atMs)).toEqual(log.entries.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
    log.error('failed', new Error('because'));
    expect(log.entries.at(-1)?.message).toContain('because');
    log.clear();
    expect(log.entries).toEqual([]);
  });
});
