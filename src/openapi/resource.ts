import type { GroupVersionKind, ObjectSchema, Schema, SchemaJson } from './schema';

export interface Subresource {
  /** `status`, `scale`, `log`, … */
  readonly name: string;
  /** The kind that its requests carry; its own group and version (`autoscaling/v1` for scale). */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly verbs: readonly string[];
}

/** One kind of object with its place in the API. */
export interface ResourceType {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  /** `all` for what `kubectl get all` lists. */
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
  /** The component's name; its list is the same name with `List` behind it. */
  readonly schema: string;
}

/**
 * How the server writes fields of one type that are zero or absent. The schema cannot tell: it does not say which fields are
 * pointers.
 */
export interface EncodingRules {
  /** Scalars whose zero is kept (`replicas: 0`); other scalars are dropped when they are zero. */
  readonly keepsZero: readonly string[];
  /** Written as null when absent. */
  readonly writesNull: readonly string[];
}

/** The shape of `kubernetes.json`, and of what a cluster's own documents are brought into. */
export interface OpenApiData {
  /** Of Kubernetes, such as `v1.36.3`. */
  readonly version: string;
  readonly resources: readonly ResourceType[];
  readonly schemas: Readonly<Record<string, SchemaJson>>;
  /** By the component's name; types that follow neither rule are left out. */
  readonly encoding: Readonly<Record<string, EncodingRules>>;
}

/** Kinds and schemas of one Kubernetes. All look-ups answer undefined for what is not there; nothing throws. */
export interface OpenApi {
  readonly version: string;
  /** Sorted by group, version, plural. */
  readonly resources: readonly ResourceType[];
  /** `v1`, `apps/v1`, …: every group version that has resources, core first. */
  readonly groupVersions: readonly string[];
  resourceOf(apiVersion: string, kind: string): ResourceType | undefined;
  resourceAt(group: string, version: string, plural: string): ResourceType | undefined;
  /** The schema of a kind, also of kinds without resources of their own such as Scale, Status and the lists. */
  schemaOf(apiVersion: string, kind: string): ObjectSchema | undefined;
  schemaName(apiVersion: string, kind: string): string | undefined;
  schemaNamed(name: string): Schema | undefined;
  /** What the server does with empty fields of a component. */
  encodingOf(name: string): EncodingRules;
  /** A component as it is written, references unresolved. */
  schemaJson(name: string): SchemaJson | undefined;
  /** The OpenAPI v3 document of one group version (`''`, `v1` for core); kubectl reads it for explain, apply and checks. */
  document(group: string, version: string): OpenApiDocument | undefined;
}

/** An OpenAPI v3 document of one group version, as `/openapi/v3/apis/<group>/<version>` gives it out. */
export interface OpenApiDocument {
  readonly openapi: '3.0.0';
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, PathItem>>;
  readonly components: { readonly schemas: Readonly<Record<string, SchemaJson>> };
}

export type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

export interface Operation {
  readonly 'x-kubernetes-action': string;
  readonly 'x-kubernetes-group-version-kind': GroupVersionKind;
  readonly parameters: readonly { readonly name: string; readonly in: 'query' | 'path'; readonly schema: SchemaJson; readonly required?: boolean }[];
  readonly responses: Readonly<Record<string, unknown>>;
}

export type PathItem = Readonly<Partial<Record<Method, Operation>>>;

/** Group and version of an apiVersion: `apps/v1` → apps, v1; `v1` → empty, v1. */
export function splitApiVersion(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf('/');
  return slash < 0 ? { group: '', version: apiVersion } : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}
