import { failure } from '../../shared/problem';
import { canonicalJson, sha256Hex, sha256OfBytes } from '../digest';
import type { ProcessEnd, SourceFiles, SourceProgram, SourceTools } from '../ports';
import type { Capabilities, SourceParts } from './renderSources';
import type { SourceInputs } from './sourceInputs';
import { baseInputs, chartInputs } from './sourceInputs';
import type { HelmSpec, KustomizeSpec } from './sourceSpec';

/** One start of a program that is ready to be made. */
export interface ToolRun {
  /** Over everything that decides what it would write. */
  readonly digest: string;
  readonly shownTool: string;
  readonly inputs: Pick<SourceInputs, 'asksCluster' | 'makesUp'>;
  /** Starts it; gives what it wrote. */
  start(): Promise<string>;
}

interface RunPlace {
  readonly id: string;
  readonly namespace: string;
  readonly capabilities?: Capabilities;
}

const timeoutMs = 60_000;
/** A megabyte is some hundred objects; the definitions of the largest operators come near ten. */
const outputLimitBytes = 20 * 1024 * 1024;
const memoryLimitBytes = 2 * 1024 * 1024 * 1024;
const complaintLimit = 1024;

const pages: Readonly<Record<'helm' | 'kustomize', string>> = {
  helm: 'https://helm.sh/docs/intro/install/',
  kustomize: 'https://kubectl.docs.kubernetes.io/installation/kustomize/',
};

interface Tool {
  readonly program: SourceProgram;
  readonly path: string;
  readonly digest: string;
}

/** The first of the programs that is there. Throws `source.toolMissing` with all that was looked at. */
async function toolOf(tools: SourceTools, id: string, tool: 'helm' | 'kustomize', programs: readonly SourceProgram[]): Promise<Tool> {
  const searched: string[] = [];
  for (const program of programs) {
    const found = await tools.find(program);
    if ('path' in found) return { program, ...found };
    searched.push(`${program} in ${found.searched}`);
    // What a person chose is never silently another program.
    if (found.chosen) break;
  }
  throw failure('source.toolMissing', { id, tool, searched: searched.join('; '), page: pages[tool], setting: `kubeorch.tools.${tool}` });
}

/** Whether what a node names may be fetched. Throws `source.remote`. */
function checkRemote(tools: SourceTools, path: string | undefined): boolean {
  if (path === undefined) return false;
  if (!tools.isRemoteAllowed()) throw failure('source.remote', { path });
  return true;
}

/** Prepares `helm template`. Nothing is started. */
export async function helmRun(parts: SourceParts, spec: HelmSpec, place: RunPlace, signal?: AbortSignal): Promise<ToolRun> {
  const { tools, files } = parts;
  const { chart } = spec;
  const isRemote = checkRemote(tools, chart.at === 'network' ? (chart.repo === undefined ? chart.name : `${chart.repo} ${chart.name}`) : undefined);
  const inputs =
    chart.at === 'workspace' ? await chartInputs(files, chart.path, signal) : { digest: '', asksCluster: [], makesUp: new Map<string, string[]>() };
  const values = await Promise.all(spec.valuesFiles.map((path) => valuesFile(files, path, signal)));
  const tool = await toolOf(tools, place.id, 'helm', ['helm']);
  const inline = canonicalJson(spec.values);
  const hasInline = Object.keys(spec.values).length > 0;
  const kubeVersion = spec.kubeVersion ?? place.capabilities?.kubeVersion;
  const apiVersions = [...new Set([...(place.capabilities?.apiVersions ?? []), ...spec.apiVersions])];
  const flags = [
    `--namespace=${place.namespace}`,
    ...(chart.at === 'network' && chart.repo !== undefined ? [`--repo=${chart.repo}`] : []),
    ...(spec.version === undefined ? [] : [`--version=${spec.version}`]),
    ...(spec.includeCRDs ? ['--include-crds'] : []),
    ...(kubeVersion === undefined ? [] : [`--kube-version=${kubeVersion}`]),
    ...apiVersions.map((api) => `--api-versions=${api}`),
  ];
  const name = chart.at === 'network' ? chart.name : chart.path;
  const decided = [tool.digest, inputs.digest, spec.releaseName, name, ...flags, ...values.map((one) => one.digest), hasInline ? inline : ''];
  return {
    digest: await sha256Hex(JSON.stringify(decided)),
    shownTool: 'helm',
    inputs,
    start: async () => {
      const found = chart.at === 'workspace' ? ((await files.look(chart.path))?.place ?? chart.path) : chart.name;
      const args = ['template', spec.releaseName, found, ...flags, ...values.map((one) => `--values=${one.place}`), ...(hasInline ? ['--values=-'] : [])];
      const hidden = new Map([[found, name], ...values.map((one) => [one.place, one.path] as const)]);
      return started(parts, tool, args, { id: place.id, isRemote, hidden, ...(hasInline ? { input: inline } : {}) }, signal);
    },
  };
}

async function valuesFile(files: SourceFiles, path: string, signal: AbortSignal | undefined): Promise<{ place: string; digest: string; path: string }> {
  const found = await files.look(path);
  if (found === undefined || found.folder) throw failure('source.missing', { path });
  let digest = '';
  for await (const { bytes } of files.walk(path, signal)) digest = await sha256OfBytes(bytes);
  return { place: found.place, digest, path };
}

