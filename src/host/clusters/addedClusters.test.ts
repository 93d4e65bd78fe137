import { describe, expect, it } from 'vitest';
import { MemoryLogger } from '../../testing/memoryLogger';
import type { ClusterRecordChange } from './addedClusters';
import { AddedClusters, MissingCredentials } from './addedClusters';
import type { ClusterRecord } from './clusterRecord';
import { clusterNameFrom, headersFor, headersFrom, pemFromInput } from './clusterRecord';

class MemoryState {
  readonly values = new Map<string, string>();
  failing = false;

  keys(): readonly string[] {
    return [...this.values.keys()];
  }

  get(key: string): undefined;
  get<T>(key: string, fallback: T): T;
  get(key: string, fallback?: unknown): unknown {
    const text = this.values.get(key);
    return text === undefined ? fallback : JSON.parse(text);
  }

  update(key: string, value: unknown): Promise<void> {
    if (this.failing) return Promise.reject(new Error('the state cannot be written'));
    if (value === undefined) this.values.delete(key);
    else this.values.set(key, JSON.stringify(value));
    return Promise.resolve();
  }
}

class MemorySecrets {
  readonly values = new Map<string, string>();
  mode: 'keeps' | 'refuses' | 'forgets' = 'keeps';

  get(key: string): Promise<string | undefined> {
    return Promise.resolve(this.values.get(key));
  }

  store(key: string, value: string): Promise<void> {
    if (this.mode === 'refuses') return Promise.reject(new Error('the keyring is locked'));
    if (this.mode === 'keeps') this.values.set(key, value);
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.values.delete(key);
    return Promise.resolve();
  }
}

const record: ClusterRecord = {
  id: 'prod',
  name: 'prod',
  displayName: 'Production',
  description: '',
  server: 'https://api.example.com:6443',
  authType: 'token',
  status: 'unknown',
  singleNode: false,
  labels: {},
  annotations: {},
  insecure: false,
  headers: {},
};

function rig() {
  const state = new MemoryState();
  const secrets = new MemorySecrets();
  const clusters = new AddedClusters({ state, secrets, log: new MemoryLogger() });
  const heard: ClusterRecordChange[] = [];
  clusters.onDidChange((change) => heard.push(change));
  return { state, secrets, clusters, heard };
}

const canary = 'canary-token-7f3a';

describe('added clusters', () => {
  it('keep their credentials in the secret storage and nowhere else', async () => {
    const { state, secrets, clusters, heard } = rig();
    await clusters.add(record, { token: canary, caData: 'CA' });
    expect(clusters.list()).toEqual([record]);
    expect([...state.values.values()].join()).not.toContain(canary);
    expect([...secrets.values.values()].join()).toContain(canary);
    expect(await clusters.credentials('prod')).toEqual({ token: canary, caData: 'CA' });
    expect(heard).toEqual([{ id: 'prod', type: 'added' }]);
  });

  it('are not saved at all when the secret storage refuses or forgets', async () => {
    const { state, secrets, clusters, heard } = rig();
    secrets.mode = 'refuses';
    await expect(clusters.add(record, { token: canary })).rejects.toThrow('the keyring is locked');
    secrets.mode = 'forgets';
    await expect(clusters.add(record, { token: canary })).rejects.toThrow('nothing was saved');
    expect(state.values.size).toBe(0);
    expect(clusters.list()).toEqual([]);
    expect(heard).toEqual([]);
  });

  it('say of credentials that are damaged that they are missing, and nothing of what is left of them', async () => {
    const { clusters, secrets } = rig();
    await clusters.add(record, { token: canary });
    secrets.values.set('kubeorch.cluster:prod', `{"token":${canary}`);
    const failed = await clusters.credentials('prod').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(MissingCredentials);
    expect(String(failed)).not.toContain('canary');
  });

  it('leave no secret behind when the record cannot be written', async () => {
    const { state, secrets, clusters } = rig();
    state.failing = true;
    await expect(clusters.add(record, { token: canary })).rejects.toThrow('the state cannot be written');
    expect(secrets.values.size).toBe(0);
  });

  it('do not take a name twice', async () => {
    const { clusters } = rig();
    await clusters.add(record, { token: 'first' });
    await expect(clusters.add(record, { token: 'second' })).rejects.toThrow('already');
    expect(await clusters.credentials('prod')).toEqual({ token: 'first' });
  });

  it('keep their old credentials when they are changed without new ones, and tell what kind of change it was', async () => {
    const { clusters, heard } = rig();
    await clusters.add(record, { token: 'first' });
    await clusters.change('prod', { displayName: 'Prod' });
    await clusters.change('prod', { server: 'https://other.example.com' });
    expect(await clusters.credentials('prod')).toEqual({ token: 'first' });
    await clusters.change('prod', {}, { token: 'second' });
    expect(await clusters.credentials('prod')).toEqual({ token: 'second' });
    await clusters.noteHealth('prod', { status: 'connected', lastCheckMs: 5 });
    expect(clusters.find('prod')).toMatchObject({ displayName: 'Prod', server: 'https://other.example.com', status: 'connected', lastCheckMs: 5 });
    expect(heard.map(({ type }) => type)).toEqual(['added', 'details', 'connection', 'connection']);
  });

  it('leave nothing behind when they are removed', async () => {
    const { state, secrets, clusters, heard } = rig();
    await clusters.add(record, { token: canary });
    expect(await clusters.remove('prod')).toBe(true);
    expect([state.values.size, secrets.values.size]).toEqual([0, 0]);
    expect(await clusters.remove('prod')).toBe(false);
    await clusters.noteHealth('prod', { status: 'connected' });
    expect(state.values.size).toBe(0);
    await expect(clusters.credentials('prod')).rejects.toThrow('no longer in the secret storage');
    expect(heard.map(({ type }) => type)).toEqual(['added', 'removed']);
  });

  it('pass over what is stored but is no cluster', async () => {
    const { state, clusters } = rig();
    for (const [index, value] of [
      null,
      3,
      'x',
      {},
      { id: '../up', server: 'https://x', authType: 'token' },
      { id: 'a', server: 'https://x', authType: 'magic' },
    ].entries())
      await state.update(`cluster:${index}`, value);
    await state.update('other', record);
    expect(clusters.list()).toEqual([]);
  });
});

