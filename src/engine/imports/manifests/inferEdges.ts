import type { JsonObject, JsonPath, JsonValue } from '../../../shared/json';
import { isJsonObject, jsonObject, sameJson, valueAt, withValueAt } from '../../../shared/json';
import type { Workflow, WorkflowEdge, WorkflowNode } from '../../../shared/workflow';
import { emptyWorkflow } from '../../../shared/workflow';
import { namesInVolumes } from '../../kinds/mounts';
import { resolveWorkflow } from '../../relations';
import { renderWorkflow } from '../../render';
import { mapsIn, podPathOf, textOf } from './podReader';
import type { ProofContext } from './proof';
import { isMeant, objectOf } from './proof';

/** A node with the objects that it has to render to. */
export interface SettledNode {
  readonly node: WorkflowNode;
  readonly wanted: readonly JsonObject[];
  /** An object that the node only stands for, and does not make. */
  readonly standsFor?: JsonObject;
}

function objectsOf({ wanted, standsFor }: SettledNode): readonly JsonObject[] {
  return standsFor === undefined ? wanted : [standsFor];
}

/** An edge that an object tells of, and what nodes need not say themselves where there is the edge. */
interface Inferred {
  readonly edge: WorkflowEdge;
  readonly change?: { readonly node: string; readonly apply: (data: JsonObject) => JsonObject };
}

const workloads: ReadonlySet<string> = new Set(['deployment', 'statefulset', 'daemonset', 'job', 'cronjob']);

/**
 * The relations that selectors, references and mounts tell of, as edges. What an edge says is left out of the nodes, as far as they
 * still render to the same: a node that would not keeps its own values, and where that is not enough its edges go.
 */
export function withInferredEdges(context: ProofContext, settled: readonly SettledNode[]): Pick<Workflow, 'nodes' | 'edges'> {
  const found = inferred(settled);
  const scalers = new Set(settled.filter(({ node }) => node.type === 'hpa').map(({ node }) => node.id));
  const keepsValues = new Set<string>();
  const hasNoEdges = new Set<string>();
  for (let round = 0; round <= 2 * settled.length; round += 1) {
    const used = found.filter(({ edge }) => !hasNoEdges.has(edge.from) && !hasNoEdges.has(edge.to));
    const nodes = settled.map(({ node }) => {
      if (keepsValues.has(node.id)) return node;
      const data = used.reduce((before, { change }) => (change?.node === node.id ? change.apply(before) : before), node.data);
      // How many copies run is the autoscaler's to say.
      const isScaled = workloads.has(node.type) && used.some(({ edge }) => edge.to === node.id && scalers.has(edge.from));
      return { ...node, data: isScaled ? without(data, ['replicas']) : data };
    });
    const made = { nodes, edges: used.map(({ edge }) => edge) };
    const wrong = wrongNodes(context, { ...emptyWorkflow(context.workflow), ...made }, settled);
    if (wrong.size === 0) return made;
    for (const id of wrong) (keepsValues.has(id) ? hasNoEdges : keepsValues).add(id);
  }
  return { nodes: settled.map(({ node }) => node), edges: [] };
}

/** Nodes that do not render to what they have to, or whose own values contradict an edge. */
function wrongNodes(context: ProofContext, workflow: Workflow, settled: readonly SettledNode[]): ReadonlySet<string> {
  const { objects } = renderWorkflow({ workflow, loaded: context.loaded, namespace: undefined });
  const made = new Map<string, (typeof objects)[number][]>();
  for (const one of objects) made.set(one.nodeId, [...(made.get(one.nodeId) ?? []), one]);
  const wrong = settled.filter(({ node, wanted }) => {
    const rendered = made.get(node.id) ?? [];
    return (
      rendered.length !== wanted.length ||
      rendered.some(
        (one, index) => !isMeant(context, objectOf(one), one.scaledByOthers === true ? withoutReplicas(wanted[index] ?? {}) : (wanted[index] ?? {})),
      )
    );
  });
  const { contradictions } = resolveWorkflow(workflow, context.loaded.catalog);
  return new Set([...wrong.map(({ node }) => node.id), ...contradictions.map(({ nodeId }) => nodeId)]);
}

function withoutReplicas(object: JsonObject): JsonObject {
  return valueAt(object, ['spec', 'replicas']) === undefined ? object : (withValueAt(object, ['spec', 'replicas'], undefined) as JsonObject);
}

