import * as vscode from 'vscode';
import { isBuildOver } from '../../shared/build';
import type { BuildStatus } from '../../shared/build';
import type { ListedBuild } from './imageBuilds';
import { stageWords } from './imageBuilds';

export type BuildState = BuildStatus | 'cut';

const icons: Readonly<Record<BuildState, readonly [icon: string, colour?: string]>> = {
  pending: ['clock'],
  cloning: ['sync~spin'],
  building: ['sync~spin'],
  pushing: ['sync~spin'],
  completed: ['pass', 'charts.green'],
  failed: ['error', 'list.errorForeground'],
  cancelled: ['circle-slash'],
  cut: ['warning', 'list.warningForeground'],
};

/** A build as a list shows it. */
export interface BuildRow {
  readonly state: BuildState;
  readonly icon: string;
  readonly colour?: string;
  readonly label: string;
  readonly description: string;
  /** How it does, or how it ended. */
  readonly detail: string;
}

export function buildRow({ record, isRunning }: ListedBuild): BuildRow {
  const { status, nodeId, imageName, imageTag, createdAt, duration, errorMessage, finalImageRef, currentStage, progress } = record;
  // A window that was closed in the middle left the record as it was then.
  const state = !isRunning && !isBuildOver(status) ? 'cut' : status;
  const [icon, colour] = icons[state];
  const at = new Date(createdAt);
  const when = Number.isNaN(at.getTime()) ? '' : ` · ${at.toLocaleString()}`;
  const took = typeof duration === 'number' ? ` · ${(duration / 1000).toFixed(1)} s` : '';
  const ends: Readonly<Record<BuildState, string>> = {
    pending: stageWords().pending,
    cloning: stageWords().cloning,
    building: stageWords()[currentStage],
    pushing: stageWords()[currentStage],
    completed: finalImageRef ?? vscode.l10n.t('done'),
    failed: errorMessage ?? vscode.l10n.t('failed'),
    cancelled: vscode.l10n.t('cancelled'),
    cut: vscode.l10n.t('cut off'),
  };
  return {
    state,
    icon,
    ...(colour === undefined ? {} : { colour }),
    label: nodeId ?? imageName,
    description: isRunning ? `${ends[state]} · ${progress} %` : `${imageName}:${imageTag}${when}${took}`,
    detail: ends[state],
  };
}
