import { stringify } from 'yaml';
import { freeId, idFrom } from '../../../shared/freeId';
import type { JsonObject } from '../../../shared/json';
import { isJsonObject, jsonObject } from '../../../shared/json';
import { failure } from '../../../shared/problem';
import type { Workflow, WorkflowNode } from '../../../shared/workflow';
import type { ComposeImport, ComposeImportRequest } from '../composeImport';
import { importCompose } from '../composeImport';
import { workflowText } from '../../document/format';
import type { FoundProject, RepositoryFiles, SourceFolder } from './findProject';
import { filesBelow, findProject, inside } from './findProject';

export interface RepositoryImportRequest extends Pick<ComposeImportRequest, 'catalog' | 'folder' | 'profiles' | 'choices'> {
  readonly files: RepositoryFiles;
  /** The repository's name: that of the workflow, and of an image that is built. */
  readonly name: string;
  /** Where it is cloned from; absent for a folder, which images are built from as it is. */
  readonly repository?: { readonly url: string; readonly branch?: string };
  /** Where in it to look; everything when it is left out. */
  readonly within?: string;
  readonly signal?: AbortSignal;
  /** What to import of it; what is found first when it is left out. */
  readonly found?: FoundProject;
  /** What is imported has been read, and a workflow is made of it now. */
  readonly onRead?: () => void;
}

export interface RepositoryImport extends ComposeImport {
  readonly found: Exclude<FoundProject, { readonly type: 'nothing' }>;
  /** Nodes whose image is built first. */
  readonly builds: readonly string[];
}

/** Under which name the compose file is known that is made of what was found. */
const madeFile = 'found-in-repository.compose.yaml';

/**
 * Makes a workflow of a repository: of its compose files, else of its Dockerfiles, else of the languages that are found, each a service whose
 * image is built from its folder. Variables are those of an `.env.example`; values that look like secrets are asked for later.
 * @throws ProblemError `import.noProject` when there is none of these
 */
export async function importRepository(request: RepositoryImportRequest): Promise<RepositoryImport> {
  const { files, folder, catalog, name, within = '.', signal, profiles, choices, onRead } = request;
  const found = request.found ?? (await findProject(files, within, signal));
  if (found.type === 'nothing') throw failure('import.noProject');
  const common = {
    ...{ folder, catalog, name },
    ...(profiles === undefined ? {} : { profiles }),
    ...(choices === undefined ? {} : { choices }),
    ...(onRead === undefined ? {} : { onRead }),
  };
  const made =
    found.type === 'compose'
      ? await importCompose({ ...common, files, paths: found.paths })
      : await importCompose({ ...common, files: withMade(files, await composeText(files, found.folders, name)), paths: [madeFile] });
  const { repository } = request;
  const nodes = made.workflow.nodes.map((node) => withSource(node, found, repository));
  const workflow: Workflow = { ...made.workflow, nodes, description: 'Imported from a repository', tags: ['imported', 'repository'] };
  const builds = workflow.nodes.filter(({ data }) => isBuilt(data)).map(({ id }) => id);
  return { ...made, ...(found.type === 'sources' ? foundPlaces(made, found.folders) : {}), workflow, text: workflowText(workflow), found, builds };
}

/** The compose file was made here: what a person knows is the Dockerfile, or the file by which the language was found. */
function foundPlaces({ services, sources, losses }: ComposeImport, folders: readonly SourceFolder[]): Pick<ComposeImport, 'sources' | 'losses'> {
  const files = new Map(services.map(({ service }, index) => [service, fileOf(folders[index])] as const));
  const ids = new Map(services.flatMap(({ service, workload }) => (workload === undefined ? [] : [[workload.node, files.get(service)] as const])));
  const places = Object.keys(sources).map((id) => {
    const file = ids.get(id) ?? [...ids].find(([node]) => id.startsWith(`${node}-`))?.[1];
    return [id, file === undefined ? [] : [{ file, line: 1, endLine: 1 }]] as const;
  });
  const told = losses.map((loss) => {
    const file = [...files].find(([service]) => loss.path === `services.${service}` || loss.path.startsWith(`services.${service}.`))?.[1];
    return file === undefined || loss.file !== madeFile ? loss : { ...loss, file, line: 1, column: 1 };
  });
  return { sources: Object.fromEntries(places), losses: told };
}

