import * as vscode from 'vscode';
import type { Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { ObjectRef } from '../../shared/kubeObject';
import { choiceText, parseChoice } from '../clusters/targets';
import type { Engine } from '../rooms';
import { failureWords } from '../words';
import { documentPlace } from './checks';
import type { ClusterPlace, ResourceClusters } from './resourceClusters';
import { clusterLabel } from './resourceClusters';
import type { ResourceDetails } from './resourceDetails';
import type { ResourceFollower } from './resourceFollower';

const scheme = 'kubeorch-resource';

interface Followed {
  readonly follower: ResourceFollower;
  readonly connection: Disposable;
}

/**
 * Read-only documents of resources: their YAML, or their description. A document follows its object as long as it is open.
 * Secrets' values are in none of them.
 */
export class ResourceDocuments implements vscode.TextDocumentContentProvider, Disposable {
  readonly #parts: { readonly clusters: ResourceClusters; readonly details: () => ResourceDetails; readonly engine: Engine; readonly log: Logger };
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  readonly #open = new Map<string, Promise<Followed>>();
  readonly #withManagedFields = new Set<string>();
  readonly #lifetime = new DisposableList();

  constructor(parts: { clusters: ResourceClusters; details: () => ResourceDetails; engine: Engine; log: Logger }) {
    this.#parts = parts;
    this.#lifetime.add(this.#changed);
    this.#lifetime.add(vscode.workspace.registerTextDocumentContentProvider(scheme, this));
    this.#lifetime.add(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        if (uri.scheme === scheme) this.#end(uri.toString());
      }),
    );
  }

  async show(place: ClusterPlace, ref: ObjectRef, view: 'yaml' | 'describe'): Promise<void> {
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uriOf(place, ref, view)), { preview: true });
  }

  /** Shows or leaves out the managed fields of the document that is active. */
  toggleManagedFields(): void {
    const uri = vscode.window.activeTextEditor?.document.uri;
    if (uri?.scheme !== scheme) throw new Error(vscode.l10n.t('Open the YAML of a resource first.'));
    const key = uri.toString();
    if (!this.#withManagedFields.delete(key)) this.#withManagedFields.add(key);
    this.#changed.fire(uri);
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    try {
      const { cluster, folder, ref, view } = documentPlace(uri.query);
      const choice = parseChoice(cluster);
      const known = vscode.workspace.workspaceFolders?.find((one) => one.uri.toString() === folder)?.uri;
      if (choice === undefined || choice.type === 'environment' || known === undefined) throw new Error(vscode.l10n.t('This cluster is not known here.'));
      const { follower } = await this.#follow(uri, { choice, folder: known }, ref);
      await follower.started;
      return await this.#text(uri, { choice, folder: known }, ref, view, follower);
    } catch (error) {
      return `# ${failureWords(error)}\n`;
    }
  }

  dispose(): void {
    for (const key of [...this.#open.keys()]) this.#end(key);
    this.#lifetime.dispose();
  }

  async #text(uri: vscode.Uri, place: ClusterPlace, ref: ObjectRef, view: 'yaml' | 'describe', follower: ResourceFollower): Promise<string> {
    const { engine } = this.#parts;
    const detail = follower.detail();
    const notes = [
      ...(detail?.gone === true ? [vscode.l10n.t('Deleted; this is its last state.')] : []),
      ...(follower.health.error === undefined ? [] : [follower.health.error]),
    ].map((note) => `# ${note}\n`);
    if (detail === undefined) return notes.length > 0 ? notes.join('') : `# ${vscode.l10n.t('{0} "{1}" does not exist.', ref.kind, ref.name)}\n`;
    if (view === 'describe') return notes.join('') + engine.describeText(detail.sections, (english) => vscode.l10n.t(english));
    if (!this.#withManagedFields.has(uri.toString())) return notes.join('') + detail.yaml;
    // What is followed carries no fields of other managers: for these the object is read once more.
    const connection = await this.#parts.clusters.open(place);
    try {
      const whole = await connection.cluster.get(ref);
      return notes.join('') + (whole === undefined ? detail.yaml : engine.readableYaml(whole, { managedFields: true }));
    } finally {
      connection.dispose();
    }
  }

  #follow(uri: vscode.Uri, place: ClusterPlace, ref: ObjectRef): Promise<Followed> {
    const key = uri.toString();
    const present = this.#open.get(key);
    if (present !== undefined) return present;
    const following = this.#parts.details().follow(place, ref, () => this.#open.has(key) && this.#changed.fire(uri));
    this.#open.set(key, following);
    // An attempt that failed is tried again by the next look at the document.
    following.catch(() => this.#open.get(key) === following && this.#open.delete(key));
    return following;
  }

  #end(key: string): void {
    const following = this.#open.get(key);
    this.#open.delete(key);
    this.#withManagedFields.delete(key);
    following?.then(
      ({ follower, connection }) => {
        follower.dispose();
        connection.dispose();
      },
      (error: unknown) => this.#parts.log.debug(`A document of a resource was never followed: ${failureWords(error)}`),
    );
  }
}

function uriOf(place: ClusterPlace, ref: ObjectRef, view: 'yaml' | 'describe'): vscode.Uri {
  const name = `${ref.kind} ${ref.name}.${view === 'yaml' ? 'yaml' : 'txt'}`;
  const path = ['', clusterLabel(place.choice), ref.namespace, name].map((part) => part.replaceAll('/', '-')).filter((part) => part !== '');
  return vscode.Uri.from({
    scheme,
    path: `/${path.join('/')}`,
    query: JSON.stringify({ cluster: choiceText(place.choice), folder: place.folder.toString(), ref, view }),
  });
}
