import { join } from 'node:path';
import * as vscode from 'vscode';
import type { BuildParts, BuildRequest, BuildSettings } from '../../engine/index';
import type { Clock, Files, Logger } from '../../engine/ports';
import { nodeBuildParts } from '../../node/buildParts';
import type { ProcessEnvironment } from '../../node/shellEnvironment';
import type { BuildEvent, BuildRecord, BuildStage } from '../../shared/build';
import type { Disposable } from '../../shared/disposables';
import { Emitter } from '../../shared/emitter';
import type { WorkflowDocument } from '../documents';
import type { LongWorks } from '../longWork';
import { tellError, tellInformation } from '../messages';
import type { Engine } from '../rooms';
import { loadKube } from '../rooms';
import { settings } from '../settings';
import { openBuildTerminal } from './buildTerminal';

interface Parts {
  readonly engine: Engine;
  readonly works: LongWorks;
  readonly filesOf: (folder: vscode.Uri) => Files;
  readonly environment: () => Promise<ProcessEnvironment>;
  readonly extensionUri: vscode.Uri;
  readonly clock: Clock;
  readonly log: Logger;
}

/** A build of a folder, one of this window or one that its files tell of. */
export interface ListedBuild {
  readonly folder: vscode.Uri;
  readonly record: BuildRecord;
  /** Here and now. One that goes on by its record alone was cut off with its window. */
  readonly isRunning: boolean;
}

interface RunningBuild {
  readonly folder: vscode.Uri;
  readonly record: () => BuildRecord;
  cancel(): void;
  /** Shows its terminal. */
  show(): void;
}

/** The builds of this window, each in a terminal of its own; and those that are kept beside the runs of a folder. */
export class ImageBuilds implements Disposable {
  readonly #parts: Parts;
  readonly #running = new Map<string, RunningBuild>();
  readonly #changed: Emitter<void>;
  /** A build began, entered another stage, ended or was deleted. */
  readonly onDidChange: Emitter<void>['on'];

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#changed = new Emitter((error) => parts.log.error('The list of builds could not follow.', error));
    this.onDidChange = this.#changed.on;
  }

  get running(): readonly ListedBuild[] {
    return [...this.#running.values()].map(({ folder, record }) => ({ folder, record: record(), isRunning: true }));
  }

  /** The builds of a folder, newest first, as many as are listed at most. */
  async list(folder: vscode.Uri): Promise<readonly ListedBuild[]> {
    const { engine, filesOf } = this.#parts;
    const kept = await engine.listBuilds(filesOf(folder), engine.mostBuildsListed);
    return kept.map((record) => {
      const running = this.#running.get(record.id);
      return { folder, record: running?.record() ?? record, isRunning: running !== undefined };
    });
  }

  /** Ends a build; one that is over stays as it is. */
  cancel(id: string): void {
    this.#running.get(id)?.cancel();
  }

  /** Shows the lines of a build: its terminal while it goes on, and what was kept of it afterwards. */
  async showLog({ folder, record: { id } }: ListedBuild): Promise<void> {
    const running = this.#running.get(id);
    if (running !== undefined) {
      running.show();
      return;
    }
    const { engine, filesOf } = this.#parts;
    if ((await engine.readBuildLog(filesOf(folder), id)) === undefined) throw new Error(vscode.l10n.t('The lines of a build are kept when it is over.'));
    await vscode.window.showTextDocument(vscode.Uri.joinPath(folder, engine.buildLogPath(id)), { preview: true });
  }

  /** Forgets what is kept of a build. Its image stays wherever it is. */
  async delete({ folder, record: { id } }: ListedBuild): Promise<void> {
    const { engine } = this.#parts;
    for (const path of [engine.buildLogPath(id), engine.buildRecordPath(id)]) {
      const uri = vscode.Uri.joinPath(folder, path);
      // One that was cut off has no lines.
      if (
        await vscode.workspace.fs.stat(uri).then(
          () => true,
          () => false,
        )
      )
        await vscode.workspace.fs.delete(uri);
    }
    this.#changed.emit();
  }

  /** Builds and shows it. Resolves when the build is over. */
  async build(open: WorkflowDocument, nodeId: string, buildSettings: BuildSettings, deliver: BuildRequest['deliver']): Promise<BuildRecord> {
    const { engine, works, filesOf, log } = this.#parts;
    const parts = await this.#partsFor(open.folder);
    const files = filesOf(open.folder);
    const builder = settings.builder(open.folder);
    const events: BuildEvent[] = [];
    return works.run({
      title: vscode.l10n.t('Building {0}', nodeId),
      words: stageWords(),
      start: (tell) => {
        const running = new engine.ImageBuild(
          parts,
          { settings: buildSettings, nodeId, workflow: open.state.workflow.name, deliver, ...(builder === undefined ? {} : { builder }) },
          {
            event: (event) => {
              events.push(event);
              tell(`build:${running.record.id}`, event);
              if (event.event_type === 'progress') this.#changed.emit();
            },
            output: (text) => terminal.show(text),
          },
        );
        const { id, imageName, imageTag } = running.record;
        const cancel = (): void => running.cancel();
        const terminal = openBuildTerminal({
          name: vscode.l10n.t('Build {0}', nodeId),
          isTerminal: parts.pty.isTerminal,
          onInput: (text) => running.input(text),
          onResize: (columns, rows) => running.resize(columns, rows),
          onCancel: cancel,
        });
        this.#running.set(id, { folder: open.folder, record: () => running.record, cancel, show: () => terminal.reveal() });
        log.info(`build ${id} of ${open.state.workflow.name}/${nodeId}: ${imageName}:${imageTag}`);
        const whole = async (): Promise<BuildRecord> => {
          try {
            await engine.writeBuildRecord(files, running.record);
            const record = await running.run();
            await engine.writeBuildRecord(files, record);
            await engine.writeBuildLog(files, id, events);
            terminal.end(lastWords(record));
            log.info(`build ${id}: ${record.status}`);
            return record;
          } finally {
            this.#running.delete(id);
            this.#changed.emit();
          }
        };
        return { ended: whole(), cancel };
      },
    });
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
    return nodeBuildParts({
      folder: folder.fsPath,
      isAllowed: () => vscode.workspace.isTrusted && folder.scheme === 'file',
      environment,
      // Our own copy, where a package for this machine brings one; else that of the editor itself, which lies in one of two places.
      terminals: [
        join(extensionUri.fsPath, 'node_modules', 'node-pty'),
        join(appRoot, 'node_modules', 'node-pty'),
        join(appRoot, 'node_modules.asar', 'node-pty'),
      ],
      clock,
      clean: (text, limit) => cleanLine(redactText(text), limit),
    });
  }

  dispose(): void {
    this.#changed.dispose();
  }
}

export function stageWords(): Readonly<Record<BuildStage, string>> {
  return {
    pending: vscode.l10n.t('starting'),
    cloning: vscode.l10n.t('bringing the source'),
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
