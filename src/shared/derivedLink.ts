import type { JsonPath, JsonValue } from './json';

/** One value that an edge gave a node because the file says nothing there. */
export interface DerivedLink {
  readonly nodeId: string;
  /** The type of that node, as the file has it. */
  readonly type: string;
  /** Where the value stands in the node's effective data; the index of a list's item is the one after the file's own items. */
  readonly path: JsonPath;
  readonly value: JsonValue;
  /** The node at the other end of the edge, and its type. */
  readonly source: string;
  readonly sourceType: string;
}

/** Fields that make the connection itself; the others follow from it. */
const connecting: ReadonlySet<string> = new Set([
  'targetApp',
  'selector',
  'podSelector',
  'podApps',
  'scaleTargetName',
  'serviceName',
  'serviceAccountName',
  'volumeMounts',
  'envFrom',
  'subjects',
  'ingressRules',
  'egressRules',
]);

/** A link as the run log tells it. */
export function linkText({ nodeId, type, path, value, source, sourceType }: DerivedLink): string {
  const [first] = path;
  const last = path.findLast((step) => typeof step === 'string') ?? '';
  const shown = value === null ? 'none' : typeof value === 'object' ? JSON.stringify(value) : String(value);
  return connecting.has(last) || connecting.has(String(first))
    ? `Auto-linked ${type} to ${sourceType}: ${nodeId} -> ${source} (${fieldText(path)} = ${shown})`
    : `Auto-set ${fieldText(path)} from ${sourceType}: ${nodeId} <- ${source} (${shown})`;
}

function fieldText(path: JsonPath): string {
  return path.map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`)).join('');
}

/** The shape of what the inspector shows beside a value. */
export type DerivedSource = Pick<DerivedLink, 'nodeId' | 'path' | 'source'>;
