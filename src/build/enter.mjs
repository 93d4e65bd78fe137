#!/usr/bin/env node
// The way in for every npm script: `node src/build/enter.mjs TASK [argument…]`.
//
// It runs on Node 18 without any package, finds or fetches a Node that is new enough, installs the packages when the lock
// file says so, builds when the sources changed, and then runs the task under that Node.
import { join } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';
import { ensureNode } from './nodeRuntime.mjs';
import { root } from './paths.mjs';
import { environmentWith, run } from './processes.mjs';

/** Each task's script and whether it needs the bundles. @type {Record<string, {script: string, args?: string[], built?: boolean}>} */
const tasks = {
  start: { script: 'src/build/start.mjs', built: true },
  test: { script: 'src/build/test.mjs', built: true },
  'test:e2e': { script: 'src/build/testE2e.mjs', built: true },
  'test:desktop': { script: 'src/build/testE2e.mjs', args: ['--desktop'], built: true },
  'test:cluster': { script: 'src/build/testCluster.mjs', built: true },
  'test:long': { script: 'src/build/testLong.mjs', built: true },
  bench: { script: 'src/build/bench.mjs', built: true },
  build: { script: 'src/build/bundle.mjs' },
  package: { script: 'src/build/package.mjs' },
  pictures: { script: 'src/build/pictures.mjs', built: true },
  check: { script: 'src/build/check.mjs' },
  fix: { script: 'src/build/fix.mjs' },
};

const say = (line) => process.stderr.write(`${line}\n`);

async function main() {
  const [name = '', ...args] = process.argv.slice(2);
  const task = tasks[name];
  if (task === undefined) {
    say(`Unknown task "${name}". There are: ${Object.keys(tasks).join(', ')}.`);
    return 2;
  }
  if (Number(process.versions.node.split('.')[0]) < 18) {
    say(`Node.js 18 or newer is needed to begin, and this is ${process.versions.node}: install a newer one from https://nodejs.org and try again.`);
    return 1;
  }
  const node = await ensureNode('22.19.0', say);
  await ensureDependencies(node, say);
  const env = environmentWith(node);
  if (task.built === true) {
    // Imported late: the digest is only needed by tasks that use the bundles.
    const { isFresh } = await import('./freshness.mjs');
    if (!(await isFresh(join(root, 'dist')))) {
      say('Building.');
      const code = await run(node, [join(root, 'src/build/bundle.mjs'), '--quiet'], { cwd: root, env });
      if (code !== 0) return code;
    }
  }
  return run(node, [join(root, task.script), ...(task.args ?? []), ...args], { cwd: root, env });
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    say(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  },
);
