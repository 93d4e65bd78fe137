import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseDocument } from 'yaml';
import type { Cluster, ClusterFailure, ExecSession, WatchEvent } from '../engine/ports';
import { ClusterError } from '../engine/ports';
import { clusterFromKubeconfig } from '../kube';
import type { JsonObject } from '../shared/json';
import type { KubeObject, ObjectRef } from '../shared/kubeObject';
import { startFaultProxy } from './faultProxy';
import type { FaultProxy } from './faultProxy';
import { MemoryLogger } from './memoryLogger';
import { PacedClock } from './pacedClock';
import { until } from './until';

/** A server that the contract holds for. */
export interface ContractTarget {
  /** Self-contained (embedded certificate authority), with the rights of an administrator. */
  readonly kubeconfig: string;
  /** Ends what the target started. */
  dispose(): Promise<void>;
}

const manager = 'kubeorch';
const image = 'docker.io/library/probe:1';

export function configMap(namespace: string, name: string, data: Readonly<Record<string, string>>, more: Partial<KubeObject> = {}): KubeObject {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data, ...more };
}

export function pod(namespace: string, name: string): KubeObject {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { app: name } },
    // The account's token is not waited for; a namespace that was just made may not have one yet.
    spec: { terminationGracePeriodSeconds: 0, automountServiceAccountToken: false, containers: [{ name: 'main', image, imagePullPolicy: 'IfNotPresent' }] },
  };
}

export async function failureOf(work: Promise<unknown>): Promise<ClusterFailure> {
  const error: unknown = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ClusterError)) throw new Error(`expected a ClusterError, got ${String(error)}`, { cause: error });
  return error.failure;
}

export async function outputOf(session: ExecSession): Promise<{ readonly out: string; readonly err: string; readonly exit: Awaited<ExecSession['exit']> }> {
  const texts = { 1: '', 2: '' };
  for await (const { channel, bytes } of session.output) texts[channel] += Buffer.from(bytes).toString('utf8');
  return { out: texts[1], err: texts[2], exit: await session.exit };
}

export interface Watching {
  readonly events: readonly WatchEvent[];
  /** What the watch says exists now: data by name. */
  copy(): Readonly<Record<string, KubeObject>>;
  count(type: WatchEvent['type']): number;
  stop(): void;
}

export function watching(
  cluster: Cluster,
  kind: string,
  namespace: string,
  query: { readonly labelSelector?: string; readonly fieldSelector?: string } = {},
): Watching {
  const events: WatchEvent[] = [];
  const copy: Record<string, KubeObject> = {};
  const subscription = cluster.watch({ apiVersion: 'v1', kind }, { namespace, ...query }, (event) => {
    events.push(event);
    if (event.type === 'upsert') copy[event.object.metadata.name] = event.object;
    if (event.type === 'delete') delete copy[event.object.metadata.name];
  });
  return { events, copy: () => copy, count: (type) => events.filter((event) => event.type === type).length, stop: () => subscription.dispose() };
}

/**
 * What every server must do for the Cluster port, and the port with every server: the same tests for the sandbox and for a
 * real cluster. `open` is called once; every test has objects of its own in one namespace made for the run.
 */
