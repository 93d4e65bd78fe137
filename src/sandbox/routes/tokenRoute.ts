// Tokens for service accounts, as `kubectl create token` asks for them.
import { serviceAccountUser, type Accounts } from '../access/accounts';
import { ApiError, invalid, methodNotAllowed } from '../apiStatus';
import { timestampOf, type Clock } from '../clock';
import type { Exchange } from '../exchange';
import { isMap } from '../objects';
import type { Registry } from '../registry';
import { objectInBody } from '../requestBody';
import type { ResourceRequest } from '../requestInfo';

const hourSeconds = 3_600;
const shortestSeconds = 600;

/** Answers with a fresh token that works until its time is over, on the sandbox's clock. */
export async function serveTokenRequest(
  parts: { registry: Registry; accounts: Accounts; clock: Clock },
  exchange: Exchange,
  request: ResourceRequest,
): Promise<void> {
  if (exchange.method !== 'POST') throw methodNotAllowed('the server does not allow this method on the requested resource');
  const { info, namespace, name } = request;
  const account = parts.registry.get(info, namespace, name);
  const body = await objectInBody(exchange);
  const spec = isMap(body['spec']) ? body['spec'] : {};
  const seconds = spec['expirationSeconds'] ?? hourSeconds;
  if (typeof seconds !== 'number' || seconds < shortestSeconds) {
    const message = `Invalid value: ${JSON.stringify(seconds)}: may not specify a duration less than 10 minutes`;
    throw invalid('authentication.k8s.io', 'TokenRequest', '', [{ reason: 'FieldValueInvalid', message, field: 'spec.expirationSeconds' }]);
  }
  const audiences = spec['audiences'];
  // A token for somebody else would be a promise that nobody here can keep.
  if (Array.isArray(audiences) && audiences.length > 0) throw new ApiError(501, 'NotImplemented', 'the sandbox gives tokens for its own API server only');
  const { uid = '' } = account.metadata;
  const untilMs = parts.clock.now() + seconds * 1000;
  // A token dies with its time, and with its account.
  const holds = (): boolean => parts.clock.now() < untilMs && parts.registry.storage.get(info, namespace, name)?.metadata.uid === uid;
  const token = parts.accounts.add(serviceAccountUser(namespace, name, uid), undefined, holds);
  const expirationTimestamp = timestampOf(untilMs);
  exchange.json(201, {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace, creationTimestamp: timestampOf(parts.clock.now()) },
    spec: { audiences: ['https://kubernetes.default.svc'], expirationSeconds: seconds, boundObjectRef: null },
    status: { token, expirationTimestamp },
  });
}
