import type { ForbiddenWatch } from '../../src/shared/stream';
import { useLocked } from '../store/editable';
import { useConnection } from '../store/liveStatus';
import { isActive } from '../store/runStore';
import { useDocument, useRun, useSession } from '../store/session';
import { Icon } from '../ui/Icon';
import type { Text } from '../ui/texts';
import { useText } from '../ui/texts';
import { openGates } from './Gates';
import { clockTime } from './times';

/** What one must know before touching the canvas, in a line above it. */
export function Banners() {
  const session = useSession();
  const text = useText();
  const readOnly = useDocument((state) => state.confirmed.readOnly);
  const reason = useDocument((state) => state.confirmed.readOnlyReason);
  const locked = useLocked();
  const runId = useRun((state) => (isActive(state.run) ? state.run?.runId : undefined));
  const awaited = useRun(({ run }) =>
    run?.status === 'paused' ? openGates(run.events).filter(({ gateId }) => !Object.hasOwn(run.decisions ?? {}, gateId)).length : 0,
  );
  const staleSince = useRun((state) => (state.health.connected ? undefined : state.health.staleSince));
  const { isConnected, error, reconnect } = useConnection();
  const unreachable = isConnected || staleSince !== undefined ? null : error;
  const forbidden = useRun((state) => state.health.forbidden);
  const trusted = useRun((state) => state.trusted);
  const environment = useRun((state) => (state.target?.protected === true ? state.target.label : undefined));
  return (
    <div className="banners">
      {readOnly ? (
        <p className="banner" data-tone="bad" role="alert">
          <Icon name="lock" />
          <span>{text('Read-only: {0}', reason ?? text('the text is broken.'))}</span>
        </p>
      ) : null}
      {environment === undefined ? null : (
        <p className="banner" data-tone="protected">
          <Icon name="shield" />
          <span>{text('Protected environment: {0}', environment)}</span>
        </p>
      )}
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
      {awaited === 0 ? null : (
        <p className="banner" data-tone="warn" role="status">
          <Icon name="lock" />
          <span>{awaited === 1 ? text('The run waits for an answer.') : text('The run waits for {0} answers.', awaited)}</span>
          <button type="button" className="link-button" onClick={() => session.ui.getState().openSide('run')}>
            {text('Answer…')}
          </button>
        </p>
      )}
      {unreachable === null ? null : (
        <p className="banner" data-tone="warn" role="status">
          <Icon name="debug-disconnect" />
          <span>{text('Nothing is known of the cluster: {0}', unreachable)}</span>
          <ReconnectButton reconnect={reconnect} />
        </p>
      )}
      {staleSince === undefined ? null : (
        <p className="banner" data-tone="warn" role="status">
          <Icon name="debug-disconnect" />
          <span>
            {text('What is shown is from {0}; the connection to the cluster is lost.', clockTime(staleSince))}
            {error === null ? '' : ` ${error}`}
          </span>
          <ReconnectButton reconnect={reconnect} />
        </p>
      )}
      {forbidden === undefined || forbidden.length === 0 ? null : (
        <p className="banner" data-tone="quiet" role="note">
          <Icon name="circle-slash" />
          <span title={forbidden.map((one) => forbiddenWords(one, text)).join('\n')}>
            {text('Not shown, because these credentials may not: {0}', forbidden.map((one) => forbiddenWords(one, text)).join(', '))}
          </span>
        </p>
      )}
    </div>
  );
}

function ReconnectButton({ reconnect }: { readonly reconnect: () => void }) {
  const text = useText();
  return (
    <button type="button" className="link-button" onClick={reconnect}>
      {text('Reconnect')}
    </button>
  );
}

function forbiddenWords(one: ForbiddenWatch, text: Text): string {
  return one.namespace === '' ? text('{0} {1}', one.verb, one.resource) : text('{0} {1} in {2}', one.verb, one.resource, one.namespace);
}
