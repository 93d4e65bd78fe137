import { expect, test } from 'vitest';
import { coreCatalog } from '../../../testing/coreCatalog';
import { MemoryFiles } from '../../../testing/memoryFiles';
import { VirtualClock } from '../../../testing/virtualClock';
import type { ImportEvent } from '../../../shared/importSession';
import type { ImportSessionRequest, ProjectChoice } from './importSession';
import { RepositoryImportSession } from './importSession';

const { catalog } = await coreCatalog();
const clock = new VirtualClock();

async function rig(tree: Readonly<Record<string, string>>, more: Partial<ImportSessionRequest> = {}) {
  const files = new MemoryFiles();
  for (const [path, text] of Object.entries(tree)) await files.replace(path, text);
  const events: ImportEvent[] = [];
  const asked: (readonly ProjectChoice[])[] = [];
  const session = new RepositoryImportSession({
    ...{ source: '/work/shop', name: 'shop', catalog, clock, signal: new AbortController().signal, tree: { files, folder: '/work/shop' } },
    choose: (projects) => {
      asked.push(projects);
      return Promise.resolve(projects.at(-1));
    },
    tell: (event) => events.push(event),
    ...more,
  });
  const steps = (): readonly string[] =>
    events.flatMap((event) => (event.event_type === 'progress' ? [`${event.data.status} ${event.data.current_stage} ${String(event.data.progress)}`] : []));
  return { files, events, asked, session, steps };
}

const compose = 'services: { web: { image: nginx } }';

test('an address is cloned, looked through, read and made a workflow of, each step told as it begins', async () => {
  const { files, events, asked, session, steps } = await rig(
    { 'compose.yaml': compose },
    { source: 'https://git.example.com/shop.git', branch: 'main', clone: (use) => use({ files, folder: '/tmp/x' }) },
  );
  const made = await session.run();
  expect(made?.services.map(({ service }) => service)).toEqual(['web']);
  expect(asked).toEqual([]);
  expect(events[0]).toMatchObject({ event_type: 'metadata', data: { status: 'pending', source: 'https://git.example.com/shop.git', branch: 'main' } });
  expect(steps()).toEqual([
    'pending pending 0',
    'cloning cloning 10',
    'analyzing analyzing 40',
    'analyzing parsing 60',
    'analyzing converting 80',
    'completed done 100',
  ]);
  expect(events.at(-1)).toEqual({
    event_type: 'complete',
    data: { analysis: { composeFiles: ['compose.yaml'], services: ['web'], losses: made?.losses.length, needsBuild: false } },
  });
});

test('of several projects a person takes one, and what is built says of what', async () => {
  const tree = {
    'compose.yaml': compose,
    'compose.prod.yaml': compose,
    'tools/compose.yml': compose,
    'api/Dockerfile': 'FROM scratch\nEXPOSE 9000\n',
    'api/package.json': '{"scripts":{"start":"node ."}}',
    'web/package.json': '{"scripts":{"start":"node ."}}',
  };
  const { asked, session, events } = await rig(tree);
  const made = await session.run();
  expect(asked).toMatchObject([
    [
      { type: 'compose', paths: ['compose.yaml'], others: ['compose.prod.yaml'] },
      { type: 'compose', paths: ['tools/compose.yml'], others: [] },
      { type: 'sources', folders: [{ folder: 'api', dockerfile: 'Dockerfile' }] },
      // What has a Dockerfile is not offered again by its language.
      { type: 'sources', folders: [{ folder: 'web', source: { language: 'node' } }] },
    ],
  ]);
  expect(made?.builds).toEqual(['web']);
  expect(events.at(-1)).toMatchObject({ data: { analysis: { needsBuild: true, sourceBuildConfig: { buildContext: 'web', useNixpacks: true } } } });
});

test('one project with nothing to leave out is not asked about', async () => {
  const { asked, session } = await rig({ 'api/Dockerfile': 'FROM scratch\n' });
  expect((await session.run())?.builds).toEqual(['api']);
  expect(asked).toEqual([]);
});

test('gives up when nothing is chosen or it is cancelled, and says so as its end', async () => {
  const refused = await rig({ 'a/compose.yaml': compose, 'b/compose.yaml': compose }, { choose: () => Promise.resolve(undefined) });
  expect(await refused.session.run()).toBeUndefined();
  expect(refused.events.at(-1)).toMatchObject({ event_type: 'failed', data: { error_stage: 'analyzing' } });
  const cancel = new AbortController();
  const hanging = new Promise<never>((_, reject) => cancel.signal.addEventListener('abort', () => reject(new Error('ended'))));
  const cloning = await rig({}, { clone: () => hanging, signal: cancel.signal });
  const run = cloning.session.run();
  cancel.abort();
  expect(await run).toBeUndefined();
  expect(cloning.events.at(-1)).toMatchObject({ event_type: 'failed', data: { error_stage: 'cloning' } });
  expect(cloning.session.record.status).toBe('failed');
});

test('a file system that never answers ends after five minutes or when it is cancelled, and a repository with nothing in it is told', async () => {
  const files = { read: () => new Promise<never>(() => undefined), list: () => new Promise<never>(() => undefined) };
  const late = await rig({}, { tree: { files, folder: '/work/shop' } });
  const ended = late.session.run().catch(String);
  await clock.advance(5 * 60_000);
  expect(await ended).toContain('took longer than 5 minutes');
  expect(late.events.at(-1)).toMatchObject({ event_type: 'failed', data: { error_stage: 'analyzing' } });
  expect(clock.waiting).toBe(0);
  const cancel = new AbortController();
  const cut = await rig({}, { tree: { files, folder: '/work/shop' }, signal: cancel.signal });
  const cutting = cut.session.run();
  cancel.abort();
  expect(await cutting).toBeUndefined();
  const empty = await rig({ 'README.md': '' });
  await expect(empty.session.run()).rejects.toThrow('There is nothing to import');
});
