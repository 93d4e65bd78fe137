import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problemText, ProblemError } from '../shared/problem';
import { secretsFrom, secretVariable } from './secretSources';

const of = (nodeId: string, key: string) => ({ clusterUid: 'u', namespace: 'n', workflow: 'w', nodeId, key });

describe('secret values of a command line', () => {
  let folder: string;
  let inputReads = 0;
  const sources = (files: readonly string[], more: object = {}) => ({
    files,
    environment: {},
    folder,
    standardInput: () => {
      inputReads += 1;
      return Promise.resolve('from-input\n');
    },
    ...more,
  });

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'kubeorch-secrets-'));
    await writeFile(join(folder, 'password'), 'hunter2\n');
    await writeFile(join(folder, 'lines'), 'one\ntwo\n\n');
  });
  afterAll(() => rm(folder, { recursive: true }));

  test('come from files, without the line break that editors add', async () => {
    const secrets = await secretsFrom(sources(['db.PASSWORD=@password', 'db.CA.crt=@lines']));
    expect(await secrets.get(of('db', 'PASSWORD'))).toBe('hunter2');
    expect(await secrets.get(of('db', 'CA.crt'))).toBe('one\ntwo\n');
    expect(await secrets.get(of('other', 'PASSWORD'))).toBeUndefined();
  });

  test('come from standard input, which is read once', async () => {
    const secrets = await secretsFrom(sources(['a.X=@-', 'b.X=@-']));
    expect([await secrets.get(of('a', 'X')), await secrets.get(of('b', 'X'))]).toEqual(['from-input', 'from-input']);
    expect(inputReads).toBe(1);
  });

  test('come from variables by prefix, node and key, and files win', async () => {
    expect(secretVariable('app', 'db-secret', 'POSTGRES_PASSWORD')).toBe('APP_DB_SECRET_POSTGRES_PASSWORD');
    const environment = { APP_DB_SECRET_PASSWORD: 'from-variable', APP_DB_PASSWORD: 'loses' };
    const secrets = await secretsFrom(sources(['db.PASSWORD=@password'], { environmentPrefix: 'APP', environment }));
    expect(await secrets.get(of('db-secret', 'PASSWORD'))).toBe('from-variable');
    expect(await secrets.get(of('db', 'PASSWORD'))).toBe('hunter2');
    const without = await secretsFrom(sources([], { environment }));
    expect(await without.get(of('db-secret', 'PASSWORD'))).toBeUndefined();
  });

  test.each(['db.PASSWORD=hunter2', 'db=@file', 'db.PASSWORD', '=@x'])('refuse %s without repeating a value', async (argument) => {
    const error = await secretsFrom(sources([argument])).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ProblemError);
    expect(problemText((error as ProblemError).problem)).not.toContain('hunter2');
  });

  test('tell of a missing file before anything happens', async () => {
    await expect(secretsFrom(sources(['db.PASSWORD=@nowhere']))).rejects.toMatchObject({ problem: { code: 'file.unreadable', args: { file: 'nowhere' } } });
  });
});
