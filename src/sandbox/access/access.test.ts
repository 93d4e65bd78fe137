import { afterEach, beforeEach, expect, test } from 'vitest';
import { VirtualClock } from '../clock';
import type { RunningSandbox } from '../options';
import { startServer } from '../startServer';
import { call, configMap, type Answer, type CallOptions } from '../tests/client';

let sandbox: RunningSandbox;
let clock: VirtualClock;

beforeEach(async () => {
  clock = new VirtualClock();
  sandbox = await startServer({ clock, users: [{ username: 'eve', groups: ['guests'], token: 'a-token-of-eve' }] });
  clock.advance(100);
});
afterEach(() => sandbox.close());

const rbac = '/apis/rbac.authorization.k8s.io/v1';
const maps = '/api/v1/namespaces/default/configmaps';

function as(token: string, method: string, path: string, options: CallOptions = {}): Promise<Answer> {
  return call(sandbox, method, path, { ...options, headers: { ...options.headers, authorization: `Bearer ${token}` } });
}

async function made(path: string, body: object): Promise<void> {
  const answer = await call(sandbox, 'POST', path, { body });
  expect(answer.status, answer.text).toBe(201);
}

/** A role in the default namespace, bound to a subject. */
async function grant(subject: object, rules: object[], name = 'r'): Promise<void> {
  await made(`${rbac}/namespaces/default/roles`, { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name }, rules });
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name };
  await made(`${rbac}/namespaces/default/rolebindings`, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name },
    roleRef,
    subjects: [subject],
  });
}

async function clusterBind(role: string, subject: object, namespace?: string): Promise<void> {
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role };
  const kind = namespace === undefined ? 'ClusterRoleBinding' : 'RoleBinding';
  const path = namespace === undefined ? `${rbac}/clusterrolebindings` : `${rbac}/namespaces/${namespace}/rolebindings`;
  await made(path, { apiVersion: 'rbac.authorization.k8s.io/v1', kind, metadata: { name: `${role}-to` }, roleRef, subjects: [subject] });
}

const eve = { kind: 'User', name: 'eve' };

test('a user without roles may look around and review herself, and is refused in the words of RBAC', async () => {
  expect((await as('a-token-of-eve', 'GET', '/apis')).status).toBe(200);
  expect((await as('a-token-of-eve', 'GET', '/version')).status).toBe(200);
  expect((await as('a-token-of-eve', 'GET', maps)).json).toMatchObject({
    code: 403,
    reason: 'Forbidden',
    message: 'configmaps is forbidden: User "eve" cannot list resource "configmaps" in API group "" in the namespace "default"',
    details: { kind: 'configmaps' },
  });
  expect((await as('a-token-of-eve', 'GET', '/api/v1/nodes/sandbox')).json).toMatchObject({
    message: 'nodes "sandbox" is forbidden: User "eve" cannot get resource "nodes" in API group "" at the cluster scope',
    details: { name: 'sandbox', kind: 'nodes' },
  });
  expect((await as('a-token-of-eve', 'GET', '/metrics')).json).toMatchObject({ code: 403, message: 'forbidden: User "eve" cannot get path "/metrics"' });
  const review = await as('a-token-of-eve', 'POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {
    body: { kind: 'SelfSubjectReview', apiVersion: 'authentication.k8s.io/v1' },
  });
  expect(review.json).toMatchObject({ status: { userInfo: { username: 'eve', groups: ['guests', 'system:authenticated'] } } });
});

test('a role opens its verbs, resources and names in its namespace, and nothing else', async () => {
  await grant(eve, [
    { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'create'] },
    { apiGroups: [''], resources: ['secrets'], verbs: ['get'], resourceNames: ['hers'] },
  ]);
  const status = async (method: string, path: string, options: CallOptions = {}): Promise<number> => (await as('a-token-of-eve', method, path, options)).status;
  expect(await status('GET', maps)).toBe(200);
  expect(await status('POST', maps, { body: configMap('a') })).toBe(201);
  expect(await status('DELETE', `${maps}/a`)).toBe(403);
  expect(await status('GET', `${maps}?watch=true`)).toBe(403);
  expect(await status('GET', '/api/v1/configmaps')).toBe(403);
  expect(await status('GET', '/api/v1/namespaces/kube-system/configmaps')).toBe(403);
  expect(await status('GET', '/api/v1/namespaces/default/secrets/hers')).toBe(404);
  expect(await status('GET', '/api/v1/namespaces/default/secrets/others')).toBe(403);
  expect(await status('GET', '/api/v1/namespaces/default/secrets')).toBe(403);
});

test('an apply that makes its object needs create besides patch', async () => {
  await grant(eve, [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'patch'] }]);
  const apply = (name: string): Promise<Answer> =>
    as('a-token-of-eve', 'PATCH', `${maps}/${name}?fieldManager=eve`, { body: configMap(name), contentType: 'application/apply-patch+yaml' });
  expect((await apply('new')).json).toMatchObject({ code: 403, message: expect.stringContaining('cannot create resource "configmaps"') as string });
  await made(maps, configMap('old'));
  expect((await apply('old')).status).toBe(200);
});

test('subresources are resources of their own', async () => {
  await grant(eve, [{ apiGroups: ['apps'], resources: ['deployments/scale'], verbs: ['*'] }]);
  const scale = '/apis/apps/v1/namespaces/default/deployments/web/scale';
  expect((await as('a-token-of-eve', 'GET', scale)).status).toBe(404);
  expect((await as('a-token-of-eve', 'GET', scale.replace('/scale', ''))).status).toBe(403);
});