function fileOf(source: SourceFolder | undefined): string | undefined {
  const file = source?.dockerfile ?? source?.source?.found;
  return source === undefined || file === undefined ? undefined : inside(source.folder, file);
}

function isBuilt({ options }: JsonObject): boolean {
  return isJsonObject(options) && isJsonObject(options['build']);
}

/** The node, built from where its source is when the clone is gone; in a folder without a Dockerfile none is looked for. */
function withSource(node: WorkflowNode, found: FoundProject, repository: RepositoryImportRequest['repository']): WorkflowNode {
  const { options } = node.data;
  if (!isJsonObject(options) || !isJsonObject(options['build'])) return node;
  const { dockerfile, ...build } = options['build'];
  const hasNone = found.type === 'sources' && found.folders.some((one) => one.folder === build['context'] && one.dockerfile === undefined);
  const settings = {
    ...(repository === undefined ? {} : { repoUrl: repository.url, ...(repository.branch === undefined ? {} : { branch: repository.branch }) }),
    ...build,
    ...(hasNone || dockerfile === undefined ? {} : { dockerfile }),
  };
  return { ...node, data: { ...node.data, options: { ...options, build: settings } } };
}

function withMade(files: RepositoryFiles, text: string): RepositoryFiles {
  return { list: (path) => files.list(path), read: (path) => (path === madeFile ? Promise.resolve(text) : files.read(path)) };
}

async function composeText(files: RepositoryFiles, folders: readonly SourceFolder[], name: string): Promise<string> {
  const names = new Set<string>();
  const services = jsonObject();
  for (const one of folders) {
    const service = freeId(idFrom(one.folder === '.' ? name : (one.folder.split('/').at(-1) ?? name), 'app'), names);
    names.add(service);
    services[service] = await serviceOf(files, one, idFrom(one.folder === '.' ? name : `${name}-${service}`, 'app'));
  }
  return stringify({ name: idFrom(name, 'imported'), services });
}

async function serviceOf(files: RepositoryFiles, { folder, dockerfile, source }: SourceFolder, image: string): Promise<JsonObject> {
  const below = filesBelow(files, folder);
  const text = dockerfile === undefined ? undefined : await below.read(dockerfile);
  const variables = (await below.read('.env.example')) ?? (await below.read('.env.sample')) ?? '';
  const environment = variablesIn(variables);
  const port = text === undefined ? (portOf(environment['PORT']) ?? source?.port) : exposedIn(text);
  return {
    image: `${image}:latest`,
    build: { context: inside('.', folder === '.' ? '.' : `./${folder}`), ...(dockerfile === undefined || dockerfile === 'Dockerfile' ? {} : { dockerfile }) },
    ...(port === undefined ? {} : { ports: [`${String(port)}:${String(port)}`] }),
    ...(Object.keys(environment).length === 0
      ? {}
      : { environment: jsonObject(Object.entries(environment).map(([key, value]) => [key, value.replaceAll('$', '$$$$')] as const)) }),
  };
}

/** The first port that a Dockerfile opens, by number or by the default of a variable. */
function exposedIn(text: string): number | undefined {
  const defaults = new Map([...text.matchAll(/^\s*(?:ARG|ENV)\s+(\w+)[= ]["']?(\d+)/gim)].map((match) => [match[1] ?? '', match[2] ?? '']));
  const stages = text.split(/^\s*FROM\s/im);
  const exposed = /^\s*EXPOSE\s+["']?(?:\$\{?(\w+)\}?|(\d+))/im.exec(stages.at(-1) ?? '');
  return portOf(exposed?.[2] ?? defaults.get(exposed?.[1] ?? ''));
}

function portOf(text: string | undefined): number | undefined {
  const number = text !== undefined && /^\d{1,5}$/.test(text) ? Number(text) : 0;
  return number > 0 && number < 65_536 ? number : undefined;
}

function variablesIn(text: string): Readonly<Record<string, string>> {
  const lines = text.slice(0, 100_000).split(/\r?\n/).slice(0, 500);
  return Object.fromEntries(
    lines.flatMap((line) => {
      const match = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line);
      return match === null ? [] : [[match[1] ?? '', (match[2] ?? '').replace(/^(["'])(.*)\1$/, '$2')] as const];
    }),
  );
}
