import type { Catalog } from '../../shared/catalog';
import type { ImportChoice, ImportChoices, ImportLoss, NodeSources } from '../../shared/importPreview';
import type { JsonValue } from '../../shared/json';
import { jsonObject } from '../../shared/json';
import { failure } from '../../shared/problem';
import type { Workflow } from '../../shared/workflow';
import { emptyWorkflow, maxWorkflowNameLength } from '../../shared/workflow';
import { workflowText } from '../document/format';
import { placeNodes } from '../placeOne';
import type { Files } from '../ports';
import { maxServices } from './compose/loadCompose';
import type { ComposeProject, ComposeRequest } from './compose/readCompose';
import { readCompose } from './compose/readCompose';
import type { MapTree, Tree } from './compose/tree';
import { entriesOf, get, isMap, isNull, itemsOf, textOf } from './compose/tree';
import { Choices } from './choices';
import { addSecret, takeCommand, takeHealth, takeImage, takeNames, takeProcess, takeVariables } from './composeContainer';
import type { ComposeContext, ServiceContext } from './composeContext';
import { addNode, pathOf, sourceOf } from './composeContext';
import { takeDeploy, takeResources } from './composeDeploy';
import { takeHooks } from './composeHooks';
import { serviceLoss } from './composeLosses';
import { takeMounts } from './composeMounts';
import { imageName, takePorts } from './composeNetwork';
import { isTrue, takeFiles, widenClaims } from './composeStorage';
import { withoutLeftOut } from './leaveOut';
import { Ledger } from './ledger';
import { labelOf, Names, trimmed } from './names';
import { SourceLines } from './sourceRanges';

export interface ComposeImportRequest extends Omit<ComposeRequest, 'files'> {
  /** Reads and lists below `folder`; nothing else is ever looked at, and nothing is written. */
  readonly files: Pick<Files, 'read' | 'list'>;
  readonly catalog: Catalog;
  /** The workflow's name; that of the project when it is left out. */
  readonly name?: string;
  /** What was chosen otherwise than the import would have it. */
  readonly choices?: ImportChoices;
  /** The files have been read and resolved. */
  readonly onRead?: () => void;
}

/** What became of one service of the project. */
export interface ImportedService {
  readonly service: string;
  /** The workload's node; absent for what compose leaves to a provider. */
  readonly workload?: { readonly node: string; readonly kind: string; readonly name: string };
  /** Names under which others reach it. */
  readonly services: readonly string[];
}

export interface ComposeImport {
  readonly workflow: Workflow;
  /** The workflow file. No value of a secret is in it. */
  readonly text: string;
  readonly services: readonly ImportedService[];
  /** The names of secret values that will be asked for, by the node of their Secret. */
  readonly secrets: readonly { readonly node: string; readonly keys: readonly string[] }[];
  readonly losses: readonly ImportLoss[];
  readonly sources: NodeSources;
  readonly choices: readonly ImportChoice[];
}

/** Images that keep data: by their last part without a tag. */
const stores =
  /^(?:postgres|postgresql|postgis|mysql|mariadb|mongodb|mongo|redis|valkey|memcached|elasticsearch|opensearch|cassandra|couchdb|couchbase|neo4j|influxdb|timescaledb|cockroachdb|cockroach|clickhouse|clickhouse-server|kafka|zookeeper|rabbitmq|nats|etcd|consul|minio)$/;

/**
 * Makes a workflow of compose files: each service a workload with its Services, its variables, files and claims, and `depends_on` as
 * relations. Whatever has no equal is told with its place, the reason and what to do; nothing is left out in silence.
 * @throws ProblemError with a `compose.*` code for what compose itself refuses
 */
