import * as vscode from 'vscode';
import type { Files, Logger } from '../../engine/ports';
import { textField } from '../../shared/workflow';
import type { ImageBuilds } from '../builds/imageBuilds';
import type { Engine } from '../rooms';
import { fileName, projectFolder, workflowFiles } from '../views/workflowFiles';
import { failureWords } from '../words';

interface Parts {
  readonly engine: Engine;
  readonly builds: ImageBuilds;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly log: Logger;
}

/** The names of images that nodes and builds of the open folders have. A file that cannot be read has none; its row in the Workflows view says why. */
export async function imageNames({ engine, builds, filesOf, log }: Parts): Promise<readonly string[]> {
  const ofFiles = (await workflowFiles()).map(async ({ uri }) => {
    try {
      const text = (await filesOf(projectFolder(uri)).read(`.kubeorch/${fileName(uri)}`)) ?? '';
      return engine.parseWorkflow(text).workflow.nodes.flatMap((node) => textField(node, 'image') ?? []);
    } catch (error) {
      log.info(`The images of ${uri.path} are not known: ${failureWords(error)}`);
      return [];
    }
  });
  const ofBuilds = (vscode.workspace.workspaceFolders ?? []).map(async ({ uri }) => (await builds.list(uri)).map(({ record }) => record.imageName));
  return (await Promise.all([...ofFiles, ...ofBuilds])).flat();
}
