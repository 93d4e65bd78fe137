import type { Disposable } from '../../shared/disposables';
import { disposable } from '../../shared/disposables';
import type { LogSource } from '../logs/logSource';
import { sourcesOfPods } from '../logs/logSource';
import type { Engine } from '../rooms';
import type { ResourceFollower } from './resourceFollower';

/**
 * The containers of a followed object's pods, as they come and go. `look` is called whenever the follower has news; nothing is told
 * before its pods are known, since a pod that was not read yet is no pod that is gone.
 */
export function followedSources(engine: Pick<Engine, 'podInfos'>): {
  readonly look: () => void;
  readonly follow: (follower: Pick<ResourceFollower, 'pods'>) => (tell: (sources: readonly LogSource[]) => void) => Disposable;
} {
  let look: () => void = () => undefined;
  return {
    look: () => look(),
    follow: (follower) => (tell) => {
      look = () => {
        const pods = follower.pods();
        if (pods !== undefined) tell(sourcesOfPods(engine.podInfos(pods)));
      };
      look();
      return disposable(() => (look = () => undefined));
    },
  };
}