export async function importCompose(request: ComposeImportRequest): Promise<ComposeImport> {
  const project = await readCompose(request);
  request.onRead?.();
  const shown = (file: string): string => project.relative(file) ?? file;
  const ledger = new Ledger(shown);
  const choices = new Choices(request.choices);
  const context: ComposeContext = {
    project,
    files: request.files,
    ledger,
    names: new Names(),
    choices,
    lines: new SourceLines(project.root, shown),
    sources: new Map(),
    nodes: [],
    edges: [],
    linked: entriesOf(get(project.root, 'services')).flatMap(([, { value }]) => itemsOf(get(value, 'links'))),
    claims: new Map(),
    configs: new Map(),
    secrets: new Map(),
  };
  const services: ImportedService[] = [];
  const workloads = workloadContexts(context);
  for (const one of workloads) services.push(await importService(one));
  for (const one of workloads) takeDependencies(one, workloads);
  for (const one of workloads) ledger.close(one.tree, [one.section, one.service], (path) => serviceLoss(path.slice(2)));
  widenClaims(context);
  tellRest(context);
  const name = trimmed(labelOf(request.name ?? project.name, 'imported'), maxWorkflowNameLength);
  const unplaced: Workflow = {
    ...emptyWorkflow(name),
    description: 'Imported from compose',
    tags: ['imported', 'compose'],
    nodes: context.nodes,
    edges: context.edges,
  };
  const workflow = { ...unplaced, layout: placeNodes(unplaced, request.catalog) };
  const secrets = context.nodes
    .filter((node) => node.type === 'secret')
    .map((node) => ({ node: node.id, keys: (node.data['keys'] ?? []) as readonly string[] }));
  const made = {
    workflow,
    text: workflowText(workflow),
    services,
    secrets,
    losses: ledger.losses,
    sources: Object.fromEntries(context.sources),
    choices: choices.offered,
  };
  return withoutServices(withoutLeftOut(made, request.choices ?? {}));
}

function withoutServices(made: ComposeImport): ComposeImport {
  const isThere = (node: string): boolean => made.workflow.nodes.some(({ id }) => id === node);
  const services = made.services.map((one) => (one.workload === undefined || isThere(one.workload.node) ? one : { service: one.service, services: [] }));
  return { ...made, services };
}

function workloadContexts(context: ComposeContext): readonly ServiceContext[] {
  const { root } = context.project;
  const waits = entriesOf(get(root, 'services')).flatMap(([, { value }]) =>
    entriesOf(get(value, 'depends_on')).map(([other, dependency]) => ({
      other,
      forEnd: textOf(get(dependency.value, 'condition')) === 'service_completed_successfully',
    })),
  );
  const count = ['services', 'jobs'].reduce((sum, section) => sum + entriesOf(get(root, section)).length, 0);
  if (count > maxServices) throw failure('import.tooManyServices', { count: String(count), limit: String(maxServices) });
  const made: ServiceContext[] = [];
  for (const section of ['services', 'jobs']) {
    for (const [service, { at, value }] of entriesOf(get(root, section))) {
      if (!isMap(value)) continue;
      const id = context.names.take(labelOf(service, 'service'));
      const kind =
        section === 'jobs'
          ? itemsOf(get(value, 'triggers', 'schedule')).length > 0
            ? 'cronjob'
            : 'job'
          : chosenKind(
              context,
              service,
              id,
              kindOf(
                context.project,
                value,
                waits.filter((one) => one.other === service),
              ),
            );
      made.push({
        ...context,
        section,
        service,
        at,
        tree: value,
        id,
        data: jsonObject(),
        kind,
        secretKeys: new Set(),
      });
    }
  }
  return made;
}

type ServiceKind = Exclude<ServiceContext['kind'], 'cronjob'>;
interface FoundKind {
  readonly kind: ServiceKind;
  readonly reason: string;
}

function chosenKind({ choices }: ComposeContext, service: string, id: string, { kind, reason }: FoundKind): ServiceKind {
  const options: readonly ServiceKind[] = ['deployment', 'statefulset', 'daemonset', 'job'];
  return choices.offer({ key: `workload:${service}`, kind: 'workload', node: id, subject: '', reason }, kind, options);
}

/**
 * A Job for what ends (something waits for its end, or it is never to be restarted and nobody can call it or waits for it to run), a DaemonSet for `mode: global`, a
 * StatefulSet for images that keep data and for what mounts a named volume that it writes to, else a Deployment.
 */
