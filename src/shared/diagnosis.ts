import { fillSentence } from './problem';

/** What can be said of one hop: `unknown` is for what may not or cannot be seen, which is neither good nor bad. */
export const checkStatuses = ['pass', 'warning', 'error', 'unknown'] as const;
export type CheckStatus = (typeof checkStatuses)[number];

/** What is looked at. The names of a Service's checks are published ones; the others follow them. */
export const checkNames = [
  'ingress-exists',
  'class-exists',
  'class-controller',
  'host-conflict',
  'tls-secret',
  'tls-hosts',
  'backend-exists',
  'backend-port',
  'address-assigned',
  'service-exists',
  'service-type',
  'loadbalancer-provisioned',
  'selector-match',
  'port-config',
  'pods-ready',
  'endpoints-exist',
  'policy-allows',
  'target-exists',
  'metrics-available',
  'requests-set',
  'source-exists',
  'key-exists',
  'claim-bound',
  'object-exists',
  'account-used',
  'subject-bound',
] as const;
export type CheckName = (typeof checkNames)[number];

export const fixTypes = ['selector-fix', 'port-fix', 'class-fix', 'backend-fix', 'host-fix', 'path-fix', 'key-fix', 'target-fix', 'metallb-pool'] as const;
/** Every fix is an edit of the workflow file. */
export type FixType = (typeof fixTypes)[number];

