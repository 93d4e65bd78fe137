import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { DeployRig } from '../../testing/deployRig';
import { MemoryFiles } from '../../testing/memoryFiles';
import { deployedPlaces } from './deployedPlaces';

describe('where a workflow has left something', () => {
  const text = (claim: boolean): string =>
    `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: shop\nstatus: published\nnodes:\n  settings: { type: configmap, data: { A: b } }\n${
      claim ? '  store: { type: persistentvolumeclaim, storage: 1Gi }\n' : ''
    }`;
  const nothing = text(false).replace(/nodes:[^]*/, 'nodes: {}\n');
  let rig: DeployRig;
  beforeEach(async () => {
    rig = await DeployRig.start();
  });
  afterEach(() => rig.dispose());
  const deleteAll = async (named: readonly string[] = []): Promise<void> => {
    const prepared = await rig.plan(nothing, { purpose: 'delete', prune: { named } });
    const events = await rig.run(nothing, prepared, { approvedDigest: prepared.plan.digest });
    expect(events.at(-1)).toMatchObject({ type: 'run:completed' });
  };

  it('is nowhere before a run, where it ran, and nowhere again once all of it was deleted', async () => {
    expect(await deployedPlaces(rig.files, 'shop')).toEqual([]);
    await rig.deploy(text(false));
    expect(await deployedPlaces(rig.files, 'shop')).toEqual([`${rig.target.label}, ${rig.target.namespace}`]);
    expect(await deployedPlaces(rig.files, 'store')).toEqual([]);
    await deleteAll();
    expect(await deployedPlaces(rig.files, 'shop')).toEqual([]);
  });

  it('is still there while a deletion kept what holds data', async () => {
    await rig.deploy(text(true));
    await deleteAll();
    expect(await deployedPlaces(rig.files, 'shop')).toHaveLength(1);
    await deleteAll(['PersistentVolumeClaim/store']);
    expect(await deployedPlaces(rig.files, 'shop')).toEqual([]);
  });

  it('is where others ran it, as its versions say', async () => {
    const files = new MemoryFiles();
    files.contents.set('.kubeorch/versions/shop/0001-0a1b2c3d.yaml', text(false));
    files.contents.set(
      '.kubeorch/versions/shop/0001-0a1b2c3d.meta.yaml',
      stringify({ description: '', createdAt: '', automatic: true, runs: [{ runId: '20260301t100000z-aaaaaa', status: 'completed', target: 'production' }] }),
    );
    expect(await deployedPlaces(files, 'shop')).toEqual(['production']);
  });
});
