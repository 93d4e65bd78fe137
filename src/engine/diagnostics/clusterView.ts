import type { JsonObject } from '../../shared/json';
import type { KubeObject } from '../../shared/kubeObject';
import { groupOf } from '../../shared/kubeObject';
import type { KindRef } from '../ports';

/** Why something cannot be told: it may not be listed, was not told yet, is not served, or nobody watches it. */
export type Hidden = 'forbidden' | 'waiting' | 'unserved' | 'unseen';

/** What is known, or that it is not: nothing may ever be concluded from what was not looked at. */
export type Seen<T> = { readonly known: true; readonly value: T } | { readonly known: false; readonly why: Hidden; readonly what: string };

/** The objects around a workflow, as far as they are known. */
export interface ClusterView {
  find(kind: KindRef, namespace: string, name: string): Seen<KubeObject | undefined>;
  /** All of a kind in a namespace, in the order of their names; the empty namespace is for the whole cluster. */
  all(kind: KindRef, namespace: string): Seen<readonly KubeObject[]>;
  /** The Pods that a LabelSelector chooses, those that ended or are ending left out. */
  pods(namespace: string, selector: JsonObject): Seen<readonly KubeObject[]>;
  slicesOf(namespace: string, service: string): Seen<readonly KubeObject[]>;
}

export const kinds = {
  pod: { apiVersion: 'v1', kind: 'Pod' },
  service: { apiVersion: 'v1', kind: 'Service' },
  endpointSlice: { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
  ingress: { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  ingressClass: { apiVersion: 'networking.k8s.io/v1', kind: 'IngressClass' },
  networkPolicy: { apiVersion: 'networking.k8s.io/v1', kind: 'NetworkPolicy' },
  namespace: { apiVersion: 'v1', kind: 'Namespace' },
  node: { apiVersion: 'v1', kind: 'Node' },
  secret: { apiVersion: 'v1', kind: 'Secret' },
  configMap: { apiVersion: 'v1', kind: 'ConfigMap' },
  addressPool: { apiVersion: 'metallb.io/v1beta1', kind: 'IPAddressPool' },
  claim: { apiVersion: 'v1', kind: 'PersistentVolumeClaim' },
} as const satisfies Record<string, KindRef>;

const plurals: Readonly<Record<string, string>> = {
  Ingress: 'ingresses',
  IngressClass: 'ingressclasses',
  NetworkPolicy: 'networkpolicies',
};

/** `networkpolicies.networking.k8s.io`, as rights are named. */
export function resourceName({ apiVersion, kind }: KindRef): string {
  const group = groupOf(apiVersion);
  const plural = plurals[kind] ?? `${kind.toLowerCase()}s`;
  return group === '' ? plural : `${plural}.${group}`;
}

/** Whether a Pod may still take traffic: one that ended, or was told to, is nobody's target any more. */
export function isPresent(pod: KubeObject): boolean {
  const phase = pod.status?.['phase'];
  return pod.metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
}
