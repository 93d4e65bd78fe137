import * as vscode from 'vscode';
import type { PodInfo } from '../../engine/index';
import type { PodPlace } from './terminalSession';

/**
 * The one container that a terminal may be opened in, or the one that the person picks; undefined when they pick none.
 * @param name what the pods belong to, for the message when none of them is left
 */
export async function pickContainer(pods: readonly PodInfo[], name: string): Promise<PodPlace | undefined> {
  const choices = pods
    .filter((pod) => !pod.terminating)
    .flatMap((pod) => pod.containers.filter((container) => !container.init).map((container) => ({ pod, container })));
  const [only] = choices;
  if (only === undefined) throw new Error(vscode.l10n.t('"{0}" has no running pods.', name));
  if (choices.length === 1) return { namespace: only.pod.namespace, pod: only.pod.name, container: only.container.name };
  const picked = await vscode.window.showQuickPick(
    choices.map(({ pod, container }) => ({
      label: `${pod.ready ? '$(pass)' : '$(circle-outline)'} ${pod.name}`,
      description: container.name,
      detail: pod.phase,
      place: { namespace: pod.namespace, pod: pod.name, container: container.name },
    })),
    { placeHolder: vscode.l10n.t('Which pod and container?') },
  );
  return picked?.place;
}