function kindOf(project: ComposeProject, service: MapTree, waits: readonly { readonly forEnd: boolean }[]): FoundKind {
  const restart = textOf(get(service, 'deploy', 'restart_policy', 'condition')) ?? textOf(get(service, 'restart')) ?? '';
  const isCalled = [...itemsOf(get(service, 'ports')), ...itemsOf(get(service, 'expose'))].length > 0 || get(service, 'healthcheck') !== undefined;
  if (waits.some((one) => one.forEnd)) return { kind: 'job', reason: 'Another service waits for its end.' };
  if (/^(?:no|none)$/.test(restart) && !isCalled && waits.length === 0) return { kind: 'job', reason: 'It is never restarted, and nobody calls it.' };
  if (textOf(get(service, 'deploy', 'mode'))?.startsWith('global') === true) return { kind: 'daemonset', reason: 'Its mode is global: one on each machine.' };
  const kept = itemsOf(get(service, 'volumes')).find((volume) => {
    const source = textOf(get(volume, 'source')) ?? '';
    return (
      textOf(get(volume, 'type')) === 'volume' &&
      source !== '' &&
      !isTrue(get(volume, 'read_only')) &&
      !isTrue(get(project.root, 'volumes', source, 'external'))
    );
  });
  const image = imageName(textOf(get(service, 'image')) ?? '');
  if (kept !== undefined) return { kind: 'statefulset', reason: `It writes to the named volume "${textOf(get(kept, 'source')) ?? ''}".` };
  if (stores.test(image)) return { kind: 'statefulset', reason: `The image "${image}" keeps data.` };
  return { kind: 'deployment', reason: 'Nothing says that it keeps data or ends.' };
}

async function importService(context: ServiceContext): Promise<ImportedService> {
  const { service, tree, ledger } = context;
  const provider = get(tree, 'provider');
  if (provider !== undefined) {
    ledger.tell('lost', tree, pathOf(context, 'provider'), ...serviceLoss(['provider']));
    return { service, services: [] };
  }
  ledger.carry(get(tree, 'name'), get(tree, 'profiles'), get(tree, 'extends'));
  takeImage(context);
  takeCommand(context);
  takeVariables(context);
  takeProcess(context);
  takeHealth(context);
  takeHooks(context);
  takeResources(context);
  takeNames(context);
  takeDeploy(context);
  takeTriggers(context);
  await takeMounts(context);
  await takeFiles(context);
  const services = takePorts(context);
  addSecret(context);
  addNode(context, context.id, context.kind, context.id, context.data, sourceOf(context));
  return { service, workload: { node: context.id, kind: context.kind, name: context.id }, services };
}

function takeTriggers(context: ServiceContext): void {
  const [first, ...others] = itemsOf(get(context.tree, 'triggers', 'schedule'));
  if (first !== undefined && context.kind === 'cronjob') {
    const word = (key: string): string => textOf(get(first, key)) ?? '';
    context.data['schedule'] = word('cron');
    if (word('timezone') !== '') context.data['timeZone'] = word('timezone');
    const policies: Readonly<Record<string, JsonValue>> = { allow: 'Allow', forbid: 'Forbid', replace: 'Replace' };
    const policy = policies[word('concurrency').toLowerCase()];
    if (policy !== undefined) context.data['concurrencyPolicy'] = policy;
    context.ledger.carry(get(first, 'cron'), get(first, 'timezone'), policy === undefined ? undefined : get(first, 'concurrency'));
    others.forEach((other, index) =>
      context.ledger.tell('lost', other, pathOf(context, 'triggers', 'schedule', String(index + 1)), 'A CronJob has one schedule.', 'Make a CronJob for each.'),
    );
  }
  const manual = get(context.tree, 'triggers', 'manual');
  if (manual === undefined || context.kind !== 'job') return;
  context.data['suspend'] = true;
  context.ledger.tell(
    'changed',
    manual,
    pathOf(context, 'triggers', 'manual'),
    'It is started by hand: the Job is suspended.',
    'Set suspend to false to run it.',
  );
}

function takeDependencies(context: ServiceContext, workloads: readonly ServiceContext[]): void {
  for (const [other, { at, value }] of entriesOf(get(context.tree, 'depends_on'))) {
    const target = workloads.find((one) => one.service === other && context.edges.every((edge) => !(edge.from === context.id && edge.to === one.id)));
    const keys = ['depends_on', other];
    const tell = (kind: ImportLoss['kind'], reason: string, todo: string): void => context.ledger.tellAt(kind, at, pathOf(context, ...keys), reason, todo);
    const restart = get(value, 'restart');
    context.ledger.carry(value);
    if (target === undefined || get(target.tree, 'provider') !== undefined) {
      tell('lost', `"${other}" is not part of the workflow.`, 'Nothing, if it need not be there.');
      continue;
    }
    if (target.kind === 'cronjob' || context.kind === 'cronjob') {
      if (target.kind === 'cronjob') tell('lost', 'Nothing can wait for a CronJob.', 'Make it a Job.');
      if (target.kind === 'cronjob') continue;
    }
    const condition = textOf(get(value, 'condition')) ?? '';
    if (condition === 'service_healthy' && get(target.tree, 'healthcheck') === undefined)
      tell('note', `"${other}" has no health check here: it counts as healthy when its pods are ready.`, 'Set readinessProbe.');
    context.edges.push({ from: context.id, to: target.id, ...(condition === 'service_started' ? { ready: 'applied' } : {}) });
    if (isTrue(restart)) tell('lost', `It is not restarted when "${other}" is.`, 'Nothing, if it connects again by itself.');
  }
}

