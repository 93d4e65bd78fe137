import type { Store } from '../stores';
import type { LastUsers } from './lastUsers';
import type { ProgramConsent } from './programConsent';
import type { SignIns } from './signIns';

/** What the identity of this window keeps. */
export function identityStores(owners: {
  readonly consent: Pick<ProgramConsent, 'clear'>;
  readonly signIns: Pick<SignIns, 'clear' | 'forget'>;
  /** Which cluster answers at an address; undefined forgets all. */
  readonly clusterUids: { forget(clusterUid: string | undefined): Promise<void> };
  readonly users: Pick<LastUsers, 'forget'>;
}): readonly Store[] {
  return [
    {
      name: 'allowed programs',
      owner: 'identity/programConsent.ts',
      persistence: ['global state', 'memory'],
      clearedBy: ['reset'],
      clear: () => owners.consent.clear(),
    },
    {
      name: 'sign-ins',
      owner: 'identity/signIns.ts',
      persistence: ['secret storage', 'global state', 'memory'],
      clearedBy: ['sign-out', 'other identity', 'reset'],
      clear: (scope) => (scope.type === 'reset' ? owners.signIns.clear() : owners.signIns.forget(scope.clusterId)),
    },
    {
      name: 'cluster UIDs',
      owner: 'identity/createIdentity.ts',
      persistence: ['global state'],
      clearedBy: ['sign-out', 'other identity', 'reset'],
      clear: async (scope) => {
        if (scope.type === 'reset' || scope.clusterUid !== undefined) await owners.clusterUids.forget(scope.type === 'reset' ? undefined : scope.clusterUid);
      },
    },
    {
      name: 'last users',
      owner: 'identity/lastUsers.ts',
      persistence: ['global state'],
      clearedBy: ['sign-out', 'other identity', 'reset'],
      clear: async (scope) => {
        if (scope.type === 'reset' || scope.clusterUid !== undefined) await owners.users.forget(scope.type === 'reset' ? undefined : scope.clusterUid);
      },
    },
  ];
}
