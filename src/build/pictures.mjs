// `npm run pictures`: the pictures of the README, taken from the real product. The scenario of the main job drives the real
// VS Code through drawing, planning, deploying and looking inside; what it sees on the way is copied to media/readme.
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { root } from './paths.mjs';
import { run } from './processes.mjs';

/** Which screenshot becomes which picture. */
const pictures = [
  ['main-healthy-dark', 'canvas-dark'],
  ['main-healthy-light', 'canvas-light'],
  ['main-healthy-high-contrast', 'canvas-high-contrast'],
  ['main-planned', 'plan'],
  ['main-logs', 'logs'],
  ['main-terminal', 'terminal'],
];

const code = await run(process.execPath, [join(root, 'src/build/testE2e.mjs'), 'mainJob'], { cwd: root });
if (code === 0) {
  const folder = join(root, 'media/readme');
  await mkdir(folder, { recursive: true });
  for (const [from, to] of pictures) await copyFile(join(root, 'out/screenshots', `${from}.png`), join(folder, `${to}.png`));
  console.log(`${pictures.length} pictures in media/readme`);
}
process.exitCode = code;