export function clusterContract(name: string, open: () => Promise<ContractTarget>): void {
  describe(`the cluster port on ${name}`, () => {
    const namespace = `contract-${Date.now().toString(36)}`;
    const logger = new MemoryLogger();
    const opened: Cluster[] = [];
    let target: ContractTarget;
    let cluster: Cluster;
    let proxy: FaultProxy;

    const connect = async (text: string, clock = new PacedClock()): Promise<Cluster> => {
      const made = await clusterFromKubeconfig({ text, clock, logger, environment: {} });
      opened.push(made);
      return made;
    };
    const ref = (kind: string, of: string): ObjectRef => ({ apiVersion: 'v1', kind, namespace, name: of });
    const apply = (object: KubeObject): Promise<KubeObject> => cluster.apply(object, { fieldManager: manager });
    const version = (object: KubeObject | undefined): string | undefined => object?.metadata.resourceVersion;

    beforeAll(async () => {
      target = await open();
      cluster = await connect(target.kubeconfig);
      proxy = await startFaultProxy(target.kubeconfig);
      await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
      await apply(pod(namespace, 'shell'));
      await until('the pod runs', async () => (await cluster.get(ref('Pod', 'shell')))?.status?.['phase'] === 'Running', 60_000);
    });

    afterAll(async () => {
      await cluster?.delete({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: namespace });
      for (const one of opened) one.dispose();
      await proxy?.close();
      await target?.dispose();
    });

    test('it says who it is', async () => {
      expect(await cluster.version()).toMatch(/^v1\.\d+\.\d+/);
      expect(await cluster.clusterUid()).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
      expect((await cluster.get({ apiVersion: 'v1', kind: 'Namespace', namespace: '', name: 'kube-system' }))?.metadata.uid).toBe(await cluster.clusterUid());
      expect((await cluster.whoAmI()).user).not.toBe('');
      expect(await cluster.mayI({ verb: 'create', group: 'apps', resource: 'deployments', namespace })).toBe(true);
    });

    test('discovery knows kinds with their plurals and scopes, and no others', async () => {
      expect(await cluster.resourceOf({ apiVersion: 'apps/v1', kind: 'Deployment' })).toMatchObject({ resource: 'deployments', namespaced: true });
      expect(await cluster.resourceOf({ apiVersion: 'v1', kind: 'Namespace' })).toMatchObject({ resource: 'namespaces', namespaced: false });
      expect(await cluster.resourceOf({ apiVersion: 'example.org/v1', kind: 'Nothing' })).toBeUndefined();
      const kinds = (await cluster.resources()).map((resource) => resource.kind);
      for (const kind of ['Pod', 'ConfigMap', 'Secret', 'Service', 'Deployment', 'ReplicaSet', 'Ingress', 'EndpointSlice']) expect(kinds).toContain(kind);
    });

    test('the OpenAPI document of a group says what the fields are', async () => {
      const document = await cluster.openApi('apps/v1');
      const schemas = (document?.['components'] as JsonObject)['schemas'] as JsonObject;
      expect(Object.keys(schemas).some((schema) => schema.endsWith('.Deployment'))).toBe(true);
      expect(await cluster.openApi('example.org/v1')).toBeUndefined();
    });

    test('a kind that is not served is named in the error', async () => {
      const failure = await failureOf(cluster.get({ apiVersion: 'example.org/v1', kind: 'Nothing', namespace, name: 'x' }));
      expect(failure).toMatchObject({ kind: 'not-found', reason: 'UnknownKind' });
      expect(failure.message).toContain('example.org/v1 Nothing');
    });

    test('get gives the object, or undefined when there is none', async () => {
      await apply(configMap(namespace, 'get', { a: '1' }));
      expect(await cluster.get(ref('ConfigMap', 'get'))).toMatchObject({
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'get', namespace },
        data: { a: '1' },
      });
      expect(await cluster.get(ref('ConfigMap', 'missing'))).toBeUndefined();
    });

    test('a list of more than one page is whole, and its objects say their kind', async () => {
      const names = Array.from({ length: 510 }, (_, index) => `page-${String(index).padStart(3, '0')}`);
      for (let start = 0; start < names.length; start += 30) {
        await Promise.all(
          names
            .slice(start, start + 30)
            .map((one) =>
              cluster.create(configMap(namespace, one, {}, { metadata: { name: one, namespace, labels: { of: 'pages' } } }), { fieldManager: manager }),
            ),
        );
      }
      const listed = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace, labelSelector: 'of=pages' });
      expect(listed.map((object) => object.metadata.name).sort()).toEqual(names);
      expect(listed.every((object) => object.kind === 'ConfigMap' && object.apiVersion === 'v1')).toBe(true);
      const one = await cluster.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace, fieldSelector: 'metadata.name=page-007' });
      expect(one.map((object) => object.metadata.name)).toEqual(['page-007']);
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
      expect(version(await cluster.get(ref('ConfigMap', 'noop')))).toBe(version(first));
    });

    test('a field of another owner is a conflict that names owner and field, and force takes it', async () => {
      await cluster.apply(configMap(namespace, 'owned', { a: '1' }), { fieldManager: 'somebody-else' });
      const failure = await failureOf(apply(configMap(namespace, 'owned', { a: '2' })));
      expect(failure).toMatchObject({ kind: 'conflict', code: 409, uncertain: false });
      expect(failure.conflicts).toEqual([expect.objectContaining({ field: '.data.a', manager: 'somebody-else' })]);
      expect((await cluster.get(ref('ConfigMap', 'owned')))?.data).toEqual({ a: '1' });
      const forced = await cluster.apply(configMap(namespace, 'owned', { a: '2' }), { fieldManager: manager, force: true });
      expect(forced.data).toEqual({ a: '2' });
    });

    test('a dry-run answers with the object as it would be and writes nothing', async () => {
      const before = await apply(configMap(namespace, 'dry', { a: '1' }));
      const shown = await cluster.apply(configMap(namespace, 'dry', { a: '2' }), { fieldManager: manager, dryRun: true });
      expect(shown.data).toEqual({ a: '2' });
      expect(version(await cluster.get(ref('ConfigMap', 'dry')))).toBe(version(before));
      await cluster.apply(configMap(namespace, 'dry-new', { a: '1' }), { fieldManager: manager, dryRun: true });
      await cluster.create(configMap(namespace, 'dry-new', { a: '1' }), { fieldManager: manager, dryRun: true });
      expect(await cluster.get(ref('ConfigMap', 'dry-new'))).toBeUndefined();
      expect(await cluster.delete(ref('ConfigMap', 'dry'), { dryRun: true })).toBe(true);
      expect(await cluster.get(ref('ConfigMap', 'dry'))).toBeDefined();
    });

    test('an apply that names a uid touches no other object of that name', async () => {
      const first = await apply(configMap(namespace, 'uid', { a: '1' }));
      const uid = first.metadata.uid ?? '';
      expect((await cluster.apply(configMap(namespace, 'uid', { a: '2' }), { fieldManager: manager, uid })).data).toEqual({ a: '2' });
      await cluster.delete(ref('ConfigMap', 'uid'));
      await apply(configMap(namespace, 'uid', { a: '3' }));
      expect(await failureOf(cluster.apply(configMap(namespace, 'uid', { a: '4' }), { fieldManager: manager, uid }))).toMatchObject({
        kind: 'conflict',
      });
      await cluster.delete(ref('ConfigMap', 'uid'));
      expect(await failureOf(cluster.apply(configMap(namespace, 'uid', { a: '5' }), { fieldManager: manager, uid }))).toMatchObject({
        kind: 'conflict',
        code: 409,
      });
      expect(await cluster.get(ref('ConfigMap', 'uid'))).toBeUndefined();
    });

    test('an apply that names an old resourceVersion is refused', async () => {
      const first = await apply(configMap(namespace, 'versioned', { a: '1' }));
      await apply(configMap(namespace, 'versioned', { a: '2' }));
      const failure = await failureOf(
        cluster.apply(configMap(namespace, 'versioned', { a: '3' }), { fieldManager: manager, resourceVersion: version(first) ?? '' }),
      );
      expect(failure).toMatchObject({ kind: 'conflict', code: 409, conflicts: [] });
    });

    test('a field that the kind does not have is refused by name', async () => {
      const failure = await failureOf(apply({ ...configMap(namespace, 'strict', { a: '1' }), ...({ dataa: {} } as Partial<KubeObject>) }));
      expect(failure.message).toContain('dataa');
      expect(failure).toMatchObject({ kind: 'invalid', uncertain: false });
      const created = await failureOf(
        cluster.create({ ...configMap(namespace, 'strict', { a: '1' }), ...({ dataa: {} } as Partial<KubeObject>) }, { fieldManager: manager }),
      );
      expect(created).toMatchObject({ kind: 'invalid' });
      expect(created.message).toContain('dataa');
      expect(await cluster.get(ref('ConfigMap', 'strict'))).toBeUndefined();
    });

    test('a value that breaks a rule is refused with its field', async () => {
      const service: KubeObject = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'bad', namespace }, spec: { ports: [{ port: 99_999 }] } };
      const failure = await failureOf(apply(service));
      expect(failure).toMatchObject({ kind: 'invalid', code: 422 });
      expect(failure.causes.map((cause) => cause.field)).toContain('spec.ports[0].port');
    });

    test('replace is guarded by the object’s own resourceVersion', async () => {
      const first = await cluster.create(configMap(namespace, 'replace', { a: '1' }), { fieldManager: manager });
      const second = await cluster.replace({ ...first, data: { a: '2' } }, { fieldManager: manager });
      expect(second.data).toEqual({ a: '2' });
      expect(await failureOf(cluster.replace({ ...first, data: { a: '3' } }, { fieldManager: manager }))).toMatchObject({ kind: 'conflict', code: 409 });
    });

    test('creating what is there already is told apart from a conflict', async () => {
      await cluster.create(configMap(namespace, 'twice', {}), { fieldManager: manager });
      expect(await failureOf(cluster.create(configMap(namespace, 'twice', {}), { fieldManager: manager }))).toMatchObject({ kind: 'exists', code: 409 });
    });

    test('a merge patch changes what it names and removes what it nulls', async () => {
      await cluster.create(configMap(namespace, 'merge', { a: '1', b: '2' }), { fieldManager: manager });
      expect((await cluster.mergePatch(ref('ConfigMap', 'merge'), { data: { a: null, c: '3' } }, { fieldManager: manager })).data).toEqual({ b: '2', c: '3' });
    });

    test('delete with a uid spares a newer object of that name, and says false when nothing was there', async () => {
      const old = await apply(configMap(namespace, 'delete', {}));
      await cluster.delete(ref('ConfigMap', 'delete'));
      const renewed = await apply(configMap(namespace, 'delete', {}));
      expect(await failureOf(cluster.delete(ref('ConfigMap', 'delete'), { uid: old.metadata.uid ?? '' }))).toMatchObject({ kind: 'conflict', code: 409 });
      expect(await cluster.delete(ref('ConfigMap', 'delete'), { uid: renewed.metadata.uid ?? '', propagation: 'Background' })).toBe(true);
      expect(await cluster.delete(ref('ConfigMap', 'delete'))).toBe(false);
    });

    test('writing into a namespace that is not there says which one is missing', async () => {
      const failure = await failureOf(cluster.apply(configMap('no-such-namespace', 'x', {}), { fieldManager: manager }));
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
      const live = await cluster.get(ref('Secret', 'secret'));
      const [listed] = await cluster.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace });
      const same = await cluster.apply(secret('s3cr3t-one'), { fieldManager: manager, dryRun: true });
      const other = await cluster.apply(secret('s3cr3t-two'), { fieldManager: manager, dryRun: true });
      expect(first.data).toEqual(live?.data);
      expect(listed?.data).toEqual(live?.data);
      expect(same.data).toEqual(live?.data);
      expect(other.data?.['password']).not.toEqual(live?.data?.['password']);
      const seen = JSON.stringify([first, live, listed, same, other]);
      for (const form of ['s3cr3t-one', 's3cr3t-two', Buffer.from('s3cr3t-one').toString('base64')]) expect(seen).not.toContain(form);
    });

    test('a watch tells what is there, then every change, and deletions by the last state', async () => {
      const watch = watching(cluster, 'ConfigMap', namespace, { labelSelector: 'of=watch' });
      const labelled = (one: string, data: Readonly<Record<string, string>>): KubeObject =>
        configMap(namespace, one, data, { metadata: { name: one, namespace, labels: { of: 'watch' } } });
      await until('the first list', () => watch.count('synced') === 1);
      expect(watch.events).toEqual([{ type: 'synced' }]);
      await apply(labelled('watched', { a: '1' }));
      await until('the new object', () => watch.copy()['watched'] !== undefined);
      await apply(labelled('watched', { a: '2' }));
      await until('the change', () => watch.copy()['watched']?.data?.['a'] === '2');
      // A second listener shares the watch and hears the present state first.
      const second = watching(cluster, 'ConfigMap', namespace, { labelSelector: 'of=watch' });
      await until('the replay', () => second.count('synced') === 1);
      expect(second.events.map((event) => event.type)).toEqual(['upsert', 'synced']);
      await cluster.delete(ref('ConfigMap', 'watched'));
      await until('the deletion', () => watch.copy()['watched'] === undefined);
      const last = watch.events.at(-1);
      expect(last).toMatchObject({ type: 'delete', object: { data: { a: '2' } } });
      expect(watch.count('disconnected')).toBe(0);
      watch.stop();
      second.stop();
    });

    test('a watch keeps our manager’s fields and drops those of others', async () => {
      await apply(configMap(namespace, 'managed', { a: '1' }));
      await cluster.apply(configMap(namespace, 'managed', { b: '2' }), { fieldManager: 'somebody-else' });
      const watch = watching(cluster, 'ConfigMap', namespace, { fieldSelector: 'metadata.name=managed' });
      await until('the object', () => watch.copy()['managed'] !== undefined);
      expect(watch.copy()['managed']?.metadata.managedFields?.map((entry) => entry.manager)).toEqual([manager]);
      expect(watch.copy()['managed']?.metadata.managedFields?.[0]?.fieldsV1).toEqual({ 'f:data': { 'f:a': {} } });
      watch.stop();
    });

    test('a watch whose version is gone lists again and tells what vanished meanwhile', async () => {
      const far = await connect(proxy.kubeconfig, new PacedClock(20));
      await apply(configMap(namespace, 'resync-old', {}));
      const watch = watching(far, 'ConfigMap', namespace);
      await until('the first list', () => watch.count('synced') === 1);
      proxy.fault = ({ watch: isWatch }) => (isWatch ? { fault: 'answer', status: 503, body: 'away' } : undefined);
      proxy.endWatches();
      await until('the loss', () => watch.count('disconnected') === 1);
      await cluster.delete(ref('ConfigMap', 'resync-old'));
      await apply(configMap(namespace, 'resync-new', {}));
      const gone = { kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Expired', code: 410, message: 'too old resource version' };
      let told = 0;
      proxy.fault = ({ watch: isWatch }) => (isWatch && told++ === 0 ? { fault: 'answer', status: 410, body: gone } : undefined);
      await until('the second list', () => watch.count('synced') === 2);
      expect(watch.copy()['resync-old']).toBeUndefined();
      expect(watch.copy()['resync-new']).toBeDefined();
      await until('the connection', () => watch.count('connected') === 1);
      watch.stop();
      proxy.fault = () => undefined;
    });

    test('a log that is followed gives its lines with times, and ends with the reader', async () => {
      const lines: { readonly timestamp: string; readonly message: string }[] = [];
      for await (const line of cluster.logs({ namespace, pod: 'shell', container: 'main', follow: true })) {
        lines.push(line);
        if (lines.length === 3) break;
      }
      for (const line of lines) {
        expect(line.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
        expect(line.message).not.toBe('');
      }
    });

    test('a log that is not followed ends by itself, with at most the lines asked for', async () => {
      await until('two lines', async () => (await linesOf(cluster.logs({ namespace, pod: 'shell', container: 'main', follow: false }))).length >= 2);
      expect(await linesOf(cluster.logs({ namespace, pod: 'shell', container: 'main', follow: false, tailLines: 1 }))).toHaveLength(1);
      expect(await linesOf(cluster.logs({ namespace, pod: 'shell', container: 'main', follow: false, tailLines: 0 }))).toHaveLength(0);
    });

    test('a log that is followed to the end of its container ends without an error', async () => {
      await apply(pod(namespace, 'brief'));
      await until('the pod runs', async () => (await cluster.get(ref('Pod', 'brief')))?.status?.['phase'] === 'Running', 60_000);
      let lines = 0;
      const following = (async () => {
        for await (const _ of cluster.logs({ namespace, pod: 'brief', container: 'main', follow: true })) lines++;
      })();
      await until('the first line', () => lines > 0, 15_000);
      await cluster.delete(ref('Pod', 'brief'));
      await following;
    });

    test('an aborted log is an aborted error and nothing else', async () => {
      const stop = new AbortController();
      const reading = failureOf(linesOf(cluster.logs({ namespace, pod: 'shell', container: 'main', follow: true, signal: stop.signal })));
      setTimeout(() => stop.abort(), 200);
      expect(await reading).toMatchObject({ kind: 'aborted', uncertain: false });
    });

    test('a container that is not in the pod is refused in the server’s words', async () => {
      const failure = await failureOf(linesOf(cluster.logs({ namespace, pod: 'shell', container: 'nobody', follow: false })));
      expect(failure).toMatchObject({ kind: 'invalid', code: 400 });
      expect(failure.message).toContain('nobody');
      expect(await failureOf(linesOf(cluster.logs({ namespace, pod: 'no-such-pod', container: 'main', follow: false })))).toMatchObject({
        kind: 'not-found',
        code: 404,
      });
    });

    const run = (command: readonly string[], options: { readonly tty?: boolean; readonly stdin?: boolean } = {}): Promise<ExecSession> =>
      cluster.exec({ namespace, pod: 'shell', container: 'main', command, tty: options.tty ?? false, stdin: options.stdin ?? false });

    test('a command’s output and exit code arrive', async () => {
      expect(await outputOf(await run(['/bin/sh', '-c', 'echo hello']))).toMatchObject({ out: 'hello\n', err: '', exit: { exitCode: 0, clean: true } });
      expect(await outputOf(await run(['/bin/sh', '-c', 'exit 3']))).toMatchObject({ exit: { exitCode: 3, clean: true } });
    });

    test('what is written reaches the command, and the end of the input ends it', async () => {
      const session = await run(['/bin/sh', '-c', 'cat'], { stdin: true });
      const output = outputOf(session);
      await session.write(Buffer.from('one\n'));
      await session.write(Buffer.from('two\n'));
      session.endInput();
      expect(await output).toMatchObject({ out: 'one\ntwo\n', exit: { exitCode: 0, clean: true } });
    });

    test('a terminal answers what is typed and learns its size', async () => {
      const session = await run(['/bin/sh'], { tty: true, stdin: true });
      let screen = '';
      const reading = (async () => {
        for await (const { bytes } of session.output) screen += Buffer.from(bytes).toString('utf8');
      })();
      session.resize(101, 37);
      await session.write(Buffer.from('echo "ty"ped-42\r'));
      await until('the echo', () => screen.includes('typed-42'));
      await session.write(Buffer.from('stty size\r'));
      await until('the size', () => screen.includes('37 101'));
      await session.write(Buffer.from('exit 5\r'));
      await reading;
      expect(await session.exit).toMatchObject({ exitCode: 5, clean: true });
    });

    test('a command that is not in the image ends without running, with a reason', async () => {
      const { exit } = await outputOf(await run(['/bin/no-such-command']));
      expect(exit.exitCode ?? 127).not.toBe(0);
      expect(exit.message).not.toBe('');
    });

    test('a terminal whose connection is cut says that this was not the command’s end', async () => {
      const far = await connect(proxy.kubeconfig);
      const session = await far.exec({ namespace, pod: 'shell', container: 'main', command: ['/bin/sh'], tty: true, stdin: true });
      const reading = outputOf(session);
      setTimeout(() => proxy.cutStreams(), 200);
      const { exit } = await reading;
      expect(exit).toMatchObject({ clean: false });
      expect(exit.exitCode).toBeUndefined();
    });

    test('exec into what is not there is refused before it begins', async () => {
      expect(await failureOf(cluster.exec({ namespace, pod: 'no-such-pod', container: 'main', command: ['/bin/sh'], tty: false, stdin: false }))).toMatchObject(
        { kind: 'not-found', code: 404 },
      );
    });

    test('a token that is not known is unauthorized, for requests and for exec', async () => {
      const text = parseDocument(target.kubeconfig);
      text.setIn(['users', 0, 'user', 'token'], 'not-a-token');
      const stranger = await connect(text.toString());
      expect(await failureOf(stranger.list({ apiVersion: 'v1', kind: 'ConfigMap' }, { namespace }))).toMatchObject({ kind: 'unauthorized', code: 401 });
      expect(await failureOf(stranger.exec({ namespace, pod: 'shell', container: 'main', command: ['/bin/sh'], tty: false, stdin: false }))).toMatchObject({
        kind: 'unauthorized',
        code: 401,
      });
    });

    test('a port on which nobody listens is unreachable, and surely nothing was written', async () => {
      const gone = await startFaultProxy(target.kubeconfig);
      await gone.close();
      const dead = await connect(gone.kubeconfig);
      expect(await failureOf(dead.version())).toMatchObject({ kind: 'unreachable', code: 0 });
      expect(await failureOf(dead.apply(configMap(namespace, 'dead', {}), { fieldManager: manager }))).toMatchObject({ kind: 'unreachable', uncertain: false });
    });

    test('a write whose answer was lost is called uncertain; the object tells', async () => {
      const far = await connect(proxy.kubeconfig);
      await far.version();
      await far.get(ref('ConfigMap', 'lost'));
      proxy.fault = ({ method }) => (method === 'PATCH' ? { fault: 'cutAfter' } : undefined);
      expect(await failureOf(far.apply(configMap(namespace, 'lost', { a: '1' }), { fieldManager: manager }))).toMatchObject({
        kind: 'unreachable',
        uncertain: true,
      });
      proxy.fault = () => undefined;
      expect((await cluster.get(ref('ConfigMap', 'lost')))?.data).toEqual({ a: '1' });
    });
  });
}

async function linesOf(lines: AsyncIterable<{ readonly timestamp: string; readonly message: string }>): Promise<string[]> {
  const read: string[] = [];
  for await (const line of lines) read.push(line.message);
  return read;
}
