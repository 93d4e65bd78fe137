import type { Target } from '../../src/shared/plan';
import type { StreamHealth } from '../../src/shared/stream';

/** `none` was chosen; `failed`: what was chosen cannot be reached, and nothing that was seen of it is shown. */
export type TargetState = 'none' | 'connecting' | 'live' | 'stale' | 'failed';

/** How it stands with what was chosen as target, of which a target is known only once it was reached. */
export function targetState(target: Target | null, chosen: string | null, health: StreamHealth): TargetState {
  if (target === null && chosen === null) return 'none';
  if (target !== null && health.connected) return 'live';
  if (health.staleSince !== undefined) return 'stale';
  return target === null && health.error !== undefined ? 'failed' : 'connecting';
}
