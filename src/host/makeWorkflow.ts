import type { Clock, Files, Logger } from '../engine/ports';
import type { OpenApi } from '../openapi/index';
import { DisposableList } from '../shared/disposables';
import { tailKey } from '../shared/stream';
import * as vscode from 'vscode';
import type { Sandboxes } from './clusters/sandboxes';
import type { Targets } from './clusters/targets';
import type { WorkflowDocument } from './documents';
import { showFindings } from './diagnostics/liveFindings';
import { LiveDocument } from './live/liveDocument';
import { publishWorkflow } from './live/publishWorkflow';
import { WorkflowDrift } from './live/workflowDrift';
import type { LogStreams } from './logs/logStreams';
import { NodeTails } from './logs/nodeTails';
import { logWords } from './logs/logWords';
import type { MadeWorkflow, OpenWorkflow } from './openWorkflows';
import type { ProcessEnvironment } from '../node/shellEnvironment';
import type { Registries } from './registries/registries';
import type { Engine } from './rooms';
import type { SecretValues } from './runs/secretValues';
import { WorkflowPlans } from './runs/workflowPlans';
import { WorkflowRuns } from './runs/workflowRuns';
import { WorkflowSources } from './sources/workflowSources';
import { tellWarning } from './messages';
import { failureWords } from './words';
import type { Broadcaster } from './streams/broadcaster';

/** What every open workflow is made with. */
export interface WorkflowParts {
  readonly engine: Engine;
  readonly openApi: OpenApi;
  readonly targets: Targets;
  readonly sandboxes: Sandboxes;
  readonly secrets: SecretValues;
  readonly registries: Registries;
  readonly logStreams: LogStreams;
  readonly broadcaster: Broadcaster;
  readonly filesOf: (folder: vscode.Uri) => Files;
  /** The person's own environment, for programs. */
  readonly environment: () => Promise<ProcessEnvironment>;
  readonly onRunsChanged: () => void;
  /** What differs on the cluster of a workflow is other than it was. */
  readonly onDriftChanged: () => void;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Makes what belongs to one open workflow file: what is live of it, its runs, and what they publish. */
export function makeWorkflow(parts: WorkflowParts, open: WorkflowDocument, key: OpenWorkflow['key']): MadeWorkflow {
  const { engine, openApi, targets, sandboxes, secrets, logStreams, broadcaster, onRunsChanged, clock, log } = parts;
  const files = parts.filesOf(open.folder);
  const live = new LiveDocument({ open, engine, targets, clock, log, files, onSandboxesChanged: sandboxes.onDidChange });
  const sources = new WorkflowSources({ open, engine, clock, environment: parts.environment });
  const plans = new WorkflowPlans({
    open,
    live,
    engine,
    sources,
    openApi,
    clock,
    secrets,
    opened: (hosts) =>
      parts.registries.opened(hosts, clock.now(), (registry, error) => {
        log.warn(`No pull secret for ${registry.name}: ${failureWords(error)}`);
        void tellWarning(vscode.l10n.t('No pull secret is made for registry {0}: {1}', registry.name, failureWords(error)));
      }),
    log,
  });
  const runs = new WorkflowRuns({ open, live, plans, engine, clock, files, secrets, log, onChanged: onRunsChanged });
  const drift = new WorkflowDrift({ open, live, runs, engine, files, log });
  // Runs that a crash left open are closed before the list shows them.
  if (open.folder.scheme === 'file') {
    engine
      .closeCrashedRuns(files, clock, open.state.workflow.name)
      .then((closed) => {
        if (closed.length > 0) onRunsChanged();
        return runs.showPaused();
      })
      .catch((error: unknown) => log.error('Runs that were cut off could not be closed.', error));
  }
  const tails = new NodeTails({
    live,
    streams: logStreams,
    clock,
    log,
    words: logWords,
    publish: (nodeId, body) => broadcaster.publish(tailKey(key, nodeId), body),
  });
  const publishing = new DisposableList();
  publishing.add(tails);
  publishing.add(drift);
  publishing.add(drift.onDidChange(parts.onDriftChanged));
  publishing.add(showFindings(open, live, log));
  publishing.add(publishWorkflow({ key, live, runs, broadcaster }));
  return { live, runs, drift, sources, publishing, tails };
}
