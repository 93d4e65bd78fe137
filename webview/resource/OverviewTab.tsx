import type { ObjectRef } from '../../src/shared/kubeObject';
import type { ResourceDetail } from '../../src/shared/resource';
import { useText } from '../ui/texts';
import { Facts, Part, Table } from './Sections';
import { StatusWord } from './StatusWord';

export function OverviewTab({
  detail,
  missing,
  onOpen,
}: {
  readonly detail: ResourceDetail;
  readonly missing: readonly string[];
  readonly onOpen: (ref: ObjectRef) => void;
}) {
  const text = useText();
  const { children, containers, conditions } = detail;
  const kind = children[0]?.ref.kind;
  return (
    <>
      {missing.map((sentence) => (
        <p key={sentence} className="quiet resource-missing">
          {sentence}
        </p>
      ))}
      {detail.facts.length === 0 ? null : (
        <Part title={text('Summary')}>
          <Facts facts={detail.facts} />
        </Part>
      )}
      {containers.length === 0 ? null : (
        <Part title={text('Containers')}>
          <Table
            columns={['Name', 'State', 'Ready', 'Restarts', 'Image']}
            rows={containers.map((container) => [
              container.init ? `${container.name} (${text('init')})` : container.name,
              container.state,
              container.ready ? text('yes') : text('no'),
              container.restarts,
              container.image,
            ])}
          />
        </Part>
      )}
      {kind === undefined ? null : (
        <Part title={kind === 'Job' ? text('Jobs') : text('Pods')}>
          <Table
            columns={['Name', 'Status', 'Summary', 'Age']}
            rows={children.map(({ ref, row }) => [
              <button key="open" type="button" className="link-button" onClick={() => onOpen(ref)}>
                {row.name}
              </button>,
              <StatusWord key="status" word={row.word} reason={row.reason} />,
              row.summary,
              row.age,
            ])}
          />
          {detail.childCount > children.length ? <p className="quiet">{text('{0} more are not shown.', detail.childCount - children.length)}</p> : null}
        </Part>
      )}
      {conditions.length === 0 ? null : (
        <Part title={text('Conditions')}>
          <Table columns={['Type', 'Status', 'Reason', 'Message']} rows={conditions.map((one) => [one.type, one.status, one.reason, one.message])} />
        </Part>
      )}
    </>
  );
}
