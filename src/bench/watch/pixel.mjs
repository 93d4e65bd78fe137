// Starts the measurement in the real VS Code (pixel.bench.ts) with what it needs.
import { join } from 'node:path';
import { runGroup } from '../ending.mjs';
import { buildInformer, root, workspace } from './programs.mjs';

/** @returns {Promise<boolean>} whether the bar was met */
export async function pixel(seconds = '20') {
  const work = workspace();
  try {
    const informer = buildInformer(work.path);
    if (informer === undefined) {
      console.log('pixel: left out, for there is no Go on this machine to build the client-go peer with');
      return true;
    }
    const code = await runGroup(
      process.execPath,
      [
        join(root, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--config',
        join(root, 'src/bench/vitest.config.mjs'),
        '--disable-console-intercept',
        'src/bench/watch/pixel.bench.ts',
      ],
      { cwd: root, env: { ...process.env, WORK: work.path, INFORMER: informer, SECONDS: seconds } },
    );
    return code === 0;
  } finally {
    work.close();
  }
}
