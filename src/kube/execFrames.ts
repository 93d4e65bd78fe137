import type { ExecExit } from '../engine/ports';
import { isJsonObject } from '../shared/json';
import type { JsonValue } from '../shared/json';
import { cleanText } from './clean';

/** Channels of v4.channel.k8s.io and v5.channel.k8s.io: the first byte of every binary frame. */
export const channels = { stdin: 0, stdout: 1, stderr: 2, status: 3, resize: 4, close: 255 } as const;

export const protocols = { v5: 'v5.channel.k8s.io', v4: 'v4.channel.k8s.io' } as const;

export function frame(channel: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.allocUnsafe(payload.length + 1);
  bytes[0] = channel;
  bytes.set(payload, 1);
  return bytes;
}

/** Says that a stream has ended; known from v5 on. */
export function closeFrame(channel: number): Buffer {
  return Buffer.from([channels.close, channel]);
}

export function resizeFrame(columns: number, rows: number): Buffer {
  return frame(channels.resize, Buffer.from(JSON.stringify({ Width: columns, Height: rows })));
}

/** What the status frame says about the end of the command. */
export function exitOf(payload: Uint8Array): ExecExit {
  const text = Buffer.from(payload).toString('utf8');
  let status: JsonValue = null;
  try {
    status = JSON.parse(text) as JsonValue;
  } catch {
    // Said below: it is no status.
  }
  if (!isJsonObject(status)) return { message: `the server's last word is no status: ${cleanText(text, 1_024)}`, clean: false };
  const message = typeof status['message'] === 'string' ? cleanText(status['message']) : '';
  if (status['status'] === 'Success') return { exitCode: 0, message, clean: true };
  const details = isJsonObject(status['details']) ? status['details'] : {};
  const causes = Array.isArray(details['causes']) ? (details['causes'] as readonly JsonValue[]).filter(isJsonObject) : [];
  const code = status['reason'] === 'NonZeroExitCode' ? causes.find((cause) => cause['reason'] === 'ExitCode')?.['message'] : undefined;
  // Without an exit code the command never ran: it is not in the image, or the runtime refused it.
  return typeof code === 'string' && /^\d{1,10}$/.test(code) ? { exitCode: Number(code), message, clean: true } : { message, clean: true };
}
