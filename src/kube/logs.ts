import type { LogLine, LogQuery } from '../engine/ports';
import { cleanLine } from './clean';
import { segment } from './discovery';
import { linesOf } from './lines';
import type { Transport } from './transport';

/** A line above this is cut; the kubelet itself splits lines at 16 KiB. */
const lineLimitBytes = 256 * 1024;

/** The kubelet's own prefix; the message keeps every space but the one between. */
const stamped = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d))(?: (.*))?$/s;

export function logLineOf(text: string): LogLine {
  const found = stamped.exec(text);
  return found === null
    ? { timestamp: '', message: cleanLine(text, lineLimitBytes) }
    : { timestamp: found[1] ?? '', message: cleanLine(found[2] ?? '', lineLimitBytes) };
}

/**
 * The lines of one container's log. Ends when the log does; a lost connection, a refusal (its text is the server's own, such
 * as "waiting to start: ContainerCreating") and an abort are thrown as ClusterError. Silence is no fault of a log, so there
 * is no time limit after the head of the answer.
 */
export async function* logLines(transport: Transport, query: LogQuery): AsyncGenerator<LogLine> {
  const path = `/api/v1/namespaces/${segment(query.namespace, 'namespace')}/pods/${segment(query.pod, 'name')}/log`;
  const since = query.sinceSeconds !== undefined && query.sinceSeconds > 0 ? [['sinceSeconds', String(Math.ceil(query.sinceSeconds))] as const] : [];
  const parameters: (readonly [string, string])[] = [['container', query.container], ['follow', String(query.follow)], ['timestamps', 'true'], ...since];
  if (since.length === 0 && query.tailLines !== undefined) parameters.push(['tailLines', String(Math.max(0, Math.trunc(query.tailLines)))]);
  if (since.length === 0 && query.sinceTime !== undefined) parameters.push(['sinceTime', query.sinceTime]);
  if (query.previous === true) parameters.push(['previous', 'true']);
  const stream = await transport.stream({ method: 'GET', path, query: parameters, accept: 'text/plain, application/json', signal: query.signal });
  try {
    for await (const line of linesOf(stream.body, lineLimitBytes)) {
      const { timestamp, message } = logLineOf(line.bytes.toString('utf8').replace(/\r$/, ''));
      yield { timestamp, message: line.skipped === 0 ? message : `${message}… (${line.skipped} more bytes)` };
    }
  } finally {
    stream.close();
  }
}
