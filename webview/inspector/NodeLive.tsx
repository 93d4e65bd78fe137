import { useEffect, useRef, useState } from 'react';
import type { LivePod, NodeLive as Live } from '../../src/shared/nodeLive';
import { bytesText } from '../../src/shared/quantity';
import { useNodeStatus } from '../store/liveStatus';
import { clockTime } from '../runs/times';
import { useRun, useSession } from '../store/session';
import { Icon } from '../ui/Icon';
import { Section } from '../ui/Section';
import { useText } from '../ui/texts';

/** Usage changes without any status changing; clusters measure it every 15 seconds or so. */
const askEveryMs = 15_000;
/** Points of a chart: a quarter of an hour. */
const sampleLimit = 60;

interface Sample {
  readonly atMs: number;
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

/** Pods, events and what is used, of the node that a person looks at, as long as they do. */
export function NodeLive({ nodeId }: { readonly nodeId: string }) {
  const session = useSession();
  const text = useText();
  const status = useNodeStatus(nodeId);
  const target = useRun((state) => state.target);
  const [shown, setShown] = useState<{ readonly of: string; readonly live: Live }>();
  const [samples, setSamples] = useState<readonly Sample[]>([]);
  const followed = useRef('');
  useEffect(() => {
    const key = `${target?.clusterUid ?? ''}/${target?.namespace ?? ''}/${nodeId}`;
    if (followed.current !== key) {
      followed.current = key;
      setSamples([]);
      setShown(undefined);
    }
    if (target === null || status === undefined) return;
    let current = true;
    const ask = (): void => {
      void session.liveOf(nodeId).then((live) => {
        if (!current || live === undefined) return;
        setShown({ of: nodeId, live });
        const { usage } = live;
        if (usage !== undefined) setSamples((before) => [...before, { atMs: Date.now(), ...usage }].slice(-sampleLimit));
      });
    };
    ask();
    const timer = setInterval(ask, askEveryMs);
    return () => {
      current = false;
      clearInterval(timer);
    };
  }, [session, nodeId, target, status]);
  const live = shown?.of === nodeId ? shown.live : undefined;
  if (live === undefined || (live.pods.length === 0 && live.events.length === 0 && !live.eventsHidden)) return null;
  const last = samples.at(-1);
  return (
    <>
      {last === undefined ? null : (
        <div className="live-charts" role="group" aria-label={text('What its pods use')}>
          <Chart label={text('CPU')} value={text('{0} cores', Number((last.cpuMillis / 1000).toFixed(2)))} values={samples.map(({ cpuMillis }) => cpuMillis)} />
          <Chart label={text('Memory')} value={bytesText(last.memoryBytes)} values={samples.map(({ memoryBytes }) => memoryBytes)} />
        </div>
      )}
      {live.pods.length === 0 ? null : (
        <Section title={text('Pods')} count={live.pods.length + live.morePods} open={live.pods.some((pod) => !pod.ready)}>
          <ul className="live-pods">
            {live.pods.map((pod) => (
              <Pod key={`${pod.namespace}/${pod.name}`} pod={pod} />
            ))}
          </ul>
          {live.morePods === 0 ? null : <p className="quiet">{text('{0} more', live.morePods)}</p>}
        </Section>
      )}
      <Section title={text('Events')} count={live.events.length} open={live.events.some(({ type }) => type === 'Warning')}>
        {live.eventsHidden ? <p className="quiet">{text('These credentials may not read events.')}</p> : null}
        {!live.eventsHidden && live.events.length === 0 ? <p className="quiet">{text('None')}</p> : null}
        <ul className="live-events">
          {live.events.map(({ uid, type, reason, message, count, lastSeen, about }) => (
            <li key={`${uid} ${about}`} data-tone={type === 'Warning' ? 'warn' : 'quiet'}>
              <Icon name={type === 'Warning' ? 'warning' : 'info'} />
              <div>
                <div className="live-event-head">
                  <strong>{reason}</strong>
                  {count > 1 ? <span className="quiet">× {count}</span> : null}
                  <span className="spacer" />
                  <time className="quiet" dateTime={lastSeen}>
                    {Number.isNaN(Date.parse(lastSeen)) ? '' : clockTime(lastSeen)}
                  </time>
                </div>
                <p>{message}</p>
                <p className="quiet">{about}</p>
              </div>
            </li>
          ))}
        </ul>
      </Section>
    </>
  );
}

function Pod({ pod: { name, phase, ready, terminating, restarts, waiting } }: { readonly pod: LivePod }) {
  const text = useText();
  const [tone, icon] = terminating
    ? ['quiet', 'trash']
    : ready
      ? ['good', 'pass-filled']
      : waiting !== undefined || phase === 'Failed'
        ? ['bad', 'error']
        : ['busy', 'sync'];
  const word = terminating ? text('ending') : ready ? text('ready') : (waiting ?? (phase === '' ? text('not ready') : phase));
  return (
    <li data-tone={tone}>
      <Icon name={icon ?? ''} />
      <span className="live-pod-name">{name}</span>
      <span className="quiet">{restarts === 0 ? word : restarts === 1 ? text('{0}, 1 restart', word) : text('{0}, {1} restarts', word, restarts)}</span>
    </li>
  );
}

/** A line of the last minutes, from nothing to a little above its highest point. The number beside it says the newest. */
function Chart({ label, value, values }: { readonly label: string; readonly value: string; readonly values: readonly number[] }) {
  const text = useText();
  const top = Math.max(...values, 1) * 1.15;
  const step = 100 / (sampleLimit - 1);
  const points = values.map((one, index) => `${(100 - (values.length - 1 - index) * step).toFixed(2)},${(28 - (28 * one) / top).toFixed(2)}`);
  // One measurement is a short level line, not a point that nobody sees.
  if (points.length === 1) points.unshift(`${(100 - step).toFixed(2)},${points[0]?.split(',')[1] ?? '28'}`);
  const from = (100 - (points.length - 1) * step).toFixed(2);
  return (
    <div className="live-chart" role="img" aria-label={text('{0}: {1} now', label, value)}>
      <div className="live-chart-head" aria-hidden="true">
        <span className="quiet">{label}</span> <strong>{value}</strong>
      </div>
      <svg viewBox="0 0 100 28" preserveAspectRatio="none" aria-hidden="true">
        <polygon className="live-chart-area" points={`${from},28 ${points.join(' ')} 100,28`} />
        <polyline className="live-chart-line" points={points.join(' ')} vectorEffect="non-scaling-stroke" />
      </svg>
    </div>
  );
}
