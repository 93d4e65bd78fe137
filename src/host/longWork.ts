import * as vscode from 'vscode';
import type { BuildEvent } from '../shared/build';
import type { Disposable } from '../shared/disposables';
import type { ImportEvent } from '../shared/importSession';
import { unlinked } from './messages';
import type { Broadcaster } from './streams/broadcaster';

/** Work of minutes that goes on in stages: a build, the import of a repository. */
export interface LongWork<T> {
  readonly title: string;
  /** What its stages are called. */
  readonly words: Readonly<Record<string, string>>;
  readonly start: (tell: TellWork) => { readonly ended: Promise<T>; readonly cancel: () => void };
}

export type TellWork = (key: `build:${string}` | `import:${string}`, event: BuildEvent | ImportEvent) => void;

/** Long work of this window: each is told on its stream and in a notification that can cancel it, and ends with the window. */
export class LongWorks implements Disposable {
  readonly #broadcaster: Pick<Broadcaster, 'publish'>;
  readonly #running = new Set<() => void>();

  constructor(broadcaster: Pick<Broadcaster, 'publish'>) {
    this.#broadcaster = broadcaster;
  }

  /** Settles as what it started does. */
  run<T>({ title, words, start }: LongWork<T>): Promise<T> {
    const options = { location: vscode.ProgressLocation.Notification, title: unlinked(title), cancellable: true };
    const running = vscode.window.withProgress(options, async (progress, token) => {
      let before = 0;
      const { ended, cancel } = start((key, event) => {
        this.#broadcaster.publish(key, { event_type: event.event_type, data: { ...event.data } });
        if (event.event_type !== 'progress') return;
        const { current_stage: stage, progress: now } = event.data;
        progress.report({ message: words[stage] ?? stage, increment: Math.max(0, now - before) });
        before = now;
      });
      this.#running.add(cancel);
      token.onCancellationRequested(cancel);
      try {
        return await ended;
      } finally {
        this.#running.delete(cancel);
      }
    });
    return Promise.resolve(running);
  }

  dispose(): void {
    for (const cancel of this.#running) cancel();
  }
}
