import * as vscode from 'vscode';
import type { Environment } from '../../shared/workflow';
import { dnsLabel } from '../../shared/workflow';
import type { AddedClusters } from '../clusters/addedClusters';
import { askChoice, askInSteps, askText, back } from '../clusters/steps';
import type { Connection, Targets } from '../clusters/targets';
import type { CommandTable } from '../commands/commands';
import type { WorkflowActions } from '../commands/workflowActions';
import type { WorkflowDocument } from '../documents';
import type { OpenWorkflow } from '../openWorkflows';
import type { WorkflowEdit } from '../../shared/workflowEdit';
import { newEnvironmentEdit, pinningEdit } from './environmentEdits';
import type { EnvironmentManifests } from './environmentManifests';
import { tellInformation, tellWarning } from '../messages';

interface Parts {
  readonly actions: WorkflowActions;
  readonly targets: Targets;
  readonly added: AddedClusters;
  readonly manifests: EnvironmentManifests;
  readonly connect: (workflow: OpenWorkflow) => Promise<Connection>;
}

interface Draft {
  name: string;
  context: string;
  namespace: string;
  protected: boolean;
}

/** Environments of a workflow: making one, pinning it to the cluster that it means, and comparing what they deploy. */
export function environmentCommands(parts: Parts): CommandTable {
  const { actions } = parts;
  return {
    newEnvironment: async (subject) => {
      const workflow = await actions.workflowFor(subject?.type === 'workflow' ? subject.uri : undefined);
      if (workflow === undefined) return;
      const { open } = workflow;
      const draft = await askForEnvironment(parts, open);
      const { name, ...answers } = draft;
      await edit(open, newEnvironmentEdit(name, answers));
    },
    pinEnvironment: async (subject) => {
      if (!vscode.workspace.isTrusted) throw new Error(vscode.l10n.t('Real clusters need a trusted workspace.'));
      const workflow = await actions.workflowFor(subject?.type === 'workflow' ? subject.uri : undefined);
      if (workflow === undefined) return;
      await pin(parts, workflow);
    },
    compareEnvironments: async (subject) => {
      const workflow = await actions.workflowFor(subject?.type === 'workflow' ? subject.uri : undefined);
      if (workflow === undefined) return;
      await compare(parts, workflow.open);
    },
  };
}

async function edit(open: WorkflowDocument, change: WorkflowEdit): Promise<void> {
  const result = await open.edits.push(change);
  if (!result.ok) throw new Error(result.detail);
}

async function askForEnvironment({ targets, added }: Parts, open: WorkflowDocument): Promise<Draft> {
  const { environments, namespace } = open.state.workflow;
  return askInSteps<Draft>(
    vscode.l10n.t('New Environment'),
    [
      {
        async ask(draft, place) {
          const answer = await askText(
            {
              prompt: vscode.l10n.t('A name, such as "staging".'),
              value: draft.name,
              check: (text) =>
                !dnsLabel.test(text)
                  ? vscode.l10n.t('Use lower-case letters, digits and "-", beginning and ending with a letter or digit.')
                  : Object.hasOwn(environments, text)
                    ? vscode.l10n.t('There is an environment of this name already.')
                    : undefined,
            },
            place,
          );
          if (answer === back) return back;
          draft.name = answer;
          return undefined;
        },
      },
      {
        async ask(draft, place) {
          const contexts = await targets.contexts(open.folder);
          const items: (vscode.QuickPickItem & { context: string })[] = [
            ...contexts.map((context) => ({ label: `$(server) ${context.name}`, detail: context.server, context: context.name })),
            ...added
              .list()
              .map((record) => ({ label: `$(server-environment) ${record.displayName}`, description: record.id, detail: record.server, context: record.id })),
            { label: vscode.l10n.t('Decide Later'), context: '' },
          ];
          const answer = await askChoice(items, place, vscode.l10n.t('Where does it lead to?'));
          if (answer === back) return back;
          draft.context = answer.context;
          return undefined;
        },
      },
      {
        async ask(draft, place) {
          const answer = await askText(
            {
              prompt: vscode.l10n.t('Its namespace. Empty: that of the workflow.'),
              value: draft.namespace,
              placeholder: namespace ?? '',
              check: (text) => (text === '' || dnsLabel.test(text) ? undefined : vscode.l10n.t('"{0}" is no valid namespace.', text)),
            },
            place,
          );
          if (answer === back) return back;
          draft.namespace = answer;
          return undefined;
        },
      },
      {
        async ask(draft, place) {
          const free = { label: vscode.l10n.t('Not Protected'), detail: vscode.l10n.t('A plan that is accepted is deployed.'), isProtected: false };
          const closed = {
            label: `$(shield) ${vscode.l10n.t('Protected')}`,
            detail: vscode.l10n.t('Its name is typed before anything is deployed or deleted, and it stands out wherever it is shown.'),
            isProtected: true,
          };
          const answer = await askChoice([free, closed], place, vscode.l10n.t('How careful must one be there?'));
          if (answer === back) return back;
          draft.protected = answer.isProtected;
          return undefined;
        },
      },
    ],
    { name: '', context: '', namespace: '', protected: false },
  );
}

