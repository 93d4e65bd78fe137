// How a container turns out, chosen by annotation or by image name; docs/sandbox.md lists the scenarios for people.
//
// The annotation stands on the pod, or on the template that makes it, and holds for all its containers;
// `sandbox.kubeorch.dev/scenario.NAME` holds for one of them. Without it an image that says so itself cannot be pulled: the
// tag `does-not-exist`, or `nonexistent` or `does-not-exist` anywhere in its name.
import type { Container, Pod } from '../objectTypes';

export const scenarioAnnotation = 'sandbox.kubeorch.dev/scenario';
/** With which code `crash-loop` exits, 0 to 255. */
const exitCodeAnnotation = 'sandbox.kubeorch.dev/exit-code';
/** How many seconds a container runs that ends by itself or crashes. */
const runsForAnnotation = 'sandbox.kubeorch.dev/runs-for-seconds';

const containerScenarios = ['image-pull', 'crash-loop', 'oom', 'never-ready', 'failing-liveness', 'slow-start'] as const;
const podScenarios = ['unschedulable', 'failed-mount'] as const;

export type Scenario = 'normal' | (typeof containerScenarios)[number];
export type PodScenario = 'normal' | (typeof podScenarios)[number];

export function scenarioOf(pod: Pod, container: Container): Scenario {
  const annotations = pod.metadata.annotations ?? {};
  const asked = annotations[`${scenarioAnnotation}.${container.name}`] ?? annotations[scenarioAnnotation];
  const known = containerScenarios.find((one) => one === asked);
  if (known !== undefined) return known;
  return /does-not-exist|nonexistent/.test(container.image ?? '') ? 'image-pull' : 'normal';
}

/** What happens to the pod before any container of it runs. */
export function podScenarioOf(pod: Pod): PodScenario {
  const asked = pod.metadata.annotations?.[scenarioAnnotation];
  return podScenarios.find((one) => one === asked) ?? 'normal';
}

export function exitCodeOf(pod: Pod): number {
  const asked = pod.metadata.annotations?.[exitCodeAnnotation];
  return asked !== undefined && /^\d{1,3}$/.test(asked) && Number(asked) <= 255 ? Number(asked) : 1;
}

/** Undefined when the pod does not say. */
export function runsForMs(pod: Pod): number | undefined {
  const asked = pod.metadata.annotations?.[runsForAnnotation];
  return asked !== undefined && /^\d{1,6}$/.test(asked) ? Number(asked) * 1_000 : undefined;
}

const domainPart = /^(localhost|[a-zA-Z0-9.-]*[.:][a-zA-Z0-9.:-]*)$/;
const pathPart = /^[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*$/;
const tagAndDigest = /^(:[\w][\w.-]{0,127})?(@[a-z0-9]+:[a-f0-9]{32,})?$/i;

/** Whether a kubelet could read this name of an image at all: registry, lower-case path, tag and digest. */
export function isImageName(image: string): boolean {
  const parts = image.split('/');
  const [name = '', rest = ''] = (/^([^:@]*)(.*)$/.exec(parts.pop() ?? '') ?? []).slice(1);
  const path = parts.length > 0 && domainPart.test(parts[0] ?? '') ? parts.slice(1) : parts;
  return [...path, name].every((part) => pathPart.test(part)) && tagAndDigest.test(rest);
}
