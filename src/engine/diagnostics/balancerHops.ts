import { parse } from 'yaml';
import type { DiagnosisCode } from '../../shared/diagnosis';
import type { JsonValue } from '../../shared/json';
import { valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import { itemsAt, textAt } from '../status/verdict';
import { kinds } from './clusterView';
import { metallbFix } from './fixes';
import type { JudgedCheck, Judging } from './judging';
import { asDrift, hidden, judged, listed } from './judging';

export const metallbNamespace = 'metallb-system';
/** The ConfigMap with the settings of the proxy on each machine. */
export const kubeProxy = { namespace: 'kube-system', name: 'kube-proxy' } as const;

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
  if (metallb.value === undefined) return [judged(nodeId, name, 'error', withoutBalancer[surroundingsOf(nodes.value)])];
  return [poolCheck(judging, nodeId, nodes.value), ...proxyChecks(judging, nodeId)];
}

/** What helps differs from place to place. */
const withoutBalancer = {
  cloud: 'balancer.cloud',
  minikube: 'balancer.minikube',
  k3s: 'balancer.k3s',
  kind: 'balancer.kind',
  'bare-metal': 'balancer.none',
} as const satisfies Record<Surroundings, DiagnosisCode>;

/** Whether MetalLB has addresses to give. A second pool mends nothing where there is one, or where the file has one that is not deployed yet. */
function poolCheck(judging: Judging, nodeId: string, nodes: readonly KubeObject[]): JudgedCheck {
  const name = 'loadbalancer-provisioned';
  const pools = judging.view.all(kinds.addressPool, metallbNamespace);
  if (pools.known && pools.value.length > 0)
    return judged(nodeId, name, 'error', 'balancer.pools', { pools: listed(pools.value.map(({ metadata }) => metadata.name)) });
  const isInFile = judging.intent.objects.some(({ object }) => object.kind === kinds.addressPool.kind && groupOf(object.apiVersion) === 'metallb.io');
  if (isInFile) return asDrift(judged(nodeId, name, 'error', 'balancer.metallb'));
  return judged(nodeId, name, 'error', pools.known ? 'balancer.metallb' : 'balancer.poolsUnseen', {}, metallbFix(judging.intent, nodes));
}

/** In IPVS mode every machine answers for every address, unless it is told not to. Who may not read the settings is told nothing. */
function proxyChecks(judging: Judging, nodeId: string): readonly JudgedCheck[] {
  const seen = judging.view.find(kinds.configMap, kubeProxy.namespace, kubeProxy.name);
  const text = seen.known ? textAt(seen.value?.data, ['config.conf']) : undefined;
  const settings = text === undefined ? undefined : settingsOf(text);
  if (textAt(settings, ['mode']) !== 'ipvs' || valueAt(settings, ['ipvs', 'strictARP']) === true) return [];
  return [judged(nodeId, 'loadbalancer-provisioned', 'warning', 'balancer.strictArp', { mode: 'ipvs' })];
}

/** The settings are a page; what is longer is something else. */
const longestSettings = 100_000;

/** Undefined for what is no YAML: nothing can be told of it then. */
function settingsOf(text: string): JsonValue | undefined {
  if (text.length > longestSettings) return undefined;
  try {
    return parse(text, { maxAliasCount: 0 }) as JsonValue;
  } catch {
    return undefined;
  }
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