/** English sentences by code; `{name}` is replaced by the argument of that name. The table closes the set of codes. */
export const diagnosisSentences = {
  'exists.pass': '{kind} "{name}" is on the cluster.',
  'exists.missing': '{kind} "{name}" is not on the cluster.',
  'hidden.forbidden': 'These credentials may not list {what}, so this cannot be told.',
  'hidden.waiting': 'The cluster has not told of {what} yet.',
  'hidden.unserved': 'This cluster does not serve {what}, so this cannot be told.',
  'hidden.unseen': '{what} is not among what is watched, so this cannot be told.',
  'class.pass': 'IngressClass "{class}" is there.',
  'class.default': 'No class is named; "{class}" is the default.',
  'class.missing': 'There is no IngressClass "{class}". There are: {known}.',
  'class.served': 'There is no IngressClass "{class}", though a controller gave the address {address}. There are: {known}.',
  'class.noDefault': 'No class is named, and no IngressClass is the default. There are: {known}.',
  'class.severalDefaults': 'No class is named, and several say that they are the default: {known}.',
  'controller.pass': 'Controller {controller} serves class "{class}".',
  'controller.none': 'IngressClass "{class}" names no controller.',
  'conflict.pass': 'No other Ingress claims the same host and path.',
  'conflict.older': 'Ingress "{other}" claimed {address} first, so this one does not get its requests.',
  'conflict.younger': 'Ingress "{other}" claims {address} as well; it came later.',
  'tls.pass': 'Secret "{name}" holds the certificate.',
  'tls.missing': 'Secret "{name}" with the certificate is not in namespace "{namespace}".',
  'tls.keys': 'Secret "{name}" lacks {keys}.',
  'tls.unnamed': 'TLS names no Secret, so the controller answers with a certificate of its own.',
  'tls.hostsPass': 'TLS covers the hosts of all rules.',
  'tls.hosts': 'TLS does not cover {hosts}.',
  'backend.pass': '{address} leads to Service "{service}".',
  'backend.missing': '{address} leads to Service "{service}", which is not in namespace "{namespace}".',
  'backend.none': 'The Ingress on the cluster leads to no Service.',
  'backend.other': 'The Ingress on the cluster does not lead to Service "{service}" but to {found}.',
  'backendPort.pass': 'Service "{service}" has port {port}.',
  'backendPort.missing': 'Service "{service}" has no port {port}. It has: {known}.',
  'address.pass': 'It answers at {address}.',
  'address.none': 'No controller has given it an address yet.',
  'type.alias': 'Service "{service}" is an alias of {host} and leads to no pods.',
  'balancer.pass': 'The load balancer answers at {address}.',
  'balancer.cloud': 'The cloud has given the load balancer no address yet.',
  'balancer.none': 'Nothing here gives load balancers an address: the cluster is no cloud and has no MetalLB (namespace metallb-system).',
  'balancer.minikube': 'This is minikube, where nothing gives load balancers an address by itself.',
  'balancer.k3s': 'This is k3s, and neither its own load balancer nor MetalLB (namespace metallb-system) has given an address.',
  'balancer.kind': 'This is kind, where nothing gives load balancers an address by itself.',
  'balancer.metallb': 'MetalLB is there but has given no address: it has no pool of addresses.',
  'balancer.poolsUnseen': 'MetalLB is there but has given no address. Whether it has a pool of addresses cannot be told.',
  'balancer.pools': 'MetalLB has given no address, though it has pools: {pools}.',
  'balancer.strictArp': 'kube-proxy works in mode {mode} without strictARP, so MetalLB cannot answer for its addresses in layer 2.',
  'selector.pass': '{count} pods match {selector}.',
  'selector.none': 'Service "{service}" has no selector.',
  'selector.noPods': 'No pod matches {selector}.',
  'selector.near': 'No pod matches {selector}: the pods of "{workload}" have {found} instead of {wanted}.',
  'selector.missingLabel': 'No pod matches {selector}: the pods of "{workload}" have no label "{label}".',
  'selector.otherPods': '{selector} matches {count} pods, but none of "{workload}".',
  'selector.everything': 'An empty selector means every pod of the namespace: {count}.',
  'port.pass': 'Port {port} leads to {target}, which the container opens.',
  'port.undeclared': 'Port {port} leads to {target}, which no container of pod "{pod}" declares. Declared: {known}.',
  'port.unnamed': 'Port {port} leads to the port named "{target}", which no container of pod "{pod}" has. Named: {known}.',
  'port.protocol': 'Port {port} leads to {target} by {wanted}, but pod "{pod}" opens it for {found}.',
  'ready.pass': '{ready} of {total} pods are ready.',
  'ready.some': 'Only {ready} of {total} pods are ready. Not ready: {pods}',
  'ready.none': 'None of {total} pods is ready: {pods}',
  'ready.zero': '"{workload}" runs no pods.',
  'ready.starting': 'The pods are starting: {pods}',
  'endpoints.pass': '{count} addresses take traffic.',
  'endpoints.none': 'Service "{service}" has no addresses.',
  'endpoints.notReady': 'Service "{service}" has addresses, but none of them takes traffic.',
  'endpoints.noPort': 'No address of Service "{service}" has the port {port}.',
  'policy.pass': 'No NetworkPolicy stands in the way.',
  'policy.closed': 'NetworkPolicy {policies} lets nobody reach port {port} of "{to}".',
  'policy.inside': 'NetworkPolicy {policies} lets only pods of namespace "{namespace}" reach port {port}; an ingress controller is usually elsewhere.',
  'policy.in': 'NetworkPolicy {policies} does not let "{from}" reach port {port} of "{to}".',
  'policy.out': 'NetworkPolicy {policies} does not let "{from}" send to port {port} of "{to}".',
  'policy.selects': 'NetworkPolicy "{name}" applies to {count} pods of "{workload}".',
  'policy.selectsNone': 'NetworkPolicy "{name}" applies to no pod of "{workload}".',
  'policy.notMeant': 'No rule of NetworkPolicy "{name}" is about the pods of "{workload}".',
  'policy.meant': 'A rule of NetworkPolicy "{name}" is about the pods of "{workload}".',
  'target.pass': 'It scales {kind} "{name}".',
  'target.missing': '{kind} "{name}", which it scales, is not on the cluster.',
  'target.other': 'On the cluster it scales {found}, not {kind} "{name}".',
  'metrics.pass': 'Metrics are there.',
  'metrics.waiting': 'The autoscaler has not judged any metrics yet.',
  'metrics.missing': 'The autoscaler gets no metrics: {detail}',
  'requests.pass': 'The pods request what the autoscaler goes by.',
  'requests.missing': 'The autoscaler goes by the share of {resource} that is requested, but container "{container}" requests none.',
  'source.pass': '{kind} "{name}" is there.',
  'source.missing': '{kind} "{name}" is not in namespace "{namespace}", so the pods cannot start.',
  'source.unused': 'The pods on the cluster do not use {kind} "{name}".',
  'key.pass': '{kind} "{name}" has all keys that are used.',
  'key.missing': '{kind} "{name}" has no key "{key}". It has: {known}.',
  'claim.pass': 'The claim is bound to volume "{volume}".',
  'claim.pending': 'The claim "{name}" has no volume yet.',
  'claim.lost': 'The volume of claim "{name}" is lost.',
  'budget.pass': '{name} protects {count} pods.',
  'account.pass': 'The pods run as "{name}".',
  'account.other': 'The pods on the cluster run as "{found}", not as "{name}".',
  'binding.pass': '"{name}" has the role.',
  'binding.missing': 'No binding on the cluster gives the role to "{name}".',
} as const satisfies Record<string, string>;

