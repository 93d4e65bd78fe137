import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LoadedCatalog } from '../engine/catalog';
import { coreTemplates, loadCatalog } from '../engine/catalog';
import { nodeFiles } from '../node/nodeFiles';
import type { OpenApi } from '../openapi/index';
import { openApiFromJson } from '../openapi/index';
import type { OpenApiData } from '../openapi/resource';

const root = resolve(import.meta.dirname, '../..');

/** The kinds that ship, from the files that ship. */
export function coreCatalog(): Promise<LoadedCatalog> {
  return loadCatalog([coreTemplates(nodeFiles(resolve(root, 'templates')))]);
}

/** The structure of the Kubernetes API that ships. */
export async function shippedOpenApi(): Promise<OpenApi> {
  return openApiFromJson(JSON.parse(await readFile(resolve(root, 'src/openapi/data/kubernetes.json'), 'utf8')) as OpenApiData);
}
