import { useMemo } from 'react';
import { ProblemLine } from '../runs/ProblemLine';
import { useEditable } from '../store/editable';
import { useDocument, useRun, useSession } from '../store/session';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { Section } from '../ui/Section';
import { TextArea } from '../ui/TextArea';
import { TextField } from '../ui/TextField';
import { useText } from '../ui/texts';
import { FieldFrame } from './FieldFrame';
import { FieldHelp } from './FieldHelp';

const statusWords = { draft: 'Draft', published: 'Published', archived: 'Archived' } as const;

/** The workflow itself, shown while no node is selected. */
export function WorkflowInspector() {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
  const workflow = useDocument((state) => state.workflow);
  const problems = useDocument((state) => state.confirmed.problems);
  const unknownDrift = useRun((state) => state.drift.unknown);
  const sorted = useMemo(() => {
    const order = ['error', 'warning', 'info', 'hint'];
    return problems.toSorted((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  }, [problems]);
  const set = (key: string, value: string): void => {
    session.edit({ type: 'setProperty', path: [key], ...(value.trim() === '' ? {} : { value: value.trim() }) });
  };
  const setTags = (typed: string): void => {
    const tags = [...new Set(typed.split(',').flatMap((tag) => tag.trim() || []))];
    if (tags.join() !== workflow.tags.join()) session.edit({ type: 'setProperty', path: ['tags'], ...(tags.length === 0 ? {} : { value: tags }) });
  };
  const published = workflow.status === 'published';
  return (
    <>
      <header className="inspector-head">
        <span className="card-icon">
          <Icon name="type-hierarchy-sub" />
        </span>
        <div className="inspector-title">
          <h2>{workflow.name}</h2>
          <p>{text('Workflow')}</p>
        </div>
      </header>
      {unknownDrift === undefined ? null : (
        <p className="quiet" role="note">
          <Icon name="diff" /> {unknownDrift}
        </p>
      )}
      <FieldHelp>
        <FieldFrame field={{ label: text('Status'), description: text('Only a published workflow can be deployed.'), required: false }} problems={[]}>
          <div className="status-choice">
            <span className="workflow-status" data-status={workflow.status}>
              <Icon name={published ? 'pass' : workflow.status === 'draft' ? 'edit' : 'archive'} />
              {text(statusWords[workflow.status])}
            </span>
            <Button secondary={published} disabled={!editable} onClick={() => set('status', published ? 'draft' : 'published')}>
              {published ? text('Back to draft') : text('Publish')}
            </Button>
          </div>
        </FieldFrame>
        <FieldFrame field={{ label: text('Description'), description: text('What this workflow is for.'), required: false }} problems={[]}>
          <TextArea label={text('Description')} value={workflow.description} disabled={!editable} onCommit={(typed) => set('description', typed)} />
        </FieldFrame>
        <FieldFrame
          field={{ label: text('Namespace'), description: text('Where the objects live; the environment may say otherwise.'), required: false }}
          problems={[]}
        >
          <TextField
            label={text('Namespace')}
            value={workflow.namespace ?? ''}
            placeholder="default"
            disabled={!editable}
            onCommit={(typed) => set('namespace', typed)}
          />
        </FieldFrame>
        <FieldFrame field={{ label: text('Tags'), description: text('Words that group workflows, with commas between them.'), required: false }} problems={[]}>
          <TextField label={text('Tags')} value={workflow.tags.join(', ')} disabled={!editable} onCommit={setTags} />
        </FieldFrame>
        <Section title={text('Problems')} count={problems.length}>
          {sorted.length === 0 ? <p className="quiet">{text('No problems.')}</p> : null}
          {sorted.map((problem, index) => (
            <ProblemLine key={`${index}-${problem.text}`} problem={problem} goes />
          ))}
        </Section>
      </FieldHelp>
    </>
  );
}
