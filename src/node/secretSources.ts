import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Secrets } from '../engine/ports';
import { failure } from '../shared/problem';

export interface SecretSources {
  /** `node.KEY=@file` or `node.KEY=@-`, as given on the command line. */
  readonly files: readonly string[];
  /** Values come from `PREFIX_NODE_KEY`: upper case, everything but letters and digits as `_`. */
  readonly environmentPrefix?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Where relative file names start. */
  readonly folder: string;
  /** Everything on standard input; read at most once. */
  readonly standardInput: () => Promise<string>;
}

/**
 * The Secrets port of a command line. Values given by file win over the environment. They are read once, at the start, so
 * that a missing file is told before anything happens, and live in this process only.
 */
export async function secretsFrom(sources: SecretSources): Promise<Secrets> {
  const values = new Map<string, string>();
  let input: string | undefined;
  for (const argument of sources.files) {
    const parts = /^([^.=]+)\.([^=]+)=@(.+)$/s.exec(argument);
    // The argument may hold a value, so the message names only what stands before the equals sign.
    if (parts === null) throw failure('secret.argument', { argument: argument.split('=')[0] ?? '' });
    const [, nodeId = '', key = '', file = ''] = parts;
    const text = file === '-' ? (input ??= await sources.standardInput()) : await readSecretFile(resolve(sources.folder, file), file);
    values.set(`${nodeId}.${key}`, withoutLastLineBreak(text));
  }
  return {
    get: ({ nodeId, key }) => Promise.resolve(values.get(`${nodeId}.${key}`) ?? fromEnvironment(sources, nodeId, key)),
  };
}

/** `APP`, `db-secret`, `PASSWORD` → `APP_DB_SECRET_PASSWORD`. */
export function secretVariable(prefix: string, nodeId: string, key: string): string {
  return [prefix, nodeId, key].map((part) => part.replace(/[^A-Za-z0-9]/g, '_').toUpperCase()).join('_');
}

function fromEnvironment(sources: SecretSources, nodeId: string, key: string): string | undefined {
  return sources.environmentPrefix === undefined ? undefined : sources.environment[secretVariable(sources.environmentPrefix, nodeId, key)];
}

/** Editors and `echo` end a file with a line break that is no part of the value. */
function withoutLastLineBreak(text: string): string {
  return text.replace(/\r?\n$/, '');
}

async function readSecretFile(path: string, shown: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw failure(
      'file.unreadable',
      { file: shown, detail: error instanceof Error && 'code' in error ? String(error.code) : 'it cannot be opened' },
      { cause: error },
    );
  }
}
