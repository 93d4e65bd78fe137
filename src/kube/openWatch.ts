import type { Clock } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import type { Ask, OpenStream, Transport } from './transport';

/** A server shows the head of a watch at once. Without one for this long, somebody may be keeping it back. */
const headPatienceMs = 5_000;
/** Together with the patience, what any other request may take. */
const questionTimeoutMs = 25_000;

/**
 * Opens a watch. Some intermediaries keep the head of an answer back until its body begins, which for a kind that nobody changes
 * is a minute later, with the first bookmark. So a head that does not come says nothing: the server is asked for something small.
 * If it answers, `onAlive` is called and the wait goes on, since what happens meanwhile comes through with the head.
 *
 * Undefined when there is no head within `longestMs` of a server that answers: then nobody knows whether events would come.
 *
 * @throws ClusterError for a refusal, and when the server answers to nothing
 */
export async function openWatch(
  transport: Transport,
  clock: Clock,
  ask: Ask & { readonly signal: AbortSignal },
  longestMs: number,
  onAlive: () => void,
): Promise<OpenStream | undefined> {
  const asking = new AbortController();
  const giveUp = new AbortController();
  let alive = false;
  let dead: Error | undefined;
  const answered = (): void => {
    if (asking.signal.aborted) return;
    alive = true;
    onAlive();
  };
  const timer = clock.after(headPatienceMs, () => {
    const question: Ask = { method: 'GET', path: '/version', retry: false, timeoutMs: questionTimeoutMs, signal: AbortSignal.any([ask.signal, asking.signal]) };
    transport.text(question).then(answered, (error: unknown) => {
      // A refusal is an answer too; what begins with a 5 may come from somebody who finds no server behind him.
      if (error instanceof ClusterError && error.failure.code > 0 && error.failure.code < 500) answered();
      else if (!asking.signal.aborted) {
        dead = error instanceof Error ? error : new Error(String(error));
        giveUp.abort();
      }
    });
  });
  try {
    return await transport.stream({ ...ask, timeoutMs: longestMs, signal: AbortSignal.any([ask.signal, giveUp.signal]) });
  } catch (error) {
    if (dead !== undefined) throw dead;
    if (alive && error instanceof ClusterError && error.failure.kind === 'timeout') return undefined;
    throw error;
  } finally {
    timer.dispose();
    asking.abort();
  }
}
