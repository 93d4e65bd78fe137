import { memo, useLayoutEffect, useRef } from 'react';
import type { NodeStatus } from '../../../src/shared/nodeStatus';
import type { NodePlan } from '../../store/planStore';
import type { NodeProgress } from '../../store/runStore';
import { isActive } from '../../store/runStore';
import { usePlan, useRun, useStores } from '../../store/session';
import { useText } from '../../ui/texts';
import type { Text } from '../../ui/texts';
import type { FootContent } from './statusFoot';
import { StatusFoot } from './statusFoot';
import { lineOfGate, lineOfPlan, lineOfProgress, lineOfStatus, wholeLine } from './statusWords';

interface Known {
  readonly planned: NodePlan | undefined;
  readonly active: boolean;
  readonly progress: NodeProgress | undefined;
  /** A node that makes no object, such as a gate, has no live status. */
  readonly makesNothing: boolean;
}

/** A run that goes on says most, then a plan that is shown, then what is live. */
function footOf(status: NodeStatus | undefined, { planned, active, progress, makesNothing }: Known, text: Text): FootContent {
  const ofRun = lineOfProgress(progress, active, text, status);
  const isLive = ofRun === undefined && (planned === undefined || active);
  const line = ofRun ?? (planned !== undefined && !active ? lineOfPlan(planned, text) : makesNothing ? lineOfGate(text) : lineOfStatus(status, text));
  const address = ofRun === undefined ? (status?.externalIP ?? status?.clusterIP) : undefined;
  return {
    tone: line.tone,
    icon: line.icon,
    spin: line.spin,
    label: line.label,
    detail: line.detail,
    hint: line.more?.hint ?? '',
    title: wholeLine(line),
    // A plan or a run is about what is to be, which cannot be out of date.
    stale: isLive && status?.staleSince !== undefined,
    ...(isLive && status !== undefined && status.desired > 0
      ? { pods: { ready: status.ready, desired: status.desired, words: text('{0} of {1} pods ready', status.ready, status.desired) } }
      : address === undefined
        ? {}
        : { address }),
  };
}

/**
 * The foot of a card and its accent: the only part of the canvas that live statuses, plans and runs draw. Everything
 * else of a card follows from the document. React draws it for plans and runs; a status goes past it, straight to the page.
 */
export const NodeStatusLine = memo(function NodeStatusLine({ id, makesNothing = false }: { readonly id: string; readonly makesNothing?: boolean }) {
  const text = useText();
  const { statuses } = useStores().runs.getState();
  const planned = usePlan((state) => state.byNode[id]);
  const active = useRun((state) => isActive(state.run));
  const progress = useRun((state) => (state.run === null || state.run.runId === state.dismissedRunId ? undefined : state.run.nodes[id]));
  const accent = useRef<HTMLSpanElement>(null);
  const foot = useRef<HTMLDivElement>(null);
  const drawn = useRef<StatusFoot>(undefined);
  useLayoutEffect(() => {
    if (accent.current === null || foot.current === null) return undefined;
    const painter = (drawn.current ??= new StatusFoot(accent.current, foot.current));
    const draw = (): void => painter.show(footOf(statuses.get(id), { planned, active, progress, makesNothing }, text));
    draw();
    return statuses.subscribe(id, draw);
  }, [id, statuses, planned, active, progress, makesNothing, text]);
  return (
    <>
      <span ref={accent} className="card-accent" />
      <div ref={foot} className="card-status" id={`status-${id}`} />
    </>
  );
});
