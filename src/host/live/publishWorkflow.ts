import type { Disposable } from '../../shared/disposables';
import { DisposableList } from '../../shared/disposables';
import type { ObjectRef } from '../../shared/kubeObject';
import type { NodeStatus } from '../../shared/nodeStatus';
import type { Target } from '../../shared/plan';
import type { WorkflowStreamBody, WorkflowStreamKey } from '../../shared/stream';
import { resourceKey } from '../../shared/stream';
import type { Broadcaster } from '../streams/broadcaster';

type OnStream = (listener: (body: WorkflowStreamBody) => void) => Disposable;

/** What a workflow's live side tells; `LiveDocument` is one. */
export interface PublishedLive {
  readonly onStream: OnStream;
  readonly target: Target | null;
  /** The verdict on each object of a node. */
  objectStatusesOf(nodeId: string): readonly { readonly ref: ObjectRef; readonly status: NodeStatus }[];
}

/**
 * Carries what happens to a workflow, on its cluster and in its run, to whoever subscribed to its key, and the verdicts on
 * its objects to whoever subscribed to theirs. What nobody listens to is not even put together.
 */
export function publishWorkflow(parts: {
  readonly key: WorkflowStreamKey;
  readonly live: PublishedLive;
  readonly runs: { readonly onStream: OnStream };
  readonly broadcaster: Pick<Broadcaster, 'publish' | 'subscriberCount'>;
}): Disposable {
  const { key, live, runs, broadcaster } = parts;
  const lifetime = new DisposableList();
  lifetime.add(
    live.onStream((body) => {
      broadcaster.publish(key, body);
      const { target } = live;
      if (body.event_type !== 'node_update' || target === null) return;
      for (const { node_id } of body.data.updates) {
        for (const { ref, status } of live.objectStatusesOf(node_id)) {
          const resource = resourceKey(target.clusterUid, ref);
          if (broadcaster.subscriberCount(resource) === 0) continue;
          const data = { resource_id: resource.slice('resource:'.length), type: ref.kind, status };
          broadcaster.publish(resource, { event_type: 'status_update', data });
        }
      }
    }),
  );
  lifetime.add(runs.onStream((body) => broadcaster.publish(key, body)));
  return lifetime;
}
