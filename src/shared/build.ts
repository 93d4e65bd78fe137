export const buildStatuses = ['pending', 'cloning', 'building', 'pushing', 'completed', 'failed', 'cancelled'] as const;
export type BuildStatus = (typeof buildStatuses)[number];

export type BuildStage = 'pending' | 'cloning' | 'dockerfile' | 'building' | 'pushing' | 'loading' | 'done';

/** One build as its events tell it. Nothing in it is secret: values of build arguments are left out. */
export interface BuildRecord {
  readonly id: string;
  readonly repoUrl?: string;
  readonly branch?: string;
  readonly commitSha?: string;
  readonly buildContext: string;
  readonly dockerfile?: string;
  /** Names only. */
  readonly buildArgs: readonly string[];
  readonly useNixpacks: boolean;
  /** The registry whose credentials are used; absent where the builder's own sign-in is. */
  readonly registryId?: string;
  /** Where the image goes. */
  readonly delivery?: BuildDelivery;
  readonly imageName: string;
  readonly imageTag: string;
  readonly workflowId?: string;
  readonly nodeId?: string;
  readonly status: BuildStatus;
  readonly currentStage: BuildStage;
  /** Percent. */
  readonly progress: number;
  readonly finalImageRef?: string;
  readonly imageDigest?: string;
  /** In bytes, where the builder tells it. */
  readonly imageSize?: number;
  readonly errorMessage?: string;
  readonly errorStage?: BuildStage;
  /** ISO 8601, as are the others. */
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly completedAt?: string;
  /** In milliseconds. */
  readonly duration?: number;
}

export type LogLineLevel = 'info' | 'warn' | 'error';

/** What `build:<id>` carries. The last one is `complete`, `failed` or `cancelled`, and there is exactly one of these. */
export type BuildEvent =
  | { readonly event_type: 'metadata'; readonly data: BuildRecord }
  | { readonly event_type: 'progress'; readonly data: { readonly status: BuildStatus; readonly current_stage: BuildStage; readonly progress: number } }
  | { readonly event_type: 'log'; readonly data: { readonly stage: BuildStage; readonly message: string; readonly level: LogLineLevel } }
  | { readonly event_type: 'complete'; readonly data: { readonly final_image_ref: string; readonly image_digest: string } }
  | { readonly event_type: 'failed'; readonly data: { readonly error_message: string; readonly error_stage: BuildStage } }
  | { readonly event_type: 'cancelled'; readonly data: Readonly<Record<string, never>> };

/** Whether a build is over. */
export function isBuildOver(status: BuildStatus): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}

export const buildersKnown = ['docker', 'podman', 'buildah'] as const;
export type Builder = (typeof buildersKnown)[number];

/** Kinds of local clusters that take an image without a registry. */
export const localClusterTypes = ['kind', 'minikube', 'k3d', 'containerd'] as const;
export type LocalClusterType = (typeof localClusterTypes)[number];

/** A type and no interface, so that it is JSON. */
export type LocalCluster = {
  readonly type: LocalClusterType;
  /** The cluster's or profile's name; of containerd the address of its socket. */
  readonly name: string;
};

export type BuildDelivery = { readonly to: 'registry' | 'nowhere' } | { readonly to: 'cluster'; readonly cluster: LocalCluster };

/** The local cluster that a context's name says it is, by the names that these programs give their contexts. */
export function localClusterOf(context: string): LocalCluster | undefined {
  if (context.startsWith('kind-') && context.length > 5) return { type: 'kind', name: context.slice(5) };
  if (context.startsWith('k3d-') && context.length > 4) return { type: 'k3d', name: context.slice(4) };
  return context === 'minikube' ? { type: 'minikube', name: 'minikube' } : undefined;
}

/** How an image comes to its Dockerfile. `auto`: the folder's own, else nixpacks where it is installed, else one made by our rules. */
export const buildStrategies = ['auto', 'dockerfile', 'nixpacks', 'generated'] as const;
export type BuildStrategy = (typeof buildStrategies)[number];
