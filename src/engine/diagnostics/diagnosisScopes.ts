import { isJsonObject, valueAt } from '../../shared/json';
import type { KindRef } from '../ports';
import { workflowLabel } from '../labels';
import type { RenderedObject } from '../render';
import type { WatchScope } from '../status/watchPlan';
import { endpointScope, ownScope, refFromRendered, scopeKey } from '../status/watchPlan';
import { kubeProxy, metallbNamespace } from './balancerHops';
import { kinds } from './clusterView';
import { backendsOf } from './ingressHops';
import type { Intent } from './judging';
import { podLabelsOf, podSpecOf } from './podPorts';
import { labelTexts, matchesLabels, matchesSelector } from './selectors';
import { itemsAt, textAt } from '../status/verdict';
import { sourcesOf } from './workloadHops';

/**
 * What has to be watched to judge a workflow's edges: its own objects, what stands behind its Services, and what is around
 * them. Watches that the node statuses have as well are the same ones, and so cost nothing more.
 */
export function diagnosisScopes(intent: Intent, workflow: string): ReadonlyMap<string, WatchScope> {
  const scopes = new Map<string, WatchScope>();
  const add = (scope: WatchScope): void => void scopes.set(scopeKey(scope), scope);
  const whole = (kind: KindRef, namespace: string): void => add({ kind, namespace, labelSelector: '' });
  const named = (kind: KindRef, namespace: string, name: string): void => {
    if (intent.maker(kind, namespace, name) === undefined) add(namedScope(kind, namespace, name));
  };
  const services = new Map<string, Set<string>>();
  const service = (namespace: string, name: string): void => void services.set(namespace, (services.get(namespace) ?? new Set<string>()).add(name));

  for (const one of intent.objects) {
    const { namespace, name } = refFromRendered(one);
    add(ownScope(one, workflow));
    switch (one.object.kind) {
      case 'Ingress':
        whole(kinds.ingressClass, '');
        whole(kinds.ingress, '');
        for (const backend of backendsOf(one.object)) {
          named(kinds.service, namespace, backend.service);
          service(namespace, backend.service);
        }
        for (const section of itemsAt(one.object.spec, ['tls'])) {
          const secret = textAt(section, ['secretName']);
          if (secret !== undefined) named(kinds.secret, namespace, secret);
        }
        break;
      case 'Service':
        service(namespace, name);
        around(one);
        if (textAt(one.object.spec, ['type']) === 'LoadBalancer') {
          whole(kinds.node, '');
          add(namedScope(kinds.namespace, '', metallbNamespace));
          whole(kinds.addressPool, metallbNamespace);
          add(namedScope(kinds.configMap, kubeProxy.namespace, kubeProxy.name));
        }
        break;
      case 'NetworkPolicy':
      case 'PodDisruptionBudget':
        around(one);
        break;
      case 'HorizontalPodAutoscaler': {
        const target = valueAt(one.object.spec, ['scaleTargetRef']);
        const [apiVersion, kind] = [textAt(target, ['apiVersion']), textAt(target, ['kind'])];
        const found = textAt(target, ['name']);
        if (apiVersion !== undefined && kind !== undefined && found !== undefined) named({ apiVersion, kind }, namespace, found);
        break;
      }
      default:
        if (podSpecOf(one.object) === undefined) break;
        podsIn(namespace, podLabelsOf(one.object)?.[workflowLabel] !== workflow);
        for (const source of sourcesOf(podSpecOf(one.object))) named(source.kind, namespace, source.name);
    }
  }
  for (const [namespace, names] of services) add(endpointScope(namespace, [...names]));
  return scopes;

  /** Pods, the policies about them, and the labels of their namespace. */
  function around(one: RenderedObject): void {
    const { namespace } = refFromRendered(one);
    whole(kinds.networkPolicy, namespace);
    add(namedScope(kinds.namespace, '', namespace));
    podsIn(namespace, !choosesOurs(intent, one));
  }

  function podsIn(namespace: string, everything: boolean): void {
    if (everything) whole(kinds.pod, namespace);
    else add({ kind: kinds.pod, namespace, labelSelector: `${workflowLabel}=${workflow}` });
  }
}

export function namedScope(kind: KindRef, namespace: string, name: string): WatchScope {
  return { kind, namespace, labelSelector: '', fieldSelector: `metadata.name=${name}` };
}

/** Whether the pods that an object selects are those of a workload of this workflow: only then are its own pods enough to know. */
function choosesOurs(intent: Intent, one: RenderedObject): boolean {
  const plain = one.object.kind === 'Service';
  const selector = valueAt(one.object.spec, [one.object.kind === 'NetworkPolicy' ? 'podSelector' : 'selector']);
  if (!isJsonObject(selector) || Object.keys(selector).length === 0) return plain;
  const { namespace } = refFromRendered(one);
  return intent.objects.some((other) => {
    const labels = refFromRendered(other).namespace === namespace && podSpecOf(other.object) !== undefined ? podLabelsOf(other.object) : undefined;
    if (labels?.[workflowLabel] === undefined) return false;
    const texts = labelTexts(labels);
    return plain ? matchesLabels(selector, texts) : matchesSelector(selector, texts);
  });
}
