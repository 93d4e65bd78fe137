import type { DriftFieldView, DriftObjectView } from '../../src/shared/drift';
import { driftCount } from '../../src/shared/drift';
import { useRun, useSession } from '../store/session';
import { Button } from '../ui/Button';
import { Icon } from '../ui/Icon';
import { IconButton } from '../ui/IconButton';
import { Section } from '../ui/Section';
import { useText } from '../ui/texts';

function FieldLine({ nodeId, field }: { readonly nodeId: string; readonly field: DriftFieldView }) {
  const session = useSession();
  const text = useText();
  const { path, owner, hidden } = field;
  const absent = text('absent');
  const sides: readonly (readonly [string, string | undefined])[] = [
    [text('On the cluster'), field.live],
    [text('Applied last'), field.applied],
    [text('In the file'), field.file],
  ];
  return (
    <li className="drift-field">
      <div className="drift-head">
        <code>{path}</code>
        {hidden === true ? null : (
          <IconButton icon="cloud-download" label={text('Adopt {0} into the file', path)} onClick={() => session.adoptDrift(nodeId, [path])} />
        )}
      </div>
      {hidden === true ? (
        <p className="quiet">{text('changed')}</p>
      ) : (
        <dl className="drift-sides">
          {sides.map(([label, value], index) => (
            <div key={label} data-side={index === 0 ? 'live' : 'ours'}>
              <dt>{label}</dt>
              <dd>{value === undefined ? <span className="quiet">{absent}</span> : <code>{value}</code>}</dd>
            </div>
          ))}
        </dl>
      )}
      <p className="drift-owner quiet">
        <Icon name="person" /> {owner === '' ? text('Taken away') : text('By {0}', owner)}
      </p>
    </li>
  );
}

function ObjectPart({ nodeId, object, named }: { readonly nodeId: string; readonly object: DriftObjectView; readonly named: boolean }) {
  const text = useText();
  return (
    <>
      {named || object.missing ? (
        <p className="drift-object">
          {object.kind} {object.name}
          {object.missing ? <span className="quiet"> {text('is gone')}</span> : null}
        </p>
      ) : null}
      <ul className="drift-fields">
        {object.fields.map((field) => (
          <FieldLine key={field.path} nodeId={nodeId} field={field} />
        ))}
      </ul>
    </>
  );
}

/** Where the cluster has left what was applied of one node, side by side, and the two ways to make them one again. */
export function DriftSection({ nodeId }: { readonly nodeId: string }) {
  const session = useSession();
  const text = useText();
  const objects = useRun((state) => (Object.hasOwn(state.drift.nodes, nodeId) ? state.drift.nodes[nodeId] : undefined));
  if (objects === undefined) return null;
  const canAdopt = objects.some(({ fields }) => fields.some(({ hidden }) => hidden !== true));
  return (
    <div className="drift">
      <Section title={text('Differs from the cluster')} count={driftCount(objects)} open>
        {objects.map((object) => (
          <ObjectPart key={`${object.kind}/${object.namespace}/${object.name}`} nodeId={nodeId} object={object} named={objects.length > 1} />
        ))}
        <div className="drift-ways">
          {canAdopt ? (
            <Button secondary icon="cloud-download" onClick={() => session.adoptDrift(nodeId)}>
              {text('Adopt into the File…')}
            </Button>
          ) : null}
          <Button secondary icon="cloud-upload" onClick={() => session.reassertDrift(nodeId)}>
            {text('Re-assert…')}
          </Button>
        </div>
      </Section>
    </div>
  );
}
