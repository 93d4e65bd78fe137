import type { CatalogKind } from '../../shared/catalog';
import { kindOf } from '../../shared/catalog';
import type { JsonPath } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import { isForUse, optionsField } from '../../shared/nodeOptions';
import { problemText } from '../../shared/problem';
import { dnsLabel, dnsSubdomain, objectName, reservedNodeKeys, textField, type WorkflowNode } from '../../shared/workflow';
import type { LoadedCatalog } from '../catalog';
import type { FileProblem } from '../fileProblems';
import { withDefaults } from '../kinds/defaults';
import { checkAutoscaled } from '../kinds/hpa/check';
import { kindChecks } from '../kinds/kindChecks';
import { owningLabels, ownLabels } from '../labels';
import type { ResolvedWorkflow } from '../relations';
import { checkSource } from '../sources/checkSource';
import type { NodeReport } from './fields';
import { checkFields, textOf } from './fields';
import type { FindingOptions, FindingSink } from './findings';
import { isLabelValue, isQualifiedName } from './formats';
import { nearest } from './nearest';

/** Keys that a node may have beside its kind's fields. `templateId` is how older files name the template. */
const reserved: ReadonlySet<string> = new Set([...reservedNodeKeys, 'templateId']);

/**
 * Checks one node of a resolved workflow. `place` says where a path inside the node's data stands in the file; undefined
 * leaves a finding out (for environments, which speak of what they override only).
 */
export function checkNode(
  findings: FindingSink,
  resolved: ResolvedWorkflow,
  loaded: LoadedCatalog,
  node: WorkflowNode,
  place: (path: JsonPath) => JsonPath | undefined,
): void {
  const kind = kindOf(loaded.catalog, node.type);
  const report: NodeReport = {
    nodeId: node.id,
    kindName: kind?.displayName ?? node.type,
    add: (code, args, path, options?: FindingOptions) => {
      const at = place(path);
      if (at !== undefined) findings.add(code, args, at, options);
    },
  };
  const broken = loaded.broken.get(node.type);
  if (kind === undefined) return broken === undefined ? unknownType(report, loaded, node) : brokenType(report, node, broken, 'node.brokenPlugin');
  if (broken !== undefined) brokenType(report, node, broken, 'node.shippedInstead');
  checkCommon(report, node, kind);
  // What a plugin demands stands inside "fields", and is demanded of a node without any too.
  const written = kind.origin === 'plugin' && (node.data['fields'] ?? null) === null ? { ...node.data, fields: {} } : node.data;
  checkFields(report, kind.fields, written, [], kind.kind === 'Secret' ? new Set([...reserved, 'data', 'stringData']) : reserved);
  const data = withDefaults(kind.fields, resolved.data(node.id));
  if (kind.renderedBy !== undefined) checkSource(kind.renderedBy, report, node, data);
  else kindChecks.get(`${kind.apiVersion} ${kind.kind}`)?.({ report, node, data, resolved });
  checkAutoscaled(report, node, resolved);
}

/** The kind's own file is broken: the node says so too, because that is where one looks. */
function brokenType(report: NodeReport, node: WorkflowNode, problem: FileProblem, code: 'node.brokenPlugin' | 'node.shippedInstead'): void {
  const args = { type: node.type, file: problem.file, detail: problemText(problem) };
  report.add(code, args, ['type'], code === 'node.brokenPlugin' ? {} : { severity: 'warning' });
}

function unknownType(report: NodeReport, loaded: LoadedCatalog, node: WorkflowNode): void {
  // A node without any type was told of when the file was read.
  if (node.type === '') return;
  const types = loaded.catalog.kinds.map((kind) => kind.type);
  if (node.type === 'plugin') return pluginWithoutName(report, loaded, node);
  report.add('node.unknownType', { type: node.type, known: types.join(', ') }, ['type'], {
    fixes: nearest(node.type, types).map((type) => ({
      code: 'fix.changeType',
      args: { type },
      edit: { type: 'setField', id: node.id, path: ['type'], value: type },
    })),
  });
}

