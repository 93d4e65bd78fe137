import type { CatalogField, CatalogKind, CustomDefinition } from '../../shared/catalog';
import { kindOf } from '../../shared/catalog';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../shared/json';
import type { Problem } from '../../shared/problem';
import type { WorkflowNode } from '../../shared/workflow';
import { nodeById, objectName } from '../../shared/workflow';
import { hasValue } from '../kinds/defaults';
import type { ResolvedWorkflow } from '../relations';

/** What an object of a plugin carries along, so that a plan can say what is missing on a cluster. */
export interface PluginOrigin extends CustomDefinition {
  /** The type of the node. */
  readonly plugin: string;
  readonly kind: string;
}

/** A plugin's settings as its template sees them. */
export interface PluginValues {
  /** By name; a secret is the `name` and `key` of a Secret. */
  readonly fields: JsonObject;
  /** The keys of the Secret that KubeOrch makes for this node, because their values come out of its own store. */
  readonly ownKeys: readonly string[];
}

export function pluginOrigin(kind: CatalogKind): PluginOrigin | undefined {
  return kind.crd === undefined ? undefined : { ...kind.crd, plugin: kind.type, kind: kind.kind };
}

/** A cluster does not have the definition, and how to come to it. */
export function notInstalled({ plugin, kind, group, docs }: PluginOrigin): Problem {
  return { code: 'plugin.notInstalled', args: { plugin, kind, group, docs: docs === undefined ? '' : `: ${docs}` }, severity: 'error' };
}

/** The name of the Secret that holds what was asked for a node. */
export function ownSecretName(node: WorkflowNode): string {
  return `${objectName(node).slice(0, 245)}-secrets`;
}

/** The first setting that has no value and needs one. */
export function missingSetting(kind: CatalogKind, data: JsonObject): CatalogField | undefined {
  const settings = settingsOf(kind, data);
  return settingFields(kind).find((field) => field.required && !hasValue(settings[field.name]));
}

/** `data` has its defaults. */
export function pluginValues(resolved: ResolvedWorkflow, kind: CatalogKind, node: WorkflowNode, data: JsonObject): PluginValues {
  const settings = settingsOf(kind, data);
  const secrets = new Set(settingFields(kind).flatMap((field) => (field.secret === true ? [field.name] : [])));
  const ownKeys: string[] = [];
  const fields = Object.entries(settings).flatMap(([name, value]): readonly (readonly [string, JsonValue])[] => {
    if (!secrets.has(name)) return [[name, value]];
    const key = textAt(value, 'key');
    if (key === undefined) return [];
    const secret = textAt(value, 'secret');
    if (secret === undefined) ownKeys.push(key);
    return [[name, { name: secret === undefined ? ownSecretName(node) : secretName(resolved, secret), key }]];
  });
  return { fields: jsonObject(fields), ownKeys: [...new Set(ownKeys)] };
}

/** Ids of the Secrets of this workflow that a plugin's node reads. */
export function secretsRead(resolved: ResolvedWorkflow, node: WorkflowNode): readonly string[] {
  const kind = kindOf(resolved.catalog, node.type);
  if (kind?.origin !== 'plugin') return [];
  const settings = valueAt(node.data, ['fields']);
  return settingFields(kind).flatMap((field) => {
    if (field.secret !== true || !isJsonObject(settings)) return [];
    const secret = textAt(valueAt(settings, [field.name]), 'secret');
    const found = secret === undefined ? undefined : secretNode(resolved, secret);
    return found === undefined || found.id === node.id ? [] : [found.id];
  });
}

function settingFields(kind: CatalogKind): readonly CatalogField[] {
  return kind.fields.find((field) => field.name === 'fields')?.fields ?? [];
}

function settingsOf(kind: CatalogKind, data: JsonObject): JsonObject {
  const settings = kind.origin === 'plugin' ? data['fields'] : undefined;
  return isJsonObject(settings) ? settings : {};
}

function secretName(resolved: ResolvedWorkflow, written: string): string {
  const found = secretNode(resolved, written);
  return found === undefined ? written : objectName(found);
}

/** A Secret of this workflow, by the node's id or the object's name. */
function secretNode(resolved: ResolvedWorkflow, written: string): WorkflowNode | undefined {
  const isSecret = (node: WorkflowNode | undefined): node is WorkflowNode => node !== undefined && kindOf(resolved.catalog, node.type)?.kind === 'Secret';
  const byId = nodeById(resolved.workflow, written);
  return isSecret(byId) ? byId : resolved.workflow.nodes.find((node) => isSecret(node) && objectName(node) === written);
}

function textAt(value: JsonValue | undefined, key: string): string | undefined {
  const text = valueAt(value, [key]);
  return typeof text === 'string' && text.trim() !== '' ? text.trim() : undefined;
}
