import type { ObjectRef } from '../../shared/kubeObject';

/** Namespaces that belong to the cluster or to what was installed into it for everyone. */
export const systemNamespaces: ReadonlySet<string> = new Set([
  'kube-system',
  'kube-public',
  'kube-node-lease',
  'kube-flannel',
  'ingress-nginx',
  'kubernetes-dashboard',
  'metallb-system',
  'cert-manager',
  'monitoring',
  'istio-system',
  'linkerd',
]);

/** Namespaces that a cluster cannot do without: deleting them is refused. */
export const vitalNamespaces: ReadonlySet<string> = new Set(['default', ...systemNamespaces]);

/** Whether a list that hides the system leaves this object out. */
export function isSystemObject(ref: Pick<ObjectRef, 'kind' | 'namespace' | 'name'>): boolean {
  if (ref.kind === 'Node') return true;
  if (ref.kind === 'Namespace') return systemNamespaces.has(ref.name);
  if (ref.kind === 'ConfigMap' && ref.name === 'kube-root-ca.crt') return true;
  if (ref.kind === 'Service' && ref.name === 'kubernetes') return true;
  return systemNamespaces.has(ref.namespace);
}
