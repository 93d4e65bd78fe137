import type { Finding, FindingCode, JsonObject as OpenApiObject, OpenApi } from '../../openapi/index';
import { validateObject } from '../../openapi/index';
import type { JsonPath } from '../../shared/json';
import { isJsonObject, valueAt } from '../../shared/json';
import { groupOf } from '../../shared/kubeObject';
import type { ProblemCode } from '../../shared/problem';
import { nodeById } from '../../shared/workflow';
import type { RenderedObject, RenderResult } from '../render';
import { textOf } from './fields';
import type { Findings } from './findings';

/** Problems of nodes that could not be rendered, but for what the checks of the node say themselves. */
export function checkTemplates(findings: Findings, rendered: RenderResult): void {
  for (const problem of rendered.problems) {
    if (problem.code === 'node.template' && problem.nodeId !== undefined && !findings.hasError(problem.nodeId))
      findings.add(problem.code, problem.args, ['nodes', problem.nodeId], { what: 'key' });
  }
}

/** Two nodes that would make the same object overwrite one another for ever. */
export function checkDoubles(findings: Findings, rendered: RenderResult, fallbackNamespace: string): void {
  const makers = new Map<string, string>();
  for (const { object, nodeId, namespaced } of rendered.objects) {
    const namespace = object.metadata.namespace ?? (namespaced ? fallbackNamespace : '');
    const key = `${groupOf(object.apiVersion)}/${object.kind}/${namespace}/${object.metadata.name}`;
    const other = makers.get(key);
    if (other === undefined) makers.set(key, nodeId);
    else findings.add('node.duplicateObject', { kind: object.kind, name: object.metadata.name, namespace, other }, ['nodes', nodeId, 'name']);
  }
}

const codes: Readonly<Record<FindingCode, ProblemCode>> = {
  unknownKind: 'object.unknownKind',
  unknownField: 'object.unknownField',
  wrongType: 'object.wrongType',
  missingRequired: 'object.missingField',
  notInEnum: 'object.notAnOption',
  badFormat: 'object.wrongType',
  duplicateItem: 'object.duplicateItem',
};

/** Checks rendered objects against the structure of the API. Nodes that have errors already are passed over. */
export function checkStructure(findings: Findings, rendered: RenderResult, openApi: OpenApi): void {
  for (const one of rendered.objects) {
    if (findings.hasError(one.nodeId)) continue;
    for (const finding of validateObject(openApi, one.object as unknown as OpenApiObject)) {
      // Whoever writes an object out knows its kind; only what is known here can be checked here.
      if (finding.code === 'unknownKind' && nodeById(rendered.resolved.workflow, one.nodeId)?.type === 'manifest') continue;
      const path = textOf(finding.path);
      const args = { kind: one.object.kind, path, expected: finding.expected, found: finding.found };
      // An unknown kind is one that the shipped structure does not have; the cluster may still have it.
      findings.add(
        codes[finding.code],
        args,
        ['nodes', one.nodeId, ...placeOf(rendered, one, finding)],
        finding.code === 'unknownKind' ? { severity: 'info' } : { what: finding.code === 'unknownField' ? 'key' : 'value' },
      );
    }
  }
}

/** The value in the file that a field of the object most likely comes from: the patch, else a field of the same name; else the node. */
function placeOf(rendered: RenderResult, { nodeId }: RenderedObject, finding: Finding): JsonPath {
  const node = nodeById(rendered.resolved.workflow, nodeId);
  if (node === undefined) return [];
  const patched = ['patch', ...finding.path];
  for (let length = patched.length; length > 1; length -= 1) if (valueAt(node.data, patched.slice(0, length)) !== undefined) return patched.slice(0, length);
  const written = ['manifest', ...finding.path];
  for (let length = node.type === 'manifest' ? written.length : 0; length > 0; length -= 1)
    if (valueAt(node.data, written.slice(0, length)) !== undefined) return written.slice(0, length);
  for (const step of finding.path.toReversed()) {
    if (typeof step !== 'string' || !Object.hasOwn(node.data, step)) continue;
    const at = finding.path.lastIndexOf(step);
    const full = finding.path.slice(at);
    return isJsonObject(node.data[step]) && valueAt(node.data, full) !== undefined ? full : [step];
  }
  return [];
}
