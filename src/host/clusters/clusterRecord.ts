import { isJsonObject } from '../../shared/json';
import type { ClusterMetadata, ClusterStatus } from './clusterHealth';

/** The five ways to sign in to a cluster that was added by hand. */
export type AuthType = 'kubeconfig' | 'token' | 'certificate' | 'serviceaccount' | 'oidc';

export const authTypes: readonly AuthType[] = ['kubeconfig', 'token', 'certificate', 'serviceaccount', 'oidc'];

/** What is kept of an added cluster in the editor's state. Nothing in it is secret. */
export interface ClusterRecord {
  /** Fits into a URL and into a setting; unique, never changed. */
  readonly id: string;
  readonly name: string;
  readonly displayName: string;
  readonly description: string;
  readonly server: string;
  readonly authType: AuthType;
  /** As of `lastCheckMs`; `unknown` until the first check. */
  readonly status: ClusterStatus;
  readonly lastCheckMs?: number;
  /** Its control plane was opened to workloads from here. */
  readonly singleNode: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly metadata?: ClusterMetadata;
  /** The certificate of the server is not checked. */
  readonly insecure: boolean;
  readonly tlsServerName?: string;
  readonly namespace?: string;
  /** Sent with every request, for what stands before the API server (a tunnel's warning page); never credentials. */
  readonly headers: Readonly<Record<string, string>>;
}

/** What only SecretStorage holds, by the record's id. Which fields are there depends on how the cluster is signed in to. */
export interface ClusterCredentials {
  readonly kubeconfig?: string;
  /** Of the kubeconfig. */
  readonly context?: string;
  readonly token?: string;
  readonly clientCertData?: string;
  readonly clientKeyData?: string;
  readonly caData?: string;
  readonly oidcIssuerUrl?: string;
  readonly oidcClientId?: string;
  readonly oidcClientSecret?: string;
  readonly oidcScopes?: readonly string[];
  /** Of the issuer, where it is not one that the system trusts. */
  readonly oidcCaData?: string;
}

const namePattern = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/** A name that fits into URLs and settings: a DNS-1123 label. */
export function isClusterName(text: string): boolean {
  return namePattern.test(text);
}

/** A name out of any text, such as a host: `https://api.prod.example.com` becomes `api-prod-example-com`. */
export function clusterNameFrom(text: string, taken: ReadonlySet<string>): string {
  const plain =
    text
      .replace(/^[a-z]+:\/\//i, '')
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 50)
      .replaceAll(/^-+|-+$/g, '') || 'cluster';
  let name = plain;
  for (let number = 2; taken.has(name); number++) name = `${plain}-${number}`;
  return name;
}

/** Headers that would sign in or act as somebody, or that belong to the connection itself, are no extra headers. */
const reservedHeader =
  /^(authorization|proxy-.*|cookie|set-cookie|host|content-.*|transfer-encoding|connection|upgrade|te|trailer|expect|accept|accept-encoding|sec-.*|origin|impersonate-.*|x-remote-.*|x-api-key|.*(token|secret|password|auth|credential).*)$/i;

/** `name: value` lines as headers. @returns what is wrong with the first line that cannot be used, as a reason */
export function headersFrom(
  text: string,
): { readonly headers: Readonly<Record<string, string>> } | { readonly refused: string; readonly why: 'syntax' | 'reserved' } {
  const headers: Record<string, string> = {};
  for (const part of text.split(/[\n;]/)) {
    const line = part.trim();
    if (line === '') continue;
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(0, colon)).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (!/^[a-z0-9!#$%&'*+.^_`|~-]{1,128}$/.test(name) || !/^[\x20-\x7e]{1,1024}$/.test(value))
      return { refused: name === '' ? line.slice(0, 40) : name, why: 'syntax' };
    if (reservedHeader.test(name)) return { refused: name, why: 'reserved' };
    headers[name] = value;
  }
  return { headers };
}

/** ngrok shows browsers a warning page before the cluster unless this is sent. */
export function headersFor(server: string): Readonly<Record<string, string>> {
  return URL.canParse(server) && /(^|\.)ngrok[a-z-]*\./.test(new URL(server).hostname) ? { 'ngrok-skip-browser-warning': 'true' } : {};
}

/**
 * A certificate or key as it came out of a single-line input box, which drops line breaks: PEM gets them back, and anything else
 * stays as it is.
 */
export function pemFromInput(text: string): string {
  const trimmed = text.trim();
  const blocks = [...trimmed.matchAll(/-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \1-----/g)];
  if (blocks.length === 0) return trimmed;
  return blocks
    .map(
      ([, label = '', body = '']) => `-----BEGIN ${label}-----\n${(body.replaceAll(/\s+/g, '').match(/.{1,64}/g) ?? []).join('\n')}\n-----END ${label}-----\n`,
    )
    .join('');
}

/** Reads what an earlier window, or an earlier version, has stored; undefined when it is no record of ours. */
export function recordFrom(value: unknown): ClusterRecord | undefined {
  if (!isJsonObject(value)) return undefined;
  const text = (key: string): string => (typeof value[key] === 'string' ? value[key] : '');
  const map = (key: string): Readonly<Record<string, string>> => {
    const found = value[key];
    return isJsonObject(found) ? Object.fromEntries(Object.entries(found).filter((entry): entry is [string, string] => typeof entry[1] === 'string')) : {};
  };
  const id = text('id');
  const authType = authTypes.find((type) => type === value['authType']);
  const status = (['connected', 'disconnected', 'error', 'unknown'] as const).find((word) => word === value['status']);
  const server = text('server');
  if (!isClusterName(id) || authType === undefined || server === '') return undefined;
  const metadata = value['metadata'];
  return {
    id,
    name: text('name') || id,
    displayName: text('displayName') || id,
    description: text('description'),
    server,
    authType,
    status: status ?? 'unknown',
    ...(typeof value['lastCheckMs'] === 'number' ? { lastCheckMs: value['lastCheckMs'] } : {}),
    singleNode: value['singleNode'] === true,
    labels: map('labels'),
    annotations: map('annotations'),
    ...(isJsonObject(metadata) && typeof metadata['lastUpdatedMs'] === 'number' ? { metadata: metadata as unknown as ClusterMetadata } : {}),
    insecure: value['insecure'] === true,
    ...(text('tlsServerName') === '' ? {} : { tlsServerName: text('tlsServerName') }),
    ...(text('namespace') === '' ? {} : { namespace: text('namespace') }),
    headers: map('headers'),
  };
}
