import type { LoadedCatalog } from '../engine/catalog';
import { edgeChecks, nodeChecks } from '../engine/diagnostics/diagnose';
import type { Hidden } from '../engine/diagnostics/clusterView';
import type { Intent, JudgedCheck } from '../engine/diagnostics/judging';
import { intentOf } from '../engine/diagnostics/judging';
import { ObjectsByPlace, viewOf } from '../engine/diagnostics/objectView';
import { podLabelsOf, podSpecOf, portNumber, servicePortsOf } from '../engine/diagnostics/podPorts';
import { labelTexts, matchesLabels } from '../engine/diagnostics/selectors';
import { parseWorkflow } from '../engine/document/parse';
import type { RenderResult } from '../engine/render';
import { renderWorkflow } from '../engine/render';
import type { JsonObject, JsonPath, JsonValue } from '../shared/json';
import { isJsonObject, valueAt, withValueAt } from '../shared/json';
import type { KubeObject } from '../shared/kubeObject';
import { refKey, refOf } from '../shared/kubeObject';
import type { Workflow } from '../shared/workflow';

/** Makes worlds of workflow texts; each text is rendered once. */
export class DiagnosisWorlds {
  readonly #loaded: LoadedCatalog;
  readonly #rendered = new Map<string, Rendered>();

  constructor(loaded: LoadedCatalog) {
    this.#loaded = loaded;
  }

  /** With `deployed`, the cluster has what that text makes while the file says `text`. */
  of(text: string, deployed: string = text): DiagnosisWorld {
    return new DiagnosisWorld(this.#render(text), this.#render(deployed));
  }

  #render(text: string): Rendered {
    let rendered = this.#rendered.get(text);
    if (rendered === undefined) {
      const { workflow } = parseWorkflow(text);
      rendered = { workflow, ...renderWorkflow({ workflow, loaded: this.#loaded, namespace: 'shop' }) };
      this.#rendered.set(text, rendered);
    }
    return rendered;
  }
}

interface Rendered extends RenderResult {
  readonly workflow: Workflow;
}

/** What a workflow's file makes when everything went well: its objects, a ready pod per workload, and endpoints. */
export class DiagnosisWorld {
  readonly objects = new Map<string, KubeObject>();
  readonly hidden = new Map<string, Hidden>();
  readonly workflow: Workflow;
  readonly #intent: Intent;

  constructor(wanted: Rendered, deployed: Rendered) {
    this.workflow = wanted.workflow;
    this.#intent = intentOf({ resolved: wanted.resolved, objects: wanted.objects });
    for (const { object, secretKeys } of deployed.objects) {
      this.put({
        ...object,
        metadata: { ...object.metadata, uid: `${object.kind}-${object.metadata.name}`, creationTimestamp: '2026-03-02T00:00:00Z' },
        ...(secretKeys.length === 0 ? {} : { data: Object.fromEntries(secretKeys.map((key) => [key, 'digest'])) }),
      });
    }
    this.put(made('networking.k8s.io/v1', 'IngressClass', '', 'nginx', { spec: { controller: 'k8s.io/ingress-nginx' } }));
    this.put(made('v1', 'Namespace', '', 'shop', { status: { phase: 'Active' } }));
    for (const object of [...this.objects.values()]) if (podSpecOf(object) !== undefined && object.kind !== 'Pod') this.put(this.podOf(object, 1));
    this.settle();
  }

  get intent(): Intent {
    return this.#intent;
  }

  podOf(workload: KubeObject, number: number): KubeObject {
    const spec = podSpecOf(workload);
    return made('v1', 'Pod', workload.metadata.namespace ?? '', `${workload.metadata.name}-${String(number)}`, {
      ...(spec === undefined ? {} : { spec }),
      metadata: { labels: labelTexts(podLabelsOf(workload)) },
      status: { phase: 'Running', podIP: `10.0.0.${String(number)}`, conditions: [{ type: 'Ready', status: 'True' }] },
    });
  }

  /** Brings the endpoints of every Service into line with its pods, as their controller does. */
  settle(): void {
    for (const object of [...this.objects.values()]) if (object.kind === 'EndpointSlice') this.objects.delete(refKey(refOf(object)));
    for (const service of [...this.objects.values()]) {
      const selector = valueAt(service.spec, ['selector']);
      if (service.kind !== 'Service' || !isJsonObject(selector)) continue;
      const namespace = service.metadata.namespace ?? '';
      const pods = [...this.objects.values()].filter(
        (pod) => pod.kind === 'Pod' && pod.metadata.namespace === namespace && matchesLabels(selector, pod.metadata.labels),
      );
      const ports = servicePortsOf(service).flatMap((port) => {
        const number = portNumber(port.target, pods[0]?.spec, port.protocol);
        return number === undefined ? [] : [{ name: port.name ?? '', port: number, protocol: port.protocol }];
      });
      const endpoints = pods.map((pod) => ({
        addresses: ['10.0.0.1'],
        conditions: { ready: itemsReady(pod) },
        targetRef: { kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid ?? '' },
      }));
      this.put({
        ...made('discovery.k8s.io/v1', 'EndpointSlice', namespace, `${service.metadata.name}-a`, {
          metadata: { labels: { 'kubernetes.io/service-name': service.metadata.name } },
        }),
        endpoints,
        ports,
      } as unknown as KubeObject);
    }
  }

  put(object: KubeObject): void {
    this.objects.set(refKey(refOf(object)), object);
  }

  remove(kind: string, name: string): void {
    for (const [key, object] of this.objects) if (object.kind === kind && object.metadata.name === name) this.objects.delete(key);
  }

  get(kind: string, name: string): KubeObject {
    const found = [...this.objects.values()].find((object) => object.kind === kind && object.metadata.name === name);
    if (found === undefined) throw new Error(`there is no ${kind} ${name}`);
    return found;
  }

  /** Changes one value of one object, as somebody with kubectl would; `undefined` takes it away. */
  change(kind: string, name: string, path: JsonPath, value: JsonValue | undefined): void {
    this.put(withValueAt(this.get(kind, name) as unknown as JsonObject, path, value) as unknown as KubeObject);
  }

  edge(from: string, to: string): readonly JudgedCheck[] {
    const found = this.workflow.edges.find((one) => one.from === from && one.to === to);
    if (found === undefined) throw new Error(`there is no edge from ${from} to ${to}`);
    return edgeChecks({ intent: this.#intent, view: this.#view() }, found);
  }

  node(id: string): readonly JudgedCheck[] {
    return nodeChecks({ intent: this.#intent, view: this.#view() }, id);
  }

  #view() {
    const objects = new ObjectsByPlace();
    for (const object of this.objects.values()) if (!this.hidden.has(object.kind)) objects.put(object);
    return viewOf({
      objects,
      whyHidden: (kind, namespace) => this.hidden.get(kind.kind) ?? (namespace === '' ? this.hidden.get(`${kind.kind} everywhere`) : undefined),
    });
  }
}

type Made = Omit<Partial<KubeObject>, 'metadata'> & { readonly metadata?: Partial<KubeObject['metadata']> };

/** An object as a cluster has it. */
export function made(apiVersion: string, kind: string, namespace: string, name: string, more: Made = {}): KubeObject {
  const { metadata, ...rest } = more;
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace === '' ? {} : { namespace }), uid: `${kind}-${namespace}-${name}`, creationTimestamp: '2026-03-01T00:00:00Z', ...metadata },
    ...rest,
  };
}

function itemsReady(pod: KubeObject): boolean {
  return valueAt(pod.status, ['conditions', 0, 'status']) === 'True';
}
