// The face of this room: the Cluster port over real API servers. Everything else here is private.

// Connecting.
export { clusterFromConnection, clusterFromKubeconfig } from './connect';
export type { ConnectionOptions, ConnectOptions } from './connect';
export { contextDigest, contextsOf, kubeconfigPaths } from './kubeconfig';
export type { KubeconfigSource, KubeContext } from './kubeconfig';
export type { AllowPrograms, ProgramRequest } from './programs';
export type { ProxySettings } from './proxies';

// Clusters that were added by hand.
export { checkConnection } from './connection';
export type { AddressedConnection, ClusterConnection, ConnectionCredentials, PastedConnection } from './connection';

// Signing in by OpenID Connect: the protocol; who opens browsers and keeps tokens is the host.
export { beginSignIn, finishSignIn } from './oidc/signIn';
export type { PendingSignIn, SignInRequest } from './oidc/signIn';
export { endSessionUrl, revokeTokens } from './oidc/signOut';
export { RefreshingTokens } from './oidc/refreshingTokens';
export type { RefreshingTokensOptions } from './oidc/refreshingTokens';
export { issuersOf } from './kubeconfigUser';
export type { ContextIssuer } from './kubeconfigUser';
export type { OidcClient } from './oidc/issuer';
export type { OidcTokens, TokenSource } from './oidc/tokens';

// The door for hostile text, for the few strings that reach an entry by another way (file names, settings).
export { cleanLine, cleanText, redactText } from './clean';
export { isHiddenValue } from './objects';
