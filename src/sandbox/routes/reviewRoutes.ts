// Who am I, and what may I do: in a sandbox there is one user, who may do everything that is served.
import { invalid, methodNotAllowed } from '../apiStatus';
import type { Exchange } from '../exchange';
import { isMap } from '../objects';
import { objectInBody } from '../requestBody';
import { reviewGroups } from '../requestInfo';

export const sandboxUser = {
  username: 'sandbox-admin',
  uid: 'sandbox-admin',
  groups: ['system:masters', 'system:authenticated'],
};

/** The kind of a review's path, or undefined when the path is none. */
export function reviewKindOf(path: string): string | undefined {
  for (const { group, version, reviews } of reviewGroups) {
    const found = reviews.find(({ resource }) => path === `/apis/${group}/${version}/${resource}`);
    if (found !== undefined) return found.kind;
  }
  return undefined;
}

export async function serveReview(exchange: Exchange, kind: string): Promise<void> {
  if (exchange.method !== 'POST') throw methodNotAllowed('the server does not allow this method on the requested resource');
  const body = await objectInBody(exchange);
  const spec = isMap(body['spec']) ? body['spec'] : {};
  if (kind === 'SelfSubjectAccessReview' && isMap(spec['resourceAttributes']) === isMap(spec['nonResourceAttributes'])) {
    const message = 'Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified';
    throw invalid('authorization.k8s.io', '', '', [{ reason: 'FieldValueInvalid', message, field: 'spec.resourceAttributes' }]);
  }
  exchange.json(201, { kind, apiVersion: body['apiVersion'], metadata: {}, ...(kind === 'SelfSubjectReview' ? {} : { spec }), status: statusOf(kind) });
}

function statusOf(kind: string): object {
  switch (kind) {
    case 'SelfSubjectReview':
      return { userInfo: sandboxUser };
    case 'SelfSubjectAccessReview':
      return { allowed: true, reason: 'the sandbox has one user, who may do everything' };
    default:
      return {
        resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
        nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
        incomplete: false,
      };
  }
}
