import type { NodeState, NodeStatus } from '../../shared/nodeStatus';
import { hintSentences } from '../../shared/statusHint';
import { coloured } from './plainText';
import { tableText } from './table';

/** One node, or one object of a file, with its verdict. */
export interface StatusRow {
  readonly id: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly status: NodeStatus;
}

const signs = { healthy: '✓', partial: '◐', pending: '○', error: '✗', suspended: '‖', missing: '∅', unknown: '?' } as const satisfies Record<NodeState, string>;
const staleSign = '~';
const styles = {
  healthy: 'green',
  partial: 'yellow',
  pending: 'yellow',
  error: 'red',
  suspended: 'dim',
  missing: 'red',
  unknown: 'dim',
} as const satisfies Record<NodeState, string>;

export function stateSign(state: NodeState, colours: boolean): string {
  return coloured(colours, styles[state], signs[state]);
}

export function statusText(rows: readonly StatusRow[], colours: boolean): string {
  const lines = tableText(
    rows.map(({ id, kind, name, status }) => [
      id,
      kind,
      name,
      status.state,
      status.desired > 0 ? `${String(status.ready)}/${String(status.desired)}` : '',
      messageOf(status),
    ]),
  ).split('\n');
  // What is no longer known to be true is never green.
  return rows
    .map(({ status }, index) => {
      const sign = status.staleSince === undefined ? stateSign(status.state, colours) : coloured(colours, 'dim', staleSign);
      const hint = status.hint === undefined ? '' : `    ${coloured(colours, 'dim', `-> ${hintSentences[status.hint]}`)}\n`;
      return `${sign} ${lines[index] ?? ''}\n${hint}`;
    })
    .join('');
}

/** With the reason before it, unless the words name it already. */
function messageOf({ message, reason, staleSince }: NodeStatus): string {
  const said = reason === undefined || message.includes(reason) ? message : `${reason}: ${message}`;
  return staleSince === undefined ? said : `${said} (stale since ${staleSince})`;
}

/** The published form of a node's status. */
export function statusJson({ id, kind, namespace, name, status }: StatusRow): object {
  const { state, message, ready, desired, staleSince } = status;
  return { id, kind, namespace, name, state, message, ...whyJson(status), ready, desired, ...(staleSince === undefined ? {} : { staleSince }) };
}

/** The reason, and what helps in words, where they are known. */
export function whyJson({ reason, hint }: NodeStatus): { readonly reason?: string; readonly hint?: string } {
  return { ...(reason === undefined ? {} : { reason }), ...(hint === undefined ? {} : { hint: hintSentences[hint] }) };
}
