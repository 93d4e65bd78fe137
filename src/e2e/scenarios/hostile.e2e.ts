// Opening what a stranger wrote: nothing runs, nothing is asked for, and nothing outside is read or written, trusted or not.
// A share of the sixty folders; `npm run test:long -- hostileFolders` has all of them and opens each.
import { describe, test } from 'vitest';
import { canTrace, openHostileWindow } from '../hostileWindow';

const opened: ReadonlySet<string> = new Set(['kubeconfig-exec', 'environment', 'settings-helm', 'link-chart']);
const listed: ReadonlySet<string> = new Set([
  ...['kubeconfig-proxy', 'kubeconfig-outside', 'settings-shell', 'programs-by-name', 'link-kubeorch', 'link-workflow', 'link-circle', 'link-plugin'],
  ...['chart-values-outside', 'base-program', 'plugin-paths', 'template-paths'],
]);

describe.skipIf(!canTrace)(`hostile folders${canTrace ? '' : ' (skipped: there is no strace)'}`, () => {
  for (const trust of ['undecided', 'granted'] as const) {
    test(`that are ${trust === 'granted' ? 'trusted' : 'not trusted'} have nothing done`, () =>
      openHostileWindow(
        trust,
        (name) => opened.has(name),
        (name) => opened.has(name) || listed.has(name),
      ));
  }
});
