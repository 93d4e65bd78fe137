import type { Patience } from '../../src/shared/channel';
import { disposable } from '../../src/shared/disposables';
import type { Text } from '../ui/texts';

const answerLimitMs = 30_000;

/** What the host answers by itself. Everything else may wait for a person, for a cluster or for other extensions. */
const answeredAtOnce: ReadonlySet<string> = new Set([
  'ready',
  'applyEdit',
  'undo',
  'redo',
  'workflowSync',
  'closePlan',
  'cancelRun',
  'previewManifest',
  'nodeObjects',
  'copyText',
  'copyNodes',
  'pasteNodes',
  'clearLogs',
  'setFollow',
  'select',
  'readLines',
  'newest',
]);

/** How long a page waits for the host before it says so instead of standing still. */
export function patience(text: Text): Patience {
  return {
    limitMs: (name) => (answeredAtOnce.has(name) ? answerLimitMs : undefined),
    after: (delayMs, callback) => {
      const timer = setTimeout(callback, delayMs);
      return disposable(() => clearTimeout(timer));
    },
    message: (limitMs) => text('The editor did not answer within {0} s.', limitMs / 1_000),
  };
}
