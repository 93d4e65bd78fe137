// What a shell finds inside a container: its files, as far as they have changed, and the machine that it believes to be on.
import type { ContainerRuntime } from '../behaviours/containerRuntime';
import { mountedFiles, MissingPart } from '../behaviours/podConfig';
import type { Clock } from '../clock';
import type { Pod } from '../objectTypes';
import type { Registry } from '../registry';
import { commands } from '../podShell/commands/commands';
import { FileSystem } from '../podShell/fileSystem';
import type { Machine } from '../podShell/machine';

export interface Inside {
  machine: Machine;
  environment: ReadonlyMap<string, string>;
  folder: string;
}

export class ContainerInsides {
  readonly #registry: Registry;
  readonly #clock: Clock;
  /** What each container's run has written; gone with the run. */
  readonly #files = new WeakMap<ContainerRuntime, { id: string; files: FileSystem }>();

  constructor(registry: Registry, clock: Clock) {
    this.#registry = registry;
    this.#clock = clock;
  }

  insideOf(pod: Pod, runtime: ContainerRuntime, tty: boolean, terminal: () => { columns: number; rows: number } | undefined): Inside {
    return {
      machine: {
        files: this.#filesOf(pod, runtime),
        clock: this.#clock,
        hostname: pod.spec.hostname ?? pod.metadata.name,
        process: [...(runtime.spec.command ?? []), ...(runtime.spec.args ?? [])].join(' ') || `{simulated ${runtime.spec.image ?? ''}}`,
        startedAtMs: runtime.current?.startedAtMs ?? this.#clock.now(),
        terminal,
      },
      environment: new Map([...runtime.environment, ...(tty ? [['TERM', 'xterm'] as const] : [])]),
      folder: runtime.spec.workingDir ?? '/',
    };
  }

  #filesOf(pod: Pod, runtime: ContainerRuntime): FileSystem {
    const id = runtime.current?.id ?? '';
    let known = this.#files.get(runtime);
    if (known?.id !== id) {
      known = { id, files: imageFiles(pod, runtime, () => this.#clock.now()) };
      this.#files.set(runtime, known);
    }
    try {
      for (const { mountPath } of runtime.spec.volumeMounts ?? []) if (!known.files.exists(mountPath)) known.files.makeFolder(mountPath, true);
      for (const [path, content] of mountedFiles(this.#registry, pod, runtime.spec)) known.files.mount(path, content);
    } catch (error) {
      // What was mounted stays as it was when its source goes; a real volume does the same.
      if (!(error instanceof MissingPart)) throw error;
    }
    return known.files;
  }
}

function imageFiles(pod: Pod, runtime: ContainerRuntime, now: () => number): FileSystem {
  const files = new FileSystem(now);
  for (const name of commands.keys())
    if (/^[a-z]+$/.test(name) && commands.get(name)?.onlyInShell === false) files.mount(`/bin/${name}`, '#!simulated\n', true);
  const hostname = pod.spec.hostname ?? pod.metadata.name;
  const namespace = pod.metadata.namespace ?? 'default';
  files.write('/etc/hostname', `${hostname}\n`);
  files.write('/etc/hosts', `127.0.0.1\tlocalhost\n${pod.status.podIP ?? ''}\t${hostname}\n`);
  files.write('/etc/resolv.conf', `search ${namespace}.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n`);
  files.write('/etc/passwd', 'root:x:0:0:root:/root:/bin/sh\n');
  files.write('/etc/os-release', `NAME="KubeOrch sandbox"\nPRETTY_NAME="KubeOrch sandbox: nothing of ${runtime.spec.image ?? 'the image'} is really here"\n`);
  return files;
}
