import type { CheckStatus, DiagnosisCheck, EdgeDiagnosis, OverallStatus } from '../../src/shared/diagnosis';
import { overallStatus, remedyOf } from '../../src/shared/diagnosis';
import { clockTime } from '../runs/times';
import { isActive } from '../store/runStore';
import { useEdgeDiagnosis, useNodeDiagnosis } from '../store/liveStatus';
import { useDocument, usePlan, useRun, useSession } from '../store/session';
import { Icon } from '../ui/Icon';
import { Section } from '../ui/Section';
import type { Text } from '../ui/texts';
import { useText } from '../ui/texts';
import { checkWords, suggestionWords } from './diagnosisWords';

const icons = { pass: 'pass', warning: 'warning', error: 'error', unknown: 'question' } as const satisfies Record<CheckStatus, string>;
const tones = { pass: 'good', warning: 'warn', error: 'bad', unknown: 'muted' } as const satisfies Record<CheckStatus, string>;

function statusWord(status: CheckStatus, text: Text): string {
  return { pass: text('Holds'), warning: text('Warning'), error: text('Broken'), unknown: text('Unknown') }[status];
}

function overallWord(status: OverallStatus, text: Text): string {
  return { healthy: text('All hops hold'), warning: text('With warnings'), error: text('Broken'), unknown: text('Not wholly known') }[status];
}

function Hop({ check }: { readonly check: DiagnosisCheck }) {
  const session = useSession();
  const text = useText();
  const advice = suggestionWords(check, text);
  const remedy = remedyOf(check);
  return (
    <li className="hop" data-tone={tones[check.status]} data-status={check.status}>
      <Icon name={icons[check.status]} />
      <div>
        <span className="sr-only">{statusWord(check.status, text)}: </span>
        <span>{checkWords(check, text)}</span>
        {advice === undefined ? null : <p className="hop-advice">{advice}</p>}
        <div className="hop-ways">
          {check.autoFixable && check.status !== 'pass' ? (
            <button type="button" className="link-button" onClick={() => session.previewFix(check)}>
              {text('Show the fix')}
            </button>
          ) : null}
          {remedy === 'logs' ? (
            <button type="button" className="link-button" onClick={() => session.openLogs(check.nodeId)}>
              {text('Open the logs')}
            </button>
          ) : null}
          {remedy === 'deploy' ? <DeployWay /> : null}
        </div>
      </div>
    </li>
  );
}

/** Plans the run that brings the cluster to what the file says. */
function DeployWay() {
  const session = useSession();
  const text = useText();
  const isDeployable = useDocument((state) => state.workflow.status !== 'archived');
  const running = useRun((state) => isActive(state.run));
  const busy = usePlan((state) => state.busy);
  if (!isDeployable) return null;
  return (
    <button type="button" className="link-button" disabled={running || busy !== undefined} onClick={() => session.plan()}>
      {text('Deploy…')}
    </button>
  );
}

function Hops({ diagnosis, id }: { readonly diagnosis: EdgeDiagnosis | undefined; readonly id: string }) {
  const text = useText();
  if (diagnosis === undefined || diagnosis.checks.length === 0) return null;
  const { checks, staleSince } = diagnosis;
  return (
    <div id={id} tabIndex={-1} className="diagnostics" data-overall={overallStatus(checks)}>
      <Section title={text('Diagnostics')}>
        <p className="diagnostics-sum">
          {overallWord(overallStatus(checks), text)}
          {staleSince === undefined ? null : ` · ${text('Stale since {0}', clockTime(staleSince, true))}`}
        </p>
        <ol className="hops">
          {checks.map((check) => (
            <Hop key={`${check.nodeId} ${check.name} ${JSON.stringify(check.args)}`} check={check} />
          ))}
        </ol>
      </Section>
    </div>
  );
}

/** The element that holds the hops of the selected node. */
export const nodeDiagnosticsId = 'node-diagnostics';

/** The hops of one node, as the cluster shows them now. That its object is there is no news beside its status: "all holds" would deny what that says. */
export function NodeDiagnostics({ nodeId }: { readonly nodeId: string }) {
  const diagnosis = useNodeDiagnosis(nodeId);
  return diagnosis?.checks.every(({ code }) => code === 'exists.pass') === true ? null : <Hops diagnosis={diagnosis} id={nodeDiagnosticsId} />;
}

/** The element that holds the hops of the selected edge. */
export const edgeDiagnosticsId = 'edge-diagnostics';

/** The hops that one edge stands for. */
export function EdgeDiagnostics({ edgeKey }: { readonly edgeKey: string }) {
  return <Hops diagnosis={useEdgeDiagnosis(edgeKey)} id={edgeDiagnosticsId} />;
}
