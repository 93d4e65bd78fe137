// Builds by nixpacks itself (`cargo install nixpacks`). Its base image is far away, so one of our own stands in its place: busybox, and programs that
// say what they were given.
import { copyFile, readFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeBuildTools } from '../../node/buildTools';
import type { BuildEvent } from '../../shared/build';
import type { BuildRig } from '../../testing/buildRig';
import { hasBuildah, startBuildRig, withoutBuildah } from '../../testing/buildRig';
import { until } from '../../testing/until';
import { buildSettings } from './buildSettings';
import { BuildStarts } from './buildStarts';
import { dockerfileFor } from './dockerfileFor';

const busybox = '/bin/busybox';
const nixpacks = await nodeBuildTools({ isAllowed: () => true, environment: () => Promise.resolve(process.env) }).find('nixpacks');
const withoutNixpacks = nixpacks === undefined ? ' (skipped: nixpacks is not installed)' : '';
const canRun = hasBuildah && nixpacks !== undefined && existsSync(busybox);

/** A small project of each language, and what its Dockerfile has to do. */
const projects: Readonly<Record<string, { readonly files: Readonly<Record<string, string>>; readonly does: string; readonly args: object }>> = {
  node: { files: { 'package.json': '{"name":"a","scripts":{"start":"node ."}}', 'index.js': '' }, does: 'npm i', args: { NODE_ENV: 'production' } },
  python: { files: { 'requirements.txt': '', 'main.py': 'print(1)\n' }, does: 'pip install -r requirements.txt', args: { PYTHONUNBUFFERED: '1' } },
  go: { files: { 'go.mod': 'module a\ngo 1.22\n', 'main.go': 'package main\nfunc main() {}\n' }, does: 'go build -o out', args: { CGO_ENABLED: '0' } },
  rust: {
    files: { 'Cargo.toml': '[package]\nname = "a"\nversion = "0.1.0"\nedition = "2021"\n', 'src/main.rs': 'fn main() {}\n' },
    does: 'cargo build --release',
    args: { ROCKET_ADDRESS: '0.0.0.0' },
  },
  java: {
    files: { 'pom.xml': '<project><modelVersion>4.0.0</modelVersion><groupId>a</groupId><artifactId>a</artifactId><version>1</version></project>\n' },
    does: 'mvn ',
    args: { NIXPACKS_METADATA: 'java' },
  },
  static: { files: { 'index.html': 'hello\n' }, does: 'mkdir /etc/nginx/', args: { NIXPACKS_METADATA: 'staticfile' } },
};

const statesOf = (events: readonly BuildEvent[]): readonly string[] =>
  events.flatMap((event) => (event.event_type === 'progress' ? [event.data.status] : [])).filter((state, index, all) => state !== all[index - 1]);
const logOf = (events: readonly BuildEvent[]): string => events.flatMap((event) => (event.event_type === 'log' ? [event.data.message] : [])).join('\n');
const ends = (events: readonly BuildEvent[]): readonly string[] =>
  events.map(({ event_type: type }) => type).filter((type) => ['complete', 'failed', 'cancelled'].includes(type));

