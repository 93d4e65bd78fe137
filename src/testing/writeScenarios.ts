import type { JsonValue } from '../shared/json';
import { isJsonObject } from '../shared/json';

/** Random numbers that a seed repeats. */
export type Random = () => number;

export function randomOf(seed: number): Random {
  let state = (seed * 2_654_435_761) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
};

export const between = (random: Random, least: number, most: number): number => least + Math.floor(random() * (most - least + 1));

/** One workflow as nodes by id, in the file's words; what a scenario changes from one version to the next. */
export type Nodes = Readonly<Record<string, string>>;

export function workflowText(name: string, nodes: Nodes, edges: readonly string[] = []): string {
  const lines = Object.entries(nodes).map(([id, said]) => `  ${id}: ${said}`);
  const joined = edges.length === 0 ? '' : `edges:\n${edges.map((edge) => `  - ${edge}\n`).join('')}`;
  return `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: ${name}\nstatus: published\nnodes:\n${lines.join('\n')}\n${joined}`;
}

const configMap = (random: Random): string => `{ type: configmap, data: { K: v${between(random, 0, 999)}, L: l${between(random, 0, 999)} } }`;
const account = '{ type: serviceaccount }';
/** Without copies: what pods do is not what these scenarios are about. */
const deployment = (random: Random): string => `{ type: deployment, image: "nginx:${between(random, 1, 99)}", replicas: 0, port: 80 }`;
const service = (of: string, random: Random): string => `{ type: service, name: ${of}, port: ${between(random, 81, 999)}, targetPort: 80 }`;

export interface WriteScenario {
  readonly before: string;
  readonly after: string;
  /** A ConfigMap that only the second version makes, and one that both have and the second changes. */
  readonly created: string;
  readonly changed: string;
  /** How many objects the second version creates, changes and deletes. */
  readonly writes: number;
}

/** A small workflow and its next version: objects that stay, change, come and go. */
export function writeScenario(seed: number): WriteScenario {
  const random = randomOf(seed);
  const kept: Record<string, string> = { stays: configMap(random), token: '{ type: secret, keys: [TOKEN] }' };
  const before: Record<string, string> = { ...kept, changes: configMap(random) };
  const after: Record<string, string> = { ...kept, changes: '{ type: configmap, data: { K: changed, L: changed } }', comes: configMap(random) };
  const edges: string[] = [];
  let writes = 2;
  for (let index = 0; index < between(random, 1, 3); index += 1) {
    before[`d${index}`] = deployment(random);
    const becomes = deployment(random);
    after[`d${index}`] = becomes;
    if (becomes !== before[`d${index}`]) writes += 1;
    after[`s${index}`] = service(`d${index}`, random);
    writes += 1;
    edges.push(`s${index} -> d${index}`);
  }
  for (let index = 0; index < between(random, 1, 2); index += 1) {
    before[`goes${index}`] = random() < 0.5 ? configMap(random) : account;
    writes += 1;
  }
  return { before: workflowText('faults', before), after: workflowText('faults', after, edges), created: 'comes', changed: 'changes', writes };
}

/** Whether everything that is wanted stands in what is there; lists as long as they were wanted. */
export function holds(wanted: JsonValue | undefined, there: JsonValue | undefined): boolean {
  if (wanted === undefined || wanted === null) return true;
  if (Array.isArray(wanted)) {
    const items = wanted as readonly JsonValue[];
    return Array.isArray(there) && there.length === items.length && items.every((item, index) => holds(item, (there as readonly JsonValue[])[index]));
  }
  if (isJsonObject(wanted)) return isJsonObject(there) && Object.entries(wanted).every(([key, value]) => holds(value, there[key]));
  return wanted === there;
}
