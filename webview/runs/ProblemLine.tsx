import { fillSentence, fixSentences } from '../../src/shared/problem';
import type { WordedProblem } from '../../src/shared/protocol';
import { useEditable } from '../store/editable';
import { useSession } from '../store/session';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';

const icons = { error: 'error', warning: 'warning', info: 'info', hint: 'lightbulb' } as const;

/** One problem in a sentence, with its repairs as buttons; pressing the sentence goes to its node where `goes` says so. */
export function ProblemLine({ problem, goes = false }: { readonly problem: WordedProblem; readonly goes?: boolean }) {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
  const { nodeId } = problem;
  return (
    <div className="problem" data-severity={problem.severity}>
      <Icon name={icons[problem.severity]} />
      <div className="problem-body">
        <span className="sr-only">{problem.severity === 'error' ? text('Error:') : problem.severity === 'warning' ? text('Warning:') : ''}</span>
        {goes && nodeId !== undefined ? (
          <button type="button" className="link-button" onClick={() => session.wishes.emit({ type: 'focusNode', nodeId })}>
            {problem.text}
          </button>
        ) : (
          problem.text
        )}
        {(problem.fixes ?? []).map((fix) => (
          <button
            key={`${fix.code}${JSON.stringify(fix.args)}`}
            type="button"
            className="link-button problem-fix"
            disabled={!editable}
            onClick={() => session.edit(fix.edit)}
          >
            <Icon name="lightbulb" /> {fillSentence(text(fixSentences[fix.code]), fix.args)}
          </button>
        ))}
      </div>
    </div>
  );
}
