import * as vscode from 'vscode';
import type { BuildRequest, BuildSettings } from '../../engine/index';
import type { Clock, Logger } from '../../engine/ports';
import { localClusterOf } from '../../shared/build';
import type { BuildDelivery, BuildRecord, LocalCluster } from '../../shared/build';
import { dockerHubHost, imageReference, isLoopbackHost } from '../../shared/imageReference';
import { failure } from '../../shared/problem';
import type { Workflow, WorkflowNode } from '../../shared/workflow';
import { textField } from '../../shared/workflow';
import type { TargetChoice, Targets } from '../clusters/targets';
import type { OpenWorkflow } from '../openWorkflows';
import type { Registries } from '../registries/registries';
import type { Engine } from '../rooms';

interface Parts {
  readonly registries: Registries;
  readonly targets: Targets;
  readonly engine: Engine;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Where an image goes, as a person chose it. */
export type Delivery = BuildDelivery & {
  /** Another name than the file's: for a registry that the cluster tells, or that of an earlier build. */
  readonly image?: string;
};

/** Where an image may go: into the chosen cluster when it is a local one, to its registry, to that of its name, or nowhere. */
export async function pickDelivery(parts: Parts, workflow: OpenWorkflow, node: WorkflowNode): Promise<Delivery | undefined> {
  const { registries, targets } = parts;
  const { open } = workflow;
  const named = textField(node, ['options', 'build', 'image']) ?? textField(node, 'image');
  const image = named === undefined ? undefined : imageReference(named);
  if (image === undefined) throw named === undefined ? failure('build.noImage', { id: node.id }) : failure('build.badImage', { image: named });
  const cluster = localClusterOf(contextOf(targets.choiceFor(open.folder), open.state.workflow) ?? '');
  const beside = await localRegistry(parts, workflow);
  const isOwn = image.host !== dockerHubHost || !image.repository.startsWith('library/');
  const registry = registries.for(image.host);
  const signsIn =
    registry === undefined ? (isLoopbackHost(image.host) ? '' : vscode.l10n.t("with the builder's own sign-in")) : vscode.l10n.t('as {0}', registry.name);
  const items: (vscode.QuickPickItem & { readonly delivery: Delivery })[] = [
    ...(cluster === undefined
      ? []
      : [
          {
            label: `$(server-environment) ${vscode.l10n.t('Load into {0}', `${cluster.type} ${cluster.name}`)}`,
            delivery: { to: 'cluster' as const, cluster },
          },
        ]),
    ...(beside === undefined || beside === image.host
      ? []
      : [
          {
            label: `$(cloud-upload) ${vscode.l10n.t('Push to {0}', beside)}`,
            description: vscode.l10n.t("the cluster's own registry"),
            delivery: {
              to: 'registry' as const,
              image: `${beside}/${image.repository.replace(/^library\//, '')}${image.tag === undefined ? '' : `:${image.tag}`}`,
            },
          },
        ]),
    ...(isOwn ? [{ label: `$(cloud-upload) ${vscode.l10n.t('Push to {0}', image.host)}`, description: signsIn, delivery: { to: 'registry' as const } }] : []),
    { label: `$(package) ${vscode.l10n.t('Only Build')}`, description: vscode.l10n.t('the file stays as it is'), delivery: { to: 'nowhere' } },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Build {0}', node.id),
    placeHolder: vscode.l10n.t('Where shall {0} go?', image.name),
  });
  return picked?.delivery;
}

/** The delivery with what signs in. */
export async function withLogin({ registries, clock }: Parts, delivery: Delivery, settings: BuildSettings): Promise<BuildRequest['deliver']> {
  if (delivery.to === 'cluster') return { to: 'cluster', cluster: delivery.cluster };
  if (delivery.to === 'nowhere') return { to: 'nowhere' };
  const registry = registries.for(settings.image.host);
  return registry === undefined ? { to: 'registry' } : { to: 'registry', registry, login: await registries.login(registry, clock.now()) };
}

/** Where an earlier build went, under the same name; undefined when its record does not say it, or says what is none. */
export function deliveryOf({ delivery, imageName, imageTag }: BuildRecord): Delivery | undefined {
  switch (delivery?.to) {
    case 'registry':
      return { to: 'registry', image: `${imageName}:${imageTag}` };
    case 'nowhere':
      return { to: 'nowhere', image: imageName };
    case 'cluster': {
      const cluster = knownCluster(delivery.cluster);
      return cluster === undefined ? undefined : { to: 'cluster', cluster, image: imageName };
    }
    case undefined:
    default:
      return undefined;
  }
}

/** A record is a file of the folder: an image is loaded only into a cluster that a context could name. */
function knownCluster(cluster: LocalCluster | undefined): LocalCluster | undefined {
  return cluster?.type === 'minikube' ? localClusterOf('minikube') : localClusterOf(`${String(cluster?.type)}-${String(cluster?.name)}`);
}

/** The registry beside the chosen cluster, when there is a choice, and the cluster answers and tells one. */
async function localRegistry({ targets, engine, log }: Parts, { open }: OpenWorkflow): Promise<string | undefined> {
  const choice = targets.choiceFor(open.folder);
  if (contextOf(choice, open.state.workflow) === undefined || choice === undefined) return undefined;
  const signal = AbortSignal.timeout(3000);
  let connection;
  try {
    connection = await targets.connect(choice, open.state.workflow, open.folder, false, signal);
    return connection === undefined ? undefined : await engine.localRegistryOf(connection.cluster, signal);
  } catch (error) {
    // An image can be pushed elsewhere while the cluster is away.
    log.info(`The cluster was not asked for its registry: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  } finally {
    connection?.dispose();
  }
}

/** The context that a target goes by; undefined for the sandbox and clusters that were added by hand. */
function contextOf(choice: TargetChoice | undefined, workflow: Workflow): string | undefined {
  if (choice?.type === 'context') return choice.context;
  return choice?.type === 'environment' && Object.hasOwn(workflow.environments, choice.name) ? workflow.environments[choice.name]?.context : undefined;
}
