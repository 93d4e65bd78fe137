import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { ensureSourceTools } from '../build/sourceTools.mjs';
import { parseWorkflow } from '../engine/document/parse';
import type { Processes, SourceTools } from '../engine/ports';
import { SourceRenderer } from '../engine/sources/renderSources';
import type { SourceResult, SourceResults, SourcesRequest } from '../engine/sources/renderSources';
import { cleanLine, redactText } from '../kube/index';
import { nodeProcesses } from '../node/nodeProcesses';
import { nodeSourceFiles } from '../node/sourceFiles';
import { nodeSourceTools } from '../node/sourceTools';
import { systemClock } from '../node/systemClock';
import { coreCatalog } from './coreCatalog';

/** A chart with hooks, a test, a definition, a subchart, notes and a schema of its values; a base with an overlay. */
export const sourceFixtures = resolve(import.meta.dirname, 'sources');

/** The real programs, or undefined where they are not to be had; then the tests that want them are skipped by name. */
export const realTools = await ensureSourceTools((line) => process.stderr.write(`${line}\n`));

export interface SourceRig {
  /** A workspace of its own with the fixtures in it. */
  readonly folder: string;
  readonly renderer: SourceRenderer;
  /** Programs that were started, with their arguments. */
  readonly starts: (readonly string[])[];
  /** What each was given as its environment. */
  readonly environments: Readonly<Record<string, string>>[];
  readonly tools: SourceTools;
  allowed: boolean;
  remote: boolean;
  /** The results of a workflow whose nodes these are. */
  render(nodes: string, more?: Partial<SourcesRequest>, before?: SourceResults): Promise<SourceResults>;
  /** The one result. */
  one(node: string, more?: Partial<SourcesRequest>): Promise<SourceResult>;
  dispose(): Promise<void>;
}

/** Renders for real: the engine, the machine's files and processes, and the programs on a PATH of their own. */
export async function startSourceRig(path = realTools === undefined ? '' : dirname(realTools.helm)): Promise<SourceRig> {
  const folder = await mkdtemp(join(tmpdir(), 'kubeorch-sources-'));
  await cp(sourceFixtures, folder, { recursive: true });
  const loaded = await coreCatalog();
  const clock = systemClock();
  const real = nodeProcesses(clock);
  const starts: (readonly string[])[] = [];
  const environments: Readonly<Record<string, string>>[] = [];
  const processes: Processes = {
    run: (file, args, options) => {
      starts.push([file, ...args]);
      environments.push(options.env);
      return real.run(file, args, options);
    },
  };
  const rig = {
    allowed: true,
    remote: false,
  };
  const tools = nodeSourceTools({
    isAllowed: () => made.allowed,
    isRemoteAllowed: () => made.remote,
    chosen: () => undefined,
    environment: () => Promise.resolve({ PATH: path, KUBECONFIG: '/nowhere/kubeconfig', HOME: '/nowhere', OWN_TOKEN: 'canary-1' }),
  });
  const renderer = new SourceRenderer({
    tools,
    processes,
    files: nodeSourceFiles(folder),
    clock,
    clean: (text, limit) => cleanLine(redactText(text), limit),
  });
  const made: SourceRig = {
    ...rig,
    folder,
    renderer,
    starts,
    environments,
    tools,
    render: (nodes, more, before) => renderer.render({ workflow: parseWorkflow(workflowWith(nodes)).workflow, loaded, namespace: 'lab', ...more }, before),
    one: async (node, more) => {
      const [result] = (await made.render(`  it: ${node}\n`, more)).values();
      if (result === undefined) throw new Error('the node was not rendered');
      return result;
    },
    dispose: () => rm(folder, { recursive: true, force: true }),
  };
  return made;
}

export function workflowWith(nodes: string): string {
  return `apiVersion: kubeorch.dev/v1alpha1\nkind: Workflow\nname: living\nstatus: published\nnodes:\n${nodes}`;
}
