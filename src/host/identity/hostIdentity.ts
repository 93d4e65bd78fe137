import type { Identity } from '../../engine/ports';
import type { ContextIssuer, TokenSource } from '../../kube/index';
import type { ProcessEnvironment } from '../../node/shellEnvironment';
import type { Disposable } from '../../shared/disposables';
import type { OidcTokensFor } from '../clusters/addedConnection';
import type { ClusterCredentials, ClusterRecord } from '../clusters/clusterRecord';
import type { CommandTable } from '../commands/commands';
import type { UriCallbacks } from './callbacks';
import type { AccountSource } from './editorSignIns';
import type { ProgramConsent } from './programConsent';
import { isOver } from './signIns';
import type { OidcCluster, SignIns } from './signIns';

/** As whom this window acts on real clusters: programs that may run, sign-ins, and the person's own environment. */
export interface HostIdentity extends Disposable {
  readonly consent: ProgramConsent;
  readonly signIns: SignIns;
  readonly callbacks: UriCallbacks;
  readonly accounts: AccountSource;
  readonly commands: CommandTable;
  /** The login shell's in a trusted workspace, else the process's own. */
  environment(): Promise<ProcessEnvironment>;
  /** A person chose a target, which is the way back after a refusal or the end of a session. */
  askAgain(): void;
  readonly contextTokens: (user: ContextIssuer, own: TokenSource) => TokenSource;
  readonly addedTokens: OidcTokensFor;
  /** Signs the person in to an added cluster or a context, asking for it where it is not given. */
  signIn(cluster?: OidcCluster): Promise<void>;
  /** Whom a place takes us for: when that is somebody else than before, what was kept for the former one is forgotten. */
  noteUser(place: string, clusterUid: string, identity: Pick<Identity, 'user' | 'uid'>): Promise<void>;
  /** Remembers which cluster answers at an address, so that what was kept for it can be found when its identity goes. */
  noteCluster(server: string, clusterUid: string): Promise<void>;
}

/** An added cluster as a place to sign in to; undefined when it lacks what that needs. */
export function oidcClusterOf(record: ClusterRecord, credentials: ClusterCredentials): OidcCluster | undefined {
  const { oidcIssuerUrl: issuer = '', oidcClientId: clientId = '', oidcClientSecret: clientSecret, oidcScopes: scopes = [], oidcCaData: ca } = credentials;
  if (record.authType !== 'oidc' || issuer === '' || clientId === '') return undefined;
  return {
    id: `added:${record.id}`,
    label: record.displayName,
    server: record.server,
    client: { issuer, clientId, ...(clientSecret === undefined ? {} : { clientSecret }), ...(ca === undefined ? {} : { ca }) },
    scopes,
  };
}

export function oidcClusterOfContext({ context, source, server, scopes, issuer, clientId, clientSecret, ca }: ContextIssuer): OidcCluster {
  return {
    id: `context:${source}:${context}`,
    label: context,
    server,
    client: { issuer, clientId, ...(clientSecret === undefined ? {} : { clientSecret }), ...(ca === undefined ? {} : { ca }) },
    scopes,
  };
}

/** The tokens of the kubeconfig itself for as long as they can be renewed; from then on, or once a person has signed in, the sign-in's. */
export function ownOrSignedIn(own: TokenSource, signIns: Pick<SignIns, 'isSignedIn' | 'tokensFor'>, cluster: OidcCluster): TokenSource {
  const signedIn = signIns.tokensFor(cluster);
  let present: TokenSource = own;
  let asked: Promise<void> | undefined;
  return {
    issuer: own.issuer,
    async current() {
      // Once for a connection: whoever signs in later gets a new one, and the secret storage is far away.
      asked ??= signIns.isSignedIn(cluster).then((isSignedIn) => {
        if (isSignedIn) present = signedIn;
      });
      await asked;
      const used = present;
      try {
        return await used.current();
      } catch (error) {
        if (!isOver(error) || used === signedIn) throw error;
        present = signedIn;
        return await present.current();
      }
    },
    refused: (token) => {
      if (present !== own) return present.refused(token);
      // What the kubeconfig holds is refused for good: the next one who asks is told to sign in.
      if (!own.refused(token)) present = signedIn;
      return true;
    },
  };
}
