// `npm run pictures`: the pictures of the README and of the walkthrough, taken from the real product. The scenarios of the main job
// and of importing drive the real VS Code; what they see on the way is copied to media/readme.
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
  ['main-drawn', 'draw'],
  ['imported-compose', 'import'],
  ['main-overview', 'overview'],
];

const code = await run(process.execPath, [join(root, 'src/build/testE2e.mjs'), 'mainJob', 'imports'], { cwd: root });
if (code === 0) {
  const folder = join(root, 'media/readme');
  await mkdir(folder, { recursive: true });
  for (const [from, to] of pictures) await copyFile(join(root, 'out/screenshots', `${from}.png`), join(folder, `${to}.png`));
  console.log(`${pictures.length} pictures in media/readme`);
}
process.exitCode = code;
