import type { NodeReport } from '../checks/fields';
import { isSensitive } from '../imports/sensitive';
import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import type { WorkflowNode } from '../../shared/workflow';
import type { SourceSpec } from './sourceSpec';
import { sourceSpec } from './sourceSpec';

/** Checks a node that a program renders, as far as its own text tells. Nothing is read and nothing is started. */
export function checkSource(tool: SourceSpec['tool'], report: NodeReport, node: WorkflowNode, data: JsonObject): void {
  for (const key of ['patch', 'template']) {
    if (node.data[key] !== undefined)
      report.add('node.noEffect', { field: key, other: 'type', values: 'a kind that makes one object' }, [key], { severity: 'warning', what: 'key' });
  }
  for (const path of secretsIn(node.data['values'] ?? null, ['values']))
    report.add('source.secretValue', { field: path.slice(1).join('.') }, path, { severity: 'warning' });
  const reading = sourceSpec(tool, node, data);
  // A field that is missing is told by the check of the fields.
  if (!reading.ok) for (const { code, args, path } of reading.faults) if (data[String(path[0])] !== undefined) report.add(code, args, path);
}

const holdsSecret = /(?:passw(?:or)?d|passphrase|secret|token|credentials?|(?:api|access|private|secret)[-_]?key|dsn|connection[-_]?string)$/i;
/** `existingSecret` and the like name a Secret, which is the right way. */
const namesSecret = /^existing/i;
/** Charts may have any number of values; the first of these are worth a word, all others follow from mending them. */
const mostTold = 20;

/** The texts among a chart's values that are secrets by their names, or by what stands in them. */
function secretsIn(values: JsonValue, path: JsonPath): readonly JsonPath[] {
  const found: JsonPath[] = [];
  const visit = (value: JsonValue, here: JsonPath): void => {
    if (found.length >= mostTold) return;
    if (Array.isArray(value)) for (const [index, item] of (value as readonly JsonValue[]).entries()) visit(item, [...here, index]);
    else if (isJsonObject(value)) for (const [key, item] of Object.entries(value)) visit(item, [...here, key]);
    else if (typeof value === 'string' && value !== '') {
      const name = here.findLast((step) => typeof step === 'string') ?? '';
      if ((holdsSecret.test(name) && !namesSecret.test(name)) || isSensitive('', value)) found.push(here);
    }
  };
  visit(values, path);
  return found;
}
