import type { Builder, LocalCluster } from '../../shared/build';
import { isLoopbackHost } from '../../shared/imageReference';
import type { BuildProgram } from '../ports';

export interface ImageToBuild {
  /** With its host and tag. */
  readonly reference: string;
  /** Absolute, as is the context. */
  readonly dockerfile: string;
  readonly context: string;
  /** A file with patterns in place of the context's own .dockerignore, which it has none of. */
  readonly ignoreFile?: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly platform?: string;
}

/** Arguments that build an image. What came from a file stands only behind an option that takes it, or is an absolute path. */
export function buildArguments(builder: Builder, image: ImageToBuild): readonly string[] {
  return [
    'build',
    '-t',
    image.reference,
    '-f',
    image.dockerfile,
    ...(image.target === undefined ? [] : ['--target', image.target]),
    ...Object.entries(image.args).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]),
    ...(image.platform === undefined ? [] : ['--platform', image.platform]),
    // Docker takes the file that lies beside the Dockerfile and has its name.
    ...(image.ignoreFile === undefined || builder === 'docker' ? [] : ['--ignorefile', image.ignoreFile]),
    image.context,
  ];
}

/** Signing in reads the password from standard input, so that it stands in no list of processes. */
export function loginArguments(builder: Builder, host: string, user: string, authFile: string): readonly string[] {
  const server = builder === 'docker' && host === 'docker.io' ? [] : [host];
  const place = builder === 'docker' ? [] : ['--authfile', authFile, ...plainHttp(host)];
  return ['login', '--username', user, '--password-stdin', ...place, ...server];
}

export function pushArguments(
  builder: Builder,
  reference: string,
  host: string,
  files: { readonly authFile?: string; readonly digestFile: string },
): readonly string[] {
  if (builder === 'docker') return ['push', reference];
  return ['push', '--digestfile', files.digestFile, ...(files.authFile === undefined ? [] : ['--authfile', files.authFile]), ...plainHttp(host), reference];
}

/** Docker knows by itself that a registry on loopback speaks plain HTTP; the others want to be told. */
function plainHttp(host: string): readonly string[] {
  return isLoopbackHost(host) ? ['--tls-verify=false'] : [];
}

/** Writes the image into a file that every local cluster can read. */
export function archiveArguments(builder: Builder, reference: string, file: string): readonly string[] {
  if (builder === 'buildah') return ['push', reference, `docker-archive:${file}:${reference}`];
  return builder === 'podman' ? ['save', '--format', 'docker-archive', '-o', file, reference] : ['save', '-o', file, reference];
}

/** The program, with its arguments, that brings an image from a file into a local cluster. */
export function loadCommand(cluster: LocalCluster, file: string): { readonly program: BuildProgram; readonly args: readonly string[] } {
  switch (cluster.type) {
    case 'kind':
      return { program: 'kind', args: ['load', 'image-archive', file, `--name=${cluster.name}`] };
    case 'minikube':
      return { program: 'minikube', args: ['image', 'load', file, `--profile=${cluster.name}`] };
    case 'k3d':
      return { program: 'k3d', args: ['image', 'import', file, `--cluster=${cluster.name}`] };
    case 'containerd':
      return { program: 'ctr', args: [`--address=${cluster.name}`, '--namespace=k8s.io', 'images', 'import', file] };
  }
}

/** Where each program comes from, for whoever does not have it. */
export const installHelp: Readonly<Record<BuildProgram, string>> = {
  git: 'Install git: https://git-scm.com/downloads',
  docker: 'Install Docker: https://docs.docker.com/get-docker/',
  podman: 'Install it with "apt-get install podman" or from https://podman.io/docs/installation',
  buildah: 'Install it with "apt-get install buildah" or from https://github.com/containers/buildah/blob/main/install.md',
  nixpacks: 'Install it with "cargo install nixpacks" or from https://nixpacks.com/docs/install',
  kind: 'Install kind: https://kind.sigs.k8s.io/docs/user/quick-start/',
  minikube: 'Install minikube: https://minikube.sigs.k8s.io/docs/start/',
  k3d: 'Install k3d: https://k3d.io/stable/#installation',
  ctr: 'It comes with containerd: "apt-get install containerd".',
};