function inferred(settled: readonly SettledNode[]): readonly Inferred[] {
  const byObject = new Map<string, SettledNode>();
  for (const one of settled) for (const object of objectsOf(one)) byObject.set(keyOf(textOf(object['kind']), object), one);
  const there = (kind: string, beside: JsonObject, name: JsonValue | undefined): SettledNode | undefined =>
    typeof name === 'string' ? byObject.get(keyOf(kind, { metadata: { name, ...ofNamespace(beside) } })) : undefined;
  const found: Inferred[] = [];
  const seen = new Set<string>();
  const add = (from: SettledNode | undefined, to: SettledNode | undefined, change?: Inferred['change'], more: Partial<WorkflowEdge> = {}): void => {
    // What a manifest leads to would only be applied before it.
    if (from === undefined || to === undefined || from === to || from.node.type === 'manifest') return;
    const key = `${from.node.id} ${to.node.id} ${more.handle ?? ''}`;
    if (seen.has(key)) return;
    seen.add(key);
    found.push({ edge: { from: from.node.id, to: to.node.id, ...more }, ...(change === undefined ? {} : { change }) });
  };
  const pods = settled.filter(({ node }) => workloads.has(node.type));
  for (const one of settled) {
    const [object] = one.wanted;
    if (object === undefined) continue;
    const { node } = one;
    const change = (apply: (data: JsonObject) => JsonObject): Inferred['change'] => ({ node: node.id, apply });
    switch (node.type) {
      case 'service': {
        const selector = valueAt(object, ['spec', 'selector']);
        for (const target of pods)
          if (isJsonObject(selector) && selects(selector, object, target))
            add(
              one,
              target,
              change((data) => routed(data, selector, target)),
            );
        break;
      }
      case 'ingress':
        forwards(one, object);
        break;
      case 'hpa':
        add(
          one,
          there(textOf(valueAt(object, ['spec', 'scaleTargetRef', 'kind'])), object, valueAt(object, ['spec', 'scaleTargetRef', 'name'])),
          change((data) => without(data, ['scaleTargetName'], ['scaleTargetKind'], ['scaleTargetApiVersion'])),
        );
        break;
      case 'poddisruptionbudget':
      case 'networkpolicy': {
        const field = node.type === 'networkpolicy' ? 'podSelector' : 'selector';
        const selector = valueAt(object, ['spec', field, 'matchLabels']);
        const hits = pods.filter(
          (target) => isJsonObject(selector) && valueAt(object, ['spec', field, 'matchExpressions']) === undefined && selects(selector, object, target),
        );
        const [target] = hits;
        if (hits.length === 1 && target !== undefined && sameJson(selector, { app: nameOf(target.wanted[0]) }))
          add(
            one,
            target,
            change((data) => without(data, [field])),
          );
        break;
      }
      case 'role':
        for (const subject of mapsIn(one.wanted.find((part) => textOf(part['kind']).endsWith('Binding'))?.['subjects'])) {
          if (subject['kind'] !== 'ServiceAccount') continue;
          const place = typeof subject['namespace'] === 'string' ? { metadata: { namespace: subject['namespace'] } } : object;
          add(
            one,
            there('ServiceAccount', place, subject['name']),
            change((data) =>
              withoutItem(
                data,
                'subjects',
                (item) => item['name'] === subject['name'] && item['namespace'] === subject['namespace'] && item['kind'] === 'ServiceAccount',
              ),
            ),
          );
        }
        break;
      default:
        if (workloads.has(node.type)) ofPods(one, object);
    }
  }
  return found;

  /** The Services that an Ingress leads to: each path has a handle of its own, and so has what no path takes. */
  function forwards(one: SettledNode, object: JsonObject): void {
    const { data, id } = one.node;
    const places: readonly (readonly [handle: string | undefined, path: JsonPath])[] = [
      [undefined, []],
      ['default', ['defaultBackend']],
      ...mapsIn(data['paths']).map((path, index) => [textOf(path['id']), ['paths', index]] as const),
    ];
    for (const [handle, path] of places) {
      const service = there('Service', object, valueAt(data, [...path, 'serviceName']));
      const port = valueAt(service?.wanted[0], ['spec', 'ports', 0, 'port']);
      const apply = (before: JsonObject): JsonObject =>
        without(before, [...path, 'serviceName'], ...(port === valueAt(before, [...path, 'servicePort']) ? [[...path, 'servicePort']] : []));
      add(one, service, { node: id, apply }, handle === undefined ? {} : { handle });
    }
  }

  /** What a workload mounts, reads and runs as; the object stands at the edge's beginning. */
  function ofPods(one: SettledNode, object: JsonObject): void {
    const path = podPathOf(object) ?? [];
    const account = there('ServiceAccount', object, valueAt(object, [...path, 'spec', 'serviceAccountName']));
    add(account, one, { node: one.node.id, apply: (data) => without(data, ['serviceAccountName']) });
    const mounts = mapsIn(one.node.data['volumeMounts']);
    const kinds: Readonly<Record<string, string>> = { configMap: 'ConfigMap', secret: 'Secret', persistentVolumeClaim: 'PersistentVolumeClaim' };
    for (const mount of mounts) {
      const { type, name, mountPath, subPath, readOnly, ...rest } = mount;
      const source = there(kinds[textOf(type)] ?? '', object, name);
      const isOnly = mounts.filter((other) => other['type'] === type && other['name'] === name).length === 1;
      if (source === undefined) continue;
      if (Object.keys(rest).length > 0 || !isOnly || typeof mountPath !== 'string') {
        add(source, one);
        continue;
      }
      const options = { mountPath, ...(typeof subPath === 'string' ? { subPath } : {}), ...(readOnly === true ? { readOnly } : {}) };
      add(source, one, { node: one.node.id, apply: (data) => withoutItem(data, 'volumeMounts', (item) => sameJson(item, mount)) }, options);
    }
    for (const volume of mapsIn(one.node.data['volumes']))
      for (const [type, field] of Object.entries(namesInVolumes)) add(there(kinds[type] ?? '', object, valueAt(volume, ['source', type, field])), one);
    for (const source of mapsIn(one.node.data['envFrom'])) {
      const from = there(source['type'] === 'secret' ? 'Secret' : 'ConfigMap', object, source['name']);
      const isPlain = Object.keys(source).every((key) => key === 'type' || key === 'name');
      const change = { node: one.node.id, apply: (data: JsonObject) => withoutItem(data, 'envFrom', (item) => sameJson(item, source)) };
      add(from, one, isPlain ? change : undefined, { as: 'env' });
    }
  }
}

