import { expect, test } from 'vitest';
import { ClusterError } from '../../engine/ports';
import { MemoryLogger } from '../../testing/memoryLogger';
import { ClusterStructure } from './clusterStructure';

test('each group version is asked for once, nobody waits, and what fails is told and left to the shipped structure', async () => {
  const asked: string[] = [];
  const told: (readonly unknown[])[] = [];
  const log = new MemoryLogger();
  const openApi = (version: string): Promise<{ readonly of: string } | undefined> => {
    asked.push(version);
    if (version === 'bad/v1') return Promise.reject(new ClusterError({ kind: 'forbidden', message: 'no' } as never));
    return Promise.resolve(version === 'acme.com/v1' ? undefined : { of: version });
  };
  const structure = new ClusterStructure({ openApi }, (documents) => told.push(documents), log);
  await structure.use(['v1', 'apps/v1', 'v1', 'bad/v1', 'acme.com/v1']);
  await structure.use(['apps/v1', 'v1', 'acme.com/v1']);
  expect(asked).toEqual(['v1', 'apps/v1', 'bad/v1', 'acme.com/v1']);
  expect(told).toEqual([[{ of: 'apps/v1' }, { of: 'v1' }]]);
  await structure.use(['batch/v1']);
  expect(told.at(-1)).toEqual([{ of: 'apps/v1' }, { of: 'batch/v1' }, { of: 'v1' }]);
  await structure.use(Array.from({ length: 200 }, (_, index) => `g${index}/v1`));
  expect(asked.length).toBe(40);
  structure.dispose();
});

test('an answer that comes after the end is not told', async () => {
  const told: (readonly unknown[])[] = [];
  let answer: (document: Record<string, never>) => void = () => undefined;
  const structure = new ClusterStructure(
    { openApi: () => new Promise((resolve) => (answer = resolve)) },
    (documents) => told.push(documents),
    new MemoryLogger(),
  );
  const using = structure.use(['v1']);
  structure.dispose();
  answer({});
  await using;
  expect(told).toEqual([]);
});