describe.skipIf(!canRun)(`an image by nixpacks${withoutNixpacks}${withoutBuildah}`, { timeout: 60_000 }, () => {
  let rig: BuildRig;
  let base = '';
  beforeAll(async () => {
    rig = await startBuildRig();
    for (const [language, { files }] of Object.entries(projects))
      await rig.write(Object.fromEntries(Object.entries(files).map(([name, text]) => [`${language}/${name}`, text])));
  });
  afterAll(() => rig.dispose());

  it.each(Object.entries(projects))('has a Dockerfile for %s, with the values of its arguments', async (language, { does, args }) => {
    const folder = await rig.parts.source.scratch();
    const { place: scratch } = folder;
    try {
      const signal = new AbortController().signal;
      const starts = new BuildStarts(rig.parts, scratch, { columns: 80, rows: 24 }, signal, { line: () => {}, output: () => {}, hidden: new Map() });
      const node = {
        id: 'web',
        type: 'deployment',
        data: { image: 'web:1', options: { build: { context: language, strategy: 'nixpacks', args: { OWN: 'x' } } } },
      };
      const wanted = {
        parts: rig.parts,
        source: rig.parts.source,
        starts,
        settings: buildSettings(node, {}, false),
        context: join(rig.folder, language),
        scratch,
      };
      const { image, isNixpacks } = await dockerfileFor(wanted);
      expect({ isNixpacks, context: image.context }).toEqual({ isNixpacks: true, context: `${scratch}/nixpacks` });
      expect(image.args).toMatchObject({ ...args, OWN: 'x' });
      const text = await readFile(image.dockerfile, 'utf8');
      expect(text).toContain(does);
      base = /^FROM (\S+)$/m.exec(text)?.[1] ?? '';
      expect(base).toMatch(/^ghcr\.io\/railwayapp\/nixpacks:ubuntu-\d+$/);
    } finally {
      await folder.dispose();
    }
  });

  it('is left to our own rules where nixpacks knows nothing, and not where it knows what is missing', async () => {
    await rig.write({ 'empty/readme.txt': 'x\n', 'ruby/Gemfile': 'source "https://rubygems.org"\n' });
    const failed = async (context: string): Promise<string> =>
      (await rig.start({ context }, 'localhost/x:1', { deliver: { to: 'nowhere' } }).ended).errorMessage ?? '';
    expect(await failed('empty')).toMatch(/^"empty" has no Dockerfile and shows no language/);
    expect(await failed('ruby')).toBe("Making the Dockerfile failed: nixpacks: Error: Please specify ruby's version in .ruby-version file");
  });

  it('is built to its end, fails with the words of the step, and is cancelled in the middle of one', async () => {
    // What nix would bring; a build of go waits here until somebody ends it.
    const tool = (text: string): string => `#!/bin/sh\n${text}\n`;
    await rig.write({
      'base/nix-env': tool('echo "nix-env $*"'),
      'base/nix-collect-garbage': tool('exit 0'),
      'base/npm': tool('echo "npm $* as $NODE_ENV"; echo installed > /app/installed.txt'),
      'base/go': tool('echo "waiting: go $*"; exec sleep 86400'),
      'base/Dockerfile': [
        'FROM scratch',
        'COPY busybox /bin/busybox',
        'RUN ["/bin/busybox", "--install", "-s", "/bin"]',
        'COPY nix-env nix-collect-garbage npm go /bin/',
        'RUN chmod 755 /bin/nix-env /bin/nix-collect-garbage /bin/npm /bin/go && mkdir -p /root /tmp',
        '',
      ].join('\n'),
    });
    await copyFile(busybox, join(rig.folder, 'base/busybox'));
    const nowhere = { deliver: { to: 'nowhere' } } as const;
    const made = await rig.start({ context: 'base' }, base, nowhere).ended;
    expect({ status: made.status, error: made.errorMessage }).toEqual({ status: 'completed', error: undefined });

    const done = rig.start({ context: 'node', strategy: 'nixpacks' }, 'localhost/node:1', nowhere);
    const record = await done.ended;
    expect({ status: record.status, error: record.errorMessage, useNixpacks: record.useNixpacks }).toEqual({
      status: 'completed',
      error: undefined,
      useNixpacks: true,
    });
    expect(statesOf(done.events)).toEqual(['cloning', 'building', 'completed']);
    expect(logOf(done.events)).toContain('npm i as production');

    const failing = rig.start({ context: 'python', strategy: 'nixpacks' }, 'localhost/python:1', nowhere);
    expect(await failing.ended).toMatchObject({
      status: 'failed',
      errorStage: 'building',
      errorMessage: expect.stringMatching(/^Building failed: buildah ended with code \d+/),
    });
    expect(logOf(failing.events)).toMatch(/python -m venv[^]*exit status 127/);
    expect([statesOf(failing.events), ends(failing.events)]).toEqual([['cloning', 'building'], ['failed']]);

    const waiting = rig.start({ context: 'go', strategy: 'nixpacks' }, 'localhost/go:1', nowhere);
    await until('the step runs', () => Promise.resolve(logOf(waiting.events).includes('waiting: go mod download')));
    waiting.running.cancel();
    expect(await waiting.ended).toMatchObject({ status: 'cancelled', currentStage: 'building' });
    expect([statesOf(waiting.events), ends(waiting.events)]).toEqual([['cloning', 'building'], ['cancelled']]);
  });
});
