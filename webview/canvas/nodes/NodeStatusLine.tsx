import { memo } from 'react';
import { useNodeStatus } from '../../store/liveStatus';
import { isActive } from '../../store/runStore';
import { usePlan, useRun } from '../../store/session';
import { Icon } from '../../ui/Icon';
import { useText } from '../../ui/texts';
import { lineOfGate, lineOfPlan, lineOfProgress, lineOfStatus, wholeLine } from './statusWords';

/** Pods shown one by one; more of them are a number. */
const maxDots = 6;

function PodDots({ ready, desired }: { readonly ready: number; readonly desired: number }) {
  if (desired === 0 || desired > maxDots) return null;
  return (
    <span className="pod-dots" aria-hidden="true">
      {Array.from({ length: desired }, (_, index) => (
        <span key={index} className={index < ready ? 'pod-dot is-ready' : 'pod-dot'} />
      ))}
    </span>
  );
}

/**
 * The foot of a card and its accent: the only part of the canvas that live statuses, plans and runs draw. Everything
 * else of a card follows from the document, so a status costs this one component of this one node.
 */
export const NodeStatusLine = memo(function NodeStatusLine({ id, makesNothing = false }: { readonly id: string; readonly makesNothing?: boolean }) {
  const text = useText();
  const status = useNodeStatus(id);
  const planned = usePlan((state) => state.byNode[id]);
  const active = useRun((state) => isActive(state.run));
  const progress = useRun((state) => (state.run === null || state.run.runId === state.dismissedRunId ? undefined : state.run.nodes[id]));
  const ofRun = lineOfProgress(progress, active, text, status?.state === 'healthy');
  const line = ofRun ?? (planned !== undefined && !active ? lineOfPlan(planned, text) : makesNothing ? lineOfGate(text) : lineOfStatus(status, text));
  const showsPods = ofRun === undefined && (planned === undefined || active) && status !== undefined && status.desired > 0;
  const address = status?.externalIP ?? status?.clusterIP;
  // A plan or a run is about what is to be, which cannot be out of date.
  const stale = ofRun === undefined && (planned === undefined || active) && status?.staleSince !== undefined;
  return (
    <>
      <span className="card-accent" data-tone={line.tone} />
      <div className="card-status" id={`status-${id}`} data-tone={line.tone} data-stale={stale} title={wholeLine(line)}>
        <Icon name={line.icon} spin={line.spin} />
        <span className="status-label">{line.label}</span>
        <span className="status-detail">
          {line.detail}
          {line.more === undefined || line.more.hint === '' ? null : <span className="status-hint">{line.more.hint}</span>}
        </span>
        {showsPods ? (
          <span className="status-pods">
            <PodDots ready={status.ready} desired={status.desired} />
            <span className="sr-only">{text('{0} of {1} pods ready', status.ready, status.desired)}</span>
            <span aria-hidden="true">
              {status.ready}/{status.desired}
            </span>
          </span>
        ) : address !== undefined && ofRun === undefined ? (
          <span className="status-address">{address}</span>
        ) : null}
      </div>
    </>
  );
});
