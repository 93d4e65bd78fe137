import { expect, test } from 'vitest';
import { VirtualClock } from '../../testing/virtualClock';
import { CalmRefresh } from './calmRefresh';

interface Row {
  readonly name: string;
}

function rig() {
  const clock = new VirtualClock();
  const told: (string | undefined)[] = [];
  const calm = new CalmRefresh<Row>(clock, (row) => told.push(row?.name));
  const [cluster, kind, pod]: readonly Row[] = [{ name: 'cluster' }, { name: 'kind' }, { name: 'pod' }];
  if (cluster === undefined || kind === undefined || pod === undefined) throw new Error('rows are made above');
  return { clock, told, calm, cluster, kind, pod };
}

test('a row that nobody lists is refreshed at once', () => {
  const { calm, told, kind } = rig();
  calm.changed(kind);
  calm.changed(undefined);
  expect(told).toEqual(['kind', undefined]);
});

test('what changes while its rows are on their way to the editor is told once, after they have come', async () => {
  const { calm, told, clock, kind, pod } = rig();
  let answer: (rows: readonly Row[]) => void = () => undefined;
  const listed = calm.list(kind, () => new Promise((resolve) => (answer = resolve)));
  calm.changed(kind);
  answer([pod]);
  expect(await listed).toEqual([pod]);
  calm.changed(kind);
  expect(told).toEqual([]);
  await clock.advance(1_000);
  expect(told).toEqual(['kind']);
  calm.changed(kind);
  expect(told).toEqual(['kind', 'kind']);
});

test('rows above one that is being listed wait too, and those on their way; others do not', async () => {
  const { calm, told, clock, cluster, kind, pod } = rig();
  const other = { name: 'other' };
  await calm.list(undefined, () => Promise.resolve([cluster, other]));
  await calm.list(cluster, () => Promise.resolve([kind]));
  await clock.advance(1_000);
  await calm.list(kind, () => Promise.resolve([pod]));
  for (const row of [cluster, undefined, other, pod]) calm.changed(row);
  expect(told).toEqual(['other']);
  await clock.advance(1_000);
  expect(told).toEqual(['other', 'cluster', undefined, 'pod']);
});

test('a listing that fails or hangs holds nothing back for long', async () => {
  const { calm, told, clock, cluster, kind } = rig();
  await expect(calm.list(cluster, () => Promise.reject(new Error('no answer')))).rejects.toThrow('no answer');
  calm.changed(cluster);
  await clock.advance(1_000);
  expect(told).toEqual(['cluster']);
  void calm.list(kind, () => new Promise<never>(() => undefined));
  calm.changed(kind);
  await clock.advance(5_000);
  expect(told).toEqual(['cluster', 'kind']);
});

test('nothing is told after the end', async () => {
  const { calm, told, clock, kind } = rig();
  await calm.list(kind, () => Promise.resolve([]));
  calm.changed(kind);
  calm.dispose();
  await clock.advance(5_000);
  expect(told).toEqual([]);
});
