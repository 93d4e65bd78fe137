import { expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import { valueAt } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';
import type { ContractRig } from './contractRig';
import { configMap, failureOf, fieldManager } from './contractRig';
import { startFaultProxy } from './faultProxy';

/** The part of the contract that is about single requests: identity, discovery, objects, failures. */
export function objectContract(rig: ContractRig): void {
  const { namespace, cluster, proxy, connect, ref, apply } = rig;
  const version = (object: KubeObject | undefined): string | undefined => object?.metadata.resourceVersion;

  test('it says who it is', async () => {
    expect(await cluster().version()).toMatch(/^v1\.\d+\.\d+/);
    expect(await cluster().clusterUid()).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
    expect((await cluster().get({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'kube-system' }))?.metadata.uid).toBe(await cluster().clusterUid());
    const identity = await cluster().whoAmI();
    expect(identity.user).not.toBe('');
    expect(identity.groups).toContain('system:authenticated');
    expect(identity.method).toBe('token');
    expect(await cluster().mayI({ verb: 'create', group: 'apps', resource: 'deployments', namespace })).toBe(true);
  });

  test('it says how it is, and what may be done in a namespace', async () => {
    expect(await cluster().ping()).toBeGreaterThanOrEqual(0);
    for (const path of ['/livez', '/readyz'] as const) {
      const { ok, text } = await cluster().probe(path);
      expect([ok, text]).toEqual([true, expect.stringContaining('ok')]);
    }
    const { rules, incomplete } = await cluster().rules(namespace);
    expect(incomplete).toBe(false);
    expect(rules.some(({ verbs, resources }) => verbs.includes('*') && resources.includes('*'))).toBe(true);
  });

  test('discovery knows kinds with their plurals and scopes, and no others', async () => {
    expect(await cluster().resourceOf({ apiVersion: 'apps/v1', kind: 'Deployment' })).toMatchObject({ resource: 'deployments', namespaced: true });
    expect(await cluster().resourceOf({ apiVersion: 'v1', kind: 'Namespace' })).toMatchObject({ resource: 'namespaces', namespaced: false });
    expect(await cluster().resourceOf({ apiVersion: 'example.org/v1', kind: 'Nothing' })).toBeUndefined();
    const kinds = (await cluster().resources()).map((resource) => resource.kind);
    for (const kind of ['Pod', 'ConfigMap', 'Secret', 'Service', 'Deployment', 'ReplicaSet', 'Ingress', 'EndpointSlice']) expect(kinds).toContain(kind);
  });

  test('the OpenAPI document of a group says what the fields are', async () => {
    const document = await cluster().openApi('apps/v1');
    const schemas = valueAt(document, ['components', 'schemas']) ?? {};
    expect(Object.keys(schemas).some((schema) => schema.endsWith('.Deployment'))).toBe(true);
    expect(await cluster().openApi('example.org/v1')).toBeUndefined();
  });

  test('a kind that is not served is named in the error', async () => {
    const failure = await failureOf(cluster().get({ apiVersion: 'example.org/v1', kind: 'Nothing', namespace, name: 'x' }));
    expect(failure).toMatchObject({ kind: 'not-found', reason: 'UnknownKind' });
    expect(failure.message).toContain('example.org/v1 Nothing');
  });

  test('get gives the object, or undefined when there is none', async () => {
    await apply(configMap(namespace, 'get', { a: '1' }));
    expect(await cluster().get(ref('ConfigMap', 'get'))).toMatchObject({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'get', namespace },
      data: { a: '1' },
    });
    expect(await cluster().get(ref('ConfigMap', 'missing'))).toBeUndefined();
  });

  test('a list of more than one page is whole, and its objects say their kind', async () => {
    const names = Array.from({ length: 510 }, (_, index) => `page-${String(index).padStart(3, '0')}`);
    for (let start = 0; start < names.length; start += 30) {
      await Promise.all(
        names
          .slice(start, start + 30)
          .map((one) => cluster().create(configMap(namespace, one, {}, { metadata: { name: one, namespace, labels: { of: 'pages' } } }), { fieldManager })),
      );
    }
    const listed = await cluster().list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace, labelSelector: 'of=pages' });
    expect(listed.map((object) => object.metadata.name).sort()).toEqual(names);
    expect(listed.every((object) => object.kind === 'ConfigMap' && object.apiVersion === 'v1')).toBe(true);
    const one = await cluster().list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace, fieldSelector: 'metadata.name=page-007' });
    expect(one.map((object) => object.metadata.name)).toEqual(['page-007']);
    const all = await cluster().list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace });
    expect(await cluster().count({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace })).toBe(all.length);
    expect(await cluster().count({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace: 'no-such-namespace' })).toBe(0);
  });

  test('apply makes an object, changes it, and takes away what is no longer said', async () => {
    const made = await apply(configMap(namespace, 'apply', { a: '1', b: '2' }));
    expect(made.metadata.uid).toBeTruthy();
    const changed = await apply(configMap(namespace, 'apply', { a: '3' }));
    expect(changed.data).toEqual({ a: '3' });
    expect(changed.metadata.uid).toBe(made.metadata.uid);
    expect(version(changed)).not.toBe(version(made));
  });

  test('applying the same again writes nothing', async () => {
    const first = await apply(configMap(namespace, 'noop', { a: '1' }));
    const second = await apply(configMap(namespace, 'noop', { a: '1' }));
    expect(version(second)).toBe(version(first));
    expect(version(await cluster().get(ref('ConfigMap', 'noop')))).toBe(version(first));
  });

  test('a field of another owner is a conflict that names owner and field, and force takes it', async () => {
    await cluster().apply(configMap(namespace, 'owned', { a: '1' }), { fieldManager: 'somebody-else' });
    const failure = await failureOf(apply(configMap(namespace, 'owned', { a: '2' })));
    expect(failure).toMatchObject({ kind: 'conflict', code: 409, uncertain: false });
    expect(failure.conflicts).toEqual([expect.objectContaining({ field: '.data.a', manager: 'somebody-else' })]);
    expect((await cluster().get(ref('ConfigMap', 'owned')))?.data).toEqual({ a: '1' });
    const forced = await cluster().apply(configMap(namespace, 'owned', { a: '2' }), { fieldManager, force: true });
    expect(forced.data).toEqual({ a: '2' });
  });

  test('a dry-run answers with the object as it would be and writes nothing', async () => {
    const before = await apply(configMap(namespace, 'dry', { a: '1' }));
    const shown = await cluster().apply(configMap(namespace, 'dry', { a: '2' }), { fieldManager, dryRun: true });
    expect(shown.data).toEqual({ a: '2' });
    expect(version(await cluster().get(ref('ConfigMap', 'dry')))).toBe(version(before));
    await cluster().apply(configMap(namespace, 'dry-new', { a: '1' }), { fieldManager, dryRun: true });
    await cluster().create(configMap(namespace, 'dry-new', { a: '1' }), { fieldManager, dryRun: true });
    expect(await cluster().get(ref('ConfigMap', 'dry-new'))).toBeUndefined();
    expect(await cluster().delete(ref('ConfigMap', 'dry'), { dryRun: true })).toBe(true);
    expect(await cluster().get(ref('ConfigMap', 'dry'))).toBeDefined();
  });

  test('an apply that names a uid touches no other object of that name', async () => {
    const first = await apply(configMap(namespace, 'uid', { a: '1' }));
    const uid = first.metadata.uid ?? '';
    expect((await cluster().apply(configMap(namespace, 'uid', { a: '2' }), { fieldManager, uid })).data).toEqual({ a: '2' });
    await cluster().delete(ref('ConfigMap', 'uid'));
    await apply(configMap(namespace, 'uid', { a: '3' }));
    expect(await failureOf(cluster().apply(configMap(namespace, 'uid', { a: '4' }), { fieldManager, uid }))).toMatchObject({
      kind: 'conflict',
    });
    await cluster().delete(ref('ConfigMap', 'uid'));
    expect(await failureOf(cluster().apply(configMap(namespace, 'uid', { a: '5' }), { fieldManager, uid }))).toMatchObject({
      kind: 'conflict',
      code: 409,
    });
    expect(await cluster().get(ref('ConfigMap', 'uid'))).toBeUndefined();
  });

  test('an apply that names an old resourceVersion is refused', async () => {
    const first = await apply(configMap(namespace, 'versioned', { a: '1' }));
    await apply(configMap(namespace, 'versioned', { a: '2' }));
    const failure = await failureOf(cluster().apply(configMap(namespace, 'versioned', { a: '3' }), { fieldManager, resourceVersion: version(first) ?? '' }));
    expect(failure).toMatchObject({ kind: 'conflict', code: 409, conflicts: [] });
  });

  test('a field that the kind does not have is refused by name', async () => {
    const failure = await failureOf(apply({ ...configMap(namespace, 'strict', { a: '1' }), ...({ dataa: {} } as Partial<KubeObject>) }));
    expect(failure.message).toContain('dataa');
    expect(failure).toMatchObject({ kind: 'invalid', uncertain: false });
    const created = await failureOf(
      cluster().create({ ...configMap(namespace, 'strict', { a: '1' }), ...({ dataa: {} } as Partial<KubeObject>) }, { fieldManager }),
    );
    expect(created).toMatchObject({ kind: 'invalid' });
    expect(created.message).toContain('dataa');
    expect(await cluster().get(ref('ConfigMap', 'strict'))).toBeUndefined();
  });

  test('a value that breaks a rule is refused with its field', async () => {
    const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'bad', namespace }, spec: { ports: [{ port: 99_999 }] } };
    const failure = await failureOf(apply(service));
    expect(failure).toMatchObject({ kind: 'invalid', code: 422 });
    expect(failure.causes.map((cause) => cause.field)).toContain('spec.ports[0].port');
  });

  test('replace is guarded by the object’s own resourceVersion', async () => {
    const first = await cluster().create(configMap(namespace, 'replace', { a: '1' }), { fieldManager });
    const second = await cluster().replace({ ...first, data: { a: '2' } }, { fieldManager });
    expect(second.data).toEqual({ a: '2' });
    expect(await failureOf(cluster().replace({ ...first, data: { a: '3' } }, { fieldManager }))).toMatchObject({ kind: 'conflict', code: 409 });
  });

  test('creating what is there already is told apart from a conflict', async () => {
    await cluster().create(configMap(namespace, 'twice', {}), { fieldManager });
    expect(await failureOf(cluster().create(configMap(namespace, 'twice', {}), { fieldManager }))).toMatchObject({ kind: 'exists', code: 409 });
  });

  test('a merge patch changes what it names and removes what it nulls', async () => {
    await cluster().create(configMap(namespace, 'merge', { a: '1', b: '2' }), { fieldManager });
    expect((await cluster().mergePatch(ref('ConfigMap', 'merge'), { data: { a: null, c: '3' } }, { fieldManager })).data).toEqual({ b: '2', c: '3' });
  });

  test('delete with a uid spares a newer object of that name, and says false when nothing was there', async () => {
    const old = await apply(configMap(namespace, 'delete', {}));
    await cluster().delete(ref('ConfigMap', 'delete'));
    const renewed = await apply(configMap(namespace, 'delete', {}));
    expect(await failureOf(cluster().delete(ref('ConfigMap', 'delete'), { uid: old.metadata.uid ?? '' }))).toMatchObject({ kind: 'conflict', code: 409 });
    expect(await cluster().delete(ref('ConfigMap', 'delete'), { uid: renewed.metadata.uid ?? '', propagation: 'Background' })).toBe(true);
    expect(await cluster().delete(ref('ConfigMap', 'delete'))).toBe(false);
  });

  test('writing into a namespace that is not there says which one is missing', async () => {
    const failure = await failureOf(cluster().apply(configMap('no-such-namespace', 'x', {}), { fieldManager }));
    expect(failure).toMatchObject({ kind: 'not-found', code: 404 });
    expect(failure.message).toContain('no-such-namespace');
  });

  test('the values of a Secret never come out, but whether they changed does', async () => {
    const secret = (value: string): KubeObject => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'secret', namespace },
      data: { password: Buffer.from(value).toString('base64') },
    });
    const first = await apply(secret('s3cr3t-one'));
    const live = await cluster().get(ref('Secret', 'secret'));
    const [listed] = await cluster().list({ apiVersion: 'v1', kind: 'Secret' }, { namespace });
    const same = await cluster().apply(secret('s3cr3t-one'), { fieldManager, dryRun: true });
    const other = await cluster().apply(secret('s3cr3t-two'), { fieldManager, dryRun: true });
    expect(first.data).toEqual(live?.data);
    expect(listed?.data).toEqual(live?.data);
    expect(same.data).toEqual(live?.data);
    expect(other.data?.['password']).not.toEqual(live?.data?.['password']);
    const seen = JSON.stringify([first, live, listed, same, other]);
    for (const form of ['s3cr3t-one', 's3cr3t-two', Buffer.from('s3cr3t-one').toString('base64')]) expect(seen).not.toContain(form);
  });

  test('a token that is not known is unauthorized, for requests and for exec', async () => {
    const text = parseDocument(rig.target().kubeconfig);
    text.setIn(['users', 0, 'user', 'token'], 'not-a-token');
    const stranger = await connect(text.toString());
    expect(await failureOf(stranger.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace }))).toMatchObject({ kind: 'unauthorized', code: 401 });
    expect(await failureOf(stranger.exec({ namespace, pod: 'shell', container: 'main', command: ['/bin/sh'], tty: false, stdin: false }))).toMatchObject({
      kind: 'unauthorized',
      code: 401,
    });
  });

  test('a port on which nobody listens is unreachable, and surely nothing was written', async () => {
    const gone = await startFaultProxy(rig.target().kubeconfig);
    await gone.close();
    const dead = await connect(gone.kubeconfig);
    expect(await failureOf(dead.version())).toMatchObject({ kind: 'unreachable', code: 0 });
    expect(await failureOf(dead.apply(configMap(namespace, 'dead', {}), { fieldManager }))).toMatchObject({ kind: 'unreachable', uncertain: false });
  });

  test('a write whose answer was lost is called uncertain; the object tells', async () => {
    const far = await connect(proxy().kubeconfig);
    await far.version();
    await far.get(ref('ConfigMap', 'lost'));
    proxy().fault = ({ method }) => (method === 'PATCH' ? { fault: 'cutAfter' } : undefined);
    expect(await failureOf(far.apply(configMap(namespace, 'lost', { a: '1' }), { fieldManager }))).toMatchObject({
      kind: 'unreachable',
      uncertain: true,
    });
    proxy().fault = () => undefined;
    expect((await cluster().get(ref('ConfigMap', 'lost')))?.data).toEqual({ a: '1' });
  });
}
