import { DeployRig } from '../../testing/deployRig';
import { driftContract } from '../../testing/driftContract';

driftContract(async () => ({ rig: await DeployRig.start(), namespace: 'default' }));
