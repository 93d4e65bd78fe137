import type { KubeObject } from '../../shared/kubeObject';
import { itemsAt, textAt } from '../status/verdict';
import { kinds } from './clusterView';
import { metallbFix } from './fixes';
import type { JudgedCheck, Judging } from './judging';
import { hidden, judged, listed } from './judging';

const metallbNamespace = 'metallb-system';

/** Whether a Service of type LoadBalancer has an address, and if not, who should have given it one. */
export function balancerChecks(judging: Judging, nodeId: string, service: KubeObject): readonly JudgedCheck[] {
  if (textAt(service.spec, ['type']) !== 'LoadBalancer') return [];
  const address = addressOf(service);
  const name = 'loadbalancer-provisioned';
  if (address !== undefined) return [judged(nodeId, name, 'pass', 'balancer.pass', { address })];
  const nodes = judging.view.all(kinds.node, '');
  if (!nodes.known) return [hidden(nodeId, name, nodes)];
  if (isCloud(nodes.value)) return [judged(nodeId, name, 'warning', 'balancer.cloud')];
  const metallb = judging.view.find(kinds.namespace, '', metallbNamespace);
  if (!metallb.known) return [hidden(nodeId, name, metallb)];
  if (metallb.value === undefined) return [judged(nodeId, name, 'error', 'balancer.none')];
  return [judged(nodeId, name, 'error', 'balancer.metallb', {}, metallbFix(judging.intent, nodes.value))];
}

/** The address that a load balancer or an ingress controller has given. */
export function addressOf(object: KubeObject): string | undefined {
  const addresses = itemsAt(object.status, ['loadBalancer', 'ingress']).flatMap((one) => textAt(one, ['ip']) ?? textAt(one, ['hostname']) ?? []);
  return addresses.length === 0 ? undefined : listed(addresses);
}

export type Surroundings = 'cloud' | 'minikube' | 'k3s' | 'kind' | 'bare-metal';

/** Schemes of provider IDs that clusters on one's own machine set, too. */
const localProviders = ['kind://', 'k3s://', 'minikube://'];

/** What kind of place a cluster is, by its first machine. */
export function surroundingsOf(nodes: readonly KubeObject[]): Surroundings {
  const [first] = nodes;
  const labels = first?.metadata.labels ?? {};
  const provider = textAt(first?.spec, ['providerID']) ?? '';
  if (provider !== '' && !localProviders.some((scheme) => provider.startsWith(scheme))) return 'cloud';
  if (labels['minikube.k8s.io/name'] !== undefined) return 'minikube';
  if (labels['k3s.io/hostname'] !== undefined || provider.startsWith('k3s://')) return 'k3s';
  if (labels['kind.x-k8s.io/cluster'] !== undefined || provider.startsWith('kind://')) return 'kind';
  return 'bare-metal';
}

function isCloud(nodes: readonly KubeObject[]): boolean {
  return surroundingsOf(nodes) === 'cloud';
}
