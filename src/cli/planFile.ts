import type { PlanRequest, PreparedPlan, RenderedObject, RenderResult, SourceResults } from '../engine/index';
import type { Secrets } from '../engine/ports';
import { secretsFrom } from '../node/secretSources';
import { execFile } from 'node:child_process';
import { relative, sep } from 'node:path';
import type { Command } from 'commander';
import type { Prices } from '../shared/cost';
import type { PlanAsked } from '../shared/plan';
import { failure, problemText } from '../shared/problem';
import type { Invocation } from './invocation';
import { hasErrors, problemsText } from './printers/problems';
import type { RegistryOptions } from './registries';
import { withGivenPullSecrets, withRegistryOptions } from './registries';
import type { SourceOptions, SourcePlace } from './sources';
import { sourcesOf } from './sources';
import type { ConnectedTarget } from './target';
import type { WorkflowFile } from './workflowFile';
import { problemsOf, readOpenApi } from './workflowFile';

export interface SecretOptions extends RegistryOptions {
  readonly secret: readonly string[];
  readonly secretEnv?: string;
}

/** Adds the options that bring secret values. */
export function withSecretOptions(command: Command): Command {
  return withRegistryOptions(command)
    .option(
      '--secret <node.KEY=@file>',
      'a secret value from a file, or @- from standard input; a last line break is no part of it; may be repeated',
      collected,
      [],
    )
    .option('--secret-env <prefix>', 'secret values from environment variables: PREFIX_NODE_KEY');
}

export interface ChangeOptions {
  readonly prune?: true;
  readonly deleteAlso: readonly string[];
  readonly adopt: readonly string[];
  readonly take: readonly string[];
  readonly from?: string;
  readonly prices?: string;
}

/** Adds the options by which a person chooses what happens to objects that no node makes, and to those of others. */
export function withChangeOptions(command: Command): Command {
  return command
    .option('--prune', 'delete what earlier runs made and no node makes any more; Secrets, claims, namespaces and definitions stay')
    .option('--delete-also <Kind/name>', 'with --prune, delete this Secret, claim, namespace or definition as well; may be repeated', collected, [])
    .option('--adopt <Kind/name>', 'take over an object that exists and that no workflow made; may be repeated', collected, [])
    .option('--take <Kind/name:path>', 'take over a field from its owner, named as a conflict names it; may be repeated', collected, [])
    .option('--from <node>', 'only this node and what depends on it, such as after a run that failed there; the rest is left as it is')
    .option(
      '--prices <list>',
      'estimate a month by these prices of a core and a GiB an hour and a GiB of storage a month, such as cpu=0.03,memory=0.004,storage=0.1,currency=EUR; else by KUBEORCH_PRICES',
    );
}

/** Reads `cpu=0.03,memory=0.004,storage=0.1,currency=EUR`; what is left out is not known. */
export function pricesFrom(text: string): Prices {
  const given = { cpu: 0, memory: 0, storage: 0 };
  let currency = 'USD';
  for (const part of text.split(',')) {
    const [name = '', value = '', ...more] = part.split('=').map((word) => word.trim());
    const price = /^\d+(\.\d+)?$/.test(value) ? Number(value) : undefined;
    if (more.length === 0 && name === 'currency' && /^\S{1,8}$/.test(value)) currency = value;
    else if (more.length === 0 && Object.hasOwn(given, name) && price !== undefined) given[name as keyof typeof given] = price;
    else throw failure('run.prices', { part: part.trim() });
  }
  return { cpuCoreHour: given.cpu, memoryGibHour: given.memory, storageGibMonth: given.storage, currency };
}

/** Those of the option, else those of the environment. */
function pricesOf(invocation: Invocation, given: string | undefined): { readonly prices?: Prices } {
  const text = given ?? invocation.environment['KUBEORCH_PRICES'] ?? '';
  return text === '' ? {} : { prices: pricesFrom(text) };
}

/** The part of a request for a plan that these options make. */
export function changesAsked({ prune, deleteAlso, adopt, take, from }: ChangeOptions): PlanAsked {
  if (prune !== true && deleteAlso.length > 0) throw failure('run.namedNothing', { name: deleteAlso[0] ?? '', verb: 'delete without --prune' });
  return {
    ...(prune === true ? { prune: { named: deleteAlso } } : {}),
    ...(adopt.length + take.length > 0 ? { choices: { adopt, take } } : {}),
    ...(from === undefined ? {} : { from }),
  };
}

/** Reads an option that may be repeated. */
export function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}

export function secretsOf(invocation: Invocation, options: SecretOptions): Promise<Secrets> {
  const { workingFolder, environment } = invocation;
  const prefix = options.secretEnv === undefined ? {} : { environmentPrefix: options.secretEnv };
  return secretsFrom({ files: options.secret, environment, folder: workingFolder, standardInput: () => invocation.input(), ...prefix });
}

