import { useMemo, useState } from 'react';
import type { ComponentProps } from 'react';
import type { CatalogField, CatalogKind } from '../../src/shared/catalog';
import { kindOf } from '../../src/shared/catalog';
import { optionsOf } from '../../src/shared/nodeOptions';
import { wordedField } from '../../src/shared/wordedCatalog';
import type { WorkflowNode } from '../../src/shared/workflow';
import { reservedNodeKeys } from '../../src/shared/workflow';
import { ProblemLine } from '../runs/ProblemLine';
import { useEditable } from '../store/editable';
import { useDocument, useRun, useSession } from '../store/session';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { Section } from '../ui/Section';
import { Select } from '../ui/Select';
import { SearchField, TextField } from '../ui/TextField';
import type { Text } from '../ui/texts';
import { useText } from '../ui/texts';
import { nodeDiagnosticsId, NodeDiagnostics } from './Diagnostics';
import { FieldList } from './FieldEditor';
import { FieldFrame } from './FieldFrame';
import { FieldHelp } from './FieldHelp';
import { bySection, shownFields, valueText } from './fieldValues';
import { DriftSection } from './DriftSection';
import { LiveStatus } from './LiveStatus';
import { NodeLive } from './NodeLive';
import { NodeObjects } from './NodeObjects';
import { searchFields, searchFromFields } from './searchFields';
import { ManifestPreview } from './ManifestPreview';
import { overridesOf } from './OverrideNote';

/** Keys that every kind has; metadata may describe them better. */
function commonFields(text: Text): readonly CatalogField[] {
  const item = { name: 'value', label: text('Value'), description: '', type: 'string', required: false } as const;
  return [
    { name: 'name', label: text('Object name'), description: text('The name in the cluster; the id when empty.'), type: 'string', required: false },
    {
      name: 'namespace',
      label: text('Namespace'),
      description: text('Where the object lives; that of the target when empty.'),
      type: 'string',
      required: false,
    },
    { name: 'labels', label: text('Labels'), description: text('Labels that are added to the object.'), type: 'map', required: false, items: item },
    {
      name: 'annotations',
      label: text('Annotations'),
      description: text('Annotations that are added to the object.'),
      type: 'map',
      required: false,
      items: item,
    },
    {
      name: 'patch',
      label: text('Patch'),
      description: text('Anything else of the object, as the API has it. Maps are merged, null removes, and list items are found by their name or key.'),
      type: 'object',
      required: false,
      free: true,
    },
  ];
}

/** Settings of a run for this node, which reach no object. */
function optionFields(kind: CatalogKind | undefined, text: Text): readonly CatalogField[] {
  const options = kind === undefined ? undefined : optionsOf(kind);
  return options === undefined ? [] : [wordedField(options, text)];
}

