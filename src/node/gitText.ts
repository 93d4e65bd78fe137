import { execFile } from 'node:child_process';
import { failure } from '../shared/problem';

/**
 * The text of a file at a commit, branch or tag. Throws `diff.ref`, `diff.git`.
 * @param folder a folder of the repository
 * @param path of the file from `folder`, with forward slashes
 */
export function textInGit(folder: string, path: string, ref: string): Promise<string> {
  // A ref that begins with a dash would be read as an option.
  if (ref.startsWith('-')) return Promise.reject(failure('diff.ref', { ref: `git:${ref}` }));
  return new Promise((resolve, reject) => {
    execFile('git', ['-C', folder, 'show', `${ref}:./${path}`], { timeout: 10_000, maxBuffer: 64 << 20 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(failure('diff.git', { path, ref, detail: stderr.trim().split('\n')[0] ?? '' }, { cause: error }));
    });
  });
}

/** Branches and tags of the repository of a folder, the newest first, at most 200; none outside of a repository. */
export function gitRefs(folder: string): Promise<readonly string[]> {
  const args = ['for-each-ref', '--sort=-committerdate', '--count=200', '--format=%(refname:short)', 'refs/heads', 'refs/tags', 'refs/remotes'];
  return new Promise((resolve) => {
    execFile('git', ['-C', folder, ...args], { timeout: 10_000 }, (error, stdout) =>
      resolve(error === null ? stdout.split('\n').filter((line) => line !== '') : []),
    );
  });
}
