// The engine's face. Everything other rooms may use of it is named here, by hand; a file that is not named is private.

export { ClusterError } from './ports';
