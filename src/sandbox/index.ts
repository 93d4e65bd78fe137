// The face of this room for the editor and the command line: the sandbox as a process of its own. It is light, because it
// only starts and finds that process; the cluster itself is in `main` and, for tests in one process, in `startServer`.
export { findSandbox, sandboxStateDir, startSandbox, stopSandbox } from './process/control';
export type { SandboxProcess, StartSandboxOptions } from './process/control';
