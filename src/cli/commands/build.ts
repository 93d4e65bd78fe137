import { basename, dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { BuildParts, BuildRequest, BuildSettings, BuildWishes } from '../../engine/index';
import { nodeBuildParts } from '../../node/buildParts';
import { nodeFiles } from '../../node/nodeFiles';
import { systemClock } from '../../node/systemClock';
import type { Builder, BuildEvent, BuildRecord, LocalCluster } from '../../shared/build';
import { buildersKnown, buildStrategies, localClusterTypes } from '../../shared/build';
import { failure } from '../../shared/problem';
import { nodeById } from '../../shared/workflow';
import { between, oneOf } from '../args';
import type { ExitCode } from '../exitCodes';
import { exitCodes } from '../exitCodes';
import type { Invocation, Run } from '../invocation';
import { coloured, plainLine } from '../printers/plainText';
import { tableText } from '../printers/table';
import type { RegistryOptions } from '../registries';
import { givenLogin, loginSources, withRegistryOptions } from '../registries';
import type { WorkflowFile } from '../workflowFile';
import { readWorkflowFile } from '../workflowFile';

interface Options extends RegistryOptions, Omit<BuildWishes, 'repoUrl'> {
  readonly repo?: string;
  readonly builder?: Builder;
  readonly load?: LocalCluster;
  readonly push: boolean;
  readonly edit: boolean;
  readonly output: 'text' | 'ndjson';
}

export function buildCommand(run: Run): Command {
  return withRegistryOptions(new Command('build'))
    .description('build images of a workflow from source, push them, and set them in the file')
    .argument('<file>', 'workflow file')
    .argument('[node...]', 'nodes to build; all that say how under options.build when left out')
    .option('--builder <name>', `${buildersKnown.join(', ')}; the first that is there when left out`, oneOf(...buildersKnown))
    .option('--repo <url>', 'the git repository with the source, by https or ssh; the workspace when left out')
    .option('--branch <name>', 'a branch or tag of the repository')
    .option('--context <folder>', 'the folder with the source, from the root of the workspace or of the repository')
    .option('--dockerfile <path>', 'the Dockerfile, from that folder')
    .option('--image <name>', 'where the image is pushed to, with or without a tag')
    .option('--tag <tag>', 'its tag')
    .option('--strategy <way>', `where the Dockerfile comes from: ${buildStrategies.join(', ')}`, oneOf(...buildStrategies))
    .option('--load <cluster>', 'load it into a local cluster instead: kind:NAME, k3d:NAME, minikube:PROFILE, containerd:SOCKET', localCluster)
    .option('--no-push', 'only build')
    .option('--no-edit', 'leave the file as it is')
    .option('-o, --output <format>', 'text or ndjson', oneOf('text', 'ndjson'), 'text')
    .action((file: string, nodes: readonly string[], options: Options) => run((invocation) => build(invocation, file, nodes, options)));
}

export function buildsCommand(run: Run): Command {
  return new Command('builds')
    .description('list the builds of a folder, newest first')
    .argument('<file>', 'a workflow file of the folder')
    .option('--limit <count>', 'at most so many, up to 100', between(1, 100), 20)
    .option('--log <id>', 'show the lines of one build')
    .option('-o, --output <format>', 'text or json', oneOf('text', 'json'), 'text')
    .action((file: string, options: { readonly limit: number; readonly log?: string; readonly output: 'text' | 'json' }) =>
      run((invocation) => listBuilds(invocation, file, options)),
    );
}

function localCluster(text: string): LocalCluster {
  const colon = text.indexOf(':');
  const type = localClusterTypes.find((one) => one === (colon < 0 ? text : text.slice(0, colon)));
  const usual = type === 'minikube' ? 'minikube' : type === 'kind' ? 'kind' : type === 'containerd' ? '/run/containerd/containerd.sock' : '';
  const name = colon < 0 ? usual : text.slice(colon + 1);
  if (type === undefined || name === '' || name.startsWith('-'))
    throw new InvalidArgumentError('Use kind:NAME, k3d:NAME, minikube:PROFILE or containerd:SOCKET.');
  return { type, name };
}

async function build(invocation: Invocation, path: string, ids: readonly string[], options: Options): Promise<ExitCode> {
  const file = await readWorkflowFile(invocation, path);
  const engine = await import('../../engine/index');
  const nodes = ids.length === 0 ? engine.builtNodes(file.parsed.workflow).map((node) => node.id) : ids;
  if (nodes.length === 0) throw failure('build.noNode', { id: file.shownPath });
  const parts = await partsOf(invocation, file);
  for (const id of nodes) {
    const record = await buildNode(invocation, file, id, parts, options);
    if (record.status === 'cancelled') return exitCodes.cancelled;
    if (record.status !== 'completed') return exitCodes.failed;
  }
  return exitCodes.done;
}

async function buildNode(invocation: Invocation, file: WorkflowFile, id: string, parts: BuildParts, options: Options): Promise<BuildRecord> {
  const engine = await import('../../engine/index');
  const node = nodeById(file.parsed.workflow, id);
  if (node === undefined) throw failure('build.noNode', { id });
  const settings = engine.buildSettings(
    node,
    { ...options, ...(options.repo === undefined ? {} : { repoUrl: options.repo }) },
    options.push && options.load === undefined,
  );
  const request: BuildRequest = {
    settings,
    nodeId: id,
    workflow: file.parsed.workflow.name,
    ...(options.builder === undefined ? {} : { builder: options.builder }),
    deliver: await deliveryOf(invocation, settings, options),
    signal: invocation.signal,
  };
  const events: BuildEvent[] = [];
  const told: Promise<void>[] = [];
  const running = new engine.ImageBuild(parts, request, {
    event: (event) => {
      events.push(event);
      const text = options.output === 'ndjson' ? eventLine(running.record.id, events.length, event) : eventText(invocation, id, event);
      if (text !== '') told.push(options.output === 'ndjson' ? invocation.out(text) : invocation.err(text));
    },
  });
  const files = nodeFiles(file.workspaceFolder);
  await engine.writeBuildRecord(files, running.record);
  const record = await running.run();
  await engine.writeBuildRecord(files, record);
  await engine.writeBuildLog(files, record.id, events);
  await Promise.all(told);
  if (record.status !== 'completed' || record.finalImageRef === undefined) return record;
  if (options.output === 'text') await invocation.out(`${record.finalImageRef}\n`);
  if (options.edit && (options.push || options.load !== undefined)) await useImage(invocation, file, id, record.finalImageRef);
  return record;
}

async function deliveryOf(invocation: Invocation, settings: BuildSettings, options: Options): Promise<BuildRequest['deliver']> {
  if (options.load !== undefined) return { to: 'cluster', cluster: options.load };
  if (!options.push) return { to: 'nowhere' };
  const given = await givenLogin(invocation, settings.image.host, await loginSources(invocation, options));
  return given === undefined ? { to: 'registry' } : { to: 'registry', registry: given.registry, login: given.login };
}

async function partsOf(invocation: Invocation, file: WorkflowFile): Promise<BuildParts> {
  const { cleanLine, redactText } = await import('../../kube/index');
  return nodeBuildParts({
    folder: file.workspaceFolder,
    isAllowed: () => true,
    environment: () => Promise.resolve(invocation.environment),
    // Lines for a pipe need no terminal, and are told apart better without one.
    terminals: invocation.colours ? [join(invocation.programFolder, '..', 'node_modules', 'node-pty')] : [],
    clock: systemClock(),
    clean: (text, limit) => cleanLine(redactText(text), limit),
  });
}

/** The text is read again: a build takes minutes, in which a person goes on writing. */
async function useImage(invocation: Invocation, file: WorkflowFile, id: string, image: string): Promise<void> {
  const engine = await import('../../engine/index');
  const now = await readWorkflowFile(invocation, file.path);
  const edit = engine.builtImageEdit(now.parsed.workflow, id, image);
  if (edit === undefined) return;
  const edited = engine.editText(now.parsed, edit);
  if (!edited.ok) throw failure('node.invalidValue', { field: 'image', detail: edited.detail });
  await nodeFiles(dirname(file.path)).replace(basename(file.path), edited.text);
  await invocation.err(`${file.shownPath}: image is ${image}\n`);
}

function eventLine(id: string, sequenceNumber: number, event: BuildEvent): string {
  return `${JSON.stringify({ stream_key: `build:${id}`, sequenceNumber, timestamp: new Date().toISOString(), ...event })}\n`;
}

function eventText({ colours }: Invocation, id: string, event: BuildEvent): string {
  switch (event.event_type) {
    case 'progress':
      return coloured(colours, 'bold', `${plainLine(id)}: ${event.data.current_stage} ${event.data.progress} %\n`);
    case 'log': {
      const { message, level } = event.data;
      return `  ${coloured(colours, level === 'error' ? 'red' : level === 'warn' ? 'yellow' : 'dim', plainLine(message))}\n`;
    }
    case 'failed':
      return `kubeorch: ${plainLine(event.data.error_message)}\n`;
    case 'cancelled':
      return 'kubeorch: the build was cancelled\n';
    default:
      return '';
  }
}

async function listBuilds(
  invocation: Invocation,
  path: string,
  options: { readonly limit: number; readonly log?: string; readonly output: 'text' | 'json' },
): Promise<ExitCode> {
  const engine = await import('../../engine/index');
  const { workspaceFolder } = await readWorkflowFile(invocation, path);
  const files = nodeFiles(workspaceFolder);
  if (options.log !== undefined) {
    const text = await engine.readBuildLog(files, options.log);
    if (text === undefined) throw failure('build.notFound', { id: options.log });
    for (const line of text.split('\n')) if (line !== '') await invocation.out(`${plainLine(line)}\n`);
    return exitCodes.done;
  }
  const builds = await engine.listBuilds(files, options.limit);
  if (options.output === 'json') await invocation.out(`${JSON.stringify(builds, undefined, 2)}\n`);
  else await invocation.out(tableText(builds.map((one) => [one.id, one.status, one.nodeId ?? '', one.finalImageRef ?? `${one.imageName}:${one.imageTag}`])));
  return exitCodes.done;
}
