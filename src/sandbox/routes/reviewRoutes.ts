// Who am I, and what may I do.
import type { User } from '../access/accounts';
import { decide, decidePath, rulesOf, type Attributes } from '../access/rbac';
import { badRequest, invalid, methodNotAllowed } from '../apiStatus';
import { timestampOf, type Clock } from '../clock';
import type { Exchange } from '../exchange';
import { isMap, type JsonMap } from '../objects';
import type { Registry } from '../registry';
import { objectInBody } from '../requestBody';
import { reviewGroups } from '../requestInfo';

/** The kind and place of a review's path, or undefined when the path is none. */
export function reviewAt(path: string): { kind: string; group: string; resource: string } | undefined {
  for (const { group, version, reviews } of reviewGroups) {
    const found = reviews.find(({ resource }) => path === `/apis/${group}/${version}/${resource}`);
    if (found !== undefined) return { kind: found.kind, group, resource: found.resource };
  }
  return undefined;
}

/** Answers a review of the user who asks. Users may always review themselves, as on a real cluster by its default roles. */
export async function serveReview({ registry, clock }: { registry: Registry; clock: Clock }, exchange: Exchange, user: User, kind: string): Promise<void> {
  if (exchange.method !== 'POST') throw methodNotAllowed('the server does not allow this method on the requested resource');
  const body = await objectInBody(exchange);
  const spec = isMap(body['spec']) ? body['spec'] : {};
  const head = { kind, apiVersion: body['apiVersion'] };
  if (kind === 'SelfSubjectReview') {
    exchange.json(201, { ...head, metadata: { creationTimestamp: timestampOf(clock.now()) }, status: { userInfo: user } });
    return;
  }
  const status = kind === 'SelfSubjectAccessReview' ? accessOf(registry, user, spec) : allRulesOf(registry, user, spec);
  exchange.json(201, { ...head, metadata: {}, spec, status });
}

function text(map: JsonMap, key: string): string {
  const value = map[key];
  return typeof value === 'string' ? value : '';
}

function accessOf(registry: Registry, user: User, spec: JsonMap): object {
  const { resourceAttributes: resource, nonResourceAttributes: path } = spec;
  if (isMap(resource) === isMap(path)) {
    const message = 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw invalid('authorization.k8s.io', 'SelfSubjectAccessReview', '', [{ reason: 'FieldValueInvalid', message, field: 'spec.resourceAttributes' }]);
  }
  const { allowed, reason } = isMap(resource)
    ? decide(registry, user, attributesIn(resource))
    : decidePath(registry, user, text(path as JsonMap, 'verb'), text(path as JsonMap, 'path'));
  return { allowed, ...(reason === '' ? {} : { reason }) };
}

function attributesIn(resource: JsonMap): Attributes {
  const subresource = text(resource, 'subresource');
  const plural = text(resource, 'resource');
  return {
    verb: text(resource, 'verb'),
    group: text(resource, 'group'),
    resource: subresource === '' ? plural : `${plural}/${subresource}`,
    namespace: text(resource, 'namespace'),
    name: text(resource, 'name'),
  };
}

function allRulesOf(registry: Registry, user: User, spec: JsonMap): object {
  const namespace = text(spec, 'namespace');
  if (namespace === '') throw badRequest('no namespace on request');
  const rules = rulesOf(registry, user, namespace);
  const resourceRules = rules
    .filter((rule) => (rule.nonResourceURLs?.length ?? 0) === 0)
    .map(({ verbs, apiGroups = [], resources = [], resourceNames }) => ({ verbs, apiGroups, resources, ...(resourceNames?.length ? { resourceNames } : {}) }));
  const nonResourceRules = rules
    .filter((rule) => (rule.nonResourceURLs?.length ?? 0) > 0)
    .map(({ verbs, nonResourceURLs = [] }) => ({ verbs, nonResourceURLs }));
  return { resourceRules, nonResourceRules, incomplete: false };
}
