import { handlesOf, kindOf, relationsBetween } from '../../src/shared/catalog';
import type { WorkflowEdge } from '../../src/shared/workflow';
import { edgeKey, nodeById } from '../../src/shared/workflow';
import { removeEdit, rewriteEdgeEdit } from '../canvas/fromFlow';
import { relationOf } from '../store/documentStore';
import { useEditable } from '../store/editable';
import { useDocument, useSession } from '../store/session';
import { Checkbox } from '../ui/Checkbox';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { Select } from '../ui/Select';
import { TextField } from '../ui/TextField';
import { useText } from '../ui/texts';
import { EdgeDiagnostics } from './Diagnostics';
import { FieldFrame } from './FieldFrame';
import { FieldHelp } from './FieldHelp';
import { valueText } from './fieldValues';

const noProblems = [] as const;

/** What one connection does, and its options where its relation has any. */
export function EdgeInspector({ edge }: { readonly edge: WorkflowEdge }) {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
  const catalog = useDocument((state) => state.catalog);
  const workflow = useDocument((state) => state.workflow);
  const relation = useDocument((state) => relationOf(state, edge));
  const from = nodeById(workflow, edge.from);
  const to = nodeById(workflow, edge.to);
  const kind = from === undefined ? undefined : kindOf(catalog, from.type);
  const handles = from === undefined || kind === undefined || kind.handles.every((handle) => handle.each === undefined) ? [] : handlesOf(kind, from.data);
  const possible = from === undefined || to === undefined ? [] : relationsBetween(catalog, from.type, to.type);
  const label = possible.find((rule) => rule.relation === relation)?.label ?? relation ?? text('unknown relation');
  const isClaim = kind?.kind === 'PersistentVolumeClaim';
  const rewrite = (changes: Partial<Record<keyof WorkflowEdge, string | boolean | undefined>>): void => {
    session.edit(rewriteEdgeEdit(edge, changes));
  };
  const mountPath = from === undefined ? undefined : (from.data['mountPath'] ?? kind?.fields.find((field) => field.name === 'mountPath')?.default);
  return (
    <>
      <header className="inspector-head">
        <span className="card-icon">
          <Icon name="arrow-right" />
        </span>
        <div className="inspector-title">
          <h2>{label}</h2>
          <p>{text('Connection')}</p>
        </div>
        <span className="spacer" />
        <IconButton
          icon="trash"
          label={text('Remove the connection')}
          disabled={!editable}
          onClick={() => {
            const edit = removeEdit(workflow, [], [edgeKey(edge)]);
            if (edit !== undefined) session.edit(edit);
          }}
        />
      </header>
      <EdgeDiagnostics edgeKey={edgeKey(edge)} />
      <FieldHelp>
        <dl className="facts">
          {[
            [text('From'), edge.from],
            [text('To'), edge.to],
          ].map(([term, id]) => (
            <div key={term}>
              <dt>{term}</dt>
              <dd>
                <button type="button" className="link-button" onClick={() => session.wishes.emit({ type: 'select', nodeIds: [id ?? ''] })}>
                  {id}
                </button>
              </dd>
            </div>
          ))}
        </dl>
        {possible.length > 1 ? (
          <FieldFrame field={{ label: text('Relation'), description: text('What the first does with the second.'), required: true }} problems={noProblems}>
            <Select
              label={text('Relation')}
              value={relation ?? ''}
              options={possible.map((rule) => ({ value: rule.relation, label: rule.label }))}
              disabled={!editable}
              onCommit={(chosen) => rewrite({ relation: chosen })}
            />
          </FieldFrame>
        ) : null}
        {handles.length > 1 || (edge.handle !== undefined && handles.length > 0) ? (
          <FieldFrame field={{ label: text('Place'), description: text('Where at the first node it begins.'), required: false }} problems={noProblems}>
            <Select
              label={text('Place')}
              value={edge.handle ?? ''}
              options={[
                { value: '', label: text('Wherever nothing is connected') },
                ...handles.map(({ id, label: name }) => ({ value: id, label: name })),
                ...(edge.handle === undefined || handles.some(({ id }) => id === edge.handle) ? [] : [{ value: edge.handle, label: edge.handle }]),
              ]}
              disabled={!editable}
              onCommit={(chosen) => rewrite({ handle: chosen === '' ? undefined : chosen })}
            />
          </FieldFrame>
        ) : null}
        {relation === 'depends-on' ? (
          <FieldFrame
            field={{
              label: text('Ready when'),
              description: text('"healthy", "applied", or a condition of its status such as "Available" or "Progressing=False".'),
              required: false,
            }}
            problems={noProblems}
          >
            <TextField
              label={text('Ready when')}
              value={edge.ready ?? ''}
              placeholder="healthy"
              disabled={!editable}
              onCommit={(typed) => rewrite({ ready: typed.trim() === '' ? undefined : typed.trim() })}
            />
            <div className="field-note">{text('healthy, applied, or a condition such as Available or Progressing=False.')}</div>
          </FieldFrame>
        ) : null}
        {relation === 'mounts' && !isClaim ? (
          <FieldFrame
            field={{ label: text('As'), description: text('Files in a folder, or one environment variable per key.'), required: false }}
            problems={noProblems}
          >
            <Select
              label={text('As')}
              value={edge.as ?? 'volume'}
              options={[
                { value: 'volume', label: text('Files') },
                { value: 'env', label: text('Environment variables') },
              ]}
              disabled={!editable}
              onCommit={(chosen) => rewrite({ as: chosen === 'env' ? 'env' : undefined })}
            />
          </FieldFrame>
        ) : null}
        {relation === 'mounts' && edge.as !== 'env' ? (
          <>
            <FieldFrame field={{ label: text('Folder'), description: text('Where the files appear in the container.'), required: false }} problems={noProblems}>
              <TextField
                label={text('Folder')}
                value={edge.mountPath ?? ''}
                placeholder={valueText(mountPath)}
                disabled={!editable}
                onCommit={(typed) => rewrite({ mountPath: typed.trim() === '' ? undefined : typed.trim() })}
              />
            </FieldFrame>
            <FieldFrame
              field={{ label: text('Only this key'), description: text('Only this key or folder of what is mounted.'), required: false }}
              problems={noProblems}
            >
              <TextField
                label={text('Only this key')}
                value={edge.subPath ?? ''}
                disabled={!editable}
                onCommit={(typed) => rewrite({ subPath: typed.trim() === '' ? undefined : typed.trim() })}
              />
            </FieldFrame>
            {isClaim ? (
              <Checkbox
                label={text('Read only')}
                checked={edge.readOnly === true}
                disabled={!editable}
                onCommit={(checked) => rewrite({ readOnly: checked ? true : undefined })}
              />
            ) : null}
          </>
        ) : null}
      </FieldHelp>
    </>
  );
}
