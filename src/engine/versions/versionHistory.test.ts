import { beforeEach, describe, expect, test } from 'vitest';
import { MemoryFiles } from '../../testing/memoryFiles';
import { VirtualClock } from '../../testing/virtualClock';
import { listVersions, snapshotVersion } from './versionFiles';
import { createVersion, describeVersion, readVersion, restoreVersion, versionEntries, versionOfDigest } from './versionHistory';

let files: MemoryFiles;
const clock = new VirtualClock();
beforeEach(() => {
  files = new MemoryFiles();
});

describe('versions', () => {
  test('are listed newest first with their words, which may change while the text never does', async () => {
    await snapshotVersion(files, clock, 'shop', 'one');
    await createVersion(files, clock, 'shop', 'two', { name: 'Second', tag: 'v2' });
    expect((await versionEntries(files, 'shop')).map(({ ref, meta }) => [ref, meta.name, meta.tag, meta.automatic])).toEqual([
      ['2', 'Second', 'v2', false],
      ['1', undefined, undefined, true],
    ]);
    await describeVersion(files, 'shop', '2', { description: 'with a cache' });
    expect(await readVersion(files, 'shop', '2')).toMatchObject({ text: 'two', meta: { name: 'Second', tag: 'v2', description: 'with a cache' } });
    await expect(readVersion(files, 'shop', '3')).rejects.toMatchObject({ problem: { code: 'version.missing', args: { version: '3' } } });
    await expect(readVersion(files, 'shop', '../2')).rejects.toMatchObject({ problem: { code: 'version.missing' } });
  });

  test('are restored as new ones, and what stood in the file before is one, too', async () => {
    await snapshotVersion(files, clock, 'shop', 'one');
    await snapshotVersion(files, clock, 'shop', 'two');
    const made = await restoreVersion(files, clock, 'shop', '1', 'two, and a thought');
    expect(made).toMatchObject({ version: 4, text: 'one' });
    expect((await versionEntries(files, 'shop')).map(({ version, meta }) => [version, meta.restoredFrom, meta.description])).toMatchObject([
      [4, 1, 'Restored from version 1'],
      [3, undefined, 'Before version 1 was restored'],
      [2, undefined, expect.stringMatching(/^Snapshot for run at /) as string],
      [1, undefined, expect.stringMatching(/^Snapshot for run at /) as string],
    ]);
    expect((await readVersion(files, 'shop', '3')).text).toBe('two, and a thought');
  });

  test('are found by their bytes, the one of a number first where several have them', async () => {
    const { digest } = await snapshotVersion(files, clock, 'shop', 'one');
    await snapshotVersion(files, clock, 'shop', 'two');
    await restoreVersion(files, clock, 'shop', '1', 'two', 'ada@machine');
    expect((await versionOfDigest(files, 'shop', digest, 1))?.ref).toBe('1');
    expect((await versionOfDigest(files, 'shop', digest))?.ref).toBe('3');
    expect(await versionOfDigest(files, 'shop', `${digest.slice(0, 8)}0`)).toBeUndefined();
    // Who made it is told, the machine is not.
    expect((await readVersion(files, 'shop', '3')).meta.createdBy).toBe('ada');
  });

  test('of two branches that meet keep both under one number, each by its digest, and the next number is free', async () => {
    await snapshotVersion(files, clock, 'shop', 'one');
    const other = new MemoryFiles();
    for (const [path, text] of files.contents) other.contents.set(path, text);
    await snapshotVersion(files, clock, 'shop', 'mine');
    await snapshotVersion(other, clock, 'shop', 'theirs');
    for (const [path, text] of other.contents) if (path.includes('/versions/') && !files.contents.has(path)) files.contents.set(path, text);
    const refs = (await versionEntries(files, 'shop')).map(({ ref }) => ref);
    expect(refs).toEqual([expect.stringMatching(/^2@[0-9a-f]{8}$/), expect.stringMatching(/^2@[0-9a-f]{8}$/), '1']);
    await expect(readVersion(files, 'shop', '2')).rejects.toMatchObject({ problem: { code: 'version.ambiguous' } });
    const texts = await Promise.all(refs.slice(0, 2).map(async (ref) => (await readVersion(files, 'shop', ref)).text));
    expect(texts.sort()).toEqual(['mine', 'theirs']);
    expect((await createVersion(files, clock, 'shop', 'next', {})).version).toBe(3);
    expect(await listVersions(files, 'shop')).toHaveLength(4);
  });
});
