import type { RunEvent } from '../../src/shared/runEvent';
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

/** Gates of a run that no event has answered yet. */
export function openGates(events: readonly RunEvent[]): readonly Gate[] {
  const answered = new Set(events.flatMap((event) => (event.type === 'human_gate:resumed' ? [event.gateId] : [])));
  return events.filter((event): event is Gate => event.type === 'human_gate:paused' && !answered.has(event.gateId));
}

/** The questions of a run that waits, each with its two answers. */
export function Gates({ runId, events }: { readonly runId: string; readonly events: readonly RunEvent[] }) {
  const session = useSession();
  const text = useText();
  return (
    <ul className="gates" aria-label={text('Waiting for an answer')}>
      {openGates(events).map(({ gateId, approval, refs, expiresAt }) => (
        <li key={gateId} className="gate" data-gate={gateId}>
          <p className="gate-question">
            <Icon name="lock" /> {text(questions[approval])}
          </p>
          <ul className="gate-refs">
            {refs.map(({ kind, namespace, name }) => (
              <li key={`${kind}/${namespace}/${name}`}>
                {kind} {name}
              </li>
            ))}
          </ul>
          {expiresAt === undefined ? null : <p className="quiet">{text('Rejected unless answered until {0}', new Date(expiresAt).toLocaleString())}</p>}
          <div className="gate-answers">
            <Button icon="check" onClick={() => session.answerGate(runId, gateId, 'approved')}>
              {text('Approve')}
            </Button>
            <Button secondary icon="close" onClick={() => session.answerGate(runId, gateId, 'rejected')}>
              {text('Reject')}
            </Button>
          </div>
        </li>
      ))}
    </ul>
  );
}