describe('a name for a cluster', () => {
  it('comes out of an address, fits into a URL and is not taken', () => {
    expect(clusterNameFrom('https://api.prod.example.com:6443', new Set())).toBe('api-prod-example-com-6443');
    expect(clusterNameFrom('Prod', new Set(['prod', 'prod-2']))).toBe('prod-3');
    expect(clusterNameFrom('://', new Set())).toBe('cluster');
    expect(clusterNameFrom('ü'.repeat(80), new Set())).toBe('cluster');
  });
});

describe('extra headers', () => {
  it('are read from lines, and those that sign in or belong to the connection are refused', () => {
    expect(headersFrom('X-Tenant: blue; ngrok-skip-browser-warning: true')).toEqual({ headers: { 'x-tenant': 'blue', 'ngrok-skip-browser-warning': 'true' } });
    expect(headersFrom('')).toEqual({ headers: {} });
    for (const name of ['Authorization', 'cookie', 'Impersonate-User', 'X-Auth-Token', 'Host', 'Content-Type', 'X-API-Key', 'x-remote-user', 'my-password'])
      expect(headersFrom(`${name}: 1`), name).toEqual({ refused: name.toLowerCase(), why: 'reserved' });
    for (const line of ['no colon', ': no name', 'a b: c', 'x-a:', 'x-a: \u0001', 'x-a: ü']) expect(headersFrom(line), line).toMatchObject({ why: 'syntax' });
  });

  it('get by the warning page of a tunnel that is known for one', () => {
    expect(headersFor('https://abc.ngrok-free.app')).toEqual({ 'ngrok-skip-browser-warning': 'true' });
    expect(headersFor('https://abc.ngrok.io/x')).toEqual({ 'ngrok-skip-browser-warning': 'true' });
    expect(headersFor('https://example.com/ngrok.io')).toEqual({});
  });
});

describe('PEM that went through a single-line box', () => {
  it('gets its line breaks back', () => {
    const body = 'A'.repeat(100);
    const pem = `-----BEGIN CERTIFICATE-----\n${'A'.repeat(64)}\n${'A'.repeat(36)}\n-----END CERTIFICATE-----\n`;
    expect(pemFromInput(`-----BEGIN CERTIFICATE-----${body}-----END CERTIFICATE-----`)).toBe(pem);
    expect(pemFromInput(`${pem}${pem}`.replaceAll('\n', ' '))).toBe(pem + pem);
    expect(pemFromInput('  TUlJ  ')).toBe('TUlJ');
  });
});
