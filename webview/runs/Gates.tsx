import { useEffect, useRef } from 'react';
import type { GateDecision, RunEvent } from '../../src/shared/runEvent';
import type { RunProgress } from '../store/runStore';
import { useSession } from '../store/session';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';

type Gate = Extract<RunEvent, { type: 'human_gate:paused' }>;

const questions = {
  replace: 'Delete and make again?',
  prune: 'Delete what no node makes any more?',
  'data-loss': 'Delete for good, with the data?',
} as const;

const decisionWords = {
  approved: 'Approved. The run goes on with the last answer.',
  rejected: 'Rejected. The run goes on with the last answer.',
  input_provided: 'Answered. The run goes on with the last answer.',
} as const;

/** Gates of a run that no event has answered yet. */
export function openGates(events: readonly RunEvent[]): readonly Gate[] {
  const answered = new Set(events.flatMap((event) => (event.type === 'human_gate:resumed' ? [event.gateId] : [])));
  return events.filter((event): event is Gate => event.type === 'human_gate:paused' && !answered.has(event.gateId));
}

/** The questions of a run that waits, each with its two answers, or with the one that was given while others are awaited. */
export function Gates({ runId, events, decisions = {} }: Pick<RunProgress, 'runId' | 'events' | 'decisions'>) {
  const text = useText();
  return (
    <ul className="gates" aria-label={text('Waiting for an answer')}>
      {openGates(events).map((gate) => (
        <li key={gate.gateId} className="gate" data-gate={gate.gateId}>
          <p className="gate-question">
            <Icon name="lock" /> {gate.approval === undefined ? (gate.message ?? gate.gateId) : text(questions[gate.approval])}
          </p>
          <ul className="gate-refs">
            {gate.refs.map(({ kind, namespace, name }) => (
              <li key={`${kind}/${namespace}/${name}`}>
                {kind} {name}
              </li>
            ))}
          </ul>
          <Answer runId={runId} gate={gate} decision={Object.hasOwn(decisions, gate.gateId) ? decisions[gate.gateId] : undefined} />
        </li>
      ))}
    </ul>
  );
}

function Answer({
  runId,
  gate: { gateId, gateType, assignee, timestamp, timeoutAction, expiresAt },
  decision,
}: {
  readonly runId: string;
  readonly gate: Gate;
  readonly decision: GateDecision | undefined;
}) {
  const session = useSession();
  const text = useText();
  if (decision !== undefined) {
    return (
      <p className="gate-decision" role="status">
        <Icon name={decision === 'rejected' ? 'close' : 'check'} /> {text(decisionWords[decision])}
      </p>
    );
  }
  return (
    <>
      {assignee === undefined ? null : <p className="quiet">{text('For {0} to answer', assignee)}</p>}
      {expiresAt === undefined ? null : (
        <p className="quiet">
          {timeoutAction === 'approve'
            ? text('Approved unless answered until {0}', new Date(expiresAt).toLocaleString())
            : text('Rejected unless answered until {0}', new Date(expiresAt).toLocaleString())}
        </p>
      )}
      {expiresAt === undefined ? null : <TimeBar key={expiresAt} fromMs={Date.parse(timestamp)} untilMs={Date.parse(expiresAt)} />}
      <div className="gate-answers">
        {gateType === 'input' ? (
          <Button icon="edit" onClick={() => session.answerGate(runId, gateId, 'input_provided')}>
            {text('Answer…')}
          </Button>
        ) : (
          <Button icon="check" onClick={() => session.answerGate(runId, gateId, 'approved')}>
            {text('Approve')}
          </Button>
        )}
        <Button secondary icon="close" onClick={() => session.answerGate(runId, gateId, 'rejected')}>
          {text('Reject')}
        </Button>
      </div>
    </>
  );
}

/** Drains while the time to answer passes; the line above it says the same in words. */
function TimeBar({ fromMs, untilMs }: { readonly fromMs: number; readonly untilMs: number }) {
  const bar = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // A bar for its whole time, of which the part that has passed is left out.
    const animation = bar.current?.animate([{ transform: 'scaleX(1)' }, { transform: 'scaleX(0)' }], {
      duration: Math.max(0, untilMs - fromMs),
      fill: 'forwards',
    });
    if (animation !== undefined) animation.currentTime = Math.max(0, Date.now() - fromMs);
    return () => animation?.cancel();
  }, [fromMs, untilMs]);
  return (
    <div className="gate-time" aria-hidden="true">
      <div ref={bar} />
    </div>
  );
}
