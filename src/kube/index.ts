// The face of this room: the Cluster port over real API servers. Everything else here is private.

// Connecting.
export { clusterFromKubeconfig } from './connect';
export type { ConnectOptions } from './connect';
export { contextsOf } from './kubeconfig';
export type { KubeconfigSource, KubeContext } from './kubeconfig';
export type { AllowPrograms, ProgramRequest } from './credentials';
export type { ProxySettings } from './proxies';

// The door for hostile text, for the few strings that reach an entry by another way (file names, settings).
export { cleanLine, cleanText, redactText } from './clean';
export { isHiddenValue } from './objects';