/** Throws `run.invalid` after telling every problem, unless the file has no error. */
export async function refuseErrors(invocation: Invocation, file: WorkflowFile): Promise<void> {
  const found = (await problemsOf(invocation, file)).map((one) => ({ ...one, problems: one.problems.filter((problem) => problem.severity === 'error') }));
  if (!hasErrors(found)) return;
  await invocation.err(problemsText(found, false));
  const errors = found.flatMap((one) => one.problems);
  const first = errors[0];
  throw failure('run.invalid', { count: String(errors.length), first: first === undefined ? '' : problemText(first) });
}

/** The objects of a file for a namespace and an environment, in order; the file has no errors. */
export async function renderFile(
  invocation: Invocation,
  file: WorkflowFile,
  place: SourcePlace,
  options: SourceOptions,
): Promise<{
  readonly objects: readonly RenderedObject[];
  readonly order: PreparedPlan['order'];
  readonly links: PreparedPlan['links'];
  readonly sources: SourceResults;
  /** What the file's edges mean. */
  readonly resolved: RenderResult['resolved'];
}> {
  const engine = await import('../engine/index');
  const sources = await sourcesOf(invocation, file, place, options);
  const { namespace, environment } = place;
  const { objects, resolved } = engine.renderWorkflow({
    workflow: file.parsed.workflow,
    loaded: file.loaded,
    namespace,
    sources,
    ...(environment === undefined ? {} : { environment }),
  });
  const order = engine.applyOrder(resolved);
  return { objects: order.order.flatMap((id) => objects.filter((one) => one.nodeId === id)), order, links: resolved.links, sources, resolved };
}

export async function planFile(
  invocation: Invocation,
  file: WorkflowFile,
  connected: ConnectedTarget,
  secrets: Secrets,
  options: SourceOptions & RegistryOptions & Pick<ChangeOptions, 'prices'>,
  asked: PlanAsked & Pick<PlanRequest, 'takesAll'> = {},
): Promise<PreparedPlan> {
  const engine = await import('../engine/index');
  const { cluster, clock, target } = connected;
  const place = { namespace: target.namespace, environment: target.environment, cluster };
  const { objects, order, links, sources } = await renderFile(invocation, file, place, options);
  const [openApi, origin] = await Promise.all([readOpenApi(invocation), originOf(file)]);
  return engine.planWorkflow({
    cluster,
    clock,
    workflow: file.parsed.workflow,
    target,
    rendered: await withGivenPullSecrets(invocation, objects, order, options),
    order,
    links,
    secrets,
    origin,
    openApi,
    releases: engine.releasesOf(sources),
    sources,
    ...pricesOf(invocation, options.prices),
    ...asked,
    signal: invocation.signal,
  });
}

/** A plan that deletes everything that runs of this file made on the target; what holds data only when `named`. */
export async function planDeletion(
  invocation: Invocation,
  file: WorkflowFile,
  { cluster, clock, target }: ConnectedTarget,
  secrets: Secrets,
  named: readonly string[],
): Promise<PreparedPlan> {
  const engine = await import('../engine/index');
  const { workflow } = file.parsed;
  const order = engine.applyOrder(engine.resolveWorkflow({ ...workflow, nodes: [], edges: [] }, file.loaded.catalog));
  const prune = { named };
  return engine.planWorkflow({
    ...{ cluster, clock, workflow, target, order, secrets, prune },
    rendered: [],
    links: [],
    origin: await originOf(file),
    purpose: 'delete',
    signal: invocation.signal,
  });
}

/** The plan of a file with what an earlier one was asked for. */
export function planAgain(
  invocation: Invocation,
  file: WorkflowFile,
  connected: ConnectedTarget,
  secrets: Secrets,
  options: SourceOptions & RegistryOptions & Pick<ChangeOptions, 'prices'>,
  asked: PlanAsked,
): Promise<PreparedPlan> {
  if (asked.purpose === 'delete') return planDeletion(invocation, file, connected, secrets, asked.prune?.named ?? []);
  return planFile(invocation, file, connected, secrets, options, asked);
}

/** Repository and path of a file, without user and password; empty outside a repository or without git. */
async function originOf(file: WorkflowFile): Promise<string> {
  const git = (...args: readonly string[]): Promise<string> =>
    new Promise((resolve) => {
      execFile('git', ['-C', file.workspaceFolder, ...args], { timeout: 5000 }, (error, stdout) => resolve(error === null ? stdout.trim() : ''));
    });
  const [remote, top] = await Promise.all([git('remote', 'get-url', 'origin'), git('rev-parse', '--show-toplevel')]);
  if (remote === '' || top === '') return '';
  const plain = URL.canParse(remote) ? withoutUser(remote) : remote;
  return `${plain} ${relative(top, file.path).split(sep).join('/')}`;
}

function withoutUser(remote: string): string {
  const url = new URL(remote);
  url.username = '';
  url.password = '';
  return url.href;
}
