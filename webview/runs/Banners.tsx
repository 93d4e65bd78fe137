import { useLocked } from '../store/editable';
import { isActive } from '../store/runStore';
import { useDocument, useRun, useSession } from '../store/session';
import { Icon } from '../ui/Icon';
import { useText } from '../ui/texts';
import { clockTime } from './times';

/** What one must know before touching the canvas, in a line above it. */
export function Banners() {
  const session = useSession();
  const text = useText();
  const readOnly = useDocument((state) => state.confirmed.readOnly);
  const reason = useDocument((state) => state.confirmed.readOnlyReason);
  const locked = useLocked();
  const runId = useRun((state) => (isActive(state.run) ? state.run?.runId : undefined));
  const staleSince = useRun((state) => (state.health.connected ? undefined : state.health.staleSince));
  const error = useRun((state) => state.health.error);
  const unreachable = useRun((state) => (state.health.connected || state.health.staleSince !== undefined ? undefined : state.health.error));
  const trusted = useRun((state) => state.trusted);
  return (
    <div className="banners">
      {readOnly ? (
        <p className="banner" data-tone="bad" role="alert">
          <Icon name="lock" />
          <span>{text('Read-only: {0}', reason ?? text('the text is broken.'))}</span>
        </p>
      ) : null}
      {trusted ? null : (
        <p className="banner" data-tone="quiet">
          <Icon name="workspace-untrusted" />
          <span>{text('This folder is not trusted yet: only the sandbox can be reached.')}</span>
        </p>
      )}
      {locked && runId !== undefined ? (
        <p className="banner" data-tone="busy">
          <Icon name="lock" />
          <span>{text('A run is using this workflow, so the canvas is locked.')}</span>
          <button type="button" className="link-button" onClick={() => session.ui.getState().allowEditDuring(runId)}>
            {text('Edit anyway')}
          </button>
        </p>
      ) : null}
      {unreachable === undefined ? null : (
        <p className="banner" data-tone="warn" role="status">
          <Icon name="debug-disconnect" />
          <span>{text('Nothing is known of the cluster: {0}', unreachable)}</span>
        </p>
      )}
      {staleSince === undefined ? null : (
        <p className="banner" data-tone="warn" role="status">
          <Icon name="debug-disconnect" />
          <span>
            {text('What is shown is from {0}; the connection to the cluster is lost.', clockTime(staleSince))}
            {error === undefined ? '' : ` ${error}`}
          </span>
        </p>
      )}
    </div>
  );
}
