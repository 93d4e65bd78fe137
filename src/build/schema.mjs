// Writes media/workflow.schema.json, the schema that editors check workflow files with, from the kinds in templates/core:
// node src/build/schema.mjs. A unit test says when the file is out of date.
import { build } from 'esbuild';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './paths.mjs';

const folder = await mkdtemp(join(tmpdir(), 'kubeorch-schema-'));
try {
  const outfile = join(folder, 'schema.mjs');
  await build({
    absWorkingDir: root,
    stdin: {
      contents: `
        export { coreTemplates, loadCatalog } from './src/engine/catalog';
        export { schemaText } from './src/engine/document/schema';
        export { nodeFiles } from './src/node/nodeFiles';
      `,
      resolveDir: root,
      loader: 'ts',
    },
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
    logLevel: 'warning',
    // The YAML parser is CommonJS and asks for Node's own modules.
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  const { coreTemplates, loadCatalog, nodeFiles, schemaText } = await import(pathToFileURL(outfile).href);
  const { catalog, problems } = await loadCatalog([coreTemplates(nodeFiles(join(root, 'templates')))]);
  if (problems.length > 0) throw new Error(`templates/core cannot be used: ${JSON.stringify(problems[0])}`);
  await writeFile(join(root, 'media', 'workflow.schema.json'), schemaText(catalog));
} finally {
  await rm(folder, { recursive: true, force: true });
}