test('the default role view, bound in one namespace, shows all but secrets there', async () => {
  await clusterBind('view', { kind: 'Group', name: 'guests' }, 'default');
  expect((await as('a-token-of-eve', 'GET', '/apis/apps/v1/namespaces/default/statefulsets')).status).toBe(200);
  expect((await as('a-token-of-eve', 'GET', '/api/v1/namespaces/default/secrets')).status).toBe(403);
  expect((await as('a-token-of-eve', 'POST', maps, { body: configMap('a') })).status).toBe(403);
  expect((await as('a-token-of-eve', 'GET', '/api/v1/namespaces')).status).toBe(403);
});

test('access reviews say what the request itself would meet, and why', async () => {
  await clusterBind('view', eve, 'default');
  const allowed = async (token: string, resourceAttributes: object): Promise<object> => {
    const body = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec: { resourceAttributes } };
    return (await as(token, 'POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { body })).json['status'] as object;
  };
  expect(await allowed('a-token-of-eve', { verb: 'list', resource: 'pods', namespace: 'default' })).toEqual({
    allowed: true,
    reason: 'RBAC: allowed by RoleBinding "view-to/default" of ClusterRole "view" to User "eve"',
  });
  expect(await allowed('a-token-of-eve', { verb: 'create', resource: 'pods', subresource: 'exec', namespace: 'default' })).toEqual({ allowed: false });
  expect(await allowed(sandbox.token, { verb: 'create', resource: 'anything' })).toEqual({ allowed: true });
  const body = { kind: 'SelfSubjectRulesReview', apiVersion: 'authorization.k8s.io/v1', spec: { namespace: 'default' } };
  const { status } = (await as('a-token-of-eve', 'POST', '/apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { body })).json as {
    status: { resourceRules: { verbs: string[]; resources: string[] }[]; nonResourceRules: unknown[]; incomplete: boolean };
  };
  expect(status.incomplete).toBe(false);
  expect(status.resourceRules.some((rule) => rule.verbs.includes('list') && rule.resources.includes('deployments'))).toBe(true);
  expect(status.resourceRules.some((rule) => rule.verbs.includes('*'))).toBe(false);
});

test('a revoked token is refused at once, and its user may come back with another', async () => {
  const { token } = sandbox.addUser({ username: 'bob', groups: ['system:masters'] });
  expect((await as(token, 'GET', maps)).status).toBe(200);
  expect(sandbox.revokeToken(token)).toBe(true);
  expect((await as(token, 'GET', maps)).json).toMatchObject({ code: 401, reason: 'Unauthorized' });
  expect(sandbox.revokeToken(token)).toBe(false);
  const again = sandbox.addUser({ username: 'bob', groups: ['system:masters'] });
  expect(again.kubeconfig).toContain(again.token);
  expect((await as(again.token, 'GET', maps)).status).toBe(200);
});

test('a service account token carries the account, and dies with its time or its account', async () => {
  await grant({ kind: 'ServiceAccount', name: 'default', namespace: 'default' }, [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list'] }]);
  const request = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', spec: { expirationSeconds: 600 } };
  const ask = async (): Promise<string> => {
    const answer = await call(sandbox, 'POST', '/api/v1/namespaces/default/serviceaccounts/default/token', { body: request });
    return (answer.json['status'] as { token: string }).token;
  };
  const token = await ask();
  expect((await as(token, 'GET', maps)).status).toBe(200);
  expect((await as(token, 'GET', '/api/v1/namespaces/default/secrets')).json).toMatchObject({
    message: expect.stringContaining('User "system:serviceaccount:default:default" cannot list') as string,
  });
  clock.advance(600_000);
  expect((await as(token, 'GET', maps)).status).toBe(401);
  const second = await ask();
  await call(sandbox, 'DELETE', '/api/v1/namespaces/default/serviceaccounts/default');
  expect((await as(second, 'GET', maps)).status).toBe(401);
});

test('who may impersonate counts as the other one, and who may not is refused', async () => {
  const asEve = await call(sandbox, 'GET', maps, { headers: { 'impersonate-user': 'eve' } });
  expect(asEve.json).toMatchObject({ code: 403, message: expect.stringContaining('User "eve" cannot list') as string });
  const asViewer = await call(sandbox, 'GET', maps, { headers: { 'impersonate-user': 'x', 'impersonate-group': 'system:masters' } });
  expect(asViewer.status).toBe(200);
  const eveAsRoot = await as('a-token-of-eve', 'GET', maps, { headers: { 'impersonate-user': 'sandbox-admin' } });
  expect(eveAsRoot.json).toMatchObject({
    code: 403,
    message: 'users "sandbox-admin" is forbidden: User "eve" cannot impersonate resource "users" in API group "" at the cluster scope',
  });
});

test('health is told to anybody, a line a part when asked for', async () => {
  const verbose = await as('nobody', 'GET', '/readyz?verbose');
  expect(verbose.status).toBe(200);
  expect(verbose.text).toMatch(/^\[\+\]ping ok\n[\s\S]*\[\+\]etcd ok\n[\s\S]*readyz check passed\n$/);
  expect((await as('nobody', 'GET', '/livez/etcd')).text).toBe('ok');
  expect((await as('nobody', 'GET', '/livez/nothing')).status).toBe(401);
  expect((await as('nobody', 'GET', '/livez?verbose&exclude=etcd')).text).toContain('[+]etcd excluded: ok');
});