/** Writes down which cluster an environment means: the one that the present target leads to. */
async function pin({ targets, connect }: Parts, workflow: OpenWorkflow): Promise<void> {
  const { open } = workflow;
  const { environments } = open.state.workflow;
  const names = Object.keys(environments);
  if (names.length === 0) throw new Error(vscode.l10n.t('The workflow has no environment. Make one first.'));
  const choice = targets.choiceFor(open.folder);
  const chosen = choice?.type === 'environment' && Object.hasOwn(environments, choice.name) ? choice.name : undefined;
  const name =
    chosen ??
    (
      await vscode.window.showQuickPick(
        names.map((one) => ({ label: one, description: environments[one]?.context ?? '' })),
        { title: vscode.l10n.t('Pin Environment'), placeHolder: vscode.l10n.t('Which environment means the cluster of the present target?') },
      )
    )?.label;
  if (name === undefined) return;
  const connection = await connect(workflow);
  try {
    const { target } = connection;
    if (target.sandbox) throw new Error(vscode.l10n.t('The sandbox is another cluster each time it starts; no environment can be pinned to it.'));
    const change = pinningEdit(open.state.workflow, name, target);
    if (change === undefined) {
      void tellInformation(vscode.l10n.t('{0} is pinned to this cluster already.', name));
      return;
    }
    const present: Environment | undefined = environments[name];
    if (present?.clusterUid !== undefined && present.clusterUid !== target.clusterUid) {
      const again = vscode.l10n.t('Pin to This Cluster');
      const detail = vscode.l10n.t('It is pinned to {0} now and would be pinned to {1} ({2}).', present.clusterUid, target.clusterUid, target.server);
      if ((await tellWarning(vscode.l10n.t('Pin {0} to another cluster?', name), { modal: true, detail }, again)) !== again) return;
    }
    await edit(open, change);
  } finally {
    connection.dispose();
  }
}

async function compare({ manifests, targets }: Parts, open: WorkflowDocument): Promise<void> {
  const { environments, name } = open.state.workflow;
  const all: readonly (string | undefined)[] = [undefined, ...Object.keys(environments)];
  if (all.length < 2) throw new Error(vscode.l10n.t('The workflow has no environment to compare.'));
  const label = (environment: string | undefined): string => environment ?? vscode.l10n.t('Without an Environment');
  const pick = async (places: readonly (string | undefined)[], placeHolder: string) =>
    vscode.window.showQuickPick(
      places.map((environment) => ({ label: label(environment), environment })),
      { title: vscode.l10n.t('Compare Environments'), placeHolder },
    );
  const choice = targets.choiceFor(open.folder);
  // What one works on comes first on the right, where changes are looked for.
  const present = choice?.type === 'environment' && Object.hasOwn(environments, choice.name) ? choice.name : undefined;
  const left = await pick(all, vscode.l10n.t('Compare which one…'));
  if (left === undefined) return;
  const others = all.filter((environment) => environment !== left.environment).sort((a, b) => Number(b === present) - Number(a === present));
  const right = await pick(others, vscode.l10n.t('…with which one?'));
  if (right === undefined) return;
  const { uri } = open.document;
  await vscode.commands.executeCommand(
    'vscode.diff',
    manifests.uriOf(uri, left.environment),
    manifests.uriOf(uri, right.environment),
    `${name}: ${label(left.environment)} ↔ ${label(right.environment)}`,
  );
}
