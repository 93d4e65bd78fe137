import type { DerivedSource } from '../../src/shared/derivedLink';
import type { JsonPath, JsonValue } from '../../src/shared/json';
import { sameJson } from '../../src/shared/json';
import { useSession } from '../store/session';
import { useText } from '../ui/texts';
import { valueText } from './fieldValues';

/** The node that a value at a path comes from; undefined when no edge gives one. */
export function sourceAt(sources: readonly DerivedSource[], path: JsonPath): string | undefined {
  return sources.find((one) => sameJson([...one.path], [...path]))?.source;
}

/** Below a field that an edge fills in: from which node, the way there, and a button that writes the value into the file. */
export function DerivedNote({
  source,
  shown,
  onOverride,
}: {
  readonly source: string;
  /** The value, where the control does not show it. */
  readonly shown?: JsonValue | undefined;
  readonly onOverride?: (() => void) | undefined;
}) {
  const session = useSession();
  const text = useText();
  return (
    <div className="field-note is-derived">
      {shown === undefined ? null : <code className="derived-value">{valueText(shown)}</code>}
      <span>
        {text('from')}{' '}
        <button type="button" className="link-button" onClick={() => session.wishes.emit({ type: 'select', nodeIds: [source] })}>
          {source}
        </button>
      </span>
      {onOverride === undefined ? null : (
        <button
          type="button"
          className="link-button"
          title={text('Writes this value into the file, where it counts instead of the connection.')}
          onClick={onOverride}
        >
          {text('Override')}
        </button>
      )}
    </div>
  );
}
