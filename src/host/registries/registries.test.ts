import { describe, expect, it } from 'vitest';
import { MemoryLogger } from '../../testing/memoryLogger';
import { memento, secretStorage } from '../../testing/memoryMemento';
import { Registries } from './registries';

const team = { name: 'team', type: 'custom', host: 'registry.example', user: 'ana' } as const;

const neverFails = (_registry: unknown, error: unknown): void => {
  throw error;
};

describe('the registries that were added', () => {
  it('keep what signs in apart from what is shown, and forget it first', async () => {
    const [state, secrets] = [memento(), secretStorage()];
    const registries = new Registries({ state, secrets, log: new MemoryLogger() });
    await registries.add(team, 'canary-secret');
    await expect(registries.add(team, 'other')).rejects.toThrow('There is a registry "team" already.');
    expect(JSON.stringify(state.all())).not.toContain('canary');
    expect(await registries.login(registries.for('registry.example') ?? { ...team, isDefault: false }, 0)).toEqual({ user: 'ana', password: 'canary-secret' });
    expect(await registries.opened(['docker.io', 'registry.example', 'registry.example'], 0, neverFails)).toHaveLength(1);
    await registries.remove('team');
    expect([state.all(), secrets.all()]).toEqual([{}, {}]);
  });

  it('have one default of each type, the first one until another is chosen', async () => {
    const registries = new Registries({ state: memento(), secrets: secretStorage(), log: new MemoryLogger() });
    await registries.add(team, 'a');
    await registries.add({ ...team, name: 'other' }, 'b');
    await registries.add({ name: 'git', type: 'ghcr', host: 'ghcr.io', user: 'ana' }, 'c');
    const defaults = (): readonly string[] => registries.list().flatMap(({ name, isDefault }) => (isDefault ? [name] : []));
    expect(defaults()).toEqual(['git', 'team']);
    await registries.setDefault('other');
    expect(defaults()).toEqual(['git', 'other']);
    expect(registries.for('registry.example')?.name).toBe('other');
    await expect(registries.setDefault('none')).rejects.toThrow('There is no registry "none".');
  });

  it('are changed under their name, and send a password to no other host than the one that it was given for', async () => {
    const [state, secrets] = [memento(), secretStorage()];
    const registries = new Registries({ state, secrets, log: new MemoryLogger() });
    let told = 0;
    registries.onDidChange(() => (told += 1));
    await registries.add(team, 'first');
    registries.noteStatus('team', 'connected');
    await registries.update({ ...team, user: 'eve' }, undefined);
    const login = (): Promise<unknown> => registries.login(registries.for('registry.example') ?? { ...team, isDefault: false }, 0);
    expect([await login(), registries.statusOf('team'), registries.find('team')?.isDefault]).toEqual([{ user: 'eve', password: 'first' }, 'unknown', true]);
    await expect(registries.update({ ...team, host: 'elsewhere.example' }, undefined)).rejects.toThrow('The password of registry "team" is not stored here.');
    expect(registries.find('team')?.host).toBe('registry.example');
    await registries.update({ ...team, host: 'elsewhere.example' }, 'second');
    expect(secrets.all()).toEqual({ 'kubeorch.registry:team': 'second' });
    await expect(registries.update({ ...team, name: 'none' }, 'x')).rejects.toThrow('There is no registry "none".');
    expect(told).toBe(4);
  });

  it('are told apart from what another release or a broken state left, and miss a secret that is gone', async () => {
    const [state, secrets] = [memento(), secretStorage()];
    const registries = new Registries({ state, secrets, log: new MemoryLogger() });
    await state.update('registry:odd', { name: 'odd', type: 'none' });
    await registries.add(team, 'a');
    await secrets.delete('kubeorch.registry:team');
    expect(registries.list().map(({ name }) => name)).toEqual(['team']);
    const failures: string[] = [];
    expect(await registries.opened(['registry.example'], 0, (registry, error) => failures.push(`${registry.name}: ${String(error)}`))).toEqual([]);
    expect(failures).toEqual([expect.stringContaining('team: ProblemError: The password of registry "team" is not stored here.')]);
  });
});
