import { randomBytes } from 'node:crypto';
import * as vscode from 'vscode';
import type { Clock, Cluster, Logger } from '../../engine/ports';
import { isJsonObject } from '../../shared/json';
import type { JsonObject, JsonValue } from '../../shared/json';
import { settings } from '../settings';
import { hangUp, shellCommand } from './shell';
import type { PodPlace, TerminalSessionParts } from './terminalSession';
import { askForText, tellWarning } from '../messages';

const pollMs = 500;
/** Long enough for an image that is pulled over a slow line. */
const startTimeoutMs = 120_000;

interface DebugOffer {
  readonly cluster: Cluster;
  readonly place: PodPlace;
  readonly scope: vscode.Uri | undefined;
  readonly clock: Clock;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly say: (text: string) => void;
}

/**
 * Offers a debug container beside one that has no shell: image, consent, the container itself, and the way to join it. Undefined
 * when the person declines. Throws ClusterError or Error when the pod takes none or it does not start.
 */
export async function debugContainerFor(offer: DebugOffer): Promise<TerminalSessionParts['connect'] | undefined> {
  const { cluster, place, clock, log, signal, say } = offer;
  const image = await whileOpen(signal, (token) => pickImage(place, settings.debugImage(offer.scope), token));
  if (image === undefined || signal.aborted) return undefined;
  const add = vscode.l10n.t('Add Debug Container');
  const picked = await tellWarning(
    vscode.l10n.t('Add a debug container to pod {0}?', place.pod),
    {
      modal: true,
      detail: vscode.l10n.t(
        'Image {0} will run beside container {1} on {2}, in namespace {3}, and see its processes. This changes the pod; the container stays in it until the pod is deleted.',
        image,
        place.container,
        cluster.label,
        place.namespace,
      ),
    },
    add,
  );
  if (picked !== add) return undefined;
  const mark = randomBytes(8).toString('hex');
  const name = `debugger-${randomBytes(3).toString('hex')}`;
  await cluster.addDebugContainer(
    { namespace: place.namespace, pod: place.pod, name, image, target: place.container, command: shellCommand('', mark) },
    signal,
  );
  log.info(`terminal: ${cluster.label} ${place.namespace}/${place.pod} debug container ${name} of ${image} added for ${place.container}`);
  say(vscode.l10n.t('Debug container {0} ({1}) is starting…', name, image));
  await untilRunning(cluster, place, name, clock, signal);
  return async (at, connecting) => {
    const inside = { ...at, container: name };
    const session = await cluster.attach({ ...inside, tty: true, stdin: true, signal: connecting });
    return { session, hangUp: () => hangUp(cluster, inside, mark, clock, log) };
  };
}

/** A question that goes with its terminal. */
async function whileOpen<T>(signal: AbortSignal, ask: (token: vscode.CancellationToken) => Promise<T>): Promise<T> {
  const closed = new vscode.CancellationTokenSource();
  const onAbort = (): void => closed.cancel();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    return await ask(closed.token);
  } finally {
    signal.removeEventListener('abort', onAbort);
    closed.dispose();
  }
}

async function pickImage(place: PodPlace, preferred: string, token: vscode.CancellationToken): Promise<string | undefined> {
  const other = vscode.l10n.t('Another image…');
  const images = [...new Set([preferred, 'busybox', 'alpine', 'nicolaka/netshoot'])];
  const picked = await vscode.window.showQuickPick(
    [
      ...images.map((label) => ({ label, description: label === preferred ? vscode.l10n.t('from the settings') : '' })),
      { label: other, description: vscode.l10n.t('it must hold a shell') },
    ],
    {
      title: vscode.l10n.t('Container {0} has no shell', place.container),
      placeHolder: vscode.l10n.t('Add a debug container with which image?'),
      ignoreFocusOut: true,
    },
    token,
  );
  if (picked?.label !== other) return picked?.label;
  const typed = await askForText(
    {
      title: vscode.l10n.t('Image of the debug container'),
      ignoreFocusOut: true,
      validateInput: (text) => (/^\S+$/.test(text.trim()) ? undefined : vscode.l10n.t('The name of an image, such as busybox:1.37.')),
    },
    token,
  );
  return typed?.trim();
}

async function untilRunning(cluster: Cluster, place: PodPlace, name: string, clock: Clock, signal: AbortSignal): Promise<void> {
  const untilMs = clock.now() + startTimeoutMs;
  for (;;) {
    const pod = await cluster.get({ apiVersion: 'v1', kind: 'Pod', namespace: place.namespace, name: place.pod }, signal);
    if (pod === undefined) throw new Error(vscode.l10n.t('Pod {0} is gone.', place.pod));
    const state = stateOf(pod.status, name);
    if (isJsonObject(state['running'])) return;
    const { waiting, terminated } = state;
    if (isJsonObject(terminated)) throw new Error(vscode.l10n.t('The debug container ended at once: {0}', said(terminated)));
    // An image that is not there is tried again for ever; people hear it at the first try.
    const reason = isJsonObject(waiting) && typeof waiting['reason'] === 'string' ? waiting['reason'] : '';
    if (isJsonObject(waiting) && /^(ErrImage|ImagePull|InvalidImage|Create\w*Error|RunContainerError)/.test(reason)) {
      throw new Error(vscode.l10n.t('The debug container cannot start: {0}', said(waiting)));
    }
    if (clock.now() >= untilMs) throw new Error(vscode.l10n.t('The debug container did not start in time: {0}', reason));
    await clock.sleep(pollMs, signal);
  }
}

function stateOf(status: JsonObject | undefined, name: string): JsonObject {
  const list = status?.['ephemeralContainerStatuses'];
  const own = Array.isArray(list) ? (list as readonly JsonValue[]).filter(isJsonObject).find((one) => one['name'] === name) : undefined;
  return isJsonObject(own?.['state']) ? own['state'] : {};
}

function said(state: JsonObject): string {
  return [state['reason'], state['message']].filter((part): part is string => typeof part === 'string' && part !== '').join(': ');
}
