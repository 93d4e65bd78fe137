import type { LoadedCatalog } from '../engine/catalog';
import { coreTemplates, loadCatalog, workspaceTemplates } from '../engine/catalog';
import { nodeFiles } from '../node/nodeFiles';
import { MemoryFiles } from './memoryFiles';

/** The kinds that ship and a workspace's own files, given by their paths in `.kubeorch`. */
export function loadedWith(contents: Readonly<Record<string, string>>): Promise<LoadedCatalog> {
  const files = new MemoryFiles();
  for (const [path, text] of Object.entries(contents)) files.contents.set(`.kubeorch/${path}`, text);
  return loadCatalog([coreTemplates(nodeFiles('templates')), workspaceTemplates(files)]);
}