export function NodeInspector({ node }: { readonly node: WorkflowNode }) {
  const session = useSession();
  const text = useText();
  const editable = useEditable();
  const catalog = useDocument((state) => state.catalog);
  const allProblems = useDocument((state) => state.confirmed.problems);
  const allSources = useDocument((state) => state.confirmed.derivedFrom);
  const sources = useMemo(() => allSources.filter((one) => one.nodeId === node.id), [allSources, node.id]);
  const allDerived = useDocument((state) => state.confirmed.derived);
  const [manifestOf, setManifestOf] = useState<string>();
  const kind = kindOf(catalog, node.type);
  const problems = useMemo(() => allProblems.filter((problem) => problem.nodeId === node.id), [allProblems, node.id]);
  const derived = Object.hasOwn(allDerived, node.id) ? allDerived[node.id] : undefined;
  const targetEnvironment = useRun((state) => state.target?.environment);
  const [wantedEnvironment, setWantedEnvironment] = useState<string>();
  const [search, setSearch] = useState<{ readonly of: string; readonly query: string }>();
  const environments = useDocument((state) => state.workflow.environments);
  // Another environment's values can be looked at without going there.
  const environmentName = wantedEnvironment !== undefined && Object.hasOwn(environments, wantedEnvironment) ? wantedEnvironment : targetEnvironment;
  const overrides = overridesOf(environments, environmentName, node.id);
  const query = search?.of === node.id ? search.query : '';
  const fields = kind?.fields ?? [];
  const known = new Set(fields.map((field) => field.name));
  const everywhere = useMemo(() => commonFields(text), [text]);
  const options = useMemo(() => optionFields(kindOf(catalog, node.type), text), [catalog, node.type, text]);
  const common = everywhere.filter((field) => !known.has(field.name) && (field.name !== 'namespace' || kind?.namespaced !== false));
  const formed = new Set([...fields, ...common, ...options].map((field) => field.name));
  const raw = Object.entries(node.data).filter(([key]) => !formed.has(key));
  const idKeys = Object.fromEntries((kind?.handles ?? []).flatMap((handle) => (handle.each === undefined ? [] : [[handle.each.field, handle.each.key]])));
  const shared = { nodeId: node.id, path: [], values: node.data, derived, sources, problems, disabled: !editable, idKeys, overrides };
  // A heading under which nothing can be set now is not there.
  const groups = bySection(shownFields(fields, fields, node.data, derived));

  return (
    <>
      <header className="inspector-head" data-category={kind?.category ?? 'unknown'}>
        <span className="card-icon">
          <Icon name={kind?.icon ?? 'question'} />
        </span>
        <div className="inspector-title">
          <h2>{node.id}</h2>
          <p>{kind?.displayName ?? text('Unknown type {0}', node.type)}</p>
        </div>
      </header>
      <div className="inspector-actions" role="group" aria-label={text('Actions')}>
        <IconButton icon="output" label={text('Show logs')} onClick={() => session.openLogs(node.id)} />
        <IconButton icon="terminal" label={text('Open a terminal')} onClick={() => session.openTerminal(node.id)} />
        <IconButton icon="pulse" label={text('Show the diagnostics')} onClick={() => document.getElementById(nodeDiagnosticsId)?.focus()} />
        <IconButton icon="go-to-file" label={text('Show in the text')} onClick={() => session.revealNode(node.id)} />
        <IconButton
          icon="json"
          label={text('Show the manifest')}
          pressed={manifestOf === node.id}
          onClick={() => setManifestOf(manifestOf === node.id ? undefined : node.id)}
        />
        <span className="spacer" />
        <IconButton icon="trash" label={text('Remove the node')} disabled={!editable} onClick={() => session.edit({ type: 'removeNodes', ids: [node.id] })} />
      </div>
      {manifestOf === node.id ? <ManifestPreview nodeId={node.id} onClose={() => setManifestOf(undefined)} /> : null}
      {kind?.category === 'gates' ? null : <LiveStatus nodeId={node.id} />}
      <DriftSection nodeId={node.id} />
      <NodeLive nodeId={node.id} />
      {kind?.renderedBy === undefined ? null : <NodeObjects nodeId={node.id} />}
      <NodeDiagnostics nodeId={node.id} />
      {problems
        .filter((problem) => problem.path === undefined || problem.path.length === 0 || !formed.has(String(problem.path[0])))
        .map((problem) => (
          <ProblemLine key={problem.text} problem={problem} />
        ))}
      <FieldHelp>
        <FieldFrame field={{ label: text('Id'), description: text('The key in the file, which edges name.'), required: true }} problems={[]}>
          <TextField
            id="rename-field"
            label={text('Id')}
            value={node.id}
            disabled={!editable}
            onCommit={(typed) => {
              const newId = typed.trim();
              if (session.edit({ type: 'rename', id: node.id, newId })) session.wishes.emit({ type: 'select', nodeIds: [newId] });
            }}
          />
        </FieldFrame>
        {fields.length + common.length <= searchFromFields ? null : (
          <div className="field-search">
            <SearchField label={text('Find a setting')} value={query} onChange={(next) => setSearch({ of: node.id, query: next })} />
          </div>
        )}
        {Object.keys(environments).length === 0 ? null : (
          <div className="override-switch">
            <FieldFrame
              field={{ label: text('Environment'), description: text('Whose overrides are shown below the settings.'), required: false }}
              problems={[]}
            >
              <Select
                label={text('Environment')}
                value={environmentName ?? ''}
                options={[{ value: '', label: text('none') }, ...Object.keys(environments).map((one) => ({ value: one, label: one }))]}
                onCommit={setWantedEnvironment}
              />
            </FieldFrame>
          </div>
        )}
        {query.trim() !== '' ? <FoundFields shared={shared} fields={fields} common={[...common, ...options]} query={query} /> : null}
        {query.trim() !== ''
          ? null
          : groups.map(([title, group]) =>
              title === undefined ? (
                <FieldList key="" {...shared} fields={group} level={fields} />
              ) : (
                <Section
                  key={title}
                  title={title}
                  open={group.some((field) => Object.hasOwn(node.data, field.name) || problems.some((problem) => problem.path?.[0] === field.name))}
                >
                  <FieldList {...shared} fields={group} level={fields} headed={fields.filter((field) => field.section === title).length === 1} />
                </Section>
              ),
            )}
        {query.trim() !== '' ? null : (
          <Section title={text('Name and labels')} open={common.some((field) => Object.hasOwn(node.data, field.name))}>
            <FieldList {...shared} fields={common} />
          </Section>
        )}
        {query.trim() !== '' || options.length === 0 ? null : (
          <Section title={text('Run and build')} open={Object.hasOwn(node.data, 'options')}>
            <FieldList {...shared} fields={options} headed />
          </Section>
        )}
        {raw.length === 0 || query.trim() !== '' ? null : (
          <Section title={text('Only in the text')} open={false} count={raw.length}>
            <p className="field-note">{text('These keys have no form. They are kept as they are.')}</p>
            <dl className="raw-fields">
              {raw.map(([key, value]) => (
                <div key={key}>
                  <dt>
                    {key}
                    {(reservedNodeKeys as readonly string[]).includes(key) ? null : <span className="sr-only">{text('(unknown)')}</span>}
                  </dt>
                  <dd>{valueText(value)}</dd>
                </div>
              ))}
            </dl>
          </Section>
        )}
      </FieldHelp>
    </>
  );
}

type SharedProps = Omit<ComponentProps<typeof FieldList>, 'fields' | 'level' | 'headed'>;

/** The settings that a search finds, without their headings. */
function FoundFields({
  shared,
  fields,
  common,
  query,
}: {
  readonly shared: SharedProps;
  readonly fields: readonly CatalogField[];
  readonly common: readonly CatalogField[];
  readonly query: string;
}) {
  const text = useText();
  const found = searchFields(shownFields(fields, fields, shared.values, shared.derived), query);
  const foundCommon = searchFields(common, query);
  if (found.length + foundCommon.length === 0) return <p className="quiet">{text('No setting matches.')}</p>;
  return (
    <>
      <FieldList {...shared} fields={found} level={fields} />
      <FieldList {...shared} fields={foundCommon} />
    </>
  );
}
