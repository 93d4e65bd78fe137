// The arithmetic of a horizontal autoscaler, apart from the objects: how many replicas metrics ask for, and how fast.
import type { MetricSpec, ScalingRules } from '../workloadTypes';

/** A difference from the target that is no reason to scale. */
const tolerance = 0.1;
/** How long a recommendation to shrink is held back where the spec does not say. */
const defaultDownWindowSeconds = 300;

export interface Recommendation {
  atMs: number;
  replicas: number;
}

/** A change of the size that was made. */
export interface ScaleEvent {
  atMs: number;
  by: number;
}

export interface Limits {
  min: number;
  max: number;
  scaleUp?: ScalingRules | undefined;
  scaleDown?: ScalingRules | undefined;
}

export interface Verdict {
  replicas: number;
  stabilized?: 'ScaleUpStabilized' | 'ScaleDownStabilized';
  limited: { reason: string; message: string } | undefined;
}

/**
 * What a scripted load says of each metric, in percent for all pods together: `240` for every resource, `cpu=240,memory=80`
 * for each. Undefined for a resource that it leaves out, and for what is no number.
 */
export function loadOf(annotation: string | undefined, resource: string): number | undefined {
  for (const part of (annotation ?? '').split(',')) {
    const found = /^(?:([a-z0-9.-]+)=)?(\d{1,7})$/.exec(part.trim());
    if (found !== null && (found[1] === undefined || found[1] === resource)) return Number(found[2]);
  }
  return undefined;
}

/** Replicas that bring the average of one metric to its target. `percent` and `target` are averages over the pods. */
export function replicasFor(current: number, percent: number, target: number): number {
  const ratio = percent / target;
  return Math.abs(ratio - 1) <= tolerance ? current : Math.ceil(current * ratio);
}

/** The target of a metric in percent; that of an average value is itself the measure. */
export function targetPercent(metric: MetricSpec): number {
  return metric.resource?.target.averageUtilization ?? 100;
}

/** The size to have now, with what held it back. Recommendations include the newest one, which is `wanted`. */
export function sizeNow(
  current: number,
  wanted: number,
  limits: Limits,
  recommendations: readonly Recommendation[],
  events: readonly ScaleEvent[],
  nowMs: number,
): Verdict {
  const upWindow = limits.scaleUp?.stabilizationWindowSeconds ?? 0;
  const downWindow = limits.scaleDown?.stabilizationWindowSeconds ?? defaultDownWindowSeconds;
  const within = (seconds: number): number[] => recommendations.filter((one) => nowMs - one.atMs <= seconds * 1000).map((one) => one.replicas);
  const lowest = Math.min(wanted, ...within(upWindow));
  const highest = Math.max(wanted, ...within(downWindow));
  const steady = Math.min(Math.max(current, lowest), highest);
  const stabilized = steady === wanted ? {} : { stabilized: wanted > steady ? ('ScaleUpStabilized' as const) : ('ScaleDownStabilized' as const) };
  const rated = withinRate(current, steady, limits, events, nowMs);
  if (rated !== steady && rated > limits.min && rated < limits.max) {
    const way = steady > current ? 'increasing' : 'decreasing';
    const reason = steady > current ? 'ScaleUpLimit' : 'ScaleDownLimit';
    return { replicas: rated, ...stabilized, limited: { reason, message: `the desired replica count is ${way} faster than the maximum scale rate` } };
  }
  const replicas = Math.min(Math.max(rated, limits.min), limits.max);
  const limited =
    steady > limits.max
      ? { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' }
      : steady < limits.min
        ? { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' }
        : undefined;
  return { replicas, ...stabilized, limited };
}

const defaultUp: ScalingRules = {
  policies: [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ],
};
const defaultDown: ScalingRules = { policies: [{ type: 'Percent', value: 100, periodSeconds: 15 }] };

function withinRate(current: number, wanted: number, limits: Limits, events: readonly ScaleEvent[], nowMs: number): number {
  if (wanted === current) return wanted;
  const up = wanted > current;
  const rules = (up ? limits.scaleUp : limits.scaleDown) ?? (up ? defaultUp : defaultDown);
  if (rules.selectPolicy === 'Disabled') return current;
  const bounds = (rules.policies ?? (up ? defaultUp : defaultDown).policies ?? []).map(({ type, value, periodSeconds }) => {
    const changed = events.filter((one) => nowMs - one.atMs < periodSeconds * 1000).reduce((sum, one) => sum + one.by, 0);
    const start = current - changed;
    if (type === 'Pods') return up ? start + value : start - value;
    return up ? Math.ceil(start * (1 + value / 100)) : Math.floor(start * (1 - value / 100));
  });
  // The policy that lets through the most, unless the least is asked for.
  const widest = rules.selectPolicy !== 'Min';
  const bound = up === widest ? Math.max(...bounds) : Math.min(...bounds);
  return up ? Math.max(current, Math.min(wanted, bound)) : Math.min(current, Math.max(wanted, bound));
}