/** A Service's fields beside an edge to the workload: the selector that is the workload's own, and the port that it listens on. */
function routed(data: JsonObject, selector: JsonObject, target: SettledNode): JsonObject {
  const made = sameJson(selector, { app: nameOf(target.wanted[0]) }) ? without(data, ['targetApp']) : data;
  const listens = valueAt(target.node.data, ['ports', 0, 'port']) ?? target.node.data['port'];
  const { port, targetPort, nodePort, ...rest } = made;
  if (targetPort === undefined || typeof targetPort === 'string') return made;
  if (targetPort === listens) return without(made, ['targetPort']);
  // Another port than the first one that the workload opens: a list of ports is what says so.
  return {
    ...rest,
    ports: [jsonObject(Object.entries({ port, targetPort, nodePort }).filter((entry): entry is [string, JsonValue] => entry[1] !== undefined))],
  };
}

/** Whether labels select the pods of a workload in the same namespace. */
function selects(selector: JsonObject, object: JsonObject, { wanted: [workload] }: SettledNode): boolean {
  if (workload === undefined || Object.keys(selector).length === 0 || !sameJson(ofNamespace(workload), ofNamespace(object))) return false;
  const labels = valueAt(workload, [...(podPathOf(workload) ?? []), 'metadata', 'labels']);
  return Object.entries(selector).every(([key, value]) => valueAt(labels, [key]) === value);
}

function without(data: JsonObject, ...paths: readonly JsonPath[]): JsonObject {
  return paths.reduce<JsonObject>((made, path) => withValueAt(made, path, undefined) as JsonObject, data);
}

function withoutItem(data: JsonObject, field: string, isMeantOne: (item: JsonObject) => boolean): JsonObject {
  const rest = mapsIn(data[field]).filter((item) => !isMeantOne(item));
  return rest.length === 0 ? without(data, [field]) : { ...data, [field]: rest };
}

function nameOf(object: JsonObject | undefined): JsonValue {
  return valueAt(object, ['metadata', 'name']) ?? '';
}

function ofNamespace(object: JsonObject): { readonly namespace?: JsonValue } {
  const namespace = valueAt(object, ['metadata', 'namespace']);
  return namespace === undefined ? {} : { namespace };
}

function keyOf(kind: string, object: JsonObject): string {
  return [kind, textOf(ofNamespace(object).namespace), textOf(nameOf(object))].join(' ');
}
