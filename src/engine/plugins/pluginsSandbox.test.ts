import { afterAll, beforeAll } from 'vitest';
import { DeployRig } from '../../testing/deployRig';
import { pluginContract } from '../../testing/pluginContract';

let rig: DeployRig;
beforeAll(async () => {
  rig = await DeployRig.start();
});
afterAll(() => rig.dispose());

pluginContract(() => rig);