export type DiagnosisCode = keyof typeof diagnosisSentences;

/** What a person may do about it, by code. */
export const suggestionSentences: Partial<Readonly<Record<DiagnosisCode, string>>> = {
  'exists.missing': 'Deploy it through the workflow.',
  'hidden.forbidden': 'Ask for the right to list and watch it.',
  'class.missing': 'Name a class that is there, or install its controller.',
  'class.served': 'Name a class that is declared.',
  'class.noDefault': 'Name a class.',
  'class.severalDefaults': 'Name a class.',
  'controller.none': 'Give the IngressClass its controller.',
  'conflict.older': 'Choose another path or host.',
  'conflict.younger': 'Choose another path or host for one of them.',
  'tls.missing': 'Create the Secret, or name the one that holds the certificate.',
  'tls.keys': 'Give the Secret a certificate and its key.',
  'tls.unnamed': 'Name the Secret that holds the certificate.',
  'tls.hosts': 'List the hosts of the rules, or leave the list empty.',
  'backend.missing': 'Deploy that Service, or lead the path to another one.',
  'backend.none': 'Connect the Ingress to a Service and deploy.',
  'backend.other': 'Deploy the workflow, or take the name in the file back.',
  'backendPort.missing': 'Lead the path to a port that the Service has.',
  'address.none': 'Look whether the controller of its class runs.',
  'type.alias': 'Choose another type of Service to reach pods.',
  'balancer.none': 'Install MetalLB, or use a NodePort.',
  'balancer.minikube': 'Run "minikube tunnel" beside it, enable its MetalLB addon, or use a NodePort.',
  'balancer.k3s': 'Look whether its ServiceLB was disabled and the port is free on the machines, install MetalLB, or use a NodePort.',
  'balancer.kind': 'Run cloud-provider-kind beside it, install MetalLB, or use a NodePort.',
  'balancer.metallb': 'Give MetalLB a pool of addresses.',
  'balancer.poolsUnseen': 'Look at its IPAddressPools, or give it a pool of addresses.',
  'balancer.pools': 'Look whether a pool has addresses left, is given by itself (autoAssign), and is advertised.',
  'balancer.strictArp':
    'It concerns the whole cluster: once whoever runs it agrees, set ipvs.strictARP to true in ConfigMap kube-proxy of kube-system and restart its pods.',
  'selector.none': 'Connect the Service to a workload.',
  'selector.noPods': 'Deploy the workload, or mend the selector.',
  'selector.near': 'Mend the selector so that it names the label the pods have.',
  'selector.missingLabel': 'Mend the selector so that it names labels the pods have.',
  'selector.otherPods': 'Mend the selector so that it means the connected workload.',
  'port.undeclared': 'Lead it to a port that the container declares, or declare the port.',
  'port.unnamed': 'Lead it to a port by a name that the container has.',
  'port.protocol': 'Use the protocol that the container opens the port for.',
  'ready.zero': 'Raise its replicas.',
  'ready.some': 'Look at the logs of the pods that are not ready.',
  'ready.none': 'Look at the logs of the pods.',
  'endpoints.none': 'Look at the selector and at the pods behind it.',
  'endpoints.notReady': 'Look at the readiness of the pods.',
  'endpoints.noPort': 'Look at the target port.',
  'policy.closed': 'Add a rule that lets somebody in.',
  'policy.inside': 'Add a rule that lets the namespace of the ingress controller in.',
  'policy.in': 'Add a rule that lets them in.',
  'policy.out': 'Add a rule that lets them out.',
  'policy.selectsNone': 'Mend the selector of the policy.',
  'policy.notMeant': 'Deploy the workflow, or mend the rules of the policy.',
  'target.missing': 'Deploy the workload, or mend what the autoscaler names.',
  'target.other': 'Deploy the workflow, or take the name in the file back.',
  'metrics.missing': 'Look whether the metrics server runs.',
  'requests.missing': 'Give the container a request.',
  'source.missing': 'Create it, or take the reference away.',
  'source.unused': 'Deploy the workflow.',
  'key.missing': 'Add the key, or name one that is there.',
  'claim.pending': 'Look at the storage class and at its provisioner.',
  'claim.lost': 'Restore the volume, or make a new claim.',
  'account.other': 'Deploy the workflow.',
  'binding.missing': 'Deploy the workflow.',
};

export const driftSuggestion = 'The file says it otherwise: deploy the workflow.';

