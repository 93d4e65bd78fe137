import { useEffect, useState } from 'react';
import type { NodeObjects as Objects } from '../../src/shared/protocol';
import { lineOfStatus } from '../canvas/nodes/statusWords';
import { clockTime } from '../runs/times';
import { useNodeStatus } from '../store/liveStatus';
import { useDocument, useSession } from '../store/session';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Section } from '../ui/Section';
import { useText } from '../ui/texts';

/** The objects that a chart or base made, each with how it does, and when it was rendered. Rendering is never begun by itself. */
export function NodeObjects({ nodeId }: { readonly nodeId: string }) {
  const session = useSession();
  const text = useText();
  const revision = useDocument((state) => state.confirmed.revision);
  const problems = useDocument((state) => state.confirmed.problems);
  const status = useNodeStatus(nodeId);
  const [shown, setShown] = useState<{ readonly of: string; readonly answer: Objects | undefined; readonly after: readonly unknown[] }>();
  const [rendering, setRendering] = useState(false);
  useEffect(() => {
    let current = true;
    void session.objectsOf(nodeId).then((answer) => {
      if (current) setShown({ of: nodeId, answer, after: [revision, problems, status] });
    });
    return () => {
      current = false;
    };
    // A new status, a new text and a new rendering (which tells its problems anew) are when the answer may be another one.
  }, [session, nodeId, revision, problems, status]);
  const answer = shown?.of === nodeId ? shown.answer : undefined;
  const when =
    answer === undefined
      ? ''
      : answer.renderedAt === undefined
        ? answer.objects.length === 0
          ? text('Not rendered yet.')
          : text('As the last run made them.')
        : answer.outdated === true
          ? text('Rendered at {0}, changed since.', clockTime(answer.renderedAt))
          : text('Rendered at {0}.', clockTime(answer.renderedAt));
  return (
    <Section title={text('Objects')} count={answer?.objects.length ?? 0}>
      <div className="node-objects-head">
        <span className="quiet">{when}</span>
        <Button
          secondary
          icon="refresh"
          disabled={rendering}
          onClick={() => {
            setRendering(true);
            void session.renderSources().finally(() => setRendering(false));
          }}
        >
          {text('Render')}
        </Button>
      </div>
      <ul className="node-objects">
        {(answer?.objects ?? []).map(({ kind, name, namespace, state, message }) => {
          const line = lineOfStatus({ state, message, ready: 0, desired: 0 }, text);
          return (
            <li key={`${kind}/${namespace}/${name}`} data-tone={line.tone} title={message === '' ? line.label : `${line.label}: ${message}`}>
              <Icon name={line.icon} spin={line.spin} />
              <span className="node-object-name">
                <span className="node-object-kind">{kind}</span> {name}
              </span>
              <span className="node-object-state">{line.label}</span>
            </li>
          );
        })}
      </ul>
    </Section>
  );
}
