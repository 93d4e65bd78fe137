import type { JsonObject, JsonValue } from '../../../shared/json';
import { isJsonObject, valueAt } from '../../../shared/json';
import type { WorkflowNode } from '../../../shared/workflow';
import { nodeById, objectName } from '../../../shared/workflow';
import { kindOf } from '../../../shared/catalog';
import type { ProblemFix } from '../../../shared/problem';
import { quantityNanos } from '../../../openapi/index';
import type { ResolvedWorkflow } from '../../relations';
import { hasValue } from '../defaults';
import type { KindCheck } from '../kindChecks';
import { mountTypeOf } from '../mounts';
import { checkPod, invalidOf } from '../podChecks';
import { secretKeysOf } from '../podValues';

/** The controller puts `-` and ten characters behind the name, as a label of each pod that has at most 63. */
const maxNameLength = 52;

/** Images that refuse to start without a password, the variables of which one is enough, and what lets them start without one. */
const databases: readonly { readonly words: readonly string[]; readonly oneOf: readonly string[]; readonly open: readonly [name: string, value: string] }[] = [
  { words: ['postgres'], oneOf: ['POSTGRES_PASSWORD', 'POSTGRES_PASSWORD_FILE', 'POSTGRES_HOST_AUTH_METHOD'], open: ['POSTGRES_HOST_AUTH_METHOD', 'trust'] },
  {
    words: ['mysql', 'mariadb'],
    oneOf: [
      ...['MYSQL_ROOT_PASSWORD', 'MYSQL_ROOT_PASSWORD_FILE', 'MYSQL_ALLOW_EMPTY_PASSWORD', 'MYSQL_RANDOM_ROOT_PASSWORD'],
      ...['MARIADB_ROOT_PASSWORD', 'MARIADB_ROOT_PASSWORD_FILE', 'MARIADB_ALLOW_EMPTY_ROOT_PASSWORD', 'MARIADB_RANDOM_ROOT_PASSWORD'],
    ],
    open: ['MYSQL_ALLOW_EMPTY_PASSWORD', 'yes'],
  },
];

/** A StatefulSet: its pods, their names and claims, and a database that would not start. */
export const checkStatefulSet: KindCheck = (input) => {
  checkPod(input);
  const { report, data, node, resolved } = input;
  const invalid = invalidOf(report);
  const name = objectName(node);
  if (name.length > maxNameLength)
    invalid(['name'], `its pods carry a label with that name and a mark behind it, so it has at most ${maxNameLength} characters; this one has ${name.length}`);
  listOf(data, 'volumeClaimTemplates').forEach((claim, index) => {
    if (!isJsonObject(claim)) return;
    const { storage, accessModes } = claim;
    const at = ['volumeClaimTemplates', index];
    if ((typeof storage === 'string' || typeof storage === 'number') && (quantityNanos(storage) ?? 1n) <= 0n)
      invalid([...at, 'storage'], 'a claim asks for more than nothing');
    if (Array.isArray(accessModes) && accessModes.includes('ReadWriteOncePod') && new Set(accessModes).size > 1)
      report.add('node.exclusive', { field: 'accessModes: ReadWriteOncePod', other: 'further modes' }, [...at, 'accessModes']);
  });
  checkService();
  checkDatabase();

  function checkService(): void {
    const { serviceName } = data;
    if (!hasValue(serviceName)) return report.add('node.noHeadlessService', { id: node.id }, ['serviceName'], { severity: 'warning' });
    const service = resolved
      .edgesTo(node.id)
      .flatMap(({ edge, rule }) => (rule?.relation === 'routes' ? (nodeById(resolved.workflow, edge.from) ?? []) : []))
      .find((one) => objectName(one) === serviceName);
    if (service === undefined || valueAt(service.data, ['headless']) === true) return;
    const fix: ProblemFix = {
      code: 'fix.addField',
      args: { field: 'headless', value: 'true' },
      edit: { type: 'setField', id: service.id, path: ['headless'], value: true },
    };
    report.add('node.serviceNotHeadless', { id: node.id, service: service.id }, ['serviceName'], { severity: 'info', fixes: [fix] });
  }

  /** The image is told by its name, as people who look at it would; no other program is asked. */
  function checkDatabase(): void {
    const image = typeof data['image'] === 'string' ? data['image'] : '';
    const database = databases.find(({ words }) => words.some((word) => image.includes(word)));
    if (database === undefined) return;
    const given = variablesOf(resolved, node, data);
    if (given === undefined || database.oneOf.some((variable) => given.has(variable))) return;
    const [variable, value] = database.open;
    report.add('node.databasePassword', { image, variables: `one of ${database.oneOf.join(', ')}` }, ['image'], {
      severity: 'warning',
      fixes: [
        {
          code: 'fix.addField',
          args: { field: `env.${variable}`, value },
          edit: { type: 'setField', id: node.id, path: ['env', variable], value },
        },
      ],
    });
  }
};

/** The names of the main container's variables; undefined when some come from an object whose keys the file does not know. */
function variablesOf(resolved: ResolvedWorkflow, node: WorkflowNode, data: JsonObject): ReadonlySet<string> | undefined {
  const names = new Set<string>(['env', 'fieldEnv'].flatMap((field) => keysOf(valueAt(data, [field]))));
  for (const key of listOf(data, 'envKeys')) if (typeof key === 'string') names.add(key);
  for (const item of listOf(data, 'keyEnv')) if (isJsonObject(item) && typeof item['variable'] === 'string') names.add(item['variable']);
  for (const source of listOf(data, 'envFrom')) {
    const nodeId = isJsonObject(source) ? source['nodeId'] : undefined;
    const from = typeof nodeId === 'string' ? nodeById(resolved.workflow, nodeId) : undefined;
    const kind = from === undefined ? undefined : kindOf(resolved.catalog, from.type);
    const type = kind === undefined ? undefined : mountTypeOf(kind);
    // A Secret that is filled from elsewhere, and an object outside the workflow, may have any key.
    if (from === undefined || type === undefined || from.data['valueFrom'] !== undefined) return undefined;
    for (const key of type === 'secret' ? secretKeysOf(from.data) : keysOf(valueAt(from.data, ['data']))) names.add(key);
  }
  // What a patch puts in is not looked at, so a patched pod is trusted.
  return valueAt(node.data, ['patch', 'spec', 'template']) === undefined ? names : undefined;
}

function keysOf(value: JsonValue | undefined): readonly string[] {
  return isJsonObject(value) ? Object.keys(value) : [];
}

function listOf(data: JsonObject, field: string): readonly JsonValue[] {
  const value = valueAt(data, [field]);
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
