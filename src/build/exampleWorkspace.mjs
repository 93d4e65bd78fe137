// The workspace that `npm start` and F5 open: a copy of the voting example, so that what ships stays as it is. A copy that is there
// is kept, because somebody may have worked in it.
import { existsSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './paths.mjs';

export const exampleFolder = join(root, 'out/start/voting');
export const exampleFile = join(exampleFolder, '.kubeorch/voting.workflow.yaml');

export async function ensureExample() {
  if (existsSync(exampleFile)) return;
  await cp(join(root, 'templates/workspaces/voting'), exampleFolder, { recursive: true });
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) await ensureExample();
