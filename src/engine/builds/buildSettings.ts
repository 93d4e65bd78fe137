import type { BuildStrategy } from '../../shared/build';
import { buildStrategies } from '../../shared/build';
import type { ImageReference } from '../../shared/imageReference';
import { dockerHubHost, imageReference } from '../../shared/imageReference';
import type { JsonObject, JsonValue } from '../../shared/json';
import { isJsonObject } from '../../shared/json';
import { failure } from '../../shared/problem';
import type { Workflow, WorkflowNode } from '../../shared/workflow';
import { textField } from '../../shared/workflow';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { branchOf, folderOf, repositoryPlace } from '../imports/repository/repositoryPlace';

/** How the image of one node is built. */
export interface BuildSettings {
  /** Where the source is; the workspace without it. */
  readonly repository?: { readonly url: string; readonly branch?: string };
  /** A folder, from the root of the workspace or of the repository. */
  readonly context: string;
  /** From the context. */
  readonly dockerfile?: string;
  readonly target?: string;
  readonly args: Readonly<Record<string, string>>;
  readonly strategy: BuildStrategy;
  /** Name and, where one is wanted, tag of the image. */
  readonly image: ImageReference;
  readonly platform?: string;
}

/** What a person says in place of the file. */
export interface BuildWishes {
  readonly repoUrl?: string;
  readonly branch?: string;
  readonly context?: string;
  readonly dockerfile?: string;
  readonly image?: string;
  readonly tag?: string;
  readonly strategy?: BuildStrategy;
}

const bad = (field: string, detail: string): Error => failure('build.badSetting', { field, detail });

/** Words that become an argument of a program: a leading dash would make an option of them. */
function word(value: JsonValue | undefined, field: string, pattern: RegExp, rule: string): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (typeof value !== 'string') throw bad(field, 'it must be text');
  if (!pattern.test(value)) throw bad(field, rule);
  return value;
}

const path = /^(?!-)[^\0\r\n]{1,1024}$/;
const stage = /^[A-Za-z0-9][\w.-]{0,127}$/;
const argument = /^[A-Za-z_]\w{0,255}$/;
const platform = /^[a-z0-9]+\/[a-z0-9]+(?:\/[a-z0-9]+)?$/;

/** The repository that is built from, and the folder that its address names. */
function repositoryOf(build: JsonObject, wishes: BuildWishes): { readonly repository?: NonNullable<BuildSettings['repository']>; readonly folder?: string } {
  const url = wishes.repoUrl ?? word(build['repoUrl'], 'repoUrl', path, 'it is an address');
  const wanted = wishes.branch ?? word(build['branch'], 'branch', path, 'it is the name of a branch or tag');
  if (url === undefined) {
    if (wanted !== undefined) throw bad('branch', 'there is no "repoUrl" that it could be of');
    return {};
  }
  const { url: address, folder, branch: inAddress } = repositoryPlace(url);
  const branch = wanted === undefined ? inAddress : branchOf(wanted);
  return { repository: { url: address, ...(branch === undefined ? {} : { branch }) }, ...(folder === undefined ? {} : { folder }) };
}

/**
 * Settings of a node, with what a person says in place of them. `isPushed` is false for an image that stays on this machine or in
 * a local cluster, which needs no registry. Throws `build.*` with what is wrong.
 */
export function buildSettings(node: WorkflowNode, wishes: BuildWishes, isPushed: boolean): BuildSettings {
  const options = node.data['options'];
  const written = isJsonObject(options) ? options['build'] : undefined;
  const build = isJsonObject(written) ? written : {};
  const strategy = wishes.strategy ?? build['strategy'] ?? 'auto';
  const known = buildStrategies.find((one) => one === strategy);
  if (known === undefined) throw bad('strategy', `it is one of ${buildStrategies.join(', ')}`);
  const named = wishes.image ?? word(build['image'], 'image', path, 'it is no name') ?? textField(node, 'image');
  if (named === undefined) throw failure('build.noImage', { id: node.id });
  const reference = imageReference(named);
  if (reference === undefined) throw failure('build.badImage', { image: named });
  // Docker Hub's own images have no owner; nobody may push there, and the registry would say only "denied".
  if (isPushed && reference.host === dockerHubHost && reference.repository.startsWith('library/'))
    throw failure('build.hubLibrary', { image: reference.name, name: reference.repository.slice(8) });
  const { digest: _digest, tag: writtenTag, ...name } = reference;
  const tag = wishes.tag ?? writtenTag;
  if (tag !== undefined && imageReference(`${name.name}:${tag}`) === undefined) throw bad('tag', 'it has letters, digits, "_", "." and "-"');
  const args: Record<string, string> = {};
  if (build['args'] !== undefined && !isJsonObject(build['args'])) throw bad('args', 'it is a map of names and values');
  for (const [key, value] of Object.entries(isJsonObject(build['args']) ? build['args'] : {})) {
    if (!argument.test(key)) throw bad(`args.${key}`, 'a name has letters, digits and "_"');
    if (value === null || typeof value === 'object') throw bad(`args.${key}`, 'a value is text');
    args[key] = String(value);
  }
  const dockerfile = wishes.dockerfile ?? word(build['dockerfile'], 'dockerfile', path, 'it is a path');
  const target = word(build['target'], 'target', stage, 'it is the name of a stage');
  const wanted = word(build['platform'], 'platform', platform, 'it is written like linux/arm64');
  const { repository, folder } = repositoryOf(build, wishes);
  const context = wishes.context ?? word(build['context'], 'context', path, 'it is a folder') ?? folder ?? '.';
  return {
    // In a repository a path is one of that repository, wherever it is cloned to.
    context: repository === undefined ? context : folderOf(context) || '.',
    ...(repository === undefined ? {} : { repository }),
    ...(dockerfile === undefined ? {} : { dockerfile }),
    ...(target === undefined ? {} : { target }),
    args,
    strategy: known,
    image: { ...name, ...(tag === undefined ? {} : { tag }) },
    ...(wanted === undefined ? {} : { platform: wanted }),
  };
}

/** Nodes that run an image and say how it is built. */
export function builtNodes(workflow: Workflow): readonly WorkflowNode[] {
  return workflow.nodes.filter((node) => isJsonObject(node.data['options']) && isJsonObject(node.data['options']['build']));
}

/**
 * The one edit that lets a workflow use a built image: of the node itself, and of every other that had the same image, since they
 * run the same program. Undefined when nothing would change.
 */
export function builtImageEdit(workflow: Workflow, nodeId: string, built: string): WorkflowEdit | undefined {
  const node = workflow.nodes.find((one) => one.id === nodeId);
  if (node === undefined) return undefined;
  const before = textField(node, 'image');
  const edits = workflow.nodes
    .filter((one) => one.id === nodeId || (before !== undefined && textField(one, 'image') === before))
    .filter((one) => textField(one, 'image') !== built)
    .map((one): WorkflowEdit => ({ type: 'setField', id: one.id, path: ['image'], value: built }));
  const [only] = edits;
  return edits.length > 1 ? { type: 'composite', edits } : only;
}
