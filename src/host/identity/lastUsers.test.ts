import { describe, expect, it } from 'vitest';
import { memento } from '../../testing/memoryMemento';
import { LastUsers } from './lastUsers';

function rig() {
  const state = memento();
  const others: string[] = [];
  const users = new LastUsers(state, async (place, clusterUid) => {
    others.push(`${place} on ${clusterUid}`);
    // What was kept for the former one is forgotten, and who that was with it.
    await users.forget(clusterUid);
  });
  return { state, others, users };
}

describe('who a place last took us for', () => {
  it('is told when it is somebody else, once, each place and each cluster by itself', async () => {
    const { others, users } = rig();
    await users.note('context:prod', 'uid-1', { user: 'ana' });
    await users.note('context:prod', 'uid-1', { user: 'ana' });
    await users.note('context:admin', 'uid-1', { user: 'root' });
    await users.note('context:prod', 'uid-2', { user: 'ben' });
    expect(others).toEqual([]);
    await users.note('context:prod', 'uid-1', { user: 'ben' });
    await users.note('context:prod', 'uid-1', { user: 'ben' });
    expect(others).toEqual(['context:prod on uid-1']);
  });

  it('goes by the UID where there is one, since a name may hold a session', async () => {
    const { others, users } = rig();
    await users.note('context:eks', 'uid-1', { user: 'role/session-1', uid: 'iam:1' });
    await users.note('context:eks', 'uid-1', { user: 'role/session-2', uid: 'iam:1' });
    expect(others).toEqual([]);
    await users.note('context:eks', 'uid-1', { user: 'role/session-2', uid: 'iam:2' });
    expect(others).toEqual(['context:eks on uid-1']);
  });

  it('keeps no name', async () => {
    const { state, users } = rig();
    await users.note('context:prod', 'uid-1', { user: 'ana@example.com', uid: 'person-17' });
    expect(JSON.stringify(state.all())).not.toMatch(/ana|person/);
    await users.forget(undefined);
    expect(state.all()).toEqual({});
  });
});
