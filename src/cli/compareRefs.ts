import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { textInGit } from '../node/gitText';
import { nodeFiles } from '../node/nodeFiles';
import { failure } from '../shared/problem';
import type { Workflow } from '../shared/workflow';
import type { Invocation } from './invocation';
import type { WorkflowFile } from './workflowFile';
import { readWorkflowFile, workflowFileOf } from './workflowFile';

/** The file that is meant: the one that was named, else the only one of the working folder. Throws `file.unreadable`. */
export async function chosenFile(invocation: Invocation, named: string | undefined): Promise<WorkflowFile> {
  if (named !== undefined) return readWorkflowFile(invocation, named);
  const folder = join(invocation.workingFolder, '.kubeorch');
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.workflow.yaml'));
  const [only, ...others] = names;
  if (only !== undefined && others.length === 0) return readWorkflowFile(invocation, join('.kubeorch', only));
  throw failure('file.unreadable', {
    file: '.kubeorch',
    detail: only === undefined ? 'it holds no workflow file; name one with --file' : 'it holds several workflow files; name one with --file',
  });
}

/** One side of a comparison: `live`, or a file with the text that a ref names. */
export type ComparedSide = { readonly kind: 'live' } | { readonly kind: 'text'; readonly file: WorkflowFile; readonly workflow: Workflow };

/**
 * What `version:7`, `git:REF`, `file:PATH` or `live` names, of the workflow of `file`. Throws `diff.ref`, `diff.git`,
 * `version.missing`, `version.ambiguous`, `file.unreadable`.
 */
export async function comparedSide(invocation: Invocation, ref: string, file: WorkflowFile): Promise<ComparedSide> {
  if (ref === 'live') return { kind: 'live' };
  const [kind, ...rest] = ref.split(':');
  const value = rest.join(':');
  const side = (found: WorkflowFile): ComparedSide => ({ kind: 'text', file: found, workflow: found.parsed.workflow });
  if (value !== '' && kind === 'file') return side(await readWorkflowFile(invocation, value));
  if (value !== '' && kind === 'version') {
    const engine = await import('../engine/index');
    const { text } = await engine.readVersion(nodeFiles(file.workspaceFolder), file.parsed.workflow.name, value);
    return side(await workflowFileOf(invocation, file.path, text, file.workspaceFolder));
  }
  if (value !== '' && kind === 'git') {
    const path = relative(file.workspaceFolder, file.path).split(sep).join('/');
    return side(await workflowFileOf(invocation, file.path, await textInGit(file.workspaceFolder, path, value), file.workspaceFolder));
  }
  throw failure('diff.ref', { ref });
}
