import { describe, expect, it } from 'vitest';
import type { Cluster } from '../../engine/ports';
import type { AllowPrograms, ProgramRequest } from '../../kube/index';
import type { ClusterPlace, OpenedCluster } from './sharedClusters';
import { SharedClusters } from './sharedClusters';

const program = { digest: 'd' } as ProgramRequest;

/** A place whose cluster needs a program; every opening and closing is counted. */
function rig(consent: { allow: AllowPrograms; isAllowed: () => boolean }) {
  const counts = { opened: 0, disposed: 0, asked: 0 };
  const clusters = new SharedClusters({
    allow: (request) => {
      counts.asked++;
      return consent.allow(request);
    },
    isAllowed: consent.isAllowed,
  });
  const place: ClusterPlace = {
    key: 'context prod',
    open: async (allowPrograms) => {
      if (!(await allowPrograms(program))) throw new Error('not allowed');
      counts.opened++;
      return { dispose: () => counts.disposed++ } as unknown as Cluster;
    },
  };
  return { clusters, place, counts };
}

describe('shared clusters', () => {
  it('opens a cluster once for all who hold it, and ends it with the last of them', async () => {
    const { clusters, place, counts } = rig({ allow: () => Promise.resolve(true), isAllowed: () => true });
    const [one, two] = await Promise.all([clusters.open(place), clusters.open(place)]);
    expect(two.cluster).toBe(one.cluster);
    expect(counts.opened).toBe(1);
    one.dispose();
    one.dispose();
    await Promise.resolve();
    expect(counts.disposed).toBe(0);
    two.dispose();
    await expect.poll(() => counts.disposed).toBe(1);
    expect(clusters.size).toBe(0);
  });

  it('never asks for those who may not, and does not let them spoil it for a person who can be asked', async () => {
    const { clusters, place, counts } = rig({ allow: () => Promise.resolve(true), isAllowed: () => false });
    const quiet = clusters.openQuietly(place);
    const loud = clusters.open(place);
    expect(await quiet).toBe('sign-in');
    (await loud).dispose();
    expect([counts.opened, counts.asked]).toEqual([1, 1]);
    expect(await clusters.openQuietly(place)).toBe('sign-in');
    expect(counts.asked).toBe(1);
  });

  it('joins a cluster that is open already without any question', async () => {
    const { clusters, place, counts } = rig({ allow: () => Promise.resolve(true), isAllowed: () => false });
    const loud = await clusters.open(place);
    const quiet = await clusters.openQuietly(place);
    expect(quiet === 'sign-in' ? undefined : quiet.cluster).toBe(loud.cluster);
    expect(counts.asked).toBe(1);
  });

  it('asks about a changed program only while a person holds the cluster', async () => {
    let again: AllowPrograms = () => Promise.resolve(false);
    let asked = 0;
    const clusters = new SharedClusters({ allow: () => Promise.resolve(++asked > 0), isAllowed: () => false });
    const place: ClusterPlace = {
      key: 'context prod',
      open: async (allowPrograms) => {
        again = allowPrograms;
        return { dispose: () => undefined } as unknown as Cluster;
      },
    };
    const quiet = await clusters.openQuietly(place);
    expect(await again(program)).toBe(false);
    const loud = await clusters.open(place);
    expect(await again(program)).toBe(true);
    loud.dispose();
    expect(await again(program)).toBe(false);
    expect(asked).toBe(1);
    if (quiet !== 'sign-in') quiet.dispose();
  });

  it('tries again after a failure instead of keeping it', async () => {
    let answer = false;
    const { clusters, place } = rig({ allow: () => Promise.resolve(answer), isAllowed: () => answer });
    await expect(clusters.open(place)).rejects.toThrow('not allowed');
    answer = true;
    (await clusters.open(place)).dispose();
  });

  it('ends clusters for everyone when their identity is gone', async () => {
    const { clusters, place, counts } = rig({ allow: () => Promise.resolve(true), isAllowed: () => true });
    const former = await clusters.open(place);
    const gone = await clusters.open(place);
    gone.dispose();
    clusters.end((key) => key === 'context other');
    expect(former.ended.aborted).toBe(false);
    expect(clusters.holds(place.key)).toBe(true);
    // Whoever is told may open the next one at once.
    let next: Promise<OpenedCluster> | undefined;
    former.ended.addEventListener('abort', () => {
      next = clusters.open(place);
    });
    clusters.end((key) => key === place.key);
    expect([former.ended.aborted, gone.ended.aborted]).toEqual([true, false]);
    await expect.poll(() => counts.disposed).toBe(1);
    expect((await next)?.cluster).not.toBe(former.cluster);
    expect((await next)?.ended.aborted).toBe(false);
    former.dispose();
    expect(clusters.size).toBe(1);
  });
});
