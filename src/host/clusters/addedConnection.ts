import type { ClusterConnection, ConnectionCredentials, TokenSource } from '../../kube/index';
import type { ClusterCredentials, ClusterRecord } from './clusterRecord';

/** Where the tokens of a cluster come from that is signed in to by OpenID Connect. */
export type OidcTokensFor = (record: ClusterRecord, credentials: ClusterCredentials) => Promise<TokenSource>;

/** How to reach an added cluster and as whom. @throws Error when the credentials lack what the record's way to sign in needs */
export async function connectionOf(record: ClusterRecord, credentials: ClusterCredentials, oidcTokens: OidcTokensFor): Promise<ClusterConnection> {
  const { kubeconfig, context, caData } = credentials;
  const namespace = record.namespace === undefined ? {} : { namespace: record.namespace };
  if (record.authType === 'kubeconfig') {
    return {
      type: 'kubeconfig',
      label: record.id,
      text: needed(kubeconfig, record, 'kubeconfig'),
      ...(context === undefined ? {} : { context }),
      ...namespace,
      headers: record.headers,
    };
  }
  return {
    type: 'address',
    label: record.id,
    server: record.server,
    ...(caData === undefined ? {} : { ca: caData }),
    ...(record.tlsServerName === undefined ? {} : { tlsServerName: record.tlsServerName }),
    insecure: record.insecure,
    ...namespace,
    headers: record.headers,
    credentials: await signInOf(record, credentials, oidcTokens),
  };
}

async function signInOf(record: ClusterRecord, credentials: ClusterCredentials, oidcTokens: OidcTokensFor): Promise<ConnectionCredentials> {
  switch (record.authType) {
    case 'token':
      return { type: 'token', token: needed(credentials.token, record, 'token') };
    case 'serviceaccount':
      return { type: 'serviceAccount', token: needed(credentials.token, record, 'token') };
    case 'certificate':
      return {
        type: 'clientCertificate',
        certificate: needed(credentials.clientCertData, record, 'client certificate'),
        key: needed(credentials.clientKeyData, record, 'client key'),
      };
    case 'oidc':
      return { type: 'oidc', tokens: await oidcTokens(record, credentials) };
    case 'kubeconfig':
      throw new Error('A pasted kubeconfig signs in by itself.');
  }
}

function needed(value: string | undefined, record: ClusterRecord, what: string): string {
  if (value === undefined || value === '') throw new Error(`The cluster "${record.id}" has no ${what}. Edit it to give one.`);
  return value;
}
