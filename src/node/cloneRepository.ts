import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../engine/ports';
import { failure } from '../shared/problem';
import { nodeProcesses } from './nodeProcesses';
import { findProgram } from './programFile';
import type { ProcessEnvironment } from './shellEnvironment';

export interface CloneRequest {
  /** As `repositoryPlace` read it. */
  readonly url: string;
  readonly branch?: string;
  /** An absolute folder that is not there yet. */
  readonly into: string;
  readonly environment: ProcessEnvironment;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
  /** Default: 60 s. */
  readonly limitMs?: number;
}

/** What was cloned; a tag is no branch. */
export interface Cloned {
  readonly commitSha: string;
  readonly branch?: string;
}

const cloneLimitMs = 60_000;

/** Of the person's environment, what a way to a server may need. Nothing in it names a program. */
const handedOn = [
  'PATH',
  'HOME',
  'USERPROFILE',
  'SYSTEMROOT',
  'SSH_AUTH_SOCK',
  'HTTPS_PROXY',
  'https_proxy',
  'NO_PROXY',
  'no_proxy',
  'GIT_SSL_CAINFO',
  'SSL_CERT_FILE',
  'XDG_CONFIG_HOME',
];

/**
 * Settings that a cloned repository, or a person's own configuration, cannot get past: https and ssh only, no hooks, no submodules, no filters, and
 * links as plain files, so that nothing in the tree leads out of it.
 */
const settings = [
  'protocol.allow=never',
  'protocol.https.allow=always',
  'protocol.ssh.allow=always',
  'core.hooksPath=/dev/null',
  'core.symlinks=false',
  'core.fsmonitor=false',
  'core.protectNTFS=true',
  'core.protectHFS=true',
  'submodule.recurse=false',
  'filter.lfs.smudge=',
  'filter.lfs.process=',
  'filter.lfs.required=false',
];

/**
 * Clones the newest commit of one branch. Nobody is asked for a password: the person's own credential helper and ssh agent answer, or it fails.
 * @throws ProblemError `import.gitMissing`, `import.cloneFailed`, `run.cancelled`
 */
export async function cloneRepository({ url, branch, into, environment, clock, signal, limitMs = cloneLimitMs }: CloneRequest): Promise<Cloned> {
  const git = await findProgram('git', environment);
  if (git === undefined) throw failure('import.gitMissing');
  const safely = settings.flatMap((setting) => ['-c', setting]);
  const args = [
    ...safely,
    ...['clone', '--quiet', '--depth', '1', '--single-branch', '--no-tags', '--no-recurse-submodules', '--template='],
    ...(branch === undefined ? [] : ['--branch', branch]),
    ...['--', url, into],
  ];
  const env = {
    ...Object.fromEntries(handedOn.flatMap((name) => (environment[name] === undefined ? [] : [[name, environment[name]]]))),
    ...{
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_ASKPASS: '',
      SSH_ASKPASS: '',
      GIT_ALLOW_PROTOCOL: 'https:ssh',
      GIT_LFS_SKIP_SMUDGE: '1',
      GCM_INTERACTIVE: 'never',
    },
    GIT_SSH_COMMAND: 'ssh -oBatchMode=yes',
  };
  const run = async (words: readonly string[]): Promise<string> => {
    const end = await nodeProcesses(clock).run(git, words, {
      env,
      timeoutMs: limitMs,
      outputLimitBytes: 1024 * 1024,
      ...(signal === undefined ? {} : { signal }),
    });
    if (end.stopped === 'cancelled') throw failure('run.cancelled');
    if (end.exitCode === 0) return end.stdout;
    const detail = end.stopped === 'timeout' ? `it took longer than ${String(limitMs / 1000)} s` : (end.stderr.trim().split('\n').at(-1) ?? 'git says nothing');
    throw failure('import.cloneFailed', { url, detail: detail.slice(0, 500) });
  };
  await run(args);
  const [commitSha = '', head = 'HEAD'] = (await run([...safely, '-C', into, 'rev-parse', 'HEAD', '--abbrev-ref', 'HEAD'])).trim().split('\n');
  return { commitSha, ...(head === 'HEAD' ? {} : { branch: head }) };
}

/** Clones into a folder of the system's own for such, which is removed when `use` is done with it, however it ends. */
export async function withClone<T>(request: Omit<CloneRequest, 'into'>, use: (root: string) => Promise<T>): Promise<T> {
  const scratch = await mkdtemp(join(await realpath(tmpdir()), 'kubeorch-import-'));
  try {
    const into = join(scratch, 'repository');
    await cloneRepository({ ...request, into });
    return await use(into);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
