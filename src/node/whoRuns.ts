import { hostname, userInfo } from 'node:os';

/** Who runs this process and where, as `user@machine`, for those who wait for it. A user without a name is left out. */
export function whoRuns(): string {
  let user = '';
  try {
    user = `${userInfo().username}@`;
  } catch {
    // A container may run under a number that nobody gave a name.
  }
  return `${user}${hostname()}`.slice(0, 200);
}
