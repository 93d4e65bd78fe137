import { describe } from 'vitest';
import type { ContractTarget } from './contractRig';
import { contractRig } from './contractRig';
import { objectContract } from './objectContract';
import { streamContract } from './streamContract';
import { terminalContract } from './terminalContract';

/**
 * What every server must do for the Cluster port, and the port with every server: the same tests for the sandbox and for a
 * real cluster. `open` is called once; every test has objects of its own in one namespace made for the run.
 */
export function clusterContract(name: string, open: () => Promise<ContractTarget>): void {
  describe(`the cluster port on ${name}`, () => {
    const rig = contractRig(open);
    objectContract(rig);
    streamContract(rig);
    terminalContract(rig);
  });
}
