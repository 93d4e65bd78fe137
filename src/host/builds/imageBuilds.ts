import { join } from 'node:path';
import * as vscode from 'vscode';
import type { BuildParts, BuildRequest, BuildSettings } from '../../engine/index';
import type { Clock, Files, Logger } from '../../engine/ports';
import { nodeBuildTools } from '../../node/buildTools';
import { nodeFiles } from '../../node/nodeFiles';
import { nodeProcesses } from '../../node/nodeProcesses';
import { programTerminal } from '../../node/programTerminal';
import type { ProcessEnvironment } from '../../node/shellEnvironment';
import { nodeSourceFiles } from '../../node/sourceFiles';
import type { BuildEvent, BuildRecord, BuildStage } from '../../shared/build';
import type { Disposable } from '../../shared/disposables';
import type { WorkflowDocument } from '../documents';
import { tellError, tellInformation } from '../messages';
import type { Engine } from '../rooms';
import { loadKube } from '../rooms';
import { settings } from '../settings';
import type { Broadcaster } from '../streams/broadcaster';
import { openBuildTerminal } from './buildTerminal';

interface Parts {
  readonly engine: Engine;
  readonly broadcaster: Broadcaster;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly environment: () => Promise<ProcessEnvironment>;
  readonly extensionUri: vscode.Uri;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The builds of this window: each in a terminal of its own, told on its stream, and ended with the window. */
export class ImageBuilds implements Disposable {
  readonly #parts: Parts;
  readonly #running = new Map<string, { readonly record: () => BuildRecord; cancel(): void }>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get running(): readonly BuildRecord[] {
    return [...this.#running.values()].map((one) => one.record());
  }

  /** Ends a build; one that is over stays as it is. */
  cancel(id: string): void {
    this.#running.get(id)?.cancel();
  }

  /** Builds, shows it, and lets the workflow use what was built. Resolves when the build is over. */
  async build(open: WorkflowDocument, nodeId: string, buildSettings: BuildSettings, deliver: BuildRequest['deliver']): Promise<BuildRecord> {
    const { engine, broadcaster, filesOf, log } = this.#parts;
    const parts = await this.#partsFor(open.folder);
    const files = filesOf(open.folder);
    const builder = settings.builder(open.folder);
    const events: BuildEvent[] = [];
    let tellProgress: (event: BuildEvent) => void = () => undefined;
    const running = new engine.ImageBuild(
      parts,
      { settings: buildSettings, nodeId, workflow: open.state.workflow.name, deliver, ...(builder === undefined ? {} : { builder }) },
      {
        event: (event) => {
          events.push(event);
          broadcaster.publish(`build:${running.record.id}`, { event_type: event.event_type, data: { ...event.data } });
          tellProgress(event);
        },
        output: (text) => terminal.show(text),
      },
    );
    const terminal = openBuildTerminal({
      name: vscode.l10n.t('Build {0}', nodeId),
      isTerminal: parts.pty.isTerminal,
      onInput: (text) => running.input(text),
      onResize: (columns, rows) => running.resize(columns, rows),
      onCancel: () => running.cancel(),
    });
    this.#running.set(running.record.id, { record: () => running.record, cancel: () => running.cancel() });
    log.info(`build ${running.record.id} of ${open.state.workflow.name}/${nodeId}: ${running.record.imageName}:${running.record.imageTag}`);
    try {
      await engine.writeBuildRecord(files, running.record);
      const title = vscode.l10n.t('Building {0}', nodeId);
      const record = await vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
        token.onCancellationRequested(() => running.cancel());
        let before = 0;
        tellProgress = (event) => {
          if (event.event_type !== 'progress') return;
          progress.report({ message: stageWords()[event.data.current_stage], increment: Math.max(0, event.data.progress - before) });
          before = event.data.progress;
        };
        return running.run();
      });
      await engine.writeBuildRecord(files, record);
      await engine.writeBuildLog(files, record.id, events);
      terminal.end(lastWords(record));
      log.info(`build ${record.id}: ${record.status}`);
      return record;
    } finally {
      this.#running.delete(running.record.id);
    }
  }

  /** Sets the image by one edit, and says so. */
  async use(open: WorkflowDocument, nodeId: string, { status, finalImageRef, errorMessage }: BuildRecord): Promise<void> {
    if (status === 'failed') void tellError(vscode.l10n.t('The build of {0} failed: {1}', nodeId, errorMessage ?? ''));
    if (status !== 'completed' || finalImageRef === undefined) return;
    // The text of now, which a person may have gone on with for minutes.
    const edit = this.#parts.engine.builtImageEdit(open.state.workflow, nodeId, finalImageRef);
    if (edit !== undefined) {
      const result = await open.edits.push(edit);
      if (!result.ok) throw new Error(result.detail);
    }
    void tellInformation(vscode.l10n.t('{0} uses {1} now. Deploy to run it.', nodeId, finalImageRef));
  }

  async #partsFor(folder: vscode.Uri): Promise<BuildParts> {
    const { clock, environment, extensionUri } = this.#parts;
    const { cleanLine, redactText } = await loadKube();
    const { appRoot } = vscode.env;
    return {
      tools: nodeBuildTools({
        isAllowed: () => vscode.workspace.isTrusted && folder.scheme === 'file',
        chosen: () => undefined,
        environment,
      }),
      source: nodeSourceFiles(folder.fsPath),
      filesAt: nodeFiles,
      processes: nodeProcesses(clock),
      // Our own copy, where a package for this machine brings one; else that of the editor itself, which lies in one of two places.
      pty: programTerminal(clock, [
        join(extensionUri.fsPath, 'node_modules', 'node-pty'),
        join(appRoot, 'node_modules', 'node-pty'),
        join(appRoot, 'node_modules.asar', 'node-pty'),
      ]),
      clock,
      clean: (text, limit) => cleanLine(redactText(text), limit),
    };
  }

  dispose(): void {
    for (const one of this.#running.values()) one.cancel();
  }
}

export function stageWords(): Readonly<Record<BuildStage, string>> {
  return {
    pending: vscode.l10n.t('starting'),
    cloning: vscode.l10n.t('looking at the source'),
    dockerfile: vscode.l10n.t('choosing the Dockerfile'),
    building: vscode.l10n.t('building'),
    pushing: vscode.l10n.t('pushing'),
    loading: vscode.l10n.t('loading into the cluster'),
    done: vscode.l10n.t('done'),
  };
}

function lastWords(record: BuildRecord): string {
  if (record.status === 'completed') return `\u001b[32m${record.finalImageRef ?? ''}\u001b[0m`;
  if (record.status === 'cancelled') return vscode.l10n.t('The build was cancelled.');
  return `\u001b[31m${record.errorMessage ?? ''}\u001b[0m`;
}
