// The channels of a command: streams, a status at the end, sizes of the terminal in between.
import type { StatusObject } from '../apiStatus';

/** First byte of every message. */
export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
/** Version 5 adds the close message, by which a client ends its input and still hears the rest. */
export const terminalProtocols: readonly string[] = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

export interface TerminalSize {
  columns: number;
  rows: number;
}

export function sizeIn(bytes: Buffer): TerminalSize | undefined {
  try {
    const { Width, Height } = JSON.parse(bytes.toString('utf8')) as { Width?: unknown; Height?: unknown };
    return typeof Width === 'number' && typeof Height === 'number' && Width > 0 && Height > 0 ? { columns: Width, rows: Height } : undefined;
  } catch {
    // A size that cannot be read changes nothing.
    return undefined;
  }
}

export function exitStatus(code: number): StatusObject {
  if (code === 0) return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${String(code)}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}
