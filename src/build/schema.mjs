// Writes media/workflow.schema.json, the schema that editors check workflow files with, from the kinds in templates/core:
// node src/build/schema.mjs. A unit test says when the file is out of date.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { bundledModule } from './bundledModule.mjs';
import { root } from './paths.mjs';

const { coreTemplates, loadCatalog, nodeFiles, schemaText } = await bundledModule(`
  export { coreTemplates, loadCatalog } from './src/engine/catalog';
  export { schemaText } from './src/engine/document/schema';
  export { nodeFiles } from './src/node/nodeFiles';
`);
const { catalog, problems } = await loadCatalog([coreTemplates(nodeFiles(join(root, 'templates')))]);
if (problems.length > 0) throw new Error(`templates/core cannot be used: ${JSON.stringify(problems[0])}`);
await writeFile(join(root, 'media', 'workflow.schema.json'), schemaText(catalog));
