import * as vscode from 'vscode';
import type { Clock, Cluster } from '../../engine/ports';
import { valueAt } from '../../shared/json';
import type { KubeObject, ObjectRef } from '../../shared/kubeObject';
import { failure } from '../../shared/problem';
import type { Engine } from '../rooms';
import type { ClusterPlace, ResourceClusters } from './resourceClusters';
import { autoscalersOf, goesWith, holdsData, replicasFrom, restartPatch } from './resourceChanges';
import { askForText, tellWarning } from '../messages';

export interface ActionParts {
  readonly clusters: ResourceClusters;
  readonly engine: Engine;
  readonly clock: Clock;
}

/** What a person does to one object of a cluster. Each reads it first, names what it acts on, and acts on that very object. */
export class ResourceActions {
  readonly #parts: ActionParts;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  /** Deletes an object after a question that names it, its place and what goes with it. */
  async delete(place: ClusterPlace, ref: ObjectRef): Promise<void> {
    if (ref.kind === 'Namespace' && ref.apiVersion === 'v1' && this.#parts.engine.vitalNamespaces.has(ref.name))
      throw new Error(vscode.l10n.t('The namespace "{0}" belongs to the cluster and is not deleted from here.', ref.name));
    await this.#on(place, ref, 'delete', async (cluster, object) => {
      const { counts, unknown } = await goesWith(cluster, object);
      const going = [...counts].map(([kind, count]) => `${String(count)} ${kind}`).join(', ');
      const warnings = [
        ...(going === '' ? [] : [vscode.l10n.t('With it go: {0}.', going)]),
        ...(unknown.length === 0 ? [] : [vscode.l10n.t('What else goes with it cannot be told: you may not list {0}.', unknown.join(', '))]),
        ...(holdsData(ref) ? [vscode.l10n.t('Data that it holds is lost and cannot be brought back.')] : []),
        ...(ref.kind === 'StatefulSet' ? [vscode.l10n.t('The claims that it made stay.')] : []),
        ...(object.metadata.ownerReferences?.some(({ controller }) => controller === true) === true
          ? [vscode.l10n.t('Its owner will probably make it again.')]
          : []),
      ];
      const isProtected = await this.#parts.clusters.isProtected(place, ref.kind === 'Namespace' ? ref.name : ref.namespace);
      const go = vscode.l10n.t('Delete');
      const detail = [placeLines(cluster, ref), ...warnings].join('\n\n');
      const picked = await tellWarning(vscode.l10n.t('Delete {0} "{1}"?', ref.kind, ref.name), { modal: true, detail }, go);
      if (picked !== go) return;
      if (isProtected && !(await typedName(ref.name, cluster.label))) return;
      // The question was about this object: one that took its name meanwhile is another.
      const uid = object.metadata.uid;
      await cluster.delete(ref, { propagation: 'Background', ...(uid === undefined ? {} : { uid }) });
    });
  }

  /** Starts the pods of a workload anew. */
  async restart(place: ClusterPlace, ref: ObjectRef): Promise<void> {
    await this.#on(place, ref, 'patch', async (cluster, object) => {
      const go = vscode.l10n.t('Restart');
      const isProtected = await this.#parts.clusters.isProtected(place, ref.namespace);
      const detail = [placeLines(cluster, ref), vscode.l10n.t('Its pods are replaced one after another, as its strategy says.')].join('\n\n');
      const picked = await tellWarning(vscode.l10n.t('Restart {0} "{1}"?', ref.kind, ref.name), { modal: true, detail }, go);
      if (picked !== go || (isProtected && !(await typedName(ref.name, cluster.label)))) return;
      await this.#patch(cluster, object, restartPatch(this.#parts.clock.now()));
    });
  }

  /** Asks for a number of pods. Where an autoscaler decides that number, it says so first. */
  async scale(place: ClusterPlace, ref: ObjectRef): Promise<void> {
    await this.#on(place, ref, 'patch', async (cluster, object) => {
      const present = valueAt(object.spec, ['replicas']);
      const scalers = await autoscalersOf(cluster, object);
      const answer = await askForText({
        title: vscode.l10n.t('Scale {0} "{1}" on {2}, namespace {3}', ref.kind, ref.name, cluster.label, ref.namespace),
        prompt:
          scalers.length === 0
            ? vscode.l10n.t('Number of pods')
            : vscode.l10n.t('The autoscaler {0} decides this number and will change it back.', scalers.join(', ')),
        value: typeof present === 'number' ? String(present) : '1',
        validateInput: (text) => (replicasFrom(text) === undefined ? vscode.l10n.t('A whole number from 0 to 10000 is needed.') : undefined),
      });
      const replicas = answer === undefined ? undefined : replicasFrom(answer);
      if (replicas === undefined || replicas === present) return;
      const isProtected = await this.#parts.clusters.isProtected(place, ref.namespace);
      if (isProtected && !(await typedName(ref.name, cluster.label))) return;
      await this.#patch(cluster, object, { spec: { replicas } });
    });
  }

  /** Carries the uid that was looked at: the API server answers another object of the same name by a conflict. */
  async #patch(cluster: Cluster, object: KubeObject, patch: Parameters<Cluster['mergePatch']>[1]): Promise<void> {
    const { apiVersion, kind, metadata } = object;
    const ref = { apiVersion, kind, namespace: metadata.namespace ?? '', name: metadata.name };
    const guard = metadata.uid === undefined ? {} : { metadata: { uid: metadata.uid } };
    await cluster.mergePatch(ref, { ...guard, ...patch }, { fieldManager: this.#parts.engine.fieldManager });
  }

  async #on(place: ClusterPlace, ref: ObjectRef, verb: string, act: (cluster: Cluster, object: KubeObject) => Promise<void>): Promise<void> {
    const connection = await this.#parts.clusters.open(place);
    const { cluster } = connection;
    try {
      const object = await cluster.get(ref);
      if (object === undefined) throw new Error(vscode.l10n.t('{0} "{1}" does not exist any more.', ref.kind, ref.name));
      await act(cluster, object);
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ClusterError') throw error;
      const { code, args } = this.#parts.engine.clusterProblem(error, { server: cluster.server, verb, ref });
      throw failure(code, args, { cause: error });
    } finally {
      connection.dispose();
    }
  }
}

function placeLines(cluster: Cluster, ref: ObjectRef): string {
  return [
    vscode.l10n.t('Cluster: {0}', `${cluster.label} (${cluster.server})`),
    ...(ref.namespace === '' ? [] : [vscode.l10n.t('Namespace: {0}', ref.namespace)]),
    vscode.l10n.t('Kind: {0}', ref.kind),
    vscode.l10n.t('Name: {0}', ref.name),
  ].join('\n');
}

/** In a protected environment the name is typed: a click alone is too easily made on the wrong window. */
async function typedName(name: string, cluster: string): Promise<boolean> {
  const typed = await askForText({
    title: vscode.l10n.t('{0} is protected', cluster),
    prompt: vscode.l10n.t('Type "{0}" to go on.', name),
    ignoreFocusOut: true,
    validateInput: (text) => (text === '' || name.startsWith(text) ? undefined : vscode.l10n.t('This is not its name.')),
  });
  return typed === name;
}
