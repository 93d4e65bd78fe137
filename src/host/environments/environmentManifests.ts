import * as vscode from 'vscode';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import { isJsonObject } from '../../shared/json';
import type { WorkflowDocuments } from '../documents';
import type { Engine } from '../rooms';
import { isWorkflowFile } from '../views/workflowFiles';
import { problemWords } from '../words';

const scheme = 'kubeorch-manifest';

/**
 * The objects of a workflow, or of one of its nodes, for one of its environments, as read-only YAML documents that follow the workflow's text. Secrets
 * hold no values: those join an object only when it is applied.
 */
export class EnvironmentManifests implements Disposable {
  readonly #documents: WorkflowDocuments;
  readonly #engine: Engine;
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly #lifetime = new DisposableList();

  constructor(documents: WorkflowDocuments, engine: Engine) {
    this.#documents = documents;
    this.#engine = engine;
    this.#lifetime.add(this.#changed);
    this.#lifetime.add(
      vscode.workspace.registerTextDocumentContentProvider(scheme, { onDidChange: this.#changed.event, provideTextDocumentContent: (uri) => this.#text(uri) }),
    );
    this.#lifetime.add(
      documents.onDidChange(({ document }) => {
        for (const shown of vscode.workspace.textDocuments)
          if (shown.uri.scheme === scheme && placeOf(shown.uri)?.workflow === document.uri.toString()) this.#changed.fire(shown.uri);
      }),
    );
  }

  /** @param environment undefined for the workflow without any environment's overrides */
  uriOf(workflow: vscode.Uri, environment: string | undefined, node?: string): vscode.Uri {
    const name = node ?? environment ?? vscode.l10n.t('base');
    return vscode.Uri.from({ scheme, path: `/${name.replaceAll('/', '_')}.yaml`, query: JSON.stringify({ workflow: workflow.toString(), environment, node }) });
  }

  async #text(uri: vscode.Uri): Promise<string> {
    const place = placeOf(uri);
    // Anybody may make such an address; nothing but a workflow is opened for it.
    const source = place === undefined ? undefined : vscode.Uri.parse(place.workflow, true);
    if (place === undefined || source === undefined || !isWorkflowFile(source)) return `# ${vscode.l10n.t('This address names no workflow.')}\n`;
    const { environment, node } = place;
    const open = await this.#documents.of(await vscode.workspace.openTextDocument(source));
    const { workflow, loaded, sources } = open.state;
    if (environment !== undefined && !Object.hasOwn(workflow.environments, environment))
      return `# ${vscode.l10n.t('The workflow has no environment "{0}" any more.', environment)}\n`;
    const namespace = this.#engine.namespaceOf(workflow, environment);
    const { objects, problems } = this.#engine.renderWorkflow({ workflow, loaded, namespace, sources, ...(environment === undefined ? {} : { environment }) });
    const isShown = ({ nodeId }: { readonly nodeId?: string }): boolean => node === undefined || nodeId === node;
    return (
      problems
        .filter(isShown)
        .map((problem) => `# ${problemWords(problem)}\n`)
        .join('') + this.#engine.manifestYaml(objects.filter(isShown))
    );
  }

  dispose(): void {
    this.#lifetime.dispose();
  }
}

/** Undefined for an address that is none of ours. */
function placeOf(uri: vscode.Uri): { readonly workflow: string; readonly environment?: string; readonly node?: string } | undefined {
  let place: unknown;
  try {
    place = JSON.parse(uri.query);
  } catch {
    return undefined;
  }
  if (!isJsonObject(place)) return undefined;
  const { workflow, environment, node } = place;
  if (typeof workflow !== 'string' || (environment !== undefined && typeof environment !== 'string') || (node !== undefined && typeof node !== 'string'))
    return undefined;
  return { workflow, ...(environment === undefined ? {} : { environment }), ...(node === undefined ? {} : { node }) };
}
