import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeFiles } from './nodeFiles';

describe('files below a folder', () => {
  let base: string;
  let root: string;
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'kubeorch-files-'));
    root = join(base, 'root');
    await mkdir(root);
    await writeFile(join(base, 'outside.txt'), 'outside');
  });
  afterEach(() => rm(base, { recursive: true, force: true }));

  test('are read, and one that is not there is undefined', async () => {
    await writeFile(join(root, 'a.txt'), 'ä');
    expect(await nodeFiles(root).read('a.txt')).toBe('ä');
    expect(await nodeFiles(root).read('b.txt')).toBeUndefined();
    expect(await nodeFiles(root).read('a.txt/b')).toBeUndefined();
    expect(await nodeFiles(join(root, 'none')).read('a.txt')).toBeUndefined();
  });

  test('are listed by name, and a folder that is not there has none', async () => {
    await mkdir(join(root, 'b'));
    await writeFile(join(root, 'a'), '');
    await writeFile(join(root, 'C'), '');
    expect(await nodeFiles(root).list('.')).toEqual([
      { name: 'C', folder: false },
      { name: 'a', folder: false },
      { name: 'b', folder: true },
    ]);
    expect(await nodeFiles(root).list('none')).toEqual([]);
  });

  test('are created by exactly one of many at once', async () => {
    const files = nodeFiles(root);
    const made = await Promise.all(Array.from({ length: 20 }, (_, index) => files.createExclusive('deep/down/0001.yaml', `${index}`)));
    expect(made.filter(Boolean)).toHaveLength(1);
    expect(await files.read('deep/down/0001.yaml')).toBe(String(made.indexOf(true)));
  });

  test('leave nothing beside them, and what a killed process left is taken away in time', async () => {
    const files = nodeFiles(root);
    await files.createExclusive('x/a.txt', 'one');
    expect(await files.createExclusive('x/a.txt', 'two')).toBe(false);
    expect(await readdir(join(root, 'x'))).toEqual(['a.txt']);
    const [old, young, foreign] = ['.a.txt.0123456789ab.tmp', '.b.txt.0123456789ab.tmp', 'notes.tmp'] as const;
    for (const name of [old, young, foreign]) await writeFile(join(root, 'x', name), 'ha');
    const anHourAgo = new Date(Date.now() - 3_600_000);
    for (const name of [old, foreign]) await utimes(join(root, 'x', name), anHourAgo, anHourAgo);
    await files.replace('x/a.txt', 'three');
    expect(await readdir(join(root, 'x'))).toEqual([young, 'a.txt', foreign]);
    expect(await files.read('x/a.txt')).toBe('three');
  });

  test('hold their whole text from the moment that they can be seen', async () => {
    const files = nodeFiles(root);
    const text = 'whole '.repeat(200_000);
    const seen: number[] = [];
    const look = async (): Promise<void> => {
      const found = await readFile(join(root, 'big.txt'), 'utf8').catch(() => undefined);
      if (found === undefined) return look();
      seen.push(found.length);
    };
    const [made] = await Promise.all([files.createExclusive('big.txt', text), look()]);
    expect(made).toBe(true);
    expect(seen).toEqual([text.length]);
    expect(await files.read('big.txt')).toBe(text);
  });

  test('are replaced whole and leave nothing beside them', async () => {
    const files = nodeFiles(root);
    await files.replace('x/a.txt', 'one');
    await Promise.all(Array.from({ length: 10 }, (_, index) => files.replace('x/a.txt', `${index}`.repeat(10_000))));
    expect(await files.read('x/a.txt')).toMatch(/^(\d)\1{9999}$/);
    expect(await readdir(join(root, 'x'))).toEqual(['a.txt']);
  });

  test('grow at their end', async () => {
    const files = nodeFiles(root);
    await files.append('log/a', '1\n');
    await files.append('log/a', '2\n');
    expect(await files.read('log/a')).toBe('1\n2\n');
  });

  test.each(['../outside.txt', 'a/../../outside.txt', '/etc/hostname', '..'])('%s leads out and is refused, to read and to write', async (path) => {
    const files = nodeFiles(root);
    await expect(files.read(path)).rejects.toThrow('leads out of its folder');
    await expect(files.list(path)).rejects.toThrow('leads out of its folder');
    await expect(files.replace(path, 'x')).rejects.toThrow('leads out of its folder');
    await expect(files.createExclusive(path, 'x')).rejects.toThrow('leads out of its folder');
    await expect(files.append(path, 'x')).rejects.toThrow('leads out of its folder');
  });

  test('links that lead out are refused, and links that stay inside work', async () => {
    const files = nodeFiles(root);
    await writeFile(join(root, 'real.txt'), 'real');
    await symlink(join(base, 'outside.txt'), join(root, 'file'));
    await symlink(base, join(root, 'folder'));
    await symlink(join(base, 'nothing-yet.txt'), join(root, 'dangling'));
    await symlink(join(root, 'real.txt'), join(root, 'inside'));
    await expect(files.read('file')).rejects.toThrow('through a link');
    await expect(files.replace('file', 'x')).rejects.toThrow('through a link');
    await expect(files.append('folder/outside.txt', 'x')).rejects.toThrow('through a link');
    await expect(files.list('folder')).rejects.toThrow('through a link');
    await expect(files.createExclusive('dangling', 'x')).rejects.toThrow('a link to nothing');
    await expect(files.append('dangling', 'x')).rejects.toThrow('a link to nothing');
    expect(await files.read('inside')).toBe('real');
    expect(await readFile(join(base, 'outside.txt'), 'utf8')).toBe('outside');
    expect(await readdir(base)).toEqual(['outside.txt', 'root']);
  });

  test('what is no file is not waited for, and what has no end is not read', async () => {
    const files = nodeFiles(root);
    execFileSync('mkfifo', [join(root, 'pipe')]);
    await symlink('pipe', join(root, 'link'));
    await writeFile(join(root, 'large'), '');
    await truncate(join(root, 'large'), 33 * 1024 * 1024);
    for (const path of ['pipe', 'link']) await expect(files.read(path)).rejects.toThrow(`"${path}" is no file`);
    await expect(files.read('large')).rejects.toThrow('"large" has 33 MB; more than 32 MB are not read');
    expect((await files.list('')).map(({ name }) => name)).toEqual(['large', 'link']);
  });

  test('a folder that is itself a link is followed once', async () => {
    await writeFile(join(root, 'a.txt'), 'a');
    await symlink(root, join(base, 'link'));
    expect(await nodeFiles(join(base, 'link')).read('a.txt')).toBe('a');
  });
});
