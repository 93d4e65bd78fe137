import type { JsonObject, JsonPath, JsonValue } from '../../shared/json';
import { isJsonObject, jsonObject, valueAt } from '../../shared/json';
import type { ProblemCode } from '../../shared/problem';
import type { WorkflowNode } from '../../shared/workflow';
import { dnsLabel, objectName } from '../../shared/workflow';

/** A chart and what it is rendered with, as the file says it. */
export interface HelmSpec {
  readonly tool: 'helm';
  readonly chart: { readonly at: 'workspace'; readonly path: string } | { readonly at: 'network'; readonly name: string; readonly repo?: string };
  readonly version?: string;
  readonly releaseName: string;
  readonly values: JsonObject;
  readonly valuesFiles: readonly string[];
  readonly includeCRDs: boolean;
  readonly kubeVersion?: string;
  readonly apiVersions: readonly string[];
  readonly adopt: boolean;
}

export interface KustomizeSpec {
  readonly tool: 'kustomize';
  readonly path: string;
  readonly enableHelm: boolean;
}

export type SourceSpec = HelmSpec | KustomizeSpec;

/** What is wrong with a field of a node, for whoever tells it. */
export interface SpecFault {
  readonly code: ProblemCode;
  readonly args: Readonly<Record<string, string>>;
  readonly path: JsonPath;
}

export type SpecReading = { readonly ok: true; readonly spec: SourceSpec } | { readonly ok: false; readonly faults: readonly SpecFault[] };

/** The longest name that Helm takes for a release. */
const maxReleaseName = 53;

/** Reads what a node of a kind with `renderedBy` asks for. `data` is effective, with defaults. */
export function sourceSpec(tool: SourceSpec['tool'], node: WorkflowNode, data: JsonObject): SpecReading {
  const fields = new Fields(data);
  const spec = tool === 'kustomize' ? kustomizeSpec(fields) : helmSpec(fields, fields.text('releaseName') ?? objectName(node));
  return fields.faults.length > 0 ? { ok: false, faults: fields.faults } : { ok: true, spec };
}

function kustomizeSpec(fields: Fields): KustomizeSpec {
  return { tool: 'kustomize', path: fields.workspacePath(['path'], fields.text('path') ?? ''), enableHelm: fields.value('enableHelm') === true };
}

function helmSpec(fields: Fields, releaseName: string): HelmSpec {
  const chart = fields.text('chart') ?? '';
  const repo = fields.text('repo');
  const version = fields.text('version');
  const kubeVersion = fields.text('kubeVersion');
  const values = fields.value('values');
  if (releaseName.length > maxReleaseName || !dnsLabel.test(releaseName))
    fields.invalid(['releaseName'], `a release has lower-case letters, digits and "-", at most ${maxReleaseName} of them`);
  if (version !== undefined && !/^[0-9A-Za-z][0-9A-Za-z.+~^*<>=| -]*$/.test(version)) fields.invalid(['version'], 'it must be a version such as 1.2.3');
  if (kubeVersion !== undefined && !/^v?\d+\.\d+(\.\d+)?([-+][0-9A-Za-z.+-]+)?$/.test(kubeVersion))
    fields.invalid(['kubeVersion'], 'it must be a version such as 1.36.0');
  const isRemote = repo !== undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(chart);
  if (isRemote) checkRemote(fields, chart, repo, version);
  return {
    tool: 'helm',
    chart: isRemote
      ? { at: 'network', name: chart, ...(repo === undefined ? {} : { repo }) }
      : { at: 'workspace', path: fields.workspacePath(['chart'], chart) },
    releaseName,
    values: isJsonObject(values) ? values : jsonObject(),
    valuesFiles: fields.texts('valuesFiles').map((file, index) => fields.workspacePath(['valuesFiles', index], file)),
    includeCRDs: fields.value('includeCRDs') !== false,
    apiVersions: fields.texts('apiVersions').filter((api, index) => {
      const fits = /^[A-Za-z0-9.-]+(\/[A-Za-z0-9.-]+){0,2}$/.test(api);
      if (!fits) fields.invalid(['apiVersions', index], 'it must be a group and version, or group, version and kind');
      return fits;
    }),
    adopt: fields.value('adopt') === true,
    ...(version === undefined ? {} : { version }),
    ...(kubeVersion === undefined ? {} : { kubeVersion }),
  };
}

function checkRemote(fields: Fields, chart: string, repo: string | undefined, version: string | undefined): void {
  if (repo === undefined) {
    if (!/^oci:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[A-Za-z0-9._-]+)+$/.test(chart))
      fields.invalid(['chart'], 'an address begins with "oci://" and names a registry and a chart; for a repository set "repo"');
  } else {
    if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(chart)) fields.invalid(['chart'], 'beside "repo" it is the name of a chart');
    if (!/^https:\/\/[A-Za-z0-9.-]+(:\d+)?(\/[^\s?#@]*)?$/.test(repo))
      fields.invalid(['repo'], 'it must be a URL that begins with "https://" and holds no user name or password');
  }
  if (version === undefined || /[~^*<>=| ]|\bx\b/i.test(version)) fields.fault('source.needsVersion', {}, version === undefined ? ['chart'] : ['version']);
}

/** Fields of a node's data, and what is wrong with those that were read. */
class Fields {
  readonly faults: SpecFault[] = [];
  readonly #data: JsonObject;

  constructor(data: JsonObject) {
    this.#data = data;
  }

  value(field: string): JsonValue | undefined {
    return valueAt(this.#data, [field]);
  }

  text(field: string): string | undefined {
    const value = this.value(field);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  }

  texts(field: string): readonly string[] {
    const value = this.value(field);
    return Array.isArray(value) ? (value as readonly JsonValue[]).flatMap((item) => (typeof item === 'string' && item.trim() !== '' ? [item.trim()] : [])) : [];
  }

  /** A path from the workspace's folder. Where it leads, links followed, is looked at when it is read. */
  workspacePath(path: JsonPath, text: string): string {
    const steps = text.split('/');
    let depth = 0;
    const leaves = steps.some((step) => (depth += step === '..' ? -1 : step === '.' || step === '' ? 0 : 1) < 0);
    if (text.includes('\\') || text.includes('\0')) this.invalid(path, 'a path has forward slashes');
    else if (leaves || text.startsWith('/') || text.startsWith('~') || /^[A-Za-z]:/.test(text)) this.fault('source.outside', { path: text }, path);
    return text;
  }

  invalid(path: JsonPath, detail: string): void {
    this.fault('source.invalid', { field: String(path[0]), detail }, path);
  }

  fault(code: ProblemCode, args: Readonly<Record<string, string>>, path: JsonPath): void {
    this.faults.push({ code, args, path });
  }
}
