import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { coreTemplates, loadCatalog } from '../../engine/catalog';
import { importTexts } from '../../testing/composeProject';
import { nodeFiles } from '../../node/nodeFiles';

/** What one import said: what it made, and all that it told. Undefined where it refused the file. */
interface Answer {
  readonly ms: number;
  readonly made?: string;
  readonly told?: string;
}

// Reads compose files, one argument each, and answers each as a line of JSON. Everything is done in one process, as the editor and the command line do it.
const [root = '', list = ''] = process.argv.slice(2);
const { catalog } = await loadCatalog([coreTemplates(nodeFiles(join(root, 'templates')))]);
for (const file of JSON.parse(readFileSync(list, 'utf8')) as readonly string[]) {
  const text = readFileSync(file, 'utf8');
  const began = performance.now();
  let answer: Answer;
  try {
    const { text: made, losses } = await importTexts({ 'compose.yaml': text }, catalog);
    answer = {
      ms: performance.now() - began,
      made,
      told: losses
        .filter(({ kind }) => kind !== 'note')
        .map(({ path }) => path)
        .join('\n'),
    };
  } catch {
    answer = { ms: performance.now() - began };
  }
  console.log(JSON.stringify(answer));
}
