import type { KubeObject } from '../../shared/kubeObject';
import type { Problem } from '../../shared/problem';

const fluxLabels = ['kustomize.toolkit.fluxcd.io', 'helm.toolkit.fluxcd.io'];

/** Who else keeps an object as some source of theirs says, by the marks that Argo CD and Flux leave on it; undefined when nobody does. */
export function gitOpsOwner({ apiVersion, kind, metadata }: KubeObject): { readonly tool: string; readonly owner: string } | undefined {
  const { labels = {}, annotations = {} } = metadata;
  const tracking = annotations['argocd.argoproj.io/tracking-id'];
  const [app = '', ...rest] = tracking?.split(':') ?? [];
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
  // Whoever copies an object copies this mark with it; Argo CD goes by it only where it names the object that it stands on.
  if (app !== '' && rest.join(':') === `${group}/${kind}:${metadata.namespace ?? ''}/${metadata.name}`) return { tool: 'Argo CD', owner: app };
  const instance = labels['argocd.argoproj.io/instance'];
  if (instance !== undefined && instance !== '') return { tool: 'Argo CD', owner: instance };
  for (const prefix of fluxLabels) {
    const name = labels[`${prefix}/name`];
    if (name !== undefined && name !== '') return { tool: 'Flux', owner: [labels[`${prefix}/namespace`], name].filter(Boolean).join('/') };
  }
  return undefined;
}

/** What a plan says of an object that somebody's GitOps keeps too. */
export function gitOpsProblems(live: KubeObject | undefined): readonly Problem[] {
  const found = live === undefined ? undefined : gitOpsOwner(live);
  if (live === undefined || found === undefined) return [];
  return [{ code: 'cluster.gitOps', args: { kind: live.kind, name: live.metadata.name, ...found }, severity: 'warning' }];
}