/** Prepares `kustomize build`, or `kubectl kustomize` where that is all there is. Nothing is started. */
export async function kustomizeRun(parts: SourceParts, spec: KustomizeSpec, place: RunPlace, signal?: AbortSignal): Promise<ToolRun> {
  const { tools, files } = parts;
  const inputs = await baseInputs(files, spec.path, signal);
  const isRemote = checkRemote(tools, inputs.remote);
  const tool = await toolOf(tools, place.id, 'kustomize', ['kustomize', 'kubectl']);
  const helm = spec.enableHelm ? await toolOf(tools, place.id, 'helm', ['helm']) : undefined;
  const decided = [tool.program, tool.digest, helm?.digest ?? '', spec.path, inputs.digest];
  return {
    digest: await sha256Hex(JSON.stringify(decided)),
    shownTool: tool.program === 'kubectl' ? 'kubectl kustomize' : 'kustomize',
    inputs,
    start: async () => {
      const found = (await files.look(spec.path))?.place ?? spec.path;
      const args = [tool.program === 'kubectl' ? 'kustomize' : 'build', found, ...(helm === undefined ? [] : ['--enable-helm', `--helm-command=${helm.path}`])];
      return started(parts, tool, args, { id: place.id, isRemote, hidden: new Map([[found, spec.path]]) }, signal);
    },
  };
}

interface Start {
  readonly id: string;
  readonly isRemote: boolean;
  readonly input?: string;
  /** Places of this machine and what the file calls them, for the program's words. */
  readonly hidden: ReadonlyMap<string, string>;
}

async function started(parts: SourceParts, tool: Tool, args: readonly string[], start: Start, signal: AbortSignal | undefined): Promise<string> {
  const { tools, files, processes, clean } = parts;
  const shown = tool.program === 'kubectl' ? 'kubectl kustomize' : tool.program;
  const cannot = (detail: string, cause?: unknown): Error => failure('source.failed', { tool: shown, id: start.id, detail }, { cause });
  const scratch = await files.scratch();
  try {
    const env = environmentFor(await tools.environment(), scratch.place, start.isRemote);
    let end: ProcessEnd;
    // Asked again at the last moment: what took time may have taken the trust away.
    if (!tools.isAllowed()) throw failure('source.untrusted', { id: start.id, tool: shown });
    try {
      end = await processes.run(tool.path, args, {
        cwd: scratch.place,
        env,
        timeoutMs,
        outputLimitBytes,
        memoryLimitBytes,
        ...(start.input === undefined ? {} : { input: start.input }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      throw cannot(`${tool.path} could not be started`, error);
    }
    signal?.throwIfAborted();
    if (end.stopped !== undefined) throw cannot(stoppedWords[end.stopped]);
    if (end.exitCode === 0) return end.stdout;
    let said = end.stderr;
    for (const [found, name] of [...start.hidden, [scratch.place, ''] as const]) said = said.replaceAll(found, name);
    throw cannot(clean(said.trim(), complaintLimit) || `exit code ${end.exitCode ?? 'unknown'}`);
  } finally {
    await scratch.dispose();
  }
}

const stoppedWords: Readonly<Record<NonNullable<ProcessEnd['stopped']>, string>> = {
  timeout: `it took longer than ${timeoutMs / 1000} s and was ended`,
  output: `it wrote more than ${outputLimitBytes / 1024 / 1024} MB and was ended`,
  memory: `it used more than ${memoryLimitBytes / 1024 / 1024 / 1024} GB of memory and was ended`,
  cancelled: 'it was cancelled',
};

/** What fetching needs of a person's environment: places, proxies, authorities and the sign-in to registries. */
const handedOnForRemote =
  /^(?:PATH|HOME|USER|LOGNAME|LANG|TMPDIR|XDG_[A-Z_]+|HELM_(?:CACHE_HOME|CONFIG_HOME|DATA_HOME|REGISTRY_CONFIG|REPOSITORY_CONFIG|REPOSITORY_CACHE)|DOCKER_CONFIG|(?:https?|no|all)_proxy|SSL_CERT_(?:FILE|DIR)|GIT_SSH(?:_COMMAND)?|SSH_AUTH_SOCK)$/i;
/** Without these a program of Windows does not start. */
const needed = /^(?:SystemRoot|windir|SystemDrive|ComSpec|PATHEXT|USERPROFILE|APPDATA|LOCALAPPDATA)$/i;

/**
 * The environment of one start. A rendering from the workspace gets an empty home, no way to find other programs, and a proxy
 * that nobody answers at; never anything about clusters.
 */
function environmentFor(own: Readonly<Record<string, string | undefined>>, scratch: string, isRemote: boolean): Record<string, string> {
  const given: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && (needed.test(name) || (isRemote && handedOnForRemote.test(name)))) given[name] = value;
  }
  const nobody = 'http://127.0.0.1:1';
  const closed = {
    HOME: scratch,
    XDG_CONFIG_HOME: scratch,
    HELM_CACHE_HOME: scratch,
    HELM_CONFIG_HOME: scratch,
    HELM_DATA_HOME: scratch,
    HTTP_PROXY: nobody,
    HTTPS_PROXY: nobody,
    PATH: scratch,
  };
  return {
    ...given,
    ...(isRemote ? {} : closed),
    TMPDIR: scratch,
    TMP: scratch,
    TEMP: scratch,
    KUBECONFIG: `${scratch}/none`,
    HELM_NO_PLUGINS: '1',
    // Go gives memory back before it asks for more than this; what still does is ended from outside.
    GOMEMLIMIT: String(Math.floor(memoryLimitBytes * 0.75)),
  };
}