/** Other tools write the word "plugin" and the plugin's name beside it. */
function pluginWithoutName(report: NodeReport, loaded: LoadedCatalog, node: WorkflowNode): void {
  const plugins = loaded.catalog.kinds.filter((kind) => kind.origin === 'plugin').map((kind) => kind.type);
  const named = ['plugin', 'pluginId', 'templateId', 'template'].flatMap((key) => textField(node, key) ?? []);
  const meant = plugins.filter((type) => named.includes(type));
  report.add('node.pluginType', {}, ['type'], {
    fixes: (meant.length > 0 ? meant : plugins.slice(0, 3)).map((type) => ({
      code: 'fix.changeType',
      args: { type },
      edit: { type: 'setField', id: node.id, path: ['type'], value: type },
    })),
  });
}

/** What all kinds share: name, namespace, labels, annotations and the engine's own settings. */
function checkCommon(report: NodeReport, node: WorkflowNode, kind: CatalogKind): void {
  const { data } = node;
  for (const key of ['name', 'namespace', 'template', 'templateId']) {
    const value = data[key];
    if (value !== undefined && value !== null && typeof value !== 'string')
      report.add('node.wrongType', { field: key, expected: 'text; put it in quotes' }, [key]);
  }
  const name = objectName(node);
  if (!dnsSubdomain.test(name)) report.add('node.invalidName', { value: name }, ['name']);
  else if (name.length > 63) report.add('node.invalidValue', { field: 'name', detail: 'it becomes a label too, so it has at most 63 characters' }, ['name']);
  const namespace = data['namespace'];
  if (typeof namespace === 'string' && namespace.trim() !== '' && !dnsLabel.test(namespace.trim()))
    report.add('node.invalidName', { value: namespace }, ['namespace']);
  if (namespace !== undefined && !kind.namespaced)
    report.add('node.noEffect', { field: 'namespace', other: 'type', values: 'a kind that lives in namespaces' }, ['namespace'], {
      severity: 'info',
      what: 'key',
    });

  for (const key of ['labels', 'annotations'] as const) checkTexts(report, node, key);
  for (const key of ['options', 'patch']) {
    if (data[key] !== undefined && data[key] !== null && !isJsonObject(data[key])) report.add('node.wrongType', { field: key, expected: 'a map' }, [key]);
  }
  const { options } = data;
  if (isJsonObject(options)) checkFields(report, optionsField.fields ?? [], options, ['options'], new Set());
  if (isJsonObject(options) && options['standalone'] !== undefined && !isForUse(kind))
    report.add('node.noEffect', { field: 'options.standalone', other: 'type', values: 'a kind that others use' }, ['options', 'standalone'], {
      severity: 'info',
      what: 'key',
    });
  const patch = data['patch'];
  if (isJsonObject(patch)) {
    const identity: readonly JsonPath[] = [
      ['apiVersion'],
      // Of a kind that makes several objects it says which of them is meant.
      ...(kind.kind === 'Role' ? [] : [['kind']]),
      ['metadata', 'name'],
      ['metadata', 'namespace'],
      ...owningLabels.map((label) => ['metadata', 'labels', label]),
    ];
    for (const path of identity) {
      const [first = '', second, third] = path.map(String);
      const map = second === undefined ? patch : patch[first];
      const inner = third === undefined ? map : isJsonObject(map) ? map[second ?? ''] : undefined;
      const has = isJsonObject(inner) && Object.hasOwn(inner, third ?? second ?? first);
      if (has) report.add('node.fixedValue', { field: textOf(['patch', ...path]) }, ['patch', ...path], { severity: 'warning', what: 'key' });
    }
  }
}

function checkTexts(report: NodeReport, node: WorkflowNode, field: 'labels' | 'annotations'): void {
  const map = node.data[field];
  if (map === undefined || map === null) return;
  if (!isJsonObject(map)) return report.add('node.wrongType', { field, expected: 'a map' }, [field]);
  for (const [key, value] of Object.entries(map)) {
    const path = [field, key];
    if (!isQualifiedName(key)) {
      report.add(
        'node.invalidValue',
        { field: textOf(path), detail: 'a name here has at most 63 letters, digits, "-", "_" and ".", with an optional DNS name and "/" before it' },
        path,
        { what: 'key' },
      );
    } else if (field === 'labels' && ownLabels.includes(key))
      report.add('node.fixedValue', { field: textOf(path) }, path, { severity: 'warning', what: 'key' });
    if (value !== null && typeof value === 'object') report.add('node.wrongType', { field: textOf(path), expected: 'text' }, path);
    else if (field === 'labels' && value !== null && !isLabelValue(String(value))) {
      report.add('node.invalidValue', { field: textOf(path), detail: 'a label has at most 63 letters, digits, "-", "_" and "."' }, path);
    }
  }
}
