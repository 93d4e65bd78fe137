import { createReadStream } from 'node:fs';

/**
 * The text of a file of at most `limitBytes`. A path that a kubeconfig names may lead to a device that never ends.
 * @throws Error with the system's code, or with code `ETOOBIG`
 */
export async function readLimited(path: string, limitBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limitBytes) throw Object.assign(new Error('the file is too large'), { code: 'ETOOBIG' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Certificates and tokens are far smaller. */
export const credentialFileBytes = 1024 * 1024;
