// How a container turns out, chosen by annotation or by image name:
//
//   sandbox.kubeorch.dev/scenario: image-pull    the image cannot be pulled: ErrImagePull, ImagePullBackOff
//                                  crash-loop    exits with code 1 a moment after each start: CrashLoopBackOff
//                                  oom           as crash-loop, but killed for its memory: OOMKilled, exit code 137
//                                  never-ready   runs, and its readiness check never passes
//                                  slow-start    runs, and becomes ready after a long while
//
// The annotation stands on the pod, or on the template that makes it, and holds for all its containers;
// `sandbox.kubeorch.dev/scenario.NAME` holds for one of them. Without it an image that says so itself cannot be pulled: the
// tag `does-not-exist`, or `nonexistent` or `does-not-exist` anywhere in its name.
import type { Container, Pod } from '../objectTypes';

export const scenarioAnnotation = 'sandbox.kubeorch.dev/scenario';

export type Scenario = 'normal' | 'image-pull' | 'crash-loop' | 'oom' | 'never-ready' | 'slow-start';

const known: readonly string[] = ['image-pull', 'crash-loop', 'oom', 'never-ready', 'slow-start'];

export function scenarioOf(pod: Pod, container: Container): Scenario {
  const annotations = pod.metadata.annotations ?? {};
  const asked = annotations[`${scenarioAnnotation}.${container.name}`] ?? annotations[scenarioAnnotation];
  if (asked !== undefined && known.includes(asked)) return asked as Scenario;
  return /does-not-exist|nonexistent/.test(container.image ?? '') ? 'image-pull' : 'normal';
}
