import * as vscode from 'vscode';
import type { ClusterFailure, Clock, Logger } from '../../engine/ports';
import type { Disposable } from '../../shared/disposables';
import type { ObjectRef } from '../../shared/kubeObject';
import type { ResourceAction } from '../../shared/resource';
import type { ResourceTab } from '../../shared/resourceProtocol';
import type { ResourceStreamBody } from '../../shared/stream';
import { resourceKey } from '../../shared/stream';
import type { OpenedCluster } from '../clusters/sharedClusters';
import type { Engine } from '../rooms';
import type { Broadcaster } from '../streams/broadcaster';
import { problemWords } from '../words';
import type { ClusterPlace, ResourceClusters } from './resourceClusters';
import { clusterKey } from './resourceClusters';
import { ResourceFollower } from './resourceFollower';
import { ResourcePanel } from './resourcePanel';

export interface DetailsParts {
  readonly clusters: ResourceClusters;
  readonly broadcaster: Broadcaster;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Logger;
  readonly extensionUri: vscode.Uri;
  readonly act: (action: ResourceAction, place: ClusterPlace, ref: ObjectRef) => Promise<void>;
  readonly openYaml: (place: ClusterPlace, ref: ObjectRef) => Promise<void>;
}

/** One object that is followed, over a connection of its own. */
export interface FollowedResource {
  readonly follower: ResourceFollower;
  readonly key: `resource:${string}`;
  readonly connection: OpenedCluster;
}

/** Pages of resources, one for each object, and the following of objects for whoever shows one. */
export class ResourceDetails implements Disposable {
  readonly #parts: DetailsParts;
  readonly #panels = new Map<string, Promise<ResourcePanel>>();
  #disposed = false;

  constructor(parts: DetailsParts) {
    this.#parts = parts;
  }

  /** Shows the page of an object; one that is open already comes to the front. */
  async open(place: ClusterPlace, ref: ObjectRef, tab?: ResourceTab, kept?: vscode.WebviewPanel): Promise<void> {
    const key = JSON.stringify([clusterKey(place.choice, place.folder), ref]);
    const present = this.#panels.get(key);
    if (present !== undefined) {
      (await present).reveal(tab);
      kept?.dispose();
      return;
    }
    const opening = this.#panel(place, ref, tab ?? 'overview', kept, () => this.#panels.delete(key));
    this.#panels.set(key, opening);
    opening.catch(() => this.#panels.delete(key));
    await opening;
  }

  /** Follows one object until disposed. The connection ends with it. */
  async follow(place: ClusterPlace, ref: ObjectRef, publish: (key: `resource:${string}`, body: ResourceStreamBody) => void): Promise<FollowedResource> {
    const connection = await this.#parts.clusters.open(place);
    try {
      const { cluster } = connection;
      const { engine, clock, log } = this.#parts;
      const clusterUid = await cluster.clusterUid();
      const key = resourceKey(clusterUid, ref);
      const words = (failure: ClusterFailure, kind: string): string => {
        // A watch lists first, so that is the verb that is missing.
        return problemWords(engine.failureProblem(failure, { server: cluster.server, verb: 'list', ref: { ...ref, kind } }));
      };
      const follower = new ResourceFollower({
        cluster,
        clusterUid,
        ref,
        engine,
        clock,
        words,
        absent: vscode.l10n.t('{0} "{1}" does not exist.', ref.kind, ref.name),
        publish: (body) => publish(key, body),
        onError: (error) => log.error(`${ref.kind} ${ref.name} could not be followed.`, error),
      });
      return { follower, key, connection };
    } catch (error) {
      connection.dispose();
      throw error;
    }
  }

  /** Pages that lost their cluster try again: somebody may have signed in. */
  retry(): void {
    for (const opening of this.#panels.values())
      opening.then(
        (panel) => panel.retry(),
        () => undefined,
      );
  }

  dispose(): void {
    this.#disposed = true;
    for (const opening of this.#panels.values())
      void opening.then(
        (panel) => panel.dispose(),
        () => undefined,
      );
    this.#panels.clear();
  }

  async #panel(place: ClusterPlace, ref: ObjectRef, tab: ResourceTab, kept: vscode.WebviewPanel | undefined, onClosed: () => void): Promise<ResourcePanel> {
    const { broadcaster, extensionUri, log } = this.#parts;
    const follow = (): Promise<FollowedResource> => this.follow(place, ref, (at, body) => broadcaster.publish(at, body));
    const first = await follow();
    const panel = new ResourcePanel({
      title: ref.name,
      first,
      follow,
      broadcaster,
      tab,
      origin: { type: 'resource', cluster: clusterKey(place.choice, place.folder), ref, tab },
      kept,
      extensionUri,
      log,
      act: (action) => this.#parts.act(action, place, ref),
      openResource: (other) => this.open(place, other),
      openYaml: () => this.#parts.openYaml(place, ref),
      onClosed,
    });
    if (this.#disposed) panel.dispose();
    return panel;
  }
}
