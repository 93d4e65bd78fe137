import type { JsonObject, JsonPath } from '../../shared/json';
import type { ProblemFix } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import { dnsLabel, nodeById } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import type { LoadedCatalog } from '../catalog';
import { workflowForEnvironment } from '../environment';
import { resolveWorkflow } from '../relations';
import type { Steps } from '../steps';
import type { Findings } from './findings';
import { nearest } from './nearest';
import { checkNode } from './nodes';

const mostSuggestions = 50;

/** Checks what each environment overrides, as if it stood in the node itself; findings about anything else are the node's own. */
export function* checkEnvironments(findings: Findings, workflow: Workflow, loaded: LoadedCatalog): Steps<void> {
  let unknown = 0;
  for (const [name, environment] of Object.entries(workflow.environments)) {
    const { namespace, set = {} } = environment;
    if (namespace !== undefined && !dnsLabel.test(namespace)) findings.add('node.invalidName', { value: namespace }, ['environments', name, 'namespace']);
    const resolved = Object.keys(set).length === 0 ? undefined : resolveWorkflow(workflowForEnvironment(workflow, name), loaded.catalog);
    for (const [id, over] of Object.entries(set)) {
      yield;
      const path: JsonPath = ['environments', name, 'set', id];
      const node = resolved === undefined ? undefined : nodeById(resolved.workflow, id);
      if (node === undefined || resolved === undefined) {
        // A suggestion looks at all nodes; a hostile file has any number of them and of mistakes.
        const ids = ++unknown > mostSuggestions ? [] : workflow.nodes.map((one) => one.id);
        const meant = nearest(id, ids, 1);
        findings.add('environment.unknownNode', { environment: name, id }, path, {
          what: 'key',
          fixes: [...meant.filter((other) => !Object.hasOwn(set, other)).map((other) => renameFix(path, other, over)), removeFix(path, id)],
        });
        continue;
      }
      if (Object.hasOwn(over, 'type'))
        findings.add('environment.fixedKey', { environment: name, key: 'type' }, [...path, 'type'], { severity: 'warning', what: 'key' });
      checkNode(findings, resolved, loaded, node, (inner) => (inner.length > 0 && findings.stands([...path, ...inner]) ? [...path, ...inner] : undefined));
    }
  }
}

function renameFix(path: JsonPath, id: string, over: JsonObject): ProblemFix {
  const edits: readonly WorkflowEdit[] = [
    { type: 'setProperty', path },
    { type: 'setProperty', path: [...path.slice(0, -1), id], value: over },
  ];
  return { code: 'fix.renameKey', args: { key: id }, edit: { type: 'composite', edits } };
}

function removeFix(path: JsonPath, key: string): ProblemFix {
  return { code: 'fix.removeKey', args: { key }, edit: { type: 'setProperty', path } };
}
