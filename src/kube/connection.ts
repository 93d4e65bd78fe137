import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { Problem, ProblemCode } from '../shared/problem';
import { cleanLine } from './clean';
import { isTokenText } from './jsonWebToken';
import type { TokenSource } from './oidc/tokens';
import { certificatesOf, pemText } from './pem';

/** As whom to sign in to a cluster that was added by its address. */
export type ConnectionCredentials =
  | { readonly type: 'token'; readonly token: string }
  /** A service account's token; it is sent like any other. */
  | { readonly type: 'serviceAccount'; readonly token: string }
  /** Both PEM, or PEM in base64. */
  | { readonly type: 'clientCertificate'; readonly certificate: string; readonly key: string }
  | { readonly type: 'oidc'; readonly tokens: TokenSource };

/** A cluster by its address. */
export interface AddressedConnection {
  readonly type: 'address';
  /** What people call it; shown, never sent. */
  readonly label: string;
  readonly server: string;
  /** PEM, or PEM or DER in base64. Absent or empty: the authorities of the system. */
  readonly ca?: string;
  readonly tlsServerName?: string;
  /** Switches the check of the server's certificate off, and then `ca` counts for nothing. Only ever by a person's explicit choice. */
  readonly insecure?: boolean;
  readonly proxyUrl?: string;
  /** Default: `default`. */
  readonly namespace?: string;
  /** Sent with each request besides our own; see `isExtraHeader`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly credentials: ConnectionCredentials;
}

/** A cluster by the text of a kubeconfig, of which one context counts. The text must hold everything itself: no file paths. */
export interface PastedConnection {
  readonly type: 'kubeconfig';
  readonly label: string;
  readonly text: string;
  /** Default: its current-context. */
  readonly context?: string;
  /** Instead of the context's own. */
  readonly namespace?: string;
  /** Sent with each request besides our own; see `isExtraHeader`. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A cluster that was added by hand rather than found in a kubeconfig file. */
export type ClusterConnection = AddressedConnection | PastedConnection;

/** Schemes through which requests, streams and terminals can all go. */
export const proxySchemes: readonly string[] = ['http:', 'https:', 'socks5:', 'socks5h:'];

/**
 * What is wrong with an address, field by field; `path` of a problem names the field. Nothing is asked of any server.
 * A pasted kubeconfig is checked by `clusterFromConnection`.
 */
export function checkConnection(connection: AddressedConnection): readonly Problem[] {
  const problems: Problem[] = [];
  const add = (field: string, code: ProblemCode, args: Readonly<Record<string, string>> = {}): void => {
    problems.push({ code, args, severity: 'error', path: [field] });
  };
  if (!isServerUrl(connection.server)) add('server', 'connection.server');
  if (connection.insecure !== true && (connection.ca ?? '').trim() !== '' && certificatesOf(connection.ca ?? '') === null)
    add('ca', 'connection.certificateAuthority');
  const { tlsServerName = '', proxyUrl = '', namespace = '' } = connection;
  if (tlsServerName !== '' && isIP(tlsServerName) === 0 && !/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/.test(tlsServerName))
    add('tlsServerName', 'connection.serverName', { name: cleanLine(tlsServerName, 64) });
  if (proxyUrl !== '' && !(URL.canParse(proxyUrl) && proxySchemes.includes(new URL(proxyUrl).protocol))) add('proxyUrl', 'connection.proxyUrl');
  if (namespace !== '' && !/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace))
    add('namespace', 'connection.namespace', { namespace: cleanLine(namespace, 64) });
  problems.push(...headerProblems(connection.headers));
  const { credentials } = connection;
  if ((credentials.type === 'token' || credentials.type === 'serviceAccount') && !isTokenText(credentials.token.trim())) add('token', 'connection.token');
  if (credentials.type === 'clientCertificate') {
    const problem = pairProblem(pemText(credentials.certificate), pemText(credentials.key));
    if (problem !== undefined) problems.push(problem);
  }
  return problems;
}

/** What would sign in or act as somebody, or belongs to the connection itself. */
const ownHeaders =
  /^(?:authorization|cookie|host|accept|user-agent|connection|upgrade|te|trailer|expect|keep-alive|via|forwarded|origin|referer|(?:content|transfer|proxy|sec|impersonate|x-remote|x-forwarded)-.*)$/;

/** Whether a header may be added to the requests of a cluster: for gateways before it that want to be told something. */
export function isExtraHeader(name: string, value: string): boolean {
  return /^[a-z0-9][a-z0-9_-]{0,127}$/i.test(name) && !ownHeaders.test(name.toLowerCase()) && /^[\x20-\x7e]{1,4096}$/.test(value);
}

/** Headers that may not be added; the value may be secret and is not shown. */
export function headerProblems(headers: Readonly<Record<string, string>> = {}): readonly Problem[] {
  return Object.entries(headers)
    .filter(([name, value]) => !isExtraHeader(name, value))
    .map(([name]) => ({ code: 'connection.header', args: { name: cleanLine(name, 128) }, severity: 'error', path: ['headers', name] }));
}

/** Over plain HTTP everybody on the way would read the token, and what stands in a URL is written down in many places. */
export function isServerUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return url.protocol === 'https:' && url.username === '' && url.password === '' && url.search === '' && url.hash === '';
}

/** What is wrong with a client certificate and its key; nothing of the key is ever in it. */
export function pairProblem(certificate: string | Buffer, key: string | Buffer): Problem | undefined {
  const unreadable = (detail: string, field: string): Problem => ({
    code: 'connection.clientCertificate',
    args: { detail },
    severity: 'error',
    path: [field],
  });
  let parsed: X509Certificate;
  try {
    parsed = new X509Certificate(certificate);
  } catch {
    return unreadable('the certificate cannot be read', 'certificate');
  }
  try {
    if (parsed.checkPrivateKey(createPrivateKey(key))) return undefined;
  } catch {
    return unreadable('the key cannot be read', 'key');
  }
  return { code: 'connection.keyMismatch', args: {}, severity: 'error', path: ['key'] };
}