/** One hop, judged. `message` and `suggestion` are made at the edge by `diagnosisText` and `suggestionText`. */
export interface DiagnosisCheck {
  readonly name: CheckName;
  readonly status: CheckStatus;
  readonly code: DiagnosisCode;
  readonly args: Readonly<Record<string, string>>;
  /** The workflow node that it is about. */
  readonly nodeId: string;
  /** There is an edit of the file that mends it. */
  readonly autoFixable: boolean;
  readonly fixType?: FixType;
  /** The file says something else than the cluster has: deploying mends it. */
  readonly isDrift?: boolean;
}

/** What a person does about a hop beside the file: look at what the pods say, or bring the cluster to what the file says. */
export type DiagnosisRemedy = 'logs' | 'deploy';

const remedies: Partial<Readonly<Record<DiagnosisCode, DiagnosisRemedy>>> = {
  'exists.missing': 'deploy',
  'backend.missing': 'deploy',
  'backend.none': 'deploy',
  'backend.other': 'deploy',
  'selector.noPods': 'deploy',
  'ready.some': 'logs',
  'ready.none': 'logs',
  'endpoints.notReady': 'logs',
  'policy.notMeant': 'deploy',
  'target.missing': 'deploy',
  'target.other': 'deploy',
  'source.unused': 'deploy',
  'account.other': 'deploy',
  'binding.missing': 'deploy',
};

/** What the advice of a hop asks for, where something here does it. */
export function remedyOf(check: Pick<DiagnosisCheck, 'code' | 'status' | 'isDrift'>): DiagnosisRemedy | undefined {
  if (check.status === 'pass') return undefined;
  return check.isDrift === true ? 'deploy' : remedies[check.code];
}

/** What is known of one edge: the hops that it stands for, in the order that traffic takes them. */
export interface EdgeDiagnosis {
  readonly checks: readonly DiagnosisCheck[];
  /** ISO 8601; since when this may be out of date. */
  readonly staleSince?: string;
}

/** What is known of one node, with everything behind it that its traffic passes. */
export interface NodeDiagnosis extends EdgeDiagnosis {
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** By `edgeKey` and node id. */
export interface DiagnosisSnapshot {
  readonly edges: Readonly<Record<string, EdgeDiagnosis>>;
  readonly nodes: Readonly<Record<string, NodeDiagnosis>>;
}

/** What changed; null is for what is no longer judged. */
export interface DiagnosisPatch {
  readonly edges: Readonly<Record<string, EdgeDiagnosis | null>>;
  readonly nodes: Readonly<Record<string, NodeDiagnosis | null>>;
}

export const noDiagnosis: DiagnosisSnapshot = { edges: {}, nodes: {} };

export type OverallStatus = 'healthy' | 'warning' | 'error' | 'unknown';

/** Any error makes the whole an error, else any warning a warning; what cannot be told is never healthy. */
export function overallStatus(checks: readonly Pick<DiagnosisCheck, 'status'>[]): OverallStatus {
  for (const status of ['error', 'warning', 'unknown'] as const) if (checks.some((check) => check.status === status)) return status;
  return 'healthy';
}

/** The first hop that is false, the worst kind first; undefined when all hold. */
export function firstFalse<C extends Pick<DiagnosisCheck, 'status'>>(checks: readonly C[]): C | undefined {
  for (const status of ['error', 'warning', 'unknown'] as const) {
    const found = checks.find((check) => check.status === status);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How an edge is drawn. Before its source is on the cluster there is nothing to prove; out of date counts as not known. */
export type EdgeState = 'proven' | 'warning' | 'broken' | 'unknown';

export function edgeState(diagnosis: EdgeDiagnosis): EdgeState {
  const [first] = diagnosis.checks;
  if (first === undefined || diagnosis.staleSince !== undefined || first.code === 'exists.missing') return 'unknown';
  const status = overallStatus(diagnosis.checks);
  if (status === 'error') return 'broken';
  return status === 'healthy' ? 'proven' : status;
}

/** The English sentence of a check. Hosts that translate use `diagnosisSentences[code]` as the key instead. */
export function diagnosisText(check: Pick<DiagnosisCheck, 'code' | 'args'>): string {
  return fillSentence(diagnosisSentences[check.code], check.args);
}

/** What to do, in English; undefined where there is nothing to advise. */
export function suggestionText(check: Pick<DiagnosisCheck, 'code' | 'status' | 'isDrift'>): string | undefined {
  if (check.status === 'pass') return undefined;
  return check.isDrift === true ? driftSuggestion : suggestionSentences[check.code];
}
