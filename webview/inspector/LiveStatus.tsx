import type { NodeStatus } from '../../src/shared/nodeStatus';
import { hintText, lineOfStatus } from '../canvas/nodes/statusWords';
import { useNodeStatus } from '../store/liveStatus';
import { useRun } from '../store/session';
import { clockTime } from '../runs/times';
import { Icon } from '../ui/Icon';
import type { Text } from '../ui/texts';
import { useText } from '../ui/texts';

function numberOf(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

/** `45 % / 80 %`: what is used, of what is aimed at. */
function ofTarget(current: number | undefined, target: number | undefined): string | undefined {
  return target === undefined ? undefined : `${current === undefined ? '–' : `${current} %`} / ${target} %`;
}

/** How far the pods of a Job are. */
function jobPods(status: NodeStatus | undefined, text: Text): string | undefined {
  if (status?.active === undefined && status?.succeeded === undefined && status?.failed === undefined) return undefined;
  return text('{0} active, {1} succeeded, {2} failed', status.active ?? 0, status.succeeded ?? 0, status.failed ?? 0);
}

/** What the cluster says of one node right now, in words. */
export function LiveStatus({ nodeId }: { readonly nodeId: string }) {
  const text = useText();
  const status = useNodeStatus(nodeId);
  const target = useRun((state) => state.target);
  const line = lineOfStatus(status, text);
  const hint = hintText(status, text);
  const facts: readonly (readonly [string, string | undefined])[] = [
    [text('Pods ready'), status === undefined || status.desired === 0 ? undefined : text('{0} of {1}', status.ready, status.desired)],
    [text('Objects healthy'), status?.objects === undefined ? undefined : text('{0} of {1}', status.healthyObjects ?? 0, status.objects)],
    [text('Reason'), status?.reason],
    [text('Cluster IP'), status?.clusterIP],
    [text('External IP'), status?.externalIP],
    [text('Node port'), status?.nodePort === undefined ? undefined : String(status.nodePort)],
    [text('Rules'), numberOf(status?.rulesCount)],
    [text('Policy types'), status?.policyTypes],
    [text('Applies to pods'), status?.podSelector === '*' ? text('all of the namespace') : status?.podSelector],
    [text('Ingress rules'), numberOf(status?.ingressRulesCount)],
    [text('Egress rules'), numberOf(status?.egressRulesCount)],
    [text('Capacity'), status?.capacity],
    [text('Volume'), status?.volumeName],
    [text('Schedule'), status?.schedule],
    [text('Last run'), status?.lastScheduleTime],
    [text('Last success'), status?.lastSuccessfulTime],
    [text('Concurrency'), status?.concurrencyPolicy],
    [text('Active jobs'), numberOf(status?.activeJobs)],
    [text('Job pods'), jobPods(status, text)],
    [text('Scales'), status?.scaleTarget],
    [
      text('Replicas'),
      status?.maxReplicas === undefined ? undefined : text('{0} of {1} to {2}', status.currentReplicas ?? 0, status.minReplicas ?? 1, status.maxReplicas),
    ],
    [text('CPU'), ofTarget(status?.cpuCurrent, status?.cpuTarget)],
    [text('Memory'), ofTarget(status?.memoryCurrent, status?.memoryTarget)],
    [text('Restarts'), status?.restarts === undefined || status.restarts === 0 ? undefined : String(status.restarts)],
    [text('Stale since'), status?.staleSince === undefined ? undefined : clockTime(status.staleSince, true)],
    [text('On'), target?.label],
  ];
  return (
    <div className="live-status" data-tone={line.tone}>
      <div className="live-head">
        <Icon name={line.icon} spin={line.spin} />
        <span className="status-label">{line.label}</span>
      </div>
      {status === undefined || status.message === '' ? null : <p className="live-message">{status.message}</p>}
      {hint === '' ? null : (
        <p className="live-hint">
          <Icon name="lightbulb" />
          <span>{hint}</span>
        </p>
      )}
      <dl className="facts">
        {facts.map(([label, value]) =>
          value === undefined ? null : (
            <div key={label}>
              <dt>{label}</dt>
              <dd>{value}</dd>
            </div>
          ),
        )}
      </dl>
    </div>
  );
}
