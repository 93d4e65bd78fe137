import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import type { WorkflowNode } from '../../shared/workflow';
import { nodeById } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import type { RenderedObject } from '../render';
import { itemsAt, textAt } from '../status/verdict';
import { isAddressRange } from './addresses';
import type { DiagnosisFix, Intent } from './judging';
import { textOf } from './judging';
import type { PodPort } from './podPorts';

/** Every fix is an edit of the file. What a person wrote there is changed by nothing else. */

/** Sets a field where the file says it: in the environment's overrides when these say it, else in the node. */
function fieldEdit(intent: Intent, nodeId: string, path: JsonPath, value: JsonValue | undefined): WorkflowEdit {
  const { environment } = intent;
  const change = value === undefined ? {} : { value };
  const overrides = environment === undefined ? undefined : intent.resolved.workflow.environments[environment]?.set?.[nodeId];
  if (environment !== undefined && overrides !== undefined && Object.hasOwn(overrides, path[0] ?? ''))
    return { type: 'setProperty', path: ['environments', environment, 'set', nodeId, ...path], ...change };
  return { type: 'setField', id: nodeId, path, ...change };
}

function together(edits: readonly WorkflowEdit[]): WorkflowEdit | undefined {
  const [first] = edits;
  return edits.length > 1 ? { type: 'composite', edits } : first;
}

function isSaid(node: WorkflowNode, path: JsonPath): boolean {
  const value = valueAt(node.data, path);
  return value !== undefined && value !== null && value !== '' && !(isJsonObject(value) && Object.keys(value).length === 0);
}

/** Takes back what the file says against its edge, so that the edge counts again. */
function takeBack(intent: Intent, node: WorkflowNode, paths: readonly JsonPath[]): WorkflowEdit | undefined {
  return together(paths.filter((path) => isSaid(node, path)).map((path) => fieldEdit(intent, node.id, path, undefined)));
}

function nodeOf(intent: Intent, nodeId: string, type: string): WorkflowNode | undefined {
  const node = nodeById(intent.resolved.workflow, nodeId);
  return node?.type === type ? node : undefined;
}

export function selectorFix(intent: Intent, serviceId: string, workload: RenderedObject | undefined): DiagnosisFix | undefined {
  const node = nodeOf(intent, serviceId, 'service');
  if (node === undefined || workload === undefined) return undefined;
  const edit = takeBack(intent, node, [['selector'], ['targetApp'], ['patch', 'spec', 'selector']]);
  if (edit === undefined) return undefined;
  return { fixType: 'selector-fix', code: 'fix.selector', args: { service: serviceId, workload: workload.nodeId }, edit: () => edit };
}

/** Leads one port of a Service to a port that the containers declare. */
export function portFix(
  intent: Intent,
  serviceId: string,
  index: number,
  declared: readonly PodPort[],
  workload: RenderedObject | undefined,
): DiagnosisFix | undefined {
  const node = nodeOf(intent, serviceId, 'service');
  const [first] = declared;
  if (node === undefined || first === undefined) return undefined;
  const listed = itemsAt(node.data, ['ports']);
  const isListed = listed.length > 0;
  const port = textOf(isListed ? listed[index]?.['port'] : (node.data['port'] ?? 80));
  const derived = workload === undefined ? undefined : derivedPort(intent, workload.nodeId);
  const fix = (target: string, edit: WorkflowEdit): DiagnosisFix => ({ fixType: 'port-fix', code: 'fix.targetPort', args: { port, target }, edit: () => edit });
  // What the edge would say is better left to the edge.
  if (!isListed && isSaid(node, ['targetPort']) && declared.some((one) => one.port === derived))
    return fix(textOf(derived), fieldEdit(intent, serviceId, ['targetPort'], undefined));
  const wasNamed = typeof valueAt(node.data, isListed ? ['ports', index, 'targetPort'] : ['targetPort']) === 'string';
  const target = wasNamed && first.name !== undefined ? first.name : first.port;
  return fix(textOf(target), fieldEdit(intent, serviceId, isListed ? ['ports', index, 'targetPort'] : ['targetPort'], target));
}

function derivedPort(intent: Intent, workloadId: string): JsonValue | undefined {
  const data = intent.resolved.data(workloadId);
  return valueAt(data, ['ports', 0, 'port']) ?? valueAt(data, ['port']);
}

export function classFix(intent: Intent, ingressId: string, name: string | undefined): DiagnosisFix | undefined {
  if (name === undefined || nodeOf(intent, ingressId, 'ingress') === undefined) return undefined;
  const edit = fieldEdit(intent, ingressId, ['ingressClassName'], name);
  return { fixType: 'class-fix', code: 'fix.class', args: { class: name }, edit: () => edit };
}

/** Where the file says one path of an Ingress: the field of the single path, or of its item in the list. */
export function pathPlace(intent: Intent, ingressId: string, path: string, service: string): JsonPath | undefined {
  const data = intent.resolved.data(ingressId);
  const { paths } = data;
  if (!Array.isArray(paths)) return [];
  const index = itemsAt(data, ['paths']).findIndex((item) => (textAt(item, ['path']) ?? '/') === path && textOf(item['serviceName']) === service);
  return index < 0 ? undefined : ['paths', index];
}

/** Takes back the Service that the file names against the edge. */
export function backendFix(intent: Intent, ingressId: string, place: JsonPath, service: RenderedObject): DiagnosisFix | undefined {
  const node = nodeOf(intent, ingressId, 'ingress');
  const edit =
    node === undefined
      ? undefined
      : takeBack(intent, node, [
          [...place, 'serviceName'],
          [...place, 'servicePort'],
        ]);
  if (edit === undefined) return undefined;
  return { fixType: 'backend-fix', code: 'fix.backend', args: { service: service.nodeId }, edit: () => edit };
}