/** What is told of the project beside its services. */
function tellRest(context: ComposeContext): void {
  const { project, ledger } = context;
  for (const { name, at, profiles } of project.disabled)
    ledger.tellAt('lost', at, `services.${name}`, `Its profile (${profiles.join(', ')}) is not active.`, `Import with --profile ${profiles[0] ?? ''}.`);
  for (const [name, at] of project.unset)
    ledger.tellAt('note', at, `\${${name}}`, 'The variable is not set and counts as empty.', 'Set it in the .env file, or give a file with --env-file.');
  for (const at of project.versions) ledger.tellAt('note', at, 'version', 'It is obsolete, and compose ignores it.', 'Remove it.');
  for (const [section, { value }] of project.root.entries) {
    if (section === 'services' || section === 'jobs') continue;
    if (section.startsWith('x-')) {
      ledger.tell('note', value, section, 'It is an extension; what anchors take from it is carried.', 'Nothing.');
      continue;
    }
    for (const [name, entry] of entriesOf(value)) tellResource(context, section, name, entry.value);
  }
}

function tellResource(context: ComposeContext, section: string, name: string, tree: Tree): void {
  const { ledger } = context;
  const path = [section, name];
  const isUsed = section === 'volumes' ? context.claims.has(name) : context.configs.has(path.join('.')) || context.secrets.has(path.join('.'));
  ledger.carry(get(tree, 'name'), get(tree, 'external'));
  if (section === 'networks') {
    if (isTrue(get(tree, 'internal')))
      ledger.tell(
        'lost',
        get(tree, 'internal') as Tree,
        `${path.join('.')}.internal`,
        'All pods reach one another, and the outside.',
        'Add a NetworkPolicy that closes the way out.',
      );
    else if (name !== 'default')
      ledger.tellAt(
        'changed',
        tree.at,
        path.join('.'),
        'All pods of a cluster reach one another, whatever network they were in.',
        'Add NetworkPolicies to keep some apart.',
      );
  } else if (section !== 'models' && !isUsed && !isTrue(get(tree, 'external'))) {
    const key = section === 'volumes' ? undefined : `${section}.${name}`;
    if (key === undefined || !(context.configs.has(key) || context.secrets.has(key))) {
      ledger.tell('note', tree, path.join('.'), 'No service uses it.', 'Nothing.');
      return;
    }
  }
  if (section === 'configs' || section === 'secrets') ledger.carry(...['file', 'environment', 'content'].map((key) => get(tree, key)));
  if (section === 'volumes' && textOf(get(tree, 'driver')) === 'local') ledger.carry(get(tree, 'driver'));
  ledger.close(tree, path, (at) => resourceLoss(section, at.slice(2)));
  if (isMap(tree) && [...tree.entries.values()].every(({ value }) => isNull(value))) ledger.carry(tree);
}

function resourceLoss(section: string, path: readonly string[]): readonly [reason: string, todo: string] {
  if (path.some((part) => part.startsWith('x-'))) return serviceLoss(path);
  const words: Readonly<Record<string, readonly [string, string]>> = {
    volumes: ['Storage is made by classes, not by drivers of a machine.', 'Set storageClassName of the claim, or make a PersistentVolume.'],
    networks: ['The network of a cluster is set up by those who run it.', 'Nothing, or add a NetworkPolicy.'],
    configs: ['ConfigMaps hold texts as they are.', 'Put the finished text into the ConfigMap.'],
    secrets: ['Secrets are kept by the cluster.', 'Use "valueFrom" of the Secret for a store of your own.'],
    models: ['There are no models in a cluster by themselves.', 'Run a server for the model as a node.'],
  };
  return words[section] ?? ['It has no equal in Kubernetes.', 'Look whether the application needs it.'];
}