/** Leads a path to a port that its Service has. */
export function backendPortFix(intent: Intent, ingressId: string, place: JsonPath | undefined, service: string, port: number): DiagnosisFix | undefined {
  const node = nodeOf(intent, ingressId, 'ingress');
  if (node === undefined || place === undefined) return undefined;
  const path = [...place, 'servicePort'];
  const isConnected = intent.edgesFrom(ingressId).some(({ rule }) => rule?.relation === 'forwards');
  const edit = fieldEdit(intent, ingressId, path, isConnected && isSaid(node, path) && !isSaid(node, [...place, 'serviceName']) ? undefined : port);
  return { fixType: 'port-fix', code: 'fix.backendPort', args: { port: String(port), service }, edit: () => edit };
}

/** Asks for another path in place of one that somebody else has. */
export function pathFix(intent: Intent, ingressId: string, place: JsonPath | undefined): DiagnosisFix | undefined {
  if (place === undefined || nodeOf(intent, ingressId, 'ingress') === undefined) return undefined;
  return {
    fixType: 'path-fix',
    code: 'fix.path',
    args: {},
    question: { about: 'path', suggested: `/${ingressId}` },
    edit: (answer) => (/^\/\S*$/.test(answer) ? fieldEdit(intent, ingressId, [...place, 'path'], answer) : undefined),
  };
}

export function tlsHostsFix(intent: Intent, ingressId: string, missing: readonly string[]): DiagnosisFix | undefined {
  const node = nodeOf(intent, ingressId, 'ingress');
  const said = node === undefined ? undefined : valueAt(node.data, ['tlsHosts']);
  if (!Array.isArray(said)) return undefined;
  const edit = fieldEdit(intent, ingressId, ['tlsHosts'], [...(said as readonly JsonValue[]), ...missing]);
  return { fixType: 'host-fix', code: 'fix.tlsHosts', args: { hosts: missing.join(', ') }, edit: () => edit };
}

/** Gives a ConfigMap or Secret of this workflow a key that its users ask for. */
export function keyFix(intent: Intent, sourceId: string, key: string): DiagnosisFix | undefined {
  const node = nodeById(intent.resolved.workflow, sourceId);
  if (node?.type !== 'configmap' && node?.type !== 'secret') return undefined;
  if (node.type === 'secret' && (isSaid(node, ['valueFrom']) || listOf(node, 'keys').some((one) => one === key || valueAt(one, ['name']) === key)))
    return undefined;
  if (node.type === 'configmap' && isSaid(node, ['data', key])) return undefined;
  const edit = node.type === 'secret' ? fieldEdit(intent, sourceId, ['keys'], [...listOf(node, 'keys'), key]) : fieldEdit(intent, sourceId, ['data', key], '');
  return { fixType: 'key-fix', code: 'fix.objectKey', args: { key, id: sourceId }, edit: () => edit };
}

function listOf(node: WorkflowNode, field: string): readonly JsonValue[] {
  const value = valueAt(node.data, [field]);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

/** Takes back what an autoscaler names against its edge. */
export function targetFix(intent: Intent, autoscalerId: string, workload: RenderedObject): DiagnosisFix | undefined {
  const node = nodeOf(intent, autoscalerId, 'hpa');
  const edit = node === undefined ? undefined : takeBack(intent, node, [['scaleTargetName'], ['scaleTargetKind'], ['scaleTargetApiVersion']]);
  if (edit === undefined) return undefined;
  return { fixType: 'target-fix', code: 'fix.scaleTarget', args: { workload: workload.nodeId }, edit: () => edit };
}

const metallbPlace = 'metallb-system';

/** MetalLB takes its pool as two custom resources; both become nodes of the workflow. */
export function metallbFix(intent: Intent, nodes: readonly KubeObject[]): DiagnosisFix {
  return {
    fixType: 'metallb-pool',
    code: 'fix.metallb',
    args: {},
    question: { about: 'addressRange', suggested: suggestedRange(nodes) },
    edit(answer) {
      const range = answer.trim();
      if (!isAddressRange(range)) return undefined;
      const name = intent.resolved.workflow.name;
      const pool = freeId(intent, 'metallb-pool');
      const advertisement = freeId(intent, 'metallb-advertisement');
      return {
        type: 'composite',
        edits: [
          { type: 'addNode', node: manifestNode(pool, 'IPAddressPool', name, { addresses: [range] }) },
          { type: 'addNode', node: manifestNode(advertisement, 'L2Advertisement', name, { ipAddressPools: [name] }) },
        ],
      };
    },
  };
}

function manifestNode(id: string, kind: string, name: string, spec: JsonObject): WorkflowNode {
  return { id, type: 'manifest', data: { manifest: { apiVersion: 'metallb.io/v1beta1', kind, metadata: { name, namespace: metallbPlace }, spec } } };
}

function freeId(intent: Intent, wanted: string): string {
  let id = wanted;
  for (let count = 2; nodeById(intent.resolved.workflow, id) !== undefined; count += 1) id = `${wanted}-${String(count)}`;
  return id;
}

/** Ten addresses of the first machine's own network, which are usually free there; else those of a local minikube. */
function suggestedRange(nodes: readonly KubeObject[]): string {
  const address = itemsAt(nodes[0]?.status, ['addresses']).find((one) => one['type'] === 'InternalIP')?.['address'];
  const network = typeof address === 'string' ? /^(\d+\.\d+\.\d+)\.\d+$/.exec(address)?.[1] : undefined;
  return network === undefined ? '192.168.49.100-192.168.49.110' : `${network}.100-${network}.110`;
}
